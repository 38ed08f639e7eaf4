import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { Arrived } from "~/ui/states";
import { When } from "~/ui/values";
import { Gantt } from "../Gantt";
import { hasEnded, type JobDetail } from "../job";
import { asRecord } from "../reading";
import { phases, taskRows } from "../timeline";

/** When what happened to the job. */
export function TimelinePart({ job }: { job: JobDetail }) {
  const loaded = useLoad((signal) => answer(api.GET("/api/jobs/{job_id}/traces", { params: { path: { job_id: job.id } }, signal })), [job.id, job.updated_at]);
  return (
    <Arrived of={loaded} what="Reading the timeline">
      {({ items }) => {
        const rows = [...phases(job, items), ...taskRows(job)];
        return (
          <div class="stack">
            <section class="card">
              <h2>From the submit on</h2>
              {rows.length > 0 && <Gantt rows={rows} label="Timeline of the job" />}
              <p class="jobs-soft">
                Begins <When at={job.created_at} />. {honestly(job)}
              </p>
            </section>
            <section class="card">
              <h2>Moments</h2>
              <div class="scroll-x" tabIndex={0} role="region" aria-label="Moments">
                <table>
                  <thead>
                    <tr><th scope="col" class="number">After</th><th scope="col">Moment</th><th scope="col">When</th><th scope="col">What is known of it</th></tr>
                  </thead>
                  <tbody>
                    {items.map((trace) => (
                      <tr key={trace.id}>
                        <td class="number jobs-tight">{trace.elapsed_ms.toFixed(1)} ms</td>
                        <td class="mono">{trace.event}</td>
                        <td class="jobs-tight"><When at={trace.at} /></td>
                        <td>{note(trace.detail)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          </div>
        );
      }}
    </Arrived>
  );
}

function honestly(job: JobDetail): string {
  if (!hasEnded(job.status)) return "What happens while a worker holds the job is told when it ends.";
  if (job.tasks.some((task) => task.provider_task_id !== null)) return "How long a vendor's queue was is known only where the vendor says it.";
  return "Everything ran on this installation: there was no vendor's queue.";
}

function note(detail: unknown): string {
  return Object.entries(asRecord(detail))
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(4) : String(value)}`)
    .join(", ");
}
