import { describe, expect, it } from "vitest";
import type { Op } from "~/circuits/circuit";
import { run } from "./engine";
import { circuitOf, cx, h, measure, reset, turn, when, x } from "./testing";

const SHOTS = { shots: 1000, seed: 7 };
const simulated = (qubits: number, clbits: number | number[], ops: readonly Op[], asked = SHOTS) => run(circuitOf(qubits, clbits, ops), asked, () => {});
const chance = (angle: number) => Math.sin(angle / 2) ** 2;

function expectChances(found: Record<string, number> | null, wanted: Record<string, number>): void {
  expect(Object.keys(found ?? {}).sort()).toEqual(Object.keys(wanted).sort());
  for (const [key, value] of Object.entries(wanted)) expect(found?.[key], key).toBeCloseTo(value, 12);
}

describe("keys are the classical bits, bit 0 leftmost, registers in their order", () => {
  it("X on one qubit, another angle on each, measured crosswise into two registers", () => {
    const [a, b] = [0.7, 1.9];
    // q0 → second register's bit 1, q1 (on) → first register's bit 0, q2 → second register's bit 0; the first's bit 1 is never written.
    const { probabilities } = simulated(3, [2, 2], [turn(a, 0), x(1), turn(b, 2), measure(0, 3), measure(1, 0), measure(2, 2)]);
    const [p, q] = [chance(a), chance(b)];
    expectChances(probabilities, { "1000": (1 - p) * (1 - q), "1001": p * (1 - q), "1010": (1 - p) * q, "1011": p * q });
  });

  it("a qubit measured into two bits gives both the same", () => {
    expectChances(simulated(1, 3, [h(0), measure(0, 2), measure(0, 0)]).probabilities, { "000": 0.5, "101": 0.5 });
  });
});

describe("measurements in the midst of a program", () => {
  it("teleportation: what was sent arrives, whatever was measured on the way", () => {
    const ops = [
      turn(1.1, 0), h(1), cx(1, 2), cx(0, 1), h(0), measure(0, 0), measure(1, 1),
      when([1], 1, x(2)), when([0], 1, h(2)), when([0], 1, x(2)), when([0], 1, h(2)), measure(2, 2),
    ];
    const p = chance(1.1);
    const wanted = Object.fromEntries(["00", "01", "10", "11"].flatMap((way) => [[`${way}0`, (1 - p) / 4], [`${way}1`, p / 4]]));
    const { probabilities, counts } = simulated(3, 3, ops);
    expectChances(probabilities, wanted);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(1000);
  });

  it("a measured qubit that is used again", () => {
    expectChances(simulated(1, 2, [turn(1, 0), measure(0, 0), turn(1, 0), measure(0, 1)]).probabilities, {
      "00": (1 - chance(1)) ** 2,
      "01": (1 - chance(1)) * chance(1),
      "10": chance(1) * chance(1),
      "11": chance(1) * (1 - chance(1)),
    });
  });

  it("a reset is 0 afterwards, and leaves its partner as it was", () => {
    expectChances(simulated(2, 2, [h(0), cx(0, 1), reset(0), measure(0, 0), measure(1, 1)]).probabilities, { "00": 0.5, "01": 0.5 });
    expectChances(simulated(1, 1, [reset(0), x(0), reset(0), x(0), measure(0, 0)]).probabilities, { "1": 1 });
  });

  it("a condition compares all its bits, the first being the lowest; bits never written are 0", () => {
    const ops = (value: number) => [x(0), measure(0, 0), when([0, 1], value, x(1)), measure(1, 2)];
    expectChances(simulated(2, 3, ops(1)).probabilities, { "101": 1 });
    expectChances(simulated(2, 3, ops(2)).probabilities, { "100": 1 });
    expectChances(simulated(2, 3, [when([0, 1], 0, x(1)), measure(1, 2)]).probabilities, { "001": 1 });
  });

  it("a measurement under a condition happens only then", () => {
    const ops = [h(0), measure(0, 0), x(1), when([0], 1, measure(1, 1))];
    expectChances(simulated(2, 2, ops).probabilities, { "00": 0.5, "11": 0.5 });
  });
});

