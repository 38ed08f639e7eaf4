import { expect, it } from "vitest";
import type { Op } from "~/circuits/circuit";
import { FIXED, phase } from "~/circuits/qasm/matrices";
import { lower } from "./lower";
import { plan } from "./plan";
import { circuitOf, cx, gate, h, measure, reset, when, x } from "./testing";

/** What stays in its place, and which bits are measured at the end. */
function planned(...ops: Op[]): { stays: string[]; final: string[] } {
  const { steps, final } = plan(lower(circuitOf(3, 3, ops)));
  return {
    stays: steps.filter(({ kind }) => kind !== "unitary").map((step) => step.kind),
    final: final.map(({ bit, clbit }) => `${Math.log2(bit)}→${clbit}`),
  };
}

it("a measurement waits when its qubit is only looked at afterwards", () => {
  expect(planned(h(0), measure(0, 0), cx(0, 1), gate(phase(1), [0]), h(1), measure(1, 1))).toEqual({ stays: [], final: ["0→0", "1→1"] });
  expect(planned(h(0), measure(0, 0), gate(FIXED.z, [0], { 1: true }), measure(0, 2))).toEqual({ stays: [], final: ["0→0", "0→2"] });
});

it("a measurement stays where its qubit changes afterwards, or something reads its bit", () => {
  expect(planned(h(0), measure(0, 0), h(0), measure(0, 1))).toEqual({ stays: ["measure"], final: ["0→1"] });
  expect(planned(h(0), measure(0, 0), reset(0))).toEqual({ stays: ["measure", "reset"], final: [] });
  expect(planned(h(0), measure(0, 0), cx(1, 0))).toEqual({ stays: ["measure"], final: [] });
  expect(planned(h(0), measure(0, 0), when([0], 1, x(1)), measure(1, 1))).toEqual({ stays: ["measure"], final: ["1→1"] });
});

it("of two writes of one bit the last one counts, and an unread first one is nothing", () => {
  expect(planned(measure(0, 0), measure(1, 0))).toEqual({ stays: [], final: ["1→0"] });
  expect(planned(measure(0, 0), measure(1, 0), x(1))).toEqual({ stays: ["measure"], final: [] });
  expect(planned(measure(0, 0), when([1], 1, measure(1, 0)))).toEqual({ stays: ["measure", "measure"], final: [] });
  expect(planned(measure(0, 0), when([0], 1, x(1)), measure(2, 0))).toEqual({ stays: ["measure"], final: ["2→0"] });
});
