import { expect, test } from "vitest";
import { detectFramework, readText } from "./framework";

test("the header makes it OpenQASM, whatever stands in comments before", () => {
  expect(readText("// import qiskit\nOPENQASM 2.0;\nqreg q[1];")).toEqual({ framework: "openqasm", language: "openqasm", version: 2 });
});

test("an import names the framework, and marqov wins", () => {
  expect(detectFramework("import numpy as np, cirq\n")).toBe("cirq");
  expect(detectFramework("from qiskit import QuantumCircuit\nfrom marqov import task\n")).toBe("marqov");
  expect(readText("import pennylane as qml\n")).toMatchObject({ framework: "pennylane", language: "python" });
});

test("what stands in a string imports nothing", () => {
  expect(detectFramework('"""\nimport cirq\n"""\nfrom qiskit import QuantumCircuit\n')).toBe("qiskit");
});

test("OpenQASM kept in a string of a Python text is Python", () => {
  expect(readText('program = """OPENQASM 3.0; qubit q;"""\n')).toMatchObject({ framework: "openqasm", language: "python" });
});

test("who chooses is followed", () => {
  expect(readText("x = 1\n")).toMatchObject({ framework: null });
  expect(readText("circuit = None\n", "cirq")).toMatchObject({ framework: "cirq", language: "python" });
  expect(readText("qubit q;\nh q;\n", "openqasm")).toMatchObject({ framework: "openqasm", language: "openqasm" });
});
