import type { Step } from "./lower";

/** A measurement that can wait until the end: the mask of its qubit, and where its value goes. */
export interface Final {
  bit: number;
  clbit: number;
}

/** `steps` in their order, without the measurements that can wait; `final`: those, at most one for each classical bit. */
export interface Plan {
  steps: readonly Step[];
  final: readonly Final[];
  /** Does everything wait, so that one state gives the whole distribution? */
  single: boolean;
}

/**
 * Deferred measurement: one whose qubit is only looked at afterwards, and whose bit nothing reads, gives the same at the end. One whose bit
 * is written again, unread, leaves nothing behind at all.
 */
export function plan(steps: readonly Step[]): Plan {
  const kept: Step[] = [];
  const final: Final[] = [];
  let moved = 0;
  const read = new Set<number>();
  const written = new Map<number, "surely" | "perhaps">();
  for (const step of steps.toReversed()) {
    if (step.kind === "measure" && step.condition === null) {
      const later = written.get(step.clbit);
      written.set(step.clbit, "surely");
      if ((moved & step.bit) === 0 && !read.has(step.clbit) && later !== "perhaps") {
        if (later === undefined) final.push({ bit: step.bit, clbit: step.clbit });
        continue;
      }
      read.delete(step.clbit);
    } else if (step.kind === "measure") {
      if (!written.has(step.clbit)) written.set(step.clbit, "perhaps");
    } else {
      moved |= step.kind === "reset" ? step.bit : step.moves;
    }
    for (const clbit of step.condition?.clbits ?? []) read.add(clbit);
    kept.push(step);
  }
  return { steps: kept.reverse(), final: final.reverse(), single: kept.every((step) => step.kind === "unitary") };
}
