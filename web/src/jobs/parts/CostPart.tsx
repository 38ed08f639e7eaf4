import type { JobDetail } from "../job";
import { asRecord, asText } from "../reading";
import { hasEnded } from "../job";
import { Badge, sayUsd } from "~/ui/values";

/** What was quoted when the job was submitted, what is settled, and for which tasks. */
export function CostPart({ job }: { job: JobDetail }) {
  const billed = asText(asRecord(job.tasks[0]?.detail).billed_by);
  return (
    <div class="stack">
      <dl class="facts">
        <dt>Quoted</dt>
        <dd>{job.estimated_cost_usd === null ? "Nothing was quoted for this job." : sayUsd(job.estimated_cost_usd)}</dd>
        <dt>Settled</dt>
        <dd>{job.actual_cost_usd !== null ? sayUsd(job.actual_cost_usd) : hasEnded(job.status) ? "Not known: the provider has not said." : "When the job has ended."}</dd>
        <dt>Billed by</dt>
        <dd>{billed ?? (job.tasks.length === 0 ? "Nobody: no task went to a paid device." : "The provider's task, as below.")}</dd>
      </dl>
      {job.tasks.length > 0 && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Cost of each task">
          <table>
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col">Backend</th>
                <th scope="col">Status</th>
                <th scope="col" class="number">Shots</th>
                <th scope="col" class="number">Cost</th>
              </tr>
            </thead>
            <tbody>
              {job.tasks.map((task) => (
                <tr key={task.seq}>
                  <td>{task.seq + 1}</td>
                  <td>{task.backend}{task.emulated ? " (emulated)" : ""}</td>
                  <td><Badge status={task.status} /></td>
                  <td class="number">{task.shots.toLocaleString()}</td>
                  <td class="number">{sayUsd(task.cost_usd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
