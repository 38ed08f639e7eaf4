/* For tests: circuits by hand, and what they mean by the slowest and plainest arithmetic. */
import type { Circuit, GateOp, MeasureOp, Op, ResetOp } from "~/circuits/circuit";
import { apply } from "~/circuits/qasm/dense";
import { FIXED, u } from "~/circuits/qasm/matrices";

export type Complex = readonly [re: number, im: number];

const span = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Qubits and classical bits in one register each, or in registers of these sizes. */
export function circuitOf(qubits: number | readonly number[], clbits: number | readonly number[], ops: readonly Op[]): Circuit {
  return { qubits: registers("q", qubits), clbits: registers("c", clbits), ops, phase: 0 };
}

export function gate(matrix: Float64Array, targets: readonly number[], controls: Readonly<Record<number, boolean>> = {}): GateOp {
  const on = Object.entries(controls);
  const qubits = [...on.map(([qubit]) => Number(qubit)), ...targets];
  return { kind: "gate", name: "g", params: [], controls: on.map(([, value]) => value), qubits, action: { matrix }, span, condition: null };
}

export const h = (qubit: number): GateOp => gate(FIXED.h, [qubit]);
export const x = (qubit: number): GateOp => gate(FIXED.x, [qubit]);
export const cx = (control: number, target: number): GateOp => gate(FIXED.x, [target], { [control]: true });
/** 1 with the probability sin²(angle/2). */
export const turn = (angle: number, qubit: number): GateOp => gate(u(angle, 0, 0), [qubit]);

export const measure = (qubit: number, clbit: number): MeasureOp => ({ kind: "measure", qubits: [qubit], clbits: [clbit], span, condition: null });
export const reset = (qubit: number): ResetOp => ({ kind: "reset", qubits: [qubit], span, condition: null });

/** The op, when these classical bits hold this value. */
export const when = <T extends Op>(clbits: readonly number[], value: number, op: T): T => ({ ...op, condition: { clbits, value } });

/** The state after unitary ops alone, index bit n being qubit n. */
export function denseState(qubits: number, ops: readonly Op[], start?: readonly Complex[]): Complex[] {
  const first = start ?? Array.from({ length: 2 ** qubits }, (_, at): Complex => [at === 0 ? 1 : 0, 0]);
  const state = { bits: [], re: Float64Array.from(first, ([re]) => re), im: Float64Array.from(first, ([, im]) => im) };
  for (const op of ops) if (op.kind === "gate") apply(op.action, op.qubits, op.controls, state);
  return Array.from(state.re, (re, at): Complex => [re, state.im[at] ?? 0]);
}

/** A unitary of 2 or 4 rows, by Gram and Schmidt from what `random` draws. */
export function unitary(rows: 2 | 4, random: () => number): Float64Array {
  const vectors: Complex[][] = [];
  while (vectors.length < rows) {
    let vector = Array.from({ length: rows }, (): Complex => [random() - 0.5, random() - 0.5]);
    for (const other of vectors) {
      const [re, im] = overlap(other, vector);
      vector = vector.map(([a, b], n): Complex => {
        const [c, d] = other[n] ?? [0, 0];
        return [a - (re * c - im * d), b - (re * d + im * c)];
      });
    }
    const length = Math.hypot(...vector.flat());
    vectors.push(vector.map(([a, b]): Complex => [a / length, b / length]));
  }
  return Float64Array.from(vectors.flat(2));
}

/** ⟨left|right⟩ */
export function overlap(left: readonly Complex[], right: readonly Complex[]): Complex {
  return left.reduce<Complex>(
    ([re, im], [a, b], n) => {
      const [c, d] = right[n] ?? [0, 0];
      return [re + a * c + b * d, im + a * d - b * c];
    },
    [0, 0],
  );
}

function registers(name: string, sizes: number | readonly number[]): Circuit["qubits"] {
  let start = 0;
  return (typeof sizes === "number" ? [sizes] : sizes).map((size, n) => {
    const register = { name: `${name}${n}`, start, size };
    start += size;
    return register;
  });
}
