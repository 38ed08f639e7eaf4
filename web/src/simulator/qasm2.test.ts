import { describe, expect, it } from "vitest";
import type { GateOp } from "~/circuits/circuit";
import { FIXED, phase, rxx, ryy, rzx, rzz, u } from "~/circuits/qasm/matrices";
import { parseQasm } from "~/circuits/qasm/parse";
import { Generator } from "./generator";
import { writeQasm2 } from "./qasm2";
import { run } from "./quantum-circuit";
import { circuitOf, cx, denseState, gate, h, measure, overlap, reset, turn, unitary, when, x } from "./testing";

const generator = new Generator(4);
const random = () => generator.next48() / 2 ** 48;

/** Every amplitude is made different first, so that no order of qubits and no phase is missed. */
const SPREAD = [0, 1, 2].flatMap((qubit) => [gate(unitary(2, random), [qubit])]).concat([cx(0, 1), cx(1, 2), cx(2, 0)]);

/** 1 when the text means the same, up to a phase of the whole. */
function sameness(op: GateOp): number {
  const { circuit } = parseQasm(writeQasm2(circuitOf(3, 0, [...SPREAD, op])).text);
  return Math.hypot(...overlap(denseState(3, [...SPREAD, op]), denseState(3, circuit?.ops ?? [])));
}

describe("what is written for others to read means the same", () => {
  const cases: Record<string, () => GateOp> = {
    "any gate": () => gate(unitary(2, random), [1]),
    "under a control": () => gate(unitary(2, random), [2], { 0: true }),
    "under a control on 0": () => gate(unitary(2, random), [0], { 1: false }),
    "a phase under a control": () => gate(phase(random()), [0], { 2: true }),
    "phases of both under a control": () => gate(u(0, 0.3, 0.4, random()), [0], { 2: true }),
    y: () => gate(FIXED.y, [1], { 0: true }),
    ccx: () => gate(FIXED.x, [1], { 0: true, 2: false }),
    ccz: () => gate(FIXED.z, [1], { 0: true, 2: true }),
    swap: () => gate(FIXED.swap, [2, 0]),
    cswap: () => gate(FIXED.swap, [2, 0], { 1: true }),
    iswap: () => gate(FIXED.iswap, [0, 2]),
    rzz: () => gate(rzz(random() * 6), [0, 2]),
    rxx: () => gate(rxx(random() * 6), [1, 2]),
    ryy: () => gate(ryy(random() * 6), [1, 0]),
    rzx: () => gate(rzx(random() * 6), [2, 1]),
  };
  for (const [name, make] of Object.entries(cases)) {
    it(name, () => {
      for (let round = 0; round < 10; round++) expect(sameness(make())).toBeCloseTo(1, 12);
    });
  }

  it("a gate that would need more is refused by its name", () => {
    expect(() => writeQasm2(circuitOf(3, 0, [{ ...gate(unitary(4, random), [0, 1]), name: "mine" }]))).toThrow(/does not take the gate mine/);
    expect(() => writeQasm2(circuitOf(4, 0, [gate(FIXED.x, [0], { 1: true, 2: true, 3: true })]))).toThrow(/quantum-circuit/);
  });
});

describe("quantum-circuit", () => {
  const asked = { qasm: "", shots: 1000, seed: 42 };

  it("has its qubits where ours are: X on one, another angle on each, measured crosswise", () => {
    const ops = [turn(0.7, 0), x(1), turn(1.9, 2), cx(1, 3), measure(0, 3), measure(1, 0), measure(2, 2)];
    const found = run(circuitOf(4, [2, 2], ops), asked, () => {});
    const [p, q] = [Math.sin(0.35) ** 2, Math.sin(0.95) ** 2];
    const wanted = { "1000": (1 - p) * (1 - q), "1001": p * (1 - q), "1010": (1 - p) * q, "1011": p * q };
    expect(Object.keys(found.probabilities ?? {}).sort()).toEqual(Object.keys(wanted).sort());
    for (const [key, value] of Object.entries(wanted)) expect(found.probabilities?.[key]).toBeCloseTo(value, 12);
  });

  it("gives these counts for this version and seed", () => {
    const ops = [turn(0.9, 0), cx(0, 1), turn(0.4, 1), turn(2.2, 2), measure(0, 0), measure(1, 1), measure(2, 2)];
    expect(run(circuitOf(3, 3, ops), asked, () => {}).counts).toMatchInlineSnapshot(`
      {
        "000": 149,
        "001": 615,
        "010": 3,
        "011": 28,
        "100": 1,
        "101": 9,
        "110": 37,
        "111": 158,
      }
    `);
  });

  it("tells how far it is", () => {
    const told: number[] = [];
    run(circuitOf(2, 2, [h(0), cx(0, 1), measure(0, 0)]), asked, (fraction) => told.push(fraction));
    expect(told).toEqual([1 / 3, 2 / 3]);
  });

  it("is not asked for what it would draw by itself, or not end", () => {
    const refused = (...ops: Parameters<typeof circuitOf>[2]) => expect(() => run(circuitOf(16, 2, ops), asked, () => {}));
    refused(h(0), measure(0, 0), h(0)).toThrow(/measure at their end/);
    refused(h(0), reset(0), measure(0, 0)).toThrow(/measure at their end/);
    refused(measure(0, 0), when([0], 1, x(1))).toThrow(/measure at their end/);
    refused(...Array.from({ length: 400 }, (_, n) => (n % 2 ? h(0) : cx(0, 1))), measure(0, 0)).toThrow(/would take some 100 seconds/);
  });
});
