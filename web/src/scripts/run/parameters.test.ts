import { describe, expect, it } from "vitest";
import { readParameters, shotsOf, withoutShots } from "./parameters";

describe("parameters", () => {
  it("are an object in JSON, and nothing else", () => {
    expect(readParameters('{"theta": 0.5}')).toEqual({ value: { theta: 0.5 } });
    expect(readParameters("")).toEqual({ value: {} });
    expect(readParameters("[1]")).toHaveProperty("problem");
    expect(readParameters("{theta: 1}")).toHaveProperty("problem");
  });
  it("leave the shots to their own field", () => {
    expect(readParameters('{"shots": 5}')).toHaveProperty("problem");
    expect(withoutShots({ shots: 5, seed: 1 })).toEqual({ seed: 1 });
  });
  it("take a script's shots where they are possible", () => {
    expect(shotsOf({ shots: 50 })).toBe(50);
    expect(shotsOf({ shots: "many" })).toBe(1000);
    expect(shotsOf({})).toBe(1000);
  });
});
