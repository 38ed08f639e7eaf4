/** Classical bits that must hold 0 or 1; none: always true. */
export type Cube = ReadonlyMap<number, boolean>;

/** Cubes of which at most one holds at a time; none: never true. */
export type Test = readonly Cube[];

/** A branch is run once for each cube, so more of them are refused. */
const MOST_CUBES = 64;

export class TooMany extends Error {}

export const ALWAYS: Test = [new Map()];
export const NEVER: Test = [];

export function bitIs(clbit: number, value: boolean): Test {
  return [new Map([[clbit, value]])];
}

/** Throws TooMany. */
export function both(a: Test, b: Test): Test {
  const out: Cube[] = [];
  for (const one of a) {
    for (const other of b) {
      const merged = merge(one, other);
      if (merged) out.push(merged);
    }
    if (out.length > MOST_CUBES) throw new TooMany();
  }
  return out;
}

/** Throws TooMany. */
export function not(test: Test): Test {
  let out: Test = ALWAYS;
  for (const cube of test) out = both(out, outside(cube));
  return out;
}

/** Throws TooMany. */
export function either(a: Test, b: Test): Test {
  const out = [...a, ...both(b, not(a))];
  if (out.length > MOST_CUBES) throw new TooMany();
  return out;
}

/** Bits as a number (the first is the lowest) against a number. Throws TooMany. */
export function compare(clbits: readonly number[], op: string, value: number): Test {
  switch (op) {
    case "==":
      return equal(clbits, value);
    case "!=":
      return not(equal(clbits, value));
    case "<":
      return below(clbits, value);
    case "<=":
      return below(clbits, Math.floor(value) + 1);
    case ">":
      return not(below(clbits, Math.floor(value) + 1));
    default:
      return not(below(clbits, value));
  }
}

/** Bits against as many others, each with its own. Throws TooMany. */
export function compareBits(a: readonly number[], b: readonly number[], op: "==" | "!="): Test {
  let same: Test = ALWAYS;
  a.forEach((one, index) => {
    const other = b[index];
    if (other === undefined || other === one) return;
    same = both(same, [true, false].map((value) => new Map([[one, value], [other, value]])));
  });
  return op === "==" ? same : not(same);
}

export function bitsOf(test: Test): Set<number> {
  return new Set(test.flatMap((cube) => [...cube.keys()]));
}

function merge(one: Cube, other: Cube): Cube | null {
  const out = new Map(one);
  for (const [bit, value] of other) {
    if (out.has(bit) && out.get(bit) !== value) return null;
    out.set(bit, value);
  }
  return out;
}

/** What a cube leaves: its first bit is other, or that is as it says and its second is other, and so on. */
function outside(cube: Cube): Test {
  const out: Cube[] = [];
  const kept = new Map<number, boolean>();
  for (const [bit, value] of cube) {
    out.push(new Map(kept).set(bit, !value));
    kept.set(bit, value);
  }
  if (out.length > MOST_CUBES) throw new TooMany();
  return out;
}

function equal(clbits: readonly number[], value: number): Test {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** clbits.length) return NEVER;
  return [new Map(clbits.map((bit, index) => [bit, bitOf(value, index)]))];
}

/** From the highest bit down: as `value` so far, and 0 where it has a 1. */
function below(clbits: readonly number[], value: number): Test {
  if (value <= 0) return NEVER;
  if (value >= 2 ** clbits.length) return ALWAYS;
  const out: Cube[] = [];
  const kept = new Map<number, boolean>();
  const most = Math.ceil(value);
  for (let index = clbits.length - 1; index >= 0; index--) {
    const bit = clbits[index] ?? 0;
    if (bitOf(most, index)) out.push(new Map(kept).set(bit, false));
    kept.set(bit, bitOf(most, index));
  }
  if (out.length > MOST_CUBES) throw new TooMany();
  return out;
}

function bitOf(value: number, index: number): boolean {
  return Math.floor(value / 2 ** index) % 2 === 1;
}
