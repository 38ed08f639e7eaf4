import { describe, expect, test } from "vitest";
import { layOut, type Place } from "./layout";

const far = (one: Place | undefined, other: Place | undefined): number => Math.hypot((one?.x ?? 0) - (other?.x ?? 0), (one?.y ?? 0) - (other?.y ?? 0));

function lattice(wide: number, high: number): [number, number][] {
  const edges: [number, number][] = [];
  for (let n = 0; n < wide * high; n++) {
    if (n % wide < wide - 1) edges.push([n, n + 1]);
    if (n + wide < wide * high) edges.push([n, n + wide]);
  }
  return edges;
}

describe("the places of a device's qubits", () => {
  test("are the same each time", () => {
    expect(layOut(20, lattice(5, 4))).toEqual(layOut(20, lattice(5, 4)));
  });
  test("keep neighbours near and all others apart, on a lattice", () => {
    const edges = lattice(12, 7);
    const places = layOut(84, edges);
    for (const [one, other] of edges) expect(far(places[one], places[other])).toBeLessThan(1.9);
    for (let one = 0; one < 84; one++) for (let other = 0; other < one; other++) expect(far(places[one], places[other])).toBeGreaterThan(0.5);
  });
  test("are a circle where all are coupled with all, and stand apart where none are", () => {
    const all = Array.from({ length: 25 }, (_, one) => Array.from({ length: one }, (_, other): [number, number] => [one, other])).flat();
    const radii = layOut(25, all).map((place) => far(place, { x: 0, y: 0 }));
    expect(Math.max(...radii) - Math.min(...radii)).toBeLessThan(1e-9);
    expect(new Set(layOut(9, []).map(({ x, y }) => `${x} ${y}`)).size).toBe(9);
  });
  test("are finite for a device in two parts", () => {
    expect(layOut(4, [[0, 1], [2, 3]]).every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  });
});
