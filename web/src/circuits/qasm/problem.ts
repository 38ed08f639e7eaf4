import type { Circuit, Span } from "../circuit";

/** What the parser found wrong, or cannot do here (`code: "unsupported"`: the server may well run it). */
export interface QasmProblem extends Span {
  level: "error" | "warning";
  code: "syntax" | "unknown" | "type" | "unsupported";
  message: string;
}

export interface Parsed {
  version: 2 | 3;
  /** null when there is an error. */
  circuit: Circuit | null;
  /** Names of `input` values that must be given. */
  inputs: readonly string[];
  problems: readonly QasmProblem[];
}
