import { describe, expect, it } from "vitest";
import { mostFrequent } from "./recorded";

describe("what is recorded of a run's outcomes", () => {
  it("is all of them as long as the server keeps so many", () => {
    const counts = { "00": 3, "11": 5 };
    expect(mostFrequent({ counts, clbits: 2 })).toEqual(counts);
  });

  it("is the most frequent ones beyond that", () => {
    const counts = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [n.toString(2).padStart(13, "0"), n + 1]));
    const kept = mostFrequent({ counts, clbits: 13 });
    expect(Object.keys(kept)).toHaveLength(4096);
    expect(Math.min(...Object.values(kept))).toBe(5000 - 4096 + 1);
  });

  it("is nothing when the keys are longer than the server takes", () => {
    expect(mostFrequent({ counts: { ["0".repeat(65)]: 1 }, clbits: 65 })).toEqual({});
  });
});
