import { expect, it } from "vitest";
import { Generator } from "./generator";

it("draws what its authors' own program draws", () => {
  const generator = Generator.of([1, 2, 3, 4]);
  const drawn = Array.from({ length: 10 }, () => generator.next());
  expect(drawn).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804]);
});

it("draws the same for a seed, for ever", () => {
  const first = (seed: number) => new Generator(seed).next();
  expect([0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER].map(first)).toMatchInlineSnapshot(`
    [
      3712765815,
      3405025655,
      1542949076,
      3275833515,
      4217150359,
    ]
  `);
});

it("seeds of either half give sequences of their own", () => {
  const starts = [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 33, 2 ** 52].map((seed) => new Generator(seed).next48());
  expect(new Set(starts).size).toBe(starts.length);
});
