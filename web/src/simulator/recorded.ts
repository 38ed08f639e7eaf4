import { MOST_OUTCOMES, type Simulated } from "./simulated";

/** Bits of a key that the server takes. */
const MOST_BITS = 64;

/** All outcomes, or as many of the most frequent ones as the server keeps. */
export function mostFrequent({ counts, clbits }: Pick<Simulated, "counts" | "clbits">): Record<string, number> {
  if (clbits > MOST_BITS) return {};
  const outcomes = Object.entries(counts);
  if (outcomes.length <= MOST_OUTCOMES) return counts;
  return Object.fromEntries(outcomes.sort(([, a], [, b]) => b - a).slice(0, MOST_OUTCOMES));
}
