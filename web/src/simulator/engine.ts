import { type Circuit, width } from "~/circuits/circuit";
import { Generator } from "./generator";
import type { State } from "./kernels";
import { lower } from "./lower";
import { Ending } from "./outcomes";
import { type Final, plan } from "./plan";
import { type Asked, MOST_OUTCOMES, type Simulated } from "./simulated";
import { walk } from "./walk";

/** Our own engine: a state vector in typed arrays. */
export const ENGINE = "quapsule-statevector";
/** Changes with anything that may change counts or probabilities: arithmetic, the order of draws, what is merged. */
export const VERSION = "1";

/** What an engine finds out; who asked knows the rest. */
export type Found = Pick<Simulated, "counts" | "probabilities" | "truncated">;

/** Simulates a circuit that measures something; see `walk`. */
export function run(circuit: Circuit, { shots, seed }: Pick<Asked, "shots" | "seed">, tell: (fraction: number) => void): Found {
  const random = new Generator(seed);
  const { counts, exact } = walk(plan(lower(circuit)), width(circuit.qubits), width(circuit.clbits), shots, random, tell);
  return { counts: Object.fromEntries(counts), probabilities: exact?.probabilities ?? null, truncated: exact?.truncated ?? false };
}

/** What measuring a state that somebody else computed gives, drawn as ours is. */
export function sample(state: State, final: readonly Final[], clbits: number, { shots, seed }: Pick<Asked, "shots" | "seed">): Found {
  const leaf = new Ending(final, state.re.length, clbits).leaf(state, new Uint8Array(clbits));
  const counts = new Map<string, number>();
  leaf.draw(new Generator(seed), shots, counts);
  return { counts: Object.fromEntries(counts), ...leaf.likeliest(MOST_OUTCOMES) };
}
