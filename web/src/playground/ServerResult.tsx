import { useEffect, useState } from "preact/hooks";
import type { Shape } from "~/api/client";
import { Button } from "~/ui/Button";
import { Badge, sayNumber, saySeconds, When } from "~/ui/values";
import { AtLine } from "./AtLine";
import { Counts } from "./Counts";
import type { EditorPlace } from "~/editor/Editor";
import { saveCounts, saveJson } from "./files";
import type { Outcome } from "./run";

/** A run on the server of which nothing is kept there: counts, value, log, or what went wrong and where. */
export function ServerResult({ outcome, onGoTo }: { outcome: Extract<Outcome, { place: "server" }>; onGoTo: (place: EditorPlace) => void }) {
  const { played, at, code } = outcome;
  const result = played.result;
  const exact = useExact(played);
  const counts = result?.counts;
  return (
    <>
      <p class="playground-told" role="status">
        <Badge status={played.status} /> on the server, {saySeconds(played.wall_time_seconds)}, <When at={at.toISOString()} />. Nothing is kept there.
      </p>
      {result?.error && <Failed error={result.error} onGoTo={onGoTo} />}
      {(result?.warnings ?? []).map(({ flag, message }) => (
        <p key={flag} class="playground-flag">
          <Badge status="warn" /> <code>{flag}</code> {message}
        </p>
      ))}
      {counts !== undefined && <Counts counts={counts} shots={result?.shots ?? sum(counts)} exact={exact} label="Counts on the server" />}
      {result?.measured === "all, added" && <p class="playground-note">The program measures nothing, so every qubit was measured at its end.</p>}
      {result?.counts_source === "script" && <p class="playground-note">These counts are the script's own; none crossed to a backend.</p>}
      {result && <Told result={result} />}
      {played.log.content !== "" && (
        <details>
          <summary>
            Log, {sayLines(played.log.content)}{played.log.truncated && ", cut at 1 MiB"}
          </summary>
          <pre tabIndex={0}>{played.log.content}</pre>
        </details>
      )}
      {played.programs.map((program) => (
        <details key={`${program.kind}${program.seq}`}>
          <summary>
            Program, {program.kind} ({program.format})
          </summary>
          <pre tabIndex={0}>{program.content}</pre>
        </details>
      ))}
      <div class="actions">
        <Button class="small" onClick={() => saveJson("server-run", { place: "server", program: code, at, ...played })}>Download JSON</Button>
        {counts !== undefined && <Button class="small" onClick={() => saveCounts("server-run", counts, exact)}>Download CSV</Button>}
      </div>
    </>
  );
}

function Failed({ error, onGoTo }: { error: Shape<"JobError">; onGoTo: (place: EditorPlace) => void }) {
  const whose = { user: "in the program", system: "in the platform", transient: "for the moment; try again" }[error.category ?? ""];
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      {error.hint !== undefined && <p>{error.hint}</p>}
      <p>
        <code>{error.type ?? error.code}</code> {whose !== undefined && `The fault is ${whose}.`}
      </p>
      <AtLine line={error.line} column={error.column} onGoTo={onGoTo} />
      {error.traceback !== undefined && error.traceback !== null && (
        <details>
          <summary>Traceback</summary>
          <pre tabIndex={0}>{sayTraceback(error.traceback)}</pre>
        </details>
      )}
    </div>
  );
}

function sayTraceback(told: unknown): string {
  if (typeof told === "string") return told;
  return Array.isArray(told) ? told.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n") : JSON.stringify(told, null, 2);
}

function Told({ result }: { result: Shape<"JobResult"> }) {
  const summary = Object.entries(asRecord(result.summary));
  const engine = asRecord(result.engine);
  const about = [engine.name, engine.version].filter((part) => typeof part === "string").join(" ");
  return (
    <>
      <dl class="facts">
        {summary.map(([label, text]) => [<dt key={label}>{label}</dt>, <dd key={`${label}:`}>{sayShort(text)}</dd>])}
        {about !== "" && [<dt key="engine">Engine</dt>, <dd key="engine:">{about}</dd>]}
        {result.certificate && [
          <dt key="certificate">Conversion</dt>,
          <dd key="certificate:">
            <Badge status={result.certificate.result} /> <small>{result.certificate.methods.join(", ")}</small>
          </dd>,
        ]}
      </dl>
      {result.value !== undefined && result.value !== null && (
        <details open={JSON.stringify(result.value).length < 400}>
          <summary>Value</summary>
          <pre tabIndex={0}>{JSON.stringify(result.value, null, 2)}</pre>
        </details>
      )}
    </>
  );
}

/** What noise-free measurement would tend to, computed in this page from the program that ran; null where it cannot be. */
function useExact(played: Shape<"Played">): Record<string, number> | null {
  const [exact, setExact] = useState<Record<string, number> | null>(null);
  useEffect(() => {
    setExact(null);
    const programs = played.programs.filter((one) => one.kind === "interchange" && one.format.startsWith("qasm"));
    const [program] = programs;
    // Of several circuits, the counts are of one: which, the page does not guess.
    if (program === undefined || programs.length > 1 || played.result?.counts_source !== "backend" || played.result.noise) return;
    let gone = false;
    void import("~/simulator/exact")
      .then(({ exactDistribution }) => exactDistribution(program.content))
      .then((found) => {
        if (!gone) setExact(found);
      });
    return () => {
      gone = true;
    };
  }, [played]);
  return exact;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function sayLines(log: string): string {
  const lines = log.trimEnd().split("\n").length;
  return `${sayNumber(lines)} ${lines === 1 ? "line" : "lines"}`;
}

const sayShort = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
