import { expect, it } from "vitest";
import { run } from "./engine";
import { type Engine, perform } from "./perform";
import type { Asked, Told } from "./simulated";

const ENGINE: Engine = { name: "quapsule-statevector", version: "1", mostQubits: 20, run };
const BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n';

function told(asked: Partial<Asked>, engine = ENGINE): Told {
  const all: Told[] = [];
  perform(engine, { qasm: BELL, shots: 100, seed: 1, ...asked }, (one) => all.push(one));
  return all.at(-1) ?? { kind: "progress", fraction: 0 };
}

const refusal = (asked: Partial<Asked>, engine = ENGINE) => {
  const one = told(asked, engine);
  return one.kind === "refused" ? one.facts : null;
};

it("says what ran, with which version and seed", () => {
  expect(told({})).toMatchObject({
    kind: "done",
    simulated: { engine: "quapsule-statevector", version: "1", seed: 1, shots: 100, qubits: 2, gates: 2, clbits: 2, truncated: false, measured: "as written" },
  });
});

it("measures a program that measures nothing whole, whatever bits it declares", () => {
  const simulated = told({ qasm: "OPENQASM 3.0;\nqubit a; qubit[2] b; bit[5] c;\nU(pi, 0, pi) b[1];" });
  expect(simulated).toMatchObject({ simulated: { measured: "all, added", clbits: 3, counts: { "001": 100 }, probabilities: { "001": 1 } } });
});

it("refuses more qubits than it takes, before any memory is asked for", () => {
  expect(refusal({ qasm: "OPENQASM 3.0; qubit[21] q;" })).toMatchObject({ code: "too_many_qubits", hint: "Run it on the server." });
  expect(refusal({ qasm: "OPENQASM 3.0; qubit[3] q;", most: 2 })).toMatchObject({ code: "too_many_qubits" });
  expect(refusal({ qasm: "OPENQASM 3.0;" })).toMatchObject({ code: "program_invalid" });
});

it("refuses shots and seeds that are none", () => {
  for (const shots of [0, 1.5, 100_001, NaN]) expect(refusal({ shots })).toMatchObject({ code: "too_many_shots" });
  for (const seed of [-1, 0.5, 2 ** 53]) expect(refusal({ seed })).toMatchObject({ code: "seed_invalid" });
});

it("says where a program is wrong, and what input it wants", () => {
  expect(refusal({ qasm: "OPENQASM 3.0;\nqubit q;\n  hh q;" })).toMatchObject({ code: "program_invalid", line: 3, column: 3 });
  const turned = "OPENQASM 3.0;\ninput float[64] theta;\nqubit q;\nbit c;\nU(theta, 0, 0) q;\nc = measure q;";
  expect(refusal({ qasm: turned })).toMatchObject({ code: "input_missing", message: expect.stringContaining("theta") });
  expect(told({ qasm: turned, inputs: { theta: Math.PI } })).toMatchObject({ simulated: { counts: { "1": 100 } } });
});

it("calls an allocation that fails what it is, and hides no other mistake", () => {
  const failing = (problem: Error): Engine => ({
    ...ENGINE,
    run: () => {
      throw problem;
    },
  });
  expect(refusal({}, failing(new RangeError("Array buffer allocation failed")))).toMatchObject({ code: "out_of_memory" });
  expect(() => told({}, failing(new TypeError("a mistake of ours")))).toThrow("a mistake of ours");
});
