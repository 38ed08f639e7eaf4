import type { Circuit, GateOp, Op } from "~/circuits/circuit";
import { type Kernel } from "./kernels";
import { diagonalOf, isOne, multiply, over, permutes } from "./matrix";

/** Bit n of `value` is to be `clbits[n]`. */
export type Condition = { clbits: readonly number[]; value: number } | null;

/** A circuit as it is computed. `moves`: the qubits (a mask) whose value a kernel changes, rather than only looks at. */
export type Step =
  | { kind: "unitary"; kernel: Kernel; moves: number; condition: Condition }
  | { kind: "measure"; bit: number; clbit: number; condition: Condition }
  | { kind: "reset"; bit: number; condition: Condition };

/** A control: the qubit and the value at which something happens. */
type Control = readonly [qubit: number, on: boolean];

/** Definitions unfolded, runs of single-qubit gates on one qubit made one, each gate as the cheapest kernel that does it. */
export function lower(circuit: Circuit): Step[] {
  const lowering = new Lowering();
  for (const op of circuit.ops) lowering.add(op);
  lowering.flushAll();
  return lowering.steps;
}

class Lowering {
  readonly steps: Step[] = [];
  /** Products of single-qubit gates that nothing has looked at yet. */
  private readonly waiting = new Map<number, Float64Array>();

  add(op: Op): void {
    if (op.kind === "gate") return this.gate(op, [], op.condition);
    if (op.kind === "barrier") return;
    op.qubits.forEach((qubit, n) => {
      this.flush(qubit);
      const place = { bit: 1 << qubit, condition: op.condition };
      this.steps.push(op.kind === "reset" ? { kind: "reset", ...place } : { kind: "measure", ...place, clbit: op.clbits[n] ?? 0 });
    });
  }

  flushAll(): void {
    for (const qubit of [...this.waiting.keys()]) this.flush(qubit);
  }

  private gate(op: GateOp, outer: readonly Control[], condition: Condition): void {
    const controls = [...outer, ...op.controls.map((on, n): Control => [op.qubits[n] ?? 0, on])];
    if ("body" in op.action) {
      for (const inner of op.action.body) this.gate(inner, controls, condition);
      return;
    }
    const targets = op.qubits.slice(op.controls.length);
    const { matrix } = op.action;
    const [target] = targets;
    if (targets.length === 1 && target !== undefined && controls.length === 0 && condition === null) {
      const before = this.waiting.get(target);
      this.waiting.set(target, before === undefined ? matrix : multiply(matrix, before));
      return;
    }
    for (const qubit of [...controls.map(([control]) => control), ...targets]) this.flush(qubit);
    this.push(kernelsOf(matrix, targets, controls), condition);
  }

  private flush(qubit: number): void {
    const matrix = this.waiting.get(qubit);
    if (matrix === undefined) return;
    this.waiting.delete(qubit);
    this.push(kernelsOf(matrix, [qubit], []), null);
  }

  private push(kernels: readonly Kernel[], condition: Condition): void {
    for (const kernel of kernels) this.steps.push({ kind: "unitary", kernel, moves: movedBy(kernel), condition });
  }
}

function movedBy(kernel: Kernel): number {
  if (kernel.kind === "phase") return 0;
  return kernel.kind === "mix" || kernel.kind === "flip" ? kernel.bit : kernel.a | kernel.b;
}

function kernelsOf(matrix: Float64Array, targets: readonly number[], controls: readonly Control[]): Kernel[] {
  const bits = targets.map((qubit) => 1 << qubit);
  let fixed = bits.reduce((mask, bit) => mask | bit, 0);
  let set = 0;
  for (const [qubit, on] of controls) {
    fixed |= 1 << qubit;
    if (on) set |= 1 << qubit;
  }
  const diagonal = diagonalOf(matrix, 2 ** bits.length);
  if (diagonal !== null) return phases(diagonal, bits, fixed, set, controls.length > 0);
  const [a = 0, b = 0] = bits;
  if (bits.length === 1) return [permutes(matrix, [1, 0]) ? { kind: "flip", fixed, set, bit: a } : { kind: "mix", fixed, set, bit: a, matrix }];
  return [permutes(matrix, [0, 2, 1, 3]) ? { kind: "swap", fixed, set, a, b } : { kind: "mix2", fixed, set, a, b, matrix }];
}

/** A phase of the whole state is left out: it changes no probability. Under a control it is none of the whole. */
function phases(diagonal: [number, number][], bits: readonly number[], fixed: number, set: number, controlled: boolean): Kernel[] {
  const [first = [1, 0]] = diagonal;
  const factors = controlled ? diagonal : diagonal.map((factor) => over(factor, first));
  return factors.flatMap((factor, row): Kernel[] => {
    if (isOne(factor)) return [];
    const rows = bits.reduce((mask, bit, n) => ((row >> n) & 1 ? mask | bit : mask), 0);
    return [{ kind: "phase", fixed, set: set | rows, re: factor[0], im: factor[1] }];
  });
}
