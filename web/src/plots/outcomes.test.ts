import { describe, expect, it } from "vitest";
import { writeCsv } from "./download";
import { arrange, listOutcomes, wilson } from "./outcomes";

describe("Wilson's interval", () => {
  it("is what the literature has for 10 of 100", () => {
    const { low, high } = wilson(10, 100);
    expect(low).toBeCloseTo(0.0552, 4);
    expect(high).toBeCloseTo(0.1744, 4);
  });
  it("stays inside 0 and 1 at both ends", () => {
    expect(wilson(0, 50).low).toBe(0);
    expect(wilson(50, 50).high).toBeCloseTo(1, 12);
  });
});

describe("the outcomes that are drawn", () => {
  const counts = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [n.toString(2).padStart(6, "0"), n + 1]));
  const shots = Object.values(counts).reduce((sum, count) => sum + count, 0);
  it("are the likeliest, by bit string, and the rest in one", () => {
    const drawn = arrange(listOutcomes({ counts, shots }), 32, "key");
    expect(drawn).toHaveLength(33);
    expect(drawn[0]?.key).toBe("100000");
    expect(drawn.at(-1)?.label).toBe("32 others");
    expect(drawn.reduce((sum, one) => sum + one.count, 0)).toBe(shots);
  });
  it("are never summed for the sake of one", () => {
    const few = Object.fromEntries(Object.entries(counts).slice(0, 33));
    expect(arrange(listOutcomes({ counts: few, shots }), 32, "count").map((one) => one.key)).not.toContain(null);
  });
  it("hold what only the exact distribution or the other series has", () => {
    const all = listOutcomes({ counts: { "00": 1 }, shots: 1, exact: { "11": 1 }, compare: { counts: { "01": 2 }, shots: 4 } });
    expect(all.map((one) => [one.key, one.count, one.exact, one.compared?.share])).toEqual([["00", 1, 0, 0], ["01", 0, 0, 0.5], ["11", 0, 1, 0]]);
  });
});

describe("a CSV", () => {
  it("quotes what needs it and lets no text become a formula", () => {
    expect(writeCsv(["a", "b"], [["=1+1", -2], ['say "x", y', null]])).toBe("a,b\r\n'=1+1,-2\r\n\"say \"\"x\"\", y\",\r\n");
  });
});
