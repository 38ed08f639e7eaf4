/*
 * State vectors as two arrays, real and imaginary; bit n of an index is qubit n. A kernel visits the indices whose `fixed` bits are those
 * of `set`: `(at | fixed) + 1` carries across the fixed bits, so that a gate with any number of controls costs what it changes, in one loop.
 * Plain typed arrays hold the aim of 3 ms for a gate on 20 qubits (bench/web_simulator.py), so that there is no WebAssembly here.
 */

/** 2^n amplitudes. */
export interface State {
  re: Float64Array;
  im: Float64Array;
}

/** One pass over the amplitudes. `bit`, `a` and `b` are masks of single qubits, and among `fixed`. */
export type Kernel =
  /** A 2×2 matrix, row-major, interleaved. */
  | { kind: "mix"; fixed: number; set: number; bit: number; matrix: Float64Array }
  | { kind: "flip"; fixed: number; set: number; bit: number }
  /** Every amplitude with `set` times one complex number. */
  | { kind: "phase"; fixed: number; set: number; re: number; im: number }
  | { kind: "swap"; fixed: number; set: number; a: number; b: number }
  /** A 4×4 matrix, row-major, interleaved; `a` is the low bit of its rows. */
  | { kind: "mix2"; fixed: number; set: number; a: number; b: number; matrix: Float64Array };

/** |0…0⟩. */
export function zeroState(qubits: number): State {
  const state = { re: new Float64Array(2 ** qubits), im: new Float64Array(2 ** qubits) };
  state.re[0] = 1;
  return state;
}

export const copyState = ({ re, im }: State): State => ({ re: re.slice(), im: im.slice() });

export function apply(state: State, kernel: Kernel): void {
  switch (kernel.kind) {
    case "mix":
      return mix(state, kernel.fixed, kernel.set, kernel.bit, kernel.matrix);
    case "flip":
      return flip(state, kernel.fixed, kernel.set, kernel.bit);
    case "phase":
      return phase(state, kernel.fixed, kernel.set, kernel.re, kernel.im);
    case "swap":
      return exchange(state, kernel.fixed, kernel.set | kernel.a, kernel.set | kernel.b);
    case "mix2":
      return mix2(state, kernel.fixed, kernel.set, kernel.a, kernel.b, kernel.matrix);
  }
}

/** Probability that the qubit of mask `bit` is 1. */
export function chanceOfOne({ re, im }: State, bit: number): number {
  let sum = 0;
  for (let at = 0; at < re.length; at = ((at | bit) + 1) & ~bit) {
    const x = re[at | bit]!;
    const y = im[at | bit]!;
    sum += x * x + y * y;
  }
  return sum;
}

/** Keeps what has `value` in the qubit of mask `bit`, scaled by `factor`. */
export function project({ re, im }: State, bit: number, value: 0 | 1, factor: number): void {
  const keep = value === 1 ? bit : 0;
  for (let at = 0; at < re.length; at = ((at | bit) + 1) & ~bit) {
    const kept = at | keep;
    const lost = kept ^ bit;
    re[kept]! *= factor;
    im[kept]! *= factor;
    re[lost] = 0;
    im[lost] = 0;
  }
}

function mix({ re, im }: State, fixed: number, set: number, bit: number, m: Float64Array): void {
  const [ar, ai, br, bi, cr, ci, dr, di] = m as unknown as [number, number, number, number, number, number, number, number];
  for (let at = 0; at < re.length; at = ((at | fixed) + 1) & ~fixed) {
    const i = at | set;
    const j = i | bit;
    const x = re[i]!;
    const y = im[i]!;
    const u = re[j]!;
    const v = im[j]!;
    re[i] = ar * x - ai * y + br * u - bi * v;
    im[i] = ar * y + ai * x + br * v + bi * u;
    re[j] = cr * x - ci * y + dr * u - di * v;
    im[j] = cr * y + ci * x + dr * v + di * u;
  }
}

function flip(state: State, fixed: number, set: number, bit: number): void {
  exchange(state, fixed, set, set | bit);
}

function exchange({ re, im }: State, fixed: number, one: number, other: number): void {
  for (let at = 0; at < re.length; at = ((at | fixed) + 1) & ~fixed) {
    const i = at | one;
    const j = at | other;
    const x = re[i]!;
    const y = im[i]!;
    re[i] = re[j]!;
    im[i] = im[j]!;
    re[j] = x;
    im[j] = y;
  }
}

function phase({ re, im }: State, fixed: number, set: number, fr: number, fi: number): void {
  for (let at = 0; at < re.length; at = ((at | fixed) + 1) & ~fixed) {
    const i = at | set;
    const x = re[i]!;
    const y = im[i]!;
    re[i] = fr * x - fi * y;
    im[i] = fr * y + fi * x;
  }
}

function mix2({ re, im }: State, fixed: number, set: number, a: number, b: number, m: Float64Array): void {
  const r = new Float64Array(4);
  const s = new Float64Array(4);
  for (let at = 0; at < re.length; at = ((at | fixed) + 1) & ~fixed) {
    const base = at | set;
    for (let k = 0; k < 4; k++) {
      const i = base | (k & 1 ? a : 0) | (k & 2 ? b : 0);
      r[k] = re[i]!;
      s[k] = im[i]!;
    }
    for (let k = 0; k < 4; k++) {
      let x = 0;
      let y = 0;
      for (let l = 0; l < 4; l++) {
        const p = m[8 * k + 2 * l]!;
        const q = m[8 * k + 2 * l + 1]!;
        x += p * r[l]! - q * s[l]!;
        y += p * s[l]! + q * r[l]!;
      }
      const i = base | (k & 1 ? a : 0) | (k & 2 ? b : 0);
      re[i] = x;
      im[i] = y;
    }
  }
}
