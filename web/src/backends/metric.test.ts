import { describe, expect, test } from "vitest";
import { legendStops, scaleOf } from "./colours";
import { metricOf, sayValue, spreadOf } from "./metric";

describe("a figure of a device", () => {
  test("has its quartiles over what was measured", () => {
    expect(spreadOf([4, null, 1, 3, 2, 5])).toEqual({ low: 1, first: 2, median: 3, third: 4, high: 5, measured: 5 });
    expect(spreadOf([null])).toBeNull();
  });
  test("is said with its unit, or that it was not measured", () => {
    expect([null, 36.5483, 2500, 1e8].map((value) => sayValue(value, metricOf("t1")))).toEqual(["not measured", "36.5 µs", "2.5 ms", "100 s"]);
  });
  test("rises in lightness from low to high", () => {
    const lightness = legendStops.map(({ colour }) => parseInt(colour.slice(1, 3), 16) * 0.3 + parseInt(colour.slice(3, 5), 16) * 0.59 + parseInt(colour.slice(5), 16) * 0.11);
    expect([...lightness].sort((one, other) => one - other)).toEqual(lightness);
  });
  test("has its colour by ratio where it differs by much, and the middle where it does not differ", () => {
    const spread = { low: 0.001, first: 0, median: 0, third: 0, high: 0.1, measured: 3 };
    expect(scaleOf(spread).share(0.01)).toBeCloseTo(0.5);
    expect(scaleOf({ ...spread, high: 0.001 }).share(0.001)).toBe(0.5);
  });
});
