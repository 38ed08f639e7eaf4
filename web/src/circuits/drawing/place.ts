import type { Circuit, Op } from "../circuit";

/** More qubits and operations than that are not drawn. */
export const MOST_QUBITS = 64;
export const MOST_OPS = 2_000;
/** With more classical registers all of them share one wire. */
const MOST_BUNDLES = 6;

/** Classical bits that share one double wire. `bit` says one of them in short, by global index. */
export interface Bundle {
  name: string;
  row: number;
  bits: number;
  bit: (clbit: number) => string;
}

/** An operation in its column; a measurement of several qubits is one for each. `rows`: first and last that it takes up. */
export interface Placed {
  op: Op;
  column: number;
  rows: readonly [number, number];
  /** Qubits that it stands on; for a measurement one, with its bit in `clbit`. */
  qubits: readonly number[];
  clbit: number | null;
}

export interface Grid {
  qubits: number;
  bundles: readonly Bundle[];
  /** By global index of a bit: the row of its wire. */
  rowOf: (clbit: number) => number;
  placed: readonly Placed[];
  columns: number;
  /** What the drawing does not show. */
  leftOut: { ops: number; qubits: number };
}

/** Every operation as far left as its wires allow, in order: what is added later moves nothing before it to another column. */
export function place(circuit: Circuit): Grid {
  const all = circuit.qubits.reduce((sum, register) => sum + register.size, 0);
  const qubits = Math.min(all, MOST_QUBITS);
  const bundles = bundlesOf(circuit, qubits);
  const rows: number[] = [];
  circuit.clbits.forEach((register, index) => {
    const row = (bundles[index] ?? bundles[0])?.row ?? 0;
    for (let bit = 0; bit < register.size; bit++) rows[register.start + bit] = row;
  });
  const rowOf = (clbit: number): number => rows[clbit] ?? qubits;
  const free = new Array<number>(qubits + bundles.length).fill(0);
  const placed: Placed[] = [];
  let drawn = 0;
  for (const op of circuit.ops) {
    if (drawn >= MOST_OPS || placed.length >= 2 * MOST_OPS) break;
    if (op.qubits.some((qubit) => qubit >= qubits)) continue;
    drawn += 1;
    for (const part of parts(op)) {
      const wires = wiresOf(part, op, rowOf);
      const column = Math.max(...wires.map((row) => free[row] ?? 0));
      for (const row of wires) free[row] = column + 1;
      placed.push({ op, column, rows: [Math.min(...wires), Math.max(...wires)], ...part });
    }
  }
  return { qubits, bundles, rowOf, placed, columns: Math.max(0, ...free), leftOut: { ops: circuit.ops.length - drawn, qubits: all - qubits } };
}

type Part = Pick<Placed, "qubits" | "clbit">;

function parts(op: Op): Part[] {
  if (op.kind === "measure") return op.qubits.map((qubit, index) => ({ qubits: [qubit], clbit: op.clbits[index] ?? null }));
  if (op.kind === "reset") return op.qubits.map((qubit) => ({ qubits: [qubit], clbit: null }));
  return [{ qubits: op.qubits, clbit: null }];
}

/** Rows that it takes up: all between its first and its last, for a line goes through them. A barrier has no line. */
function wiresOf({ qubits, clbit }: Part, op: Op, rowOf: (clbit: number) => number): number[] {
  const rows = [...qubits, ...(clbit === null ? [] : [rowOf(clbit)]), ...(op.condition?.clbits ?? []).map(rowOf)];
  if (op.kind === "barrier" && !op.condition) return rows.length ? rows : [0];
  const first = Math.min(...rows);
  return Array.from({ length: Math.max(...rows) - first + 1 }, (_, index) => first + index);
}

function bundlesOf({ clbits }: Circuit, qubits: number): Bundle[] {
  if (clbits.length <= MOST_BUNDLES) {
    return clbits.map(({ name, start, size }, index) => ({
      name,
      row: qubits + index,
      bits: size,
      bit: (clbit) => (size === 1 ? "" : String(clbit - start)),
    }));
  }
  const bits = clbits.reduce((sum, register) => sum + register.size, 0);
  const bit = (clbit: number): string => {
    const register = clbits.find(({ start, size }) => clbit >= start && clbit < start + size);
    return register ? (register.size === 1 ? register.name : `${register.name}[${clbit - register.start}]`) : "";
  };
  return [{ name: "bits", row: qubits, bits, bit }];
}
