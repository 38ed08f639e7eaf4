import type { Action, Circuit, GateOp, Op } from "../circuit";

/** A state with its history: `bits` by classical bit, `re` and `im` unnormalized, qubit 0 the low bit. */
export interface Branch {
  bits: readonly number[];
  re: Float64Array;
  im: Float64Array;
}

/** Every course that a circuit may take from |0…0⟩, by the book and slowly: what the parser's tests hold its circuits to. */
export function courses(circuit: Circuit): Branch[] {
  const qubits = circuit.qubits.reduce((sum, { size }) => sum + size, 0);
  const clbits = circuit.clbits.reduce((sum, { size }) => sum + size, 0);
  const re = new Float64Array(2 ** qubits);
  re[0] = 1;
  let branches: Branch[] = [{ bits: new Array<number>(clbits).fill(0), re, im: new Float64Array(2 ** qubits) }];
  for (const op of circuit.ops) branches = branches.flatMap((branch) => (holds(op, branch.bits) ? step(op, branch) : [branch]));
  return branches;
}

/** A gate's matrix on `qubits` qubits, row-major, real and imaginary parts in turns. */
export function matrixOfGate(op: GateOp, qubits: number): number[] {
  const size = 2 ** qubits;
  const out = new Array<number>(2 * size * size).fill(0);
  for (let column = 0; column < size; column++) {
    const branch: Branch = { bits: [], re: new Float64Array(size), im: new Float64Array(size) };
    branch.re[column] = 1;
    apply(op.action, op.qubits, op.controls, branch);
    for (let row = 0; row < size; row++) {
      out[2 * (row * size + column)] = branch.re[row] ?? 0;
      out[2 * (row * size + column) + 1] = branch.im[row] ?? 0;
    }
  }
  return out;
}

function holds(op: Op, bits: readonly number[]): boolean {
  return !op.condition || op.condition.clbits.every((bit, index) => bits[bit] === Math.floor((op.condition?.value ?? 0) / 2 ** index) % 2);
}

function step(op: Op, branch: Branch): Branch[] {
  if (op.kind === "barrier") return [branch];
  if (op.kind === "gate") {
    apply(op.action, op.qubits, op.controls, branch);
    return [branch];
  }
  let branches = [branch];
  op.qubits.forEach((qubit, index) => {
    const clbit = op.kind === "measure" ? op.clbits[index] : undefined;
    branches = branches.flatMap((one) => [0, 1].map((value) => collapsed(one, qubit, value, clbit)).filter((part) => part !== null));
  });
  return branches;
}

function collapsed({ bits, re, im }: Branch, qubit: number, value: number, clbit: number | undefined): Branch | null {
  const out = { re: new Float64Array(re.length), im: new Float64Array(re.length) };
  let weight = 0;
  re.forEach((real, at) => {
    if (((at >> qubit) & 1) !== value) return;
    const to = clbit === undefined ? at & ~(1 << qubit) : at;
    out.re[to] = real;
    out.im[to] = im[at] ?? 0;
    weight += real * real + (im[at] ?? 0) ** 2;
  });
  return weight < 1e-14 ? null : { bits: bits.map((bit, index) => (index === clbit ? value : bit)), ...out };
}

/** Applies a gate in place. */
export function apply(action: Action, qubits: readonly number[], controls: readonly boolean[], branch: Branch): void {
  const acts = (at: number): boolean => controls.every((on, index) => Boolean((at >> (qubits[index] ?? 0)) & 1) === on);
  if ("body" in action) {
    const before = { re: branch.re.slice(), im: branch.im.slice() };
    for (const op of action.body) apply(op.action, op.qubits, op.controls, branch);
    // The body has no part in the states where a control says no, and does not mix them with the others.
    for (let at = 0; at < branch.re.length; at++) {
      if (acts(at)) continue;
      branch.re[at] = before.re[at] ?? 0;
      branch.im[at] = before.im[at] ?? 0;
    }
    return;
  }
  const targets = qubits.slice(controls.length);
  const size = 2 ** targets.length;
  const { re, im } = { re: branch.re.slice(), im: branch.im.slice() };
  for (let at = 0; at < re.length; at++) {
    if (!acts(at)) continue;
    const row = targets.reduce((sum, qubit, index) => sum + (((at >> qubit) & 1) << index), 0);
    branch.re[at] = branch.im[at] = 0;
    for (let column = 0; column < size; column++) {
      const from = targets.reduce((sum, qubit, index) => (sum & ~(1 << qubit)) | (((column >> index) & 1) << qubit), at);
      const [real = 0, imaginary = 0] = action.matrix.subarray(2 * (row * size + column));
      branch.re[at] = (branch.re[at] ?? 0) + real * (re[from] ?? 0) - imaginary * (im[from] ?? 0);
      branch.im[at] = (branch.im[at] ?? 0) + real * (im[from] ?? 0) + imaginary * (re[from] ?? 0);
    }
  }
}
