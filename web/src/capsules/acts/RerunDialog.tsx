import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { Button, LinkButton } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Trouble } from "~/ui/states";
import { sayUsd } from "~/ui/values";
import type { Capsule } from "../capsule";

/** Runs the capsule's own files again, and lists what differs around them now. */
export function RerunDialog({ capsule, open, onClose }: { capsule: Capsule; open: boolean; onClose: () => void }) {
  return (
    <Dialog title="Run it again" open={open} onClose={onClose}>
      {open && <Rerun capsule={capsule} onClose={onClose} />}
    </Dialog>
  );
}

function Rerun({ capsule, onClose }: { capsule: Capsule; onClose: () => void }) {
  const [done, setDone] = useState<Shape<"Rerun"> | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [key] = useState(onceOnly);
  const backends = [...new Set(capsule.task_executions.map((task) => task.backend))].join(", ");
  if (done !== null) return <Begun rerun={done} onClose={onClose} />;
  return (
    <>
      <p>
        A new job is made from this capsule's files alone: the same script, parameters, seed and backend{backends && ` (${backends})`}. Its own capsule will name this one as its parent.
      </p>
      {capsule.actual_cost_usd !== null && capsule.actual_cost_usd > 0 && <p>The first run cost {sayUsd(capsule.actual_cost_usd)}; this one is priced anew.</p>}
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          onClick={async () => setDone(await answer(api.POST("/api/capsules/{capsule_id}/rerun", { params: { path: { capsule_id: capsule.id }, header: key } })))}
          onRefusal={setRefusal}
        >
          Run it
        </Button>
      </div>
    </>
  );
}

function Begun({ rerun, onClose }: { rerun: Shape<"Rerun">; onClose: () => void }) {
  return (
    <>
      <p role="status">The job is submitted.</p>
      {rerun.differences.length === 0 ? (
        <p>Interpreter, packages and engines are those of the first run.</p>
      ) : (
        <div class="scroll-x">
          <table>
            <caption class="visually-hidden">What is another since</caption>
            <thead>
              <tr>
                <th scope="col">What is another since</th>
                <th scope="col">Then</th>
                <th scope="col">Now</th>
              </tr>
            </thead>
            <tbody>
              {rerun.differences.map((one) => (
                <tr key={one.name}>
                  <td>{one.name}</td>
                  <td class="capsules-long">{one.was ?? "not there"}</td>
                  <td class="capsules-long">{one.now ?? "not there"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Stay here</Button>
        {rerun.capsule_id !== null && <LinkButton href={`/capsules/${rerun.capsule_id}`}>Its capsule</LinkButton>}
        <LinkButton kind="primary" href={`/jobs/${rerun.job_id}`}>Watch the job</LinkButton>
      </div>
    </>
  );
}
