import { describe, expect, it } from "vitest";
import type { GateOp } from "~/circuits/circuit";
import { FIXED, phase, rzz, u } from "~/circuits/qasm/matrices";
import { Generator } from "./generator";
import { apply, chanceOfOne, project, type State } from "./kernels";
import { lower } from "./lower";
import { circuitOf, type Complex, denseState, gate, overlap, unitary } from "./testing";

const QUBITS = 5;
const generator = new Generator(20);
const random = () => generator.next48() / 2 ** 48;

/** Any state; both forms of it. */
function anyState(): { dense: Complex[]; state: State } {
  const raw = Array.from({ length: 2 ** QUBITS }, (): Complex => [random() - 0.5, random() - 0.5]);
  const length = Math.hypot(...raw.flat());
  const dense = raw.map(([re, im]): Complex => [re / length, im / length]);
  return { dense, state: { re: Float64Array.from(dense, ([re]) => re), im: Float64Array.from(dense, ([, im]) => im) } };
}

/** 1 when both are the same state, up to a phase of the whole. */
function sameness(ops: readonly GateOp[]): number {
  const { dense, state } = anyState();
  for (const step of lower(circuitOf(QUBITS, 0, ops))) if (step.kind === "unitary") apply(state, step.kernel);
  const found = Array.from(state.re, (re, n): Complex => [re, state.im[n] ?? 0]);
  return Math.hypot(...overlap(denseState(QUBITS, ops, dense), found));
}

const MATRICES: Record<string, () => Float64Array> = {
  "any 2×2": () => unitary(2, random),
  x: () => FIXED.x,
  y: () => FIXED.y,
  z: () => FIXED.z,
  "a phase on 1": () => phase(random() * 6),
  "phases on both": () => u(0, random(), random(), random()),
  "any 4×4": () => unitary(4, random),
  swap: () => FIXED.swap,
  iswap: () => FIXED.iswap,
  ecr: () => FIXED.ecr,
  rzz: () => rzz(random() * 6),
};

describe("each kind of gate gives what plain matrix arithmetic gives", () => {
  for (const [name, make] of Object.entries(MATRICES)) {
    it(`${name}, on any qubits, under none to three controls of either kind`, () => {
      for (let round = 0; round < 60; round++) {
        const matrix = make();
        const targets = matrix.length === 8 ? 1 : 2;
        const order = shuffled();
        const controls = Object.fromEntries(order.slice(targets, targets + (round % 4)).map((qubit) => [qubit, random() < 0.5]));
        expect(sameness([gate(matrix, order.slice(0, targets), controls)])).toBeCloseTo(1, 12);
      }
    });
  }

  it("whole circuits, with gates merged and defined ones unfolded", () => {
    for (let round = 0; round < 40; round++) {
      const ops = Array.from({ length: 30 }, () => anyGate());
      const body = ops.slice(0, 4).filter((op) => op.qubits.every((qubit) => qubit < QUBITS - 1));
      const defined: GateOp = { ...gate(FIXED.x, [], { [QUBITS - 1]: round % 2 === 0 }), action: { body } };
      expect(sameness([...ops, defined])).toBeCloseTo(1, 11);
    }
  });
});

it("a projection keeps one value of a qubit, and the rest has no chance", () => {
  const { state } = anyState();
  const one = chanceOfOne(state, 4);
  project(state, 4, 0, 1 / Math.sqrt(1 - one));
  expect(chanceOfOne(state, 4)).toBe(0);
  expect(Math.hypot(...state.re, ...state.im)).toBeCloseTo(1, 13);
});

function anyGate(): GateOp {
  const order = shuffled();
  const names = Object.keys(MATRICES);
  const matrix = (MATRICES[names[Math.floor(random() * names.length)] ?? "x"] ?? (() => FIXED.x))();
  const targets = matrix.length === 8 ? 1 : 2;
  const controls = random() < 0.5 ? {} : { [order[targets] ?? 0]: random() < 0.5 };
  return gate(matrix, order.slice(0, targets), controls);
}

function shuffled(): number[] {
  return Array.from({ length: QUBITS }, (_, n) => ({ n, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ n }) => n);
}
