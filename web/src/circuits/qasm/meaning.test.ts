import { describe, expect, test } from "vitest";
import type { Circuit, GateOp } from "../circuit";
import { courses, matrixOfGate } from "./dense";
import { type Known, libraryOf } from "./gates";
import raw from "./meanings.json?raw";
import { parseQasm } from "./parse";

interface Meaning {
  name: string;
  qasm: string;
  inputs: Record<string, number>;
  amplitudes?: number[];
  records?: Record<string, number[]>;
}

const { programs, gates } = JSON.parse(raw) as { programs: Meaning[]; gates: Record<string, { params: number[]; matrix: number[] }> };
const CLOSE = 1e-10;

describe("a program means what it means to the server", () => {
  test.each(programs.map((one) => [one.name, one] as const))("%s", (_, { qasm, inputs, amplitudes, records }) => {
    const parsed = parseQasm(qasm, inputs);
    expect(parsed.problems.filter(({ level }) => level === "error")).toEqual([]);
    expect(parsed.inputs).toEqual(Object.keys(inputs));
    if (!parsed.circuit) throw new Error("no circuit");
    if (amplitudes) expect(distance(parsed.circuit, amplitudes)).toBeLessThan(CLOSE);
    if (records) expect(farthest(recordsOf(parsed.circuit), records)).toBeLessThan(CLOSE);
  });
});

describe("a gate's matrix is Qiskit's", () => {
  test.each(Object.entries(gates))("%s", (name, { params, matrix }) => {
    const known = find(name);
    expect(known.params).toBe(params.length);
    const width = known.width + known.controls;
    const begin = name === "phase" ? 'include "stdgates.inc"; qubit' : 'OPENQASM 2.0; include "qelib1.inc"; qreg q';
    const text = `${begin}[${width}] ${name === "phase" ? "q" : ""}; ${name}${params.length ? `(${params.join()})` : ""} ${[...new Array(width).keys()].map((index) => `q[${index}]`).join()};`;
    const op = parseQasm(text).circuit?.ops[0] as GateOp;
    const mine = matrixOfGate(op, width);
    expect(Math.max(...mine.map((value, index) => Math.abs(value - (matrix[index] ?? 9))))).toBeLessThan(1e-14);
  });

  test("and no gate of the libraries is left out", () => {
    const all = [libraryOf(2, 0), libraryOf(3, 0)].flatMap(({ included, extra }) => [...Object.keys(included), ...Object.keys(extra)]);
    expect(all.filter((name) => !(name in gates) && name !== "u0" && name !== "cphase")).toEqual([]);
  });
});

function find(name: string): Known {
  for (const { builtIn, included, extra } of [libraryOf(2, 0), libraryOf(3, 0)]) {
    const known = builtIn[name] ?? included[name] ?? extra[name];
    if (known) return known;
  }
  throw new Error("unknown");
}

/** Of the amplitudes, after the phase that fits best. */
function distance(circuit: Circuit, amplitudes: readonly number[]): number {
  const [state] = courses(circuit);
  if (!state) return Infinity;
  const { re, im } = state;
  let [real, imaginary] = [0, 0];
  re.forEach((value, at) => {
    const [a = 0, b = 0] = amplitudes.slice(2 * at, 2 * at + 2);
    real += value * a + (im[at] ?? 0) * b;
    imaginary += value * b - (im[at] ?? 0) * a;
  });
  const size = Math.hypot(real, imaginary);
  return Math.max(
    ...re.map((value, at) => {
      const [a = 0, b = 0] = amplitudes.slice(2 * at, 2 * at + 2);
      const turned = [(value * real - (im[at] ?? 0) * imaginary) / size, (value * imaginary + (im[at] ?? 0) * real) / size];
      return Math.hypot((turned[0] ?? 0) - a, (turned[1] ?? 0) - b);
    }),
  );
}

function recordsOf(circuit: Circuit): Record<string, number[]> {
  const out: Record<string, number[]> = {};
  for (const { bits, re, im } of courses(circuit)) {
    const weights = (out[bits.join("")] ??= new Array<number>(re.length).fill(0));
    re.forEach((value, at) => (weights[at] = (weights[at] ?? 0) + value * value + (im[at] ?? 0) ** 2));
  }
  return out;
}

function farthest(mine: Record<string, number[]>, theirs: Record<string, number[]>): number {
  const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])];
  return Math.max(...keys.flatMap((key) => (theirs[key] ?? mine[key] ?? []).map((_, at) => Math.abs((mine[key]?.[at] ?? 0) - (theirs[key]?.[at] ?? 0)))));
}
