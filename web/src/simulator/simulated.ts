import type { RefusalFacts } from "./refusal";

/** Who computed: our own engine, or the npm package of that name. Recorded as it is with every simulation. */
export type EngineName = "quapsule-statevector" | "quantum-circuit";

/** From here on a page warns: memory and time double with each qubit. */
export const WARN_QUBITS = 17;
/** 2^20 amplitudes are 16 MiB. */
export const MOST_QUBITS = 20;
export const MOST_SHOTS = 100_000;
/** Of exact probabilities, so many outcomes are given. */
export const MOST_OUTCOMES = 4096;

/** What a simulation gave. Keys are classical bits: bit 0 leftmost, registers in declaration order, joined. */
export interface Simulated {
  engine: EngineName;
  version: string;
  seed: number;
  shots: number;
  qubits: number;
  /** Gates that the text asks for, in loops as often as they come; measurements and resets are none. */
  gates: number;
  clbits: number;
  counts: Record<string, number>;
  /** Exact; null when the program's branches are too many to follow each of them. Outcomes that cannot happen are left out. */
  probabilities: Record<string, number> | null;
  /** `probabilities` holds the likeliest 4096 outcomes alone. */
  truncated: boolean;
  milliseconds: number;
  /** all, added: the program measures nothing, so that every qubit was measured at its end. */
  measured: "as written" | "all, added";
}

/** What a worker is asked. `most`: refuse more qubits than that, when it is fewer than the engine's own limit. */
export interface Asked {
  qasm: string;
  inputs?: Record<string, number>;
  shots: number;
  seed: number;
  most?: number;
}

/** What a worker tells: progress from 0 to 1 any number of times, then one end. */
export type Told = { kind: "progress"; fraction: number } | { kind: "done"; simulated: Simulated } | { kind: "refused"; facts: RefusalFacts };
