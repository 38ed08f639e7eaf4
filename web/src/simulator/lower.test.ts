import { expect, it } from "vitest";
import { FIXED, globalPhase, rz } from "~/circuits/qasm/matrices";
import { lower } from "./lower";
import { circuitOf, cx, gate, h, measure, reset, turn, when, x } from "./testing";

const kinds = (ops: Parameters<typeof circuitOf>[2]) =>
  lower(circuitOf(4, 4, ops)).map((step) => (step.kind === "unitary" ? step.kernel.kind : step.kind));

it("a run of gates on one qubit is one pass, and none when it undoes itself", () => {
  expect(kinds([h(0), turn(0.3, 0), h(1), gate(rz(1), [0]), cx(0, 1)])).toEqual(["mix", "mix", "flip"]);
  expect(kinds([h(2), h(2), x(1), x(1)])).toEqual([]);
});

it("what is looked at in between is not merged across", () => {
  expect(kinds([h(0), measure(0, 0), h(0)])).toEqual(["mix", "measure", "mix"]);
  expect(kinds([x(0), reset(0), x(0)])).toEqual(["flip", "reset", "flip"]);
  expect(kinds([h(0), when([0], 1, h(0)), h(0)])).toEqual(["mix", "mix", "mix"]);
});

it("a gate is the cheapest pass that does it", () => {
  expect(kinds([gate(rz(1), [0])])).toEqual(["phase"]);
  expect(kinds([gate(FIXED.swap, [0, 2], { 3: true })])).toEqual(["swap"]);
  expect(kinds([gate(rz(1), [0], { 1: true })])).toEqual(["phase", "phase"]);
});

it("a phase of the whole is left out, but not under a control", () => {
  expect(kinds([gate(globalPhase(1), [0])])).toEqual([]);
  expect(kinds([gate(globalPhase(1), [0], { 1: true })])).toEqual(["phase", "phase"]);
});
