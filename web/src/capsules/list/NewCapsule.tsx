import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { sayAgo } from "~/ui/values";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { EMPTY, type Said, SaidFields, saidBody, wrongWith } from "../acts/SaidFields";

interface Props {
  open: boolean;
  /** A job that it is to be of, from the page's address. */
  job: string;
  onClose: () => void;
}

/** A draft: of a job that has ended, which fills it, or empty for files of one's own. */
export function NewCapsule(props: Props) {
  return (
    <Dialog title="New capsule" open={props.open} onClose={props.onClose}>
      {props.open && <Form {...props} />}
    </Dialog>
  );
}

function Form({ job, onClose }: Props) {
  const [, go] = useLocation();
  const [of, setOf] = useState(job);
  const [said, setSaid] = useState<Said>(EMPTY);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [key] = useState(onceOnly);
  const jobs = useLoad((signal) => endedJobs(team.value?.id, signal), [team.value?.id]);
  const wrong = wrongWith(said, of === "");
  async function make(): Promise<void> {
    setRefusal(null);
    const body = { ...saidBody(said), ...(of === "" ? { team_id: team.value?.id ?? null } : { job_id: of }) };
    const made = await answer(api.POST("/api/capsules", { params: { header: key }, body }));
    onClose();
    go(`/capsules/${made.id}`);
  }
  const known = jobs.data ?? [];
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Of which job"
        hint="Its script, programs, certificates, calibration, counts, timeline and cost are put into the capsule within seconds."
        value={of}
        options={[
          { value: "", label: "None: an empty capsule for my own files" },
          ...(of !== "" && !known.some((one) => one.id === of) ? [{ value: of, label: `Job ${of.slice(0, 8)}` }] : []),
          ...known.map((one) => ({ value: one.id, label: `${one.script_name ?? one.framework ?? "job"} on ${one.backend}, ${one.status} ${sayAgo(new Date(one.completed_at ?? one.created_at))}` })),
        ]}
        onChange={setOf}
      />
      <SaidFields said={said} onChange={setSaid} nameHint={of === "" ? undefined : "Left empty, it is named after the job."} />
      {jobs.problem !== null && <Trouble refusal={jobs.problem} onRetry={jobs.reload} />}
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={wrong !== null} title={wrong ?? undefined} onClick={make} onRefusal={setRefusal}>
          Make the draft
        </Button>
      </div>
    </form>
  );
}

/** The team's jobs of late that have ended, newest first. */
async function endedJobs(teamId: string | undefined, signal: AbortSignal) {
  const page = await answer(api.GET("/api/jobs", { params: { query: { team_id: teamId, limit: 100 } }, signal }));
  return page.items.filter((one) => one.status === "completed" || one.status === "failed" || one.status === "cancelled");
}
