import { Link } from "wouter-preact";
import { useLoad } from "~/api/load";
import { Arrived, Empty } from "~/ui/states";
import { Copyable, saySeconds, sayNumber, sayUsd, When } from "~/ui/values";
import { asText, MOST_SHOWN, readArtifact } from "../artifacts";
import { type Capsule, shortly } from "../capsule";

const SCRIPTS = ["workflow/script.py", "workflow/program.qasm"];

/** What was run, where, for how long and for how much. */
export function Story({ capsule }: { capsule: Capsule }) {
  const script = capsule.artifacts.find((file) => SCRIPTS.includes(file.name));
  return (
    <div class="capsules-parts">
      <Facts capsule={capsule} />
      <Executions capsule={capsule} />
      {script !== undefined && script.size_bytes <= MOST_SHOWN ? (
        <Script capsule={capsule} name={script.name} digest={script.digest} />
      ) : (
        <Empty title="No script to show">A capsule that holds the run of a job has it as workflow/script.py or workflow/program.qasm.</Empty>
      )}
    </div>
  );
}

function Facts({ capsule }: { capsule: Capsule }) {
  return (
    <dl class="facts">
      <dt>Job</dt>
      <dd>{capsule.job_id === null ? "none: it was made from files" : <Link href={`/jobs/${capsule.job_id}`}>{capsule.job_id.slice(0, 8)}</Link>}</dd>
      {capsule.parent_capsule_id !== null && (
        <>
          <dt>Parent</dt>
          <dd>
            <Link href={`/capsules/${capsule.parent_capsule_id}`}>the capsule that this one was run again from</Link>
          </dd>
        </>
      )}
      <dt>Started, ended</dt>
      <dd>
        <When at={capsule.started_at} />, <When at={capsule.completed_at} />
      </dd>
      <dt>Wall time</dt>
      <dd>{saySeconds(capsule.wall_time_seconds)}</dd>
      <dt>Tasks, shots</dt>
      <dd>
        {sayNumber(capsule.num_tasks)}, {sayNumber(capsule.total_shots)}
      </dd>
      <dt>Cost</dt>
      <dd>
        quoted {sayUsd(capsule.estimated_cost_usd)}, paid {sayUsd(capsule.actual_cost_usd)}
      </dd>
      {capsule.git_sha !== null && (
        <>
          <dt>Git</dt>
          <dd>
            <Copyable text={capsule.git_sha} shown={capsule.git_sha.slice(0, 12)} label="Copy the commit" />
            {capsule.git_repo !== null && <Address text={capsule.git_repo} />}
          </dd>
        </>
      )}
    </dl>
  );
}

/** A link only where it leads to a web page: anything else is what somebody wrote. */
function Address({ text }: { text: string }) {
  return /^https?:\/\//i.test(text) ? (
    <a href={text} rel="noreferrer noopener" target="_blank">
      {text}
    </a>
  ) : (
    <code>{text}</code>
  );
}

function Executions({ capsule }: { capsule: Capsule }) {
  if (capsule.task_executions.length === 0) return null;
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Task executions">
      <table>
        <caption class="visually-hidden">What was run on a backend</caption>
        <thead>
          <tr>
            <th scope="col">Backend</th>
            <th scope="col" class="number">Shots</th>
            <th scope="col">Started</th>
            <th scope="col" class="number">Queue</th>
            <th scope="col" class="number">Run</th>
            <th scope="col" class="number">Cost</th>
            <th scope="col">Outputs</th>
          </tr>
        </thead>
        <tbody>
          {capsule.task_executions.map((task) => (
            <tr key={task.id}>
              <td>{task.backend}</td>
              <td class="number">{task.shots === null ? "–" : sayNumber(task.shots)}</td>
              <td>
                <When at={task.start_time} />
              </td>
              <td class="number">{saySeconds(task.queue_time_seconds)}</td>
              <td class="number">{saySeconds(task.wall_time_seconds)}</td>
              <td class="number">{sayUsd(task.cost_usd)}</td>
              <td>{task.outputs_digest === null ? "–" : <Copyable text={task.outputs_digest} shown={shortly(task.outputs_digest, 8)} label="Copy the digest of the outputs" />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Script({ capsule, name, digest }: { capsule: Capsule; name: string; digest: string | null }) {
  const script = useLoad((signal) => readArtifact(capsule.id, name, signal), [capsule.id, name, digest]);
  return (
    <section aria-labelledby="script-of-capsule">
      <h2 id="script-of-capsule">
        What was asked <small>{name}</small>
      </h2>
      <Arrived of={script} what={`Reading ${name}`}>
        {(bytes) => (
          <pre class="capsules-text" tabIndex={0} role="region" aria-label={`Content of ${name}`}>
            {asText(bytes) ?? "It is not text."}
          </pre>
        )}
      </Arrived>
    </section>
  );
}
