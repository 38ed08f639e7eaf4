import { CompletionContext } from "@codemirror/autocomplete";
import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState, Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { complete, openqasm } from "./openqasm";
import { asDiagnostics, offsetOf, placeOf } from "./places";
import { completeGate } from "./python";

const at = (doc: string): CompletionContext => new CompletionContext(EditorState.create({ doc }), doc.length, false);
const labels = (found: { options: readonly { label: string }[] } | null): string[] => (found?.options ?? []).map((one) => one.label);

test("gates, keywords and what the text declares are offered, but not in a comment", () => {
  const found = labels(complete(at("qubit[3] wires;\ngate pair a, b { cx a, b; }\nc")));
  expect(found).toEqual(expect.arrayContaining(["wires", "pair", "ccx", "creg"]));
  expect(complete(at("// c"))).toBeNull();
  expect(complete(at('include "std'))).toBeNull();
});

test("after a dot come the gates of what stands before it", () => {
  expect(labels(completeGate(at("from qiskit import QuantumCircuit\nqc = QuantumCircuit(2)\nqc.me")))).toContain("measure_all");
  expect(labels(completeGate(at("import cirq\ncirq.C")))).toContain("CNOT");
  expect(labels(completeGate(at("import pennylane as qml\nqml.")))).toContain("Hadamard");
  expect(labels(completeGate(at("from marqov.circuits import Circuit\ncircuit = Circuit()\ncircuit.")))).toContain("cnot");
  expect(completeGate(at("import numpy as np\nnp.s"))).toBeNull();
});

test("whatever is typed, the colours come to an end", () => {
  for (const doc of ['"open', "/* open\n\n", "1e 0x .5 1_0µs", "@bind x\n#pragma y", "\u{1d70b} ¿ \u0000 \\", "gate g(θ) q { rx(θ) q; }"]) {
    const tree = ensureSyntaxTree(EditorState.create({ doc, extensions: [openqasm()] }), doc.length, 1000);
    expect(tree?.length).toBe(doc.length);
  }
});

test("places outside of the text are moved to its ends", () => {
  const doc = Text.of(["h q[0];", "", "cx q;"]);
  expect([offsetOf(doc, 0, 1), offsetOf(doc, 1, 99), offsetOf(doc, 9, 2)]).toEqual([0, 7, 10]);
  expect(placeOf(doc, 9)).toEqual({ line: 3, column: 1 });
  expect(asDiagnostics(doc, [{ line: 3, column: 1, level: "error", message: "m" }])).toEqual([{ from: 9, to: 11, severity: "error", message: "m" }]);
});
