import { useState } from "preact/hooks";
import type { Refusal, Shape } from "~/api/client";
import { Button } from "~/ui/Button";
import { Tick } from "~/ui/Field";
import { Badge, sayUsd } from "~/ui/values";

interface Props {
  analysis: Shape<"Analysis">;
  /** Why it cannot be run although the analysis lets it; null: it can. */
  why: string | null;
  onRun: (accepted: readonly string[]) => Promise<void>;
  onRefusal: (refusal: Refusal) => void;
}

/** What an analysis found: warnings are accepted one by one, then it runs. */
export function Verdict({ analysis, why, onRun, onRefusal }: Props) {
  const [accepted, setAccepted] = useState<readonly string[]>([]);
  const warned = analysis.checks.filter(({ level }) => level === "warn");
  const open = warned.filter(({ id }) => !accepted.includes(id)).length;
  const cost = analysis.cost.total_usd;
  return (
    <section class="card" aria-labelledby="script-verdict" aria-live="polite">
      <h2 id="script-verdict">
        {!analysis.can_run ? "It cannot run so" : warned.length === 0 ? "It can run" : `It can run, with ${warned.length === 1 ? "a warning" : `${warned.length} warnings`}`}
      </h2>
      <ul class="scripts-checks">
        {analysis.checks.map((check, n) => (
          <li key={n}>
            <Badge status={check.level} />
            <span>
              {check.line !== undefined && (
                <strong>
                  Line {check.line}
                  {check.column !== undefined && `, column ${check.column}`}:{" "}
                </strong>
              )}
              {withoutPlace(check.message)}
              {check.level === "warn" && (
                <Tick
                  label={`Accept this (${check.id})`}
                  checked={accepted.includes(check.id)}
                  onChange={(on) => setAccepted(on ? [...accepted, check.id] : accepted.filter((id) => id !== check.id))}
                />
              )}
            </span>
          </li>
        ))}
      </ul>
      {analysis.program && (
        <p>
          A circuit of {analysis.program.qubits} {analysis.program.qubits === 1 ? "qubit" : "qubits"}; measured {analysis.program.measured}.
        </p>
      )}
      <p>Cost: {cost === null ? "not known, since the backend has no price list" : cost === 0 ? "free" : `${sayUsd(cost)}, as quoted now`}.</p>
      <Button kind="primary" disabled={!analysis.can_run || open > 0 || why !== null} onClick={() => onRun(accepted)} onRefusal={onRefusal}>
        Run it
      </Button>
      {analysis.can_run && open > 0 && <p class="scripts-note">{open === 1 ? "One warning is" : `${open} warnings are`} not accepted yet.</p>}
      {why !== null && <p class="scripts-note">{why}</p>}
    </section>
  );
}

/** A parser's message begins with the place that stands before it here already. */
function withoutPlace(message: string): string {
  return message.replace(/^line \d+, column \d+: /, "");
}
