import { describe, expect, test } from "vitest";
import type { Circuit } from "../circuit";
import { parseQasm } from "../qasm/parse";
import { layout } from "./layout";
import { sayAngle, sayName } from "./notation";
import { place } from "./place";

function circuit(text: string, qubits = 3): Circuit {
  const parsed = parseQasm(`include "stdgates.inc"; qubit[${qubits}] q; bit[3] c; ${text}`);
  if (!parsed.circuit) throw new Error(parsed.problems[0]?.message);
  return parsed.circuit;
}

/** Of each op: its words and its column. */
function columns(text: string): string[] {
  return place(circuit(text)).placed.map(({ op, column }) => `${op.kind === "gate" ? op.name : op.kind} ${column}`);
}

describe("columns", () => {
  test("are as far left as the wires allow", () => {
    expect(columns("h q[0]; x q[1]; cx q[0], q[1]; y q[2]; z q[2];")).toEqual(["h 0", "x 0", "cx 1", "y 0", "z 1"]);
  });

  test("leave room for the line over the wires between", () => {
    expect(columns("cx q[0], q[2]; h q[1];")).toEqual(["cx 0", "h 1"]);
  });

  test("begin anew after a barrier, on its wires", () => {
    expect(columns("h q[0]; barrier q[0], q[1]; h q[1]; h q[2];")).toEqual(["h 0", "barrier 1", "h 2", "h 0"]);
  });

  test("hold one measurement each, for its line goes down to the bits", () => {
    expect(columns("c = measure q;")).toEqual(["measure 0", "measure 1", "measure 2"]);
  });

  test("keep a condition behind the measurement that it asks", () => {
    expect(columns("c[0] = measure q[2]; if (c[0]) x q[0];")).toEqual(["measure 0", "x 1"]);
  });

  test("stay where they are when something is added at the end", () => {
    const text = "h q[0]; cx q[0], q[1]; c = measure q; rx(0.3) q[2];";
    const before = place(circuit(text)).placed.map(({ column, rows }) => [column, ...rows]);
    const after = place(circuit(`${text} cx q[2], q[0]; h q[1];`)).placed.map(({ column, rows }) => [column, ...rows]);
    expect(after.slice(0, before.length)).toEqual(before);
  });
});

describe("a large circuit", () => {
  test("of many operations is drawn in part", () => {
    const grid = place(circuit("for int i in [0:2999] { h q[0]; }"));
    expect(grid.placed).toHaveLength(2000);
    expect(grid.leftOut).toEqual({ ops: 1000, qubits: 0 });
  });

  test("of many qubits is drawn on the first ones", () => {
    const grid = place(circuit("h q; cx q[63], q[64];", 70));
    expect(grid.qubits).toBe(64);
    expect(grid.leftOut).toEqual({ ops: 7, qubits: 6 });
  });

  test("of many classical registers has one wire for all bits", () => {
    const many = Array.from({ length: 8 }, (_, index) => `bit d${index};`).join(" ");
    const grid = place(circuit(`${many} d7 = measure q[0];`));
    expect(grid.bundles).toMatchObject([{ name: "bits", bits: 11 }]);
    expect(grid.bundles[0]?.bit(10)).toBe("d7");
    expect(grid.bundles[0]?.bit(1)).toBe("c[1]");
  });
});

describe("a layout", () => {
  const parts = (text: string) => layout(circuit(text)).items.flatMap((item) => item.parts);

  test("names its wires, and the double one with its bits", () => {
    expect(layout(circuit("h q;")).wires.map(({ label, bits }) => [label, bits])).toEqual([["q[0]", 0], ["q[1]", 0], ["q[2]", 0], ["c", 3]]);
  });

  test("draws controls as dots, filled or open, and x as a plus", () => {
    expect(parts("ctrl @ negctrl @ x q[0], q[1], q[2];")).toMatchObject([
      { is: "line", of: "qubits" },
      { is: "plus" },
      { is: "dot", open: false },
      { is: "dot", open: true },
    ]);
    expect(parts("cz q[0], q[1];").map(({ is }) => is)).toEqual(["line", "dot", "dot"]);
    expect(parts("cswap q[0], q[1], q[2];").map(({ is }) => is)).toEqual(["line", "cross", "cross", "dot"]);
  });

  test("writes angles as fractions of π, and a controlled gate's name without its controls", () => {
    expect(parts("crz(3 * pi / 4) q[0], q[1];")).toMatchObject([{ is: "line" }, { is: "box", name: "rz", params: "3π/4" }, { is: "dot" }]);
  });

  test("spans the wires of a gate of several, numbered in its order", () => {
    const [, box] = parts("gate mine(t) a, b { rx(t) a; cx a, b; } mine(0.5) q[2], q[0];");
    expect(box).toMatchObject({ is: "box", name: "mine", params: "0.5", look: "custom", ports: [{ label: "0" }, { label: "1" }] });
    if (box?.is !== "box") throw new Error("no box");
    expect(box.bottom - box.top).toBeGreaterThan(80);
  });

  test("shows which bit a measurement goes to and what a condition asks", () => {
    expect(parts("c[1] = measure q[0];")).toMatchObject([{ is: "line", of: "bits" }, { is: "tip", label: "1" }, { is: "meter" }]);
    expect(parts("if (c == 5) x q[0];")).toMatchObject([{ is: "line", of: "bits" }, { is: "asks", label: "=5" }, { is: "plus" }]);
    expect(parts("if (c[2] == 0) x q[0];")).toMatchObject([{ is: "line" }, { is: "asks", label: "2=0" }, { is: "plus" }]);
  });

  test("says each operation in words", () => {
    const { items } = layout(circuit("rx(-pi / 2) q[1]; c[0] = measure q[1]; if (c[0]) ctrl @ inv @ s q[0], q[2];"));
    expect(items.map(({ title }) => title)).toEqual(["rx(−π/2) q[1]", "measure q[1] → c[0]", "s† q[0], q[2] if c[0] = 1"]);
  });

  test("is the same for the same circuit", () => {
    const one = circuit("h q[0]; cx q[0], q[1]; c = measure q;");
    expect(layout(one)).toEqual(layout(one));
  });
});

test.each([
  [0, "0"],
  [Math.PI, "π"],
  [-Math.PI, "−π"],
  [Math.PI / 4, "π/4"],
  [(-7 * Math.PI) / 16, "−7π/16"],
  [2 * Math.PI, "2π"],
  [0.3, "0.3"],
  [-1.234567, "−1.235"],
  [3.1416, "3.142"],
])("the angle %d is written %s", (angle, text) => {
  expect(sayAngle(angle)).toBe(text);
});

test.each([
  ["h", "h"],
  ["inv @ s", "s†"],
  ["pow(0.5) @ x", "x^0.5"],
  ["inv @ pow(0.3333333333333333) @ my_gate", "(my_gate^0.3333)†"],
])("the gate %s is written %s", (name, text) => {
  expect(sayName(name)).toBe(text);
});
