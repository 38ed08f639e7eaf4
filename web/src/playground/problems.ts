import type { Conversion } from "./convert";
import type { Mode } from "./draft";
import { type Checked, checkProblems, type Found, inOrder, type Live, readerProblems } from "./live";
import type { Outcome } from "./run";

interface Told {
  code: string;
  mode: Mode;
  live: Live;
  checked: Checked;
  outcome: Outcome | null;
  conversion: Conversion | null;
}

/** Everything that is known to be wrong with this text: by the reader, the server's checks, the last run and the last conversion. */
export function gatherProblems({ code, mode, live, checked, outcome, conversion }: Told): Found[] {
  return inOrder([
    ...(outcome !== null && outcome.code === code ? ofRun(outcome) : []),
    ...(conversion !== null && conversion.code === code ? ofConversion(conversion) : []),
    ...(checked.fresh ? checkProblems(checked.estimate?.checks ?? []) : []),
    ...readerProblems(live.parsed, mode === "browser"),
  ]);
}

function ofRun(outcome: Outcome): Found[] {
  if (outcome.place === "refused") return at(outcome.line, outcome.column, outcome.refusal.message);
  const error = outcome.place === "server" ? outcome.played.result?.error : undefined;
  return error === undefined ? [] : at(error.line, error.column, error.message ?? "The run failed here.");
}

function ofConversion({ refusal }: Conversion): Found[] {
  const { line, column } = refusal?.details ?? {};
  return refusal === null || typeof line !== "number" ? [] : at(line, typeof column === "number" ? column : undefined, refusal.message);
}

function at(line: number | undefined, column: number | undefined, message: string): Found[] {
  return line === undefined ? [] : [{ line, column: column ?? 1, level: "error", message, by: "run" }];
}
