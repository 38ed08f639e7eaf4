import { forceLink, forceSimulation, type SimulationLinkDatum, type SimulationNodeDatum } from "d3-force";

export interface Place {
  x: number;
  y: number;
}

interface Node extends SimulationNodeDatum {
  index: number;
}

const ROUNDS = 220;
// Every pair pulls to its distance in the graph up to here; beyond it that would be too many pairs.
const MOST_STRESSED = 240;

/** Places of the qubits, the same for the same couplings: centred, a coupling about one long. Couplings of all with all stand on a circle. */
export function layOut(qubits: number, edges: readonly (readonly [number, number])[]): Place[] {
  if (edges.length === 0) return grid(qubits);
  if (edges.length >= (qubits * (qubits - 1)) / 2) return circle(qubits);
  const far = distances(qubits, edges);
  const begin = startOf(qubits, far);
  const nodes: Node[] = begin.map((place, index) => ({ index, ...place }));
  const pulls = qubits <= MOST_STRESSED ? allPairs(far) : edges.map(([source, target]) => ({ source, target, far: 1 }));
  forceSimulation(nodes)
    .randomSource(seeded())
    .velocityDecay(0.5)
    .force(
      "pull",
      forceLink<Node, SimulationLinkDatum<Node> & { far: number }>(pulls)
        .distance((pull) => pull.far)
        .strength((pull) => 0.6 / (pull.far ** 2 * Math.sqrt(qubits))),
    )
    .stop()
    .tick(ROUNDS);
  return upright(nodes.map(({ x = 0, y = 0 }) => ({ x, y })));
}

function circle(qubits: number): Place[] {
  const radius = Math.max(1, qubits / 7);
  return Array.from({ length: qubits }, (_, n) => ({ x: radius * Math.sin((2 * Math.PI * n) / qubits), y: -radius * Math.cos((2 * Math.PI * n) / qubits) }));
}

function grid(qubits: number): Place[] {
  const wide = Math.ceil(Math.sqrt(qubits * 1.6));
  return Array.from({ length: qubits }, (_, n) => ({ x: n % wide, y: Math.floor(n / wide) }));
}

/** Steps between each two qubits; what is not connected is as far as the longest way and one more. */
function distances(qubits: number, edges: readonly (readonly [number, number])[]): number[][] {
  const near: number[][] = Array.from({ length: qubits }, () => []);
  for (const [one, other] of edges) {
    near[one]?.push(other);
    near[other]?.push(one);
  }
  const all = near.map((_, from) => {
    const far: number[] = Array.from({ length: qubits }, () => Infinity);
    far[from] = 0;
    let front = [from];
    for (let steps = 1; front.length > 0; steps++) {
      const next = new Set(front.flatMap((qubit) => near[qubit] ?? []).filter((qubit) => far[qubit] === Infinity));
      for (const qubit of next) far[qubit] = steps;
      front = [...next];
    }
    return far;
  });
  const longest = Math.max(...all.flat().filter(Number.isFinite));
  return all.map((far) => far.map((steps) => (steps === Infinity ? longest + 1 : steps)));
}

/** Unfolded from the start: by the distances to a far pair of qubits, and to one that is far from both. */
function startOf(qubits: number, far: readonly number[][]): Place[] {
  const to = (from: number): readonly number[] => far[from] ?? [];
  const farthest = (weigh: (qubit: number) => number): number => {
    let best = 0;
    for (let qubit = 1; qubit < qubits; qubit++) if (weigh(qubit) > weigh(best)) best = qubit;
    return best;
  };
  const a = farthest((qubit) => to(0)[qubit] ?? 0);
  const b = farthest((qubit) => to(a)[qubit] ?? 0);
  const c = farthest((qubit) => Math.min(to(a)[qubit] ?? 0, to(b)[qubit] ?? 0));
  const random = seeded();
  // A little noise parts qubits that stand at one place.
  return Array.from({ length: qubits }, (_, qubit) => ({
    x: ((to(a)[qubit] ?? 0) - (to(b)[qubit] ?? 0)) / 2 + random() * 0.2,
    y: (to(c)[qubit] ?? 0) + random() * 0.2,
  }));
}

function allPairs(far: readonly number[][]): { source: number; target: number; far: number }[] {
  return far.flatMap((row, source) => row.slice(0, source).map((steps, target) => ({ source, target, far: steps })));
}

/** Centred and turned so that the longer side lies flat. */
function upright(places: Place[]): Place[] {
  const middle = (pick: (place: Place) => number) => places.reduce((sum, place) => sum + pick(place), 0) / places.length;
  const [cx, cy] = [middle((place) => place.x), middle((place) => place.y)];
  const moved = places.map(({ x, y }) => ({ x: x - cx, y: y - cy }));
  const [xx, yy, xy] = moved.reduce<[number, number, number]>(([a, b, c], { x, y }) => [a + x * x, b + y * y, c + x * y], [0, 0, 0]);
  const turn = -0.5 * Math.atan2(2 * xy, xx - yy);
  return moved.map(({ x, y }) => ({ x: x * Math.cos(turn) - y * Math.sin(turn), y: x * Math.sin(turn) + y * Math.cos(turn) }));
}

/** Numbers from 0 to 1 that are the same each time (a linear congruential generator; Numerical Recipes). */
function seeded(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
