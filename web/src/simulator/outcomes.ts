import type { Generator } from "./generator";
import type { State } from "./kernels";
import type { Final } from "./plan";

/**
 * Probabilities become whole numbers of this many parts before anything is drawn or listed: what is impossible but for rounding has none,
 * and the last digit of a sine, which browsers may disagree on, decides nothing.
 */
export const PARTS = 2 ** 48;

/** Whole parts of a probability. */
export const partsOf = (chance: number): number => Math.round(chance * PARTS);

/** How a program ends: which qubits are measured, and to which classical bits. */
export class Ending {
  private readonly measured: number;
  /** For each classical bit, which measured qubit gives it; below 0: none does, at the end. */
  private readonly sources: Int32Array;
  // Where an index of the state goes is read from two small tables, for its lower ten bits and for the others.
  private readonly low: Int32Array;
  private readonly high: Int32Array;

  constructor(final: readonly Final[], amplitudes: number, clbits: number) {
    const bits = [...new Set(final.map(({ bit }) => bit))];
    this.measured = bits.length;
    this.sources = new Int32Array(clbits).fill(-1);
    for (const { bit, clbit } of final) this.sources[clbit] = bits.indexOf(bit);
    this.low = places(bits, 0, Math.min(amplitudes, 1024));
    this.high = places(bits, 10, Math.max(amplitudes / 1024, 1));
  }

  /** What a branch that ends so may give. `record`: the classical bits that were written before the end. */
  leaf({ re, im }: State, record: Uint8Array): Leaf {
    const { low, high } = this;
    const chances = new Float64Array(2 ** this.measured);
    for (let at = 0; at < re.length; at++) {
      const x = re[at]!;
      const y = im[at]!;
      chances[low[at & 1023]! | high[at >> 10]!]! += x * x + y * y;
    }
    return new Leaf(chances, this.sources, record);
  }
}

function places(bits: readonly number[], shift: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, at) => bits.reduce((place, bit, n) => ((at << shift) & bit ? place | (1 << n) : place), 0));
}

/** The end of one branch: probabilities by the values of the measured qubits. */
export class Leaf {
  constructor(
    readonly chances: Float64Array,
    private readonly sources: Int32Array,
    private readonly record: Uint8Array,
  ) {}

  /** The classical bits for a place in `chances`: bit 0 leftmost. */
  key(value: number): string {
    let key = "";
    for (let clbit = 0; clbit < this.record.length; clbit++) {
      const from = this.sources[clbit]!;
      key += from < 0 ? this.record[clbit]! : (value >> from) & 1;
    }
    return key;
  }

  /** Adds what `shots` give to `counts`. */
  draw(random: Generator, shots: number, counts: Map<string, number>): void {
    const drawn = new Map<number, number>();
    const upTo = cumulate(this.chances);
    const total = upTo.at(-1) ?? 0;
    for (let shot = 0; shot < shots; shot++) {
      const value = firstAbove(upTo, Math.floor((random.next48() / PARTS) * total));
      drawn.set(value, (drawn.get(value) ?? 0) + 1);
    }
    for (const [value, count] of drawn) add(counts, this.key(value), count);
  }

  /** Adds the probabilities, times the branch's own, to `sums`; stops when those have become more than `most`. */
  tell(weight: number, sums: Map<string, number>, most: number): void {
    for (let value = 0; value < this.chances.length && sums.size <= most; value++) {
      const chance = weight * this.chances[value]!;
      if (partsOf(chance) > 0) add(sums, this.key(value), chance);
    }
  }

  /** The likeliest `most` outcomes that can happen at all; of equally likely ones the first. */
  likeliest(most: number): { probabilities: Record<string, number>; truncated: boolean } {
    const { least, ties, truncated } = threshold(this.chances, most);
    const probabilities: Record<string, number> = {};
    let left = ties;
    for (let value = 0; value < this.chances.length; value++) {
      const chance = this.chances[value]!;
      if (chance > least || (chance === least && left-- > 0)) probabilities[this.key(value)] = chance;
    }
    return { probabilities, truncated };
  }
}

/** The least probability among the `most` largest, and how many of its equals are among them. */
function threshold(chances: Float64Array, most: number): { least: number; ties: number; truncated: boolean } {
  let possible = 0;
  let largest = 0;
  for (let value = 0; value < chances.length; value++) {
    const chance = chances[value]!;
    if (partsOf(chance) > 0) possible += 1;
    if (chance > largest) largest = chance;
  }
  if (possible <= most) return { least: 0.5 / PARTS, ties: 0, truncated: false };
  // Counted by their size first, so that only those near the limit are put in order.
  const scale = (BINS - 1) / largest;
  const counts = new Uint32Array(BINS);
  for (let value = 0; value < chances.length; value++) counts[Math.floor(chances[value]! * scale)]! += 1;
  let bin = BINS;
  let above = 0;
  do above += counts[--bin]!;
  while (above < most);
  const near = new Float64Array(counts[bin]!);
  for (let value = 0, n = 0; value < chances.length; value++) if (Math.floor(chances[value]! * scale) === bin) near[n++] = chances[value]!;
  near.sort();
  const kept = most - (above - near.length);
  const least = near[near.length - kept]!;
  return { least, ties: kept - (near.length - 1 - near.lastIndexOf(least)), truncated: true };
}

const BINS = 4096;

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function cumulate(chances: Float64Array): Float64Array {
  const sums = new Float64Array(chances.length);
  let total = 0;
  for (let value = 0; value < chances.length; value++) sums[value] = total += partsOf(chances[value]!);
  return sums;
}

/** Where the sums first exceed `drawn`. */
function firstAbove(sums: Float64Array, drawn: number): number {
  let from = 0;
  let to = sums.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sums[middle]! > drawn) to = middle;
    else from = middle + 1;
  }
  return from;
}
