/** Why there is no result. `program_invalid` and `program_unsupported` come with a place in the text. */
export type RefusalCode =
  | "program_invalid"
  | "program_unsupported"
  | "input_missing"
  | "too_many_qubits"
  | "too_many_shots"
  | "seed_invalid"
  | "would_take_too_long"
  | "out_of_memory"
  | "simulator_crashed";

export interface RefusalFacts {
  code: RefusalCode;
  message: string;
  /** What to do next. */
  hint: string;
  line?: number;
  column?: number;
}

/** The simulator in the page cannot run this, or did not come to its end. */
export class SimulationRefusal extends Error implements RefusalFacts {
  readonly code: RefusalCode;
  readonly hint: string;
  readonly line?: number;
  readonly column?: number;

  constructor(facts: RefusalFacts) {
    super(facts.message);
    this.name = "SimulationRefusal";
    this.code = facts.code;
    this.hint = facts.hint;
    this.line = facts.line;
    this.column = facts.column;
  }

  /** As data, for the way out of a worker: an error of a class of ours does not survive it. */
  get facts(): RefusalFacts {
    const { code, message, hint, line, column } = this;
    return { code, message, hint, line, column };
  }
}
