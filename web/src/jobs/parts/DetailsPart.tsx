import { Link } from "wouter-preact";
import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { Badge, Copyable, saySeconds, When } from "~/ui/values";
import type { JobDetail } from "../job";
import { ValueTree } from "./ValueTree";

/** The job's parameters and where everything of it came from. */
export function DetailsPart({ job }: { job: JobDetail }) {
  const members = useLoad((signal) => answer(api.GET("/api/team/members", { params: { query: { team_id: job.team_id, limit: 200 } }, signal })), [job.team_id]);
  const who = members.data?.items.find((member) => member.user_id === job.user_id);
  return (
    <div class="stack">
      <ValueTree title="Parameters" value={job.parameters} />
      <section class="card">
        <h2>Provenance</h2>
        <dl class="facts">
          <dt>Job</dt>
          <dd><Copyable text={job.id} /></dd>
          <dt>Submitted</dt>
          <dd><When at={job.created_at} /> by {who?.name ?? who?.email ?? (job.user_id === null ? "somebody whose account is gone" : "a member who has left")}</dd>
          <dt>Program</dt>
          <dd>{job.script_id === null ? `inline, ${job.framework ?? "framework unknown"}` : <Link href={`/scripts/${job.script_id}`}>{job.script_name ?? job.script_slug ?? job.script_id}</Link>}</dd>
          <dt>Backend</dt>
          <dd><Link href={`/backends/${encodeURIComponent(job.backend)}`}>{job.backend}</Link></dd>
          {job.retried_from !== null && (
            <>
              <dt>Again of</dt>
              <dd><Link href={`/jobs/${job.retried_from}`}>{job.retried_from}</Link></dd>
            </>
          )}
          {job.retries.length > 0 && (
            <>
              <dt>Run again as</dt>
              <dd>{job.retries.map((id) => <div key={id}><Link href={`/jobs/${id}`}>{id}</Link></div>)}</dd>
            </>
          )}
          {job.capsule_id !== null && (
            <>
              <dt>Capsule</dt>
              <dd><Link href={`/capsules/${job.capsule_id}`}>{job.capsule_name ?? job.capsule_id}</Link></dd>
            </>
          )}
          {job.result?.calibration_id && (
            <>
              <dt>Calibration</dt>
              <dd><Copyable text={job.result.calibration_id} /> of <When at={job.result.calibration_taken_at} /></dd>
            </>
          )}
        </dl>
      </section>
      <Attempts job={job} />
      <Tasks job={job} />
    </div>
  );
}

function Attempts({ job }: { job: JobDetail }) {
  if (job.attempts.length === 0) return null;
  return (
    <section class="card">
      <h2>Attempts</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Attempts">
        <table>
          <thead>
            <tr><th scope="col">Attempt</th><th scope="col">Worker</th><th scope="col">Began</th><th scope="col">Ended</th><th scope="col">Outcome</th></tr>
          </thead>
          <tbody>
            {job.attempts.map((one) => (
              <tr key={one.attempt}>
                <td>{one.attempt}</td>
                <td class="mono">{one.worker}</td>
                <td class="jobs-tight"><When at={one.started_at} /></td>
                <td class="jobs-tight"><When at={one.ended_at} /></td>
                <td>{one.outcome === null ? "not ended" : <Badge status={one.outcome} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Tasks({ job }: { job: JobDetail }) {
  if (job.tasks.length === 0) return null;
  return (
    <section class="card">
      <h2>Tasks</h2>
      <p>Each submission of one program to one device.</p>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Tasks">
        <table>
          <thead>
            <tr><th scope="col">Task</th><th scope="col">Provider's id</th><th scope="col">Submitted</th><th scope="col">Took</th><th scope="col">Program</th><th scope="col">Calibration</th></tr>
          </thead>
          <tbody>
            {job.tasks.map((task) => (
              <tr key={task.seq}>
                <td>{task.seq + 1} on {task.backend}</td>
                <td>{task.provider_task_id === null ? "none: it ran here" : <Copyable text={task.provider_task_id} />}</td>
                <td class="jobs-tight"><When at={task.submitted_at ?? task.created_at} /></td>
                <td>{task.ended_at === null ? "not ended" : saySeconds((Date.parse(task.ended_at) - Date.parse(task.submitted_at ?? task.created_at)) / 1000)}</td>
                <td><Copyable text={task.program_sha256} shown={task.program_sha256.slice(0, 12)} /></td>
                <td>{task.calibration_id === null ? "–" : <Copyable text={task.calibration_id} shown={task.calibration_id.slice(0, 8)} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