describe("many branches", () => {
  const flips = (times: number): Op[] => Array.from({ length: times }, (_, n) => [h(0), measure(0, n)]).flat();

  it("4096 are followed to the exact distribution", () => {
    // The twelfth measurement waits for the end, so that thirteen of them are 4096 branches with two outcomes each.
    const { probabilities, truncated } = simulated(1, 12, flips(12));
    expect(Object.keys(probabilities ?? {})).toHaveLength(4096);
    expect(truncated).toBe(false);
    expect(probabilities?.["010101010101"]).toBeCloseTo(2 ** -12, 15);
    expect(simulated(1, 13, flips(13))).toMatchObject({ truncated: true });
  });

  it("more are sampled alone, shot by shot", () => {
    const { probabilities, counts } = simulated(1, 60, flips(60));
    expect(probabilities).toBeNull();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(Object.keys(counts).length).toBeGreaterThan(990);
    const ones = Object.entries(counts).reduce((sum, [key, count]) => sum + count * [...key].filter((bit) => bit === "1").length, 0);
    expect(Math.abs(ones / 60_000 - 0.5)).toBeLessThan(0.01);
  });

  it("a program of a thousand flips needs no more memory than one of ten", () => {
    const ops = Array.from({ length: 1000 }, () => [h(0), measure(0, 0), h(0)]).flat();
    const { counts } = simulated(14, 1, [...ops, measure(0, 0)], { shots: 20, seed: 1 });
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(20);
  });
});

describe("counts", () => {
  const ops = [turn(0.9, 0), cx(0, 1), turn(0.4, 1), turn(2.2, 2), measure(0, 0), measure(1, 1), measure(2, 2)];
  const branching = [turn(0.9, 0), measure(0, 0), turn(1.2, 0), when([0], 1, x(1)), reset(1), h(1), measure(0, 1), measure(1, 2)];

  it("are these for this version and seed, on every machine", () => {
    expect(simulated(3, 3, ops, { shots: 1000, seed: 42 }).counts).toMatchInlineSnapshot(`
      {
        "000": 149,
        "001": 615,
        "010": 3,
        "011": 28,
        "100": 1,
        "101": 9,
        "110": 37,
        "111": 158,
      }
    `);
    expect(simulated(2, 3, branching, { shots: 1000, seed: 2 ** 53 - 1 }).counts).toMatchInlineSnapshot(`
      {
        "000": 258,
        "001": 269,
        "010": 146,
        "011": 119,
        "100": 31,
        "101": 39,
        "110": 62,
        "111": 76,
      }
    `);
  });

  it("are others for another seed", () => {
    expect(simulated(3, 3, ops, { shots: 1000, seed: 42 })).toEqual(simulated(3, 3, ops, { shots: 1000, seed: 42 }));
    expect(simulated(3, 3, ops, { shots: 1000, seed: 42 }).counts).not.toEqual(simulated(3, 3, ops, { shots: 1000, seed: 43 }).counts);
  });

  it("follow the distribution: chi-square below its 1 in 10,000 for 7 degrees of freedom", () => {
    for (const program of [ops, branching]) {
      for (let seed = 0; seed < 20; seed++) {
        const { counts, probabilities } = simulated(3, 3, program, { shots: 100_000, seed });
        const chi = Object.entries(probabilities ?? {}).reduce((sum, [key, p]) => sum + ((counts[key] ?? 0) - 100_000 * p) ** 2 / (100_000 * p), 0);
        expect(chi).toBeLessThan(29.88);
      }
    }
  });
});

it("of more than 4096 outcomes the likeliest are given", () => {
  const angles = Array.from({ length: 14 }, (_, n) => 0.2 + n / 10);
  const ops = [...angles.map((angle, n) => turn(angle, n)), ...angles.map((_, n) => measure(n, n))];
  const { probabilities, truncated } = simulated(14, 14, ops);
  expect(truncated).toBe(true);
  expect(Object.keys(probabilities ?? {})).toHaveLength(4096);
  const all = angles.reduce<number[]>((sums, angle) => sums.flatMap((p) => [p * chance(angle), p * (1 - chance(angle))]), [1]).sort((a, b) => b - a);
  expect(Math.min(...Object.values(probabilities ?? {}))).toBeCloseTo(all[4095] ?? 0, 12);
});
