import type { Shape } from "~/api/client";
import { Button } from "~/ui/Button";
import { Field, TextField, Tick } from "~/ui/Field";
import { Badge, saySeconds, sayUsd } from "~/ui/values";
import { Trouble, Waiting } from "~/ui/states";
import { change, draft } from "./draft";
import type { Checked } from "./live";
import { sayUnavailable } from "./whynot";

interface Props {
  backends: readonly Shape<"PublishedBackend">[];
  checked: Checked;
}

/** Where a job runs, what it would cost, and what it leaves. */
export function JobFields({ backends, checked }: Props) {
  const { backend, emulate, capsule, capsuleName, seal } = draft.value;
  const chosen = backends.find((one) => one.slug === backend) ?? null;
  const closed = backends.filter((one) => !one.isAvailable);
  return (
    <div class="playground-job">
      <div class="playground-where">
        <Field label="Backend">
          {(ids) => (
            <select {...ids} value={backend} onChange={(event) => change({ backend: event.currentTarget.value })}>
              {chosen === null && <option value={backend}>{backend}</option>}
              {backends.map((one) => (
                <option key={one.slug} value={one.slug} disabled={!one.isAvailable && !emulate}>
                  {one.name}
                  {one.isAvailable ? "" : one.status === "online" ? " (not connected)" : ` (${one.status})`}
                </option>
              ))}
            </select>
          )}
        </Field>
        {closed.length > 0 && (
          <details class="playground-closed">
            <summary>{closed.length === 1 ? "1 backend takes" : `${closed.length} backends take`} no jobs</summary>
            <ul>
              {closed.map((one) => (
                <li key={one.slug}>
                  {sayUnavailable(one)}
                </li>
              ))}
            </ul>
          </details>
        )}
        <Tick
          label="Emulate the device on this machine"
          hint="Under its topology, native gates and last calibration: free, also of a device that takes no jobs."
          checked={emulate}
          onChange={(on) => change({ emulate: on })}
        />
      </div>
      <div class="playground-capsule">
        <Tick label="Make a capsule of it" hint="Everything needed to repeat and check the run." checked={capsule} onChange={(on) => change({ capsule: on, seal: on && seal })} />
        {capsule && (
          <>
            <TextField label="The capsule's name" maxLength={200} placeholder="as the script" value={capsuleName} onInput={(typed) => change({ capsuleName: typed })} />
            <Tick label="Seal it when the job has ended" hint="Sealed, it cannot be changed again by anybody." checked={seal} onChange={(on) => change({ seal: on })} />
          </>
        )}
      </div>
      <Quote checked={checked} />
    </div>
  );
}

function Quote({ checked: { estimate, problem, since, again } }: { checked: Checked }) {
  if (problem !== null) return <Trouble refusal={problem} onRetry={again} />;
  if (estimate === null) return since === null ? null : <Waiting what="Asking what it would cost" since={since} />;
  const { cost, wait } = estimate;
  return (
    <dl class="facts playground-quote">
      <dt>Cost</dt>
      <dd>
        {cost.total_usd === null || cost.total_usd === undefined ? "not known: no price list" : sayUsd(cost.total_usd)}
        {"billed_by" in cost && cost.billed_by === "minute" && " at least; time comes on top"}
      </dd>
      <dt>Wait</dt>
      <dd>
        {wait.queue_depth === 0 ? "none" : wait.seconds === null ? "not known" : `about ${saySeconds(wait.seconds)}`}
        {wait.queue_depth > 0 && `, ${wait.queue_depth} before it`}
      </dd>
    </dl>
  );
}

/** What the server found in the program that has no place in the text, and whether it can run. */
export function Checks({ checked: { estimate, problem, since, again } }: { checked: Checked }) {
  const told = (estimate?.checks ?? []).filter((check) => check.level !== "ok" && check.line === undefined);
  const placed = (estimate?.checks ?? []).filter((check) => check.level !== "ok" && check.line !== undefined).length;
  return (
    <div class="playground-checks">
      <p>
        {since !== null ? <span>The server looks at the program …</span> : problem !== null ? <span>{problem.message}</span> : estimate !== null && <Verdict estimate={estimate} placed={placed} />}{" "}
        <Button kind="quiet" class="small" onClick={again}>Check again</Button>
      </p>
      {told.length > 0 && (
        <ul>
          {told.map((check) => (
            <li key={check.id + check.message}>
              <Badge status={check.level} /> {check.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Verdict({ estimate, placed }: { estimate: Shape<"Estimate">; placed: number }) {
  const where = placed > 0 ? " See the marks in the text." : "";
  if (!estimate.can_run) return <span><Badge status="block" /> The server would refuse this program.{where}</span>;
  const found = estimate.program;
  const about = found === null ? "" : ` ${found.qubits} ${found.qubits === 1 ? "qubit" : "qubits"}.`;
  const start = found === null ? estimate.entry_points[0] : undefined;
  return <span><Badge status="ok" /> The server can run it.{about}{start !== undefined && ` It begins at ${start.name}, line ${start.line}.`}{where}</span>;
}
