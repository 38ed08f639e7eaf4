import { LinkButton } from "~/ui/Button";
import { asNumber, asRecord, asText, showControls } from "../reading";
import type { JobDetail } from "../job";

const AROUND = 2;
const WHOSE: Record<string, string> = {
  user: "in the program or its parameters",
  system: "ours, not the program's",
  transient: "something that passes: running it again may do",
};

/** Why a job failed: what, where in its program, whose fault, and what to do next. */
export function ProblemPart({ job }: { job: JobDetail }) {
  const error = job.result?.error ?? {};
  const asked = job.programs.find((program) => program.kind === "asked")?.content ?? job.inline_code;
  const frames = Array.isArray(error.traceback) ? error.traceback.map(asRecord) : [];
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{error.message ?? job.error_message ?? "The job failed."}</strong>
      </p>
      {error.line !== undefined && asked !== null && <Lines text={asked} line={error.line} column={error.column} />}
      {error.hint && <p>{error.hint}</p>}
      <p>
        {error.code && <code>{error.code}</code>} {error.category && <>The fault is {WHOSE[error.category] ?? error.category}.</>}
      </p>
      {frames.length > 0 && (
        <details>
          <summary>The script's own frames ({frames.length})</summary>
          <pre>
            {frames.map((frame) => `line ${asNumber(frame.line) ?? "?"}, in ${asText(frame.name) ?? "?"}\n    ${asText(frame.text) ?? ""}`).join("\n")}
          </pre>
        </details>
      )}
      {typeof error.traceback === "string" && (
        <details>
          <summary>Traceback</summary>
          <pre>{error.traceback}</pre>
        </details>
      )}
      {job.inline_code !== null && <LinkButton href={`/run?job=${job.id}`}>Correct it in the playground</LinkButton>}
    </div>
  );
}

/** The line that is named, with its neighbours and, where a column is known, a mark under it. */
function Lines({ text, line, column }: { text: string; line: number; column: number | undefined }) {
  const lines = text.split("\n");
  const first = Math.max(1, line - AROUND);
  const last = Math.min(lines.length, line + AROUND);
  if (line < 1 || line > lines.length) return null;
  const width = String(last).length;
  return (
    <pre class="jobs-lines" tabIndex={0} role="region" aria-label={`The program around line ${line}`}>
      {lines.slice(first - 1, last).map((content, n) => {
        const number = first + n;
        const here = number === line;
        return (
          <span key={number} class={here ? "jobs-line here" : "jobs-line"}>
            {`${here ? "▶" : " "} ${String(number).padStart(width)}  ${showControls(content)}\n`}
            {here && column !== undefined && column >= 1 && `${" ".repeat(width + 4 + column - 1)}^\n`}
          </span>
        );
      })}
    </pre>
  );
}
