import type { Circuit, GateOp, Op } from "../circuit";
import { bitNames, sayAngle, sayName, sayOp } from "./notation";
import { type Grid, type Placed, place } from "./place";

/** Sizes in CSS pixels. */
export const ROW = 42;
export const BOX = 30;
const BIT_ROW = 40;
const TOP = 26;
const GAP = 12;
/** Of a letter of the drawing's two sizes of text. */
const LETTER = 7.9;
const SMALL_LETTER = 6.4;
const LONGEST_NAME = 18;
const LONGEST_PARAMS = 26;

export interface Wire {
  label: string;
  y: number;
  /** How many classical bits it carries; 0: it is a qubit. */
  bits: number;
}

/** What is drawn of one operation; y of wires, and boxes from `top` to `bottom`. */
export type Part =
  | { is: "line"; from: number; to: number; of: "qubits" | "bits" }
  | { is: "dot"; y: number; open: boolean }
  | { is: "plus"; y: number }
  | { is: "cross"; y: number }
  | { is: "box"; top: number; bottom: number; width: number; name: string; params: string; look: "gate" | "custom" | "reset"; ports: readonly Port[] }
  | { is: "meter"; y: number }
  | { is: "barrier"; ys: readonly number[] }
  | { is: "tip"; y: number; label: string }
  | { is: "asks"; y: number; label: string };

/** Which of a wide box's qubits a wire is. */
interface Port {
  y: number;
  label: string;
}

export interface Item {
  op: Op;
  /** In words. */
  title: string;
  /** The middle of its column. */
  x: number;
  width: number;
  top: number;
  bottom: number;
  parts: readonly Part[];
}

export interface Laid {
  wires: readonly Wire[];
  items: readonly Item[];
  /** Where the wires begin, after their names. */
  left: number;
  width: number;
  height: number;
  leftOut: Grid["leftOut"];
}

/** Where everything stands; the same circuit is always laid out the same. */
export function layout(circuit: Circuit): Laid {
  const grid = place(circuit);
  const [qubits, clbits] = [bitNames(circuit.qubits), bitNames(circuit.clbits)];
  const y = (row: number): number => TOP + Math.min(row, grid.qubits) * ROW + Math.max(0, row - grid.qubits) * BIT_ROW;
  const wires: Wire[] = qubits.slice(0, grid.qubits).map((label, row) => ({ label, y: y(row), bits: 0 }));
  for (const { name, bits, row } of grid.bundles) wires.push({ label: name, y: y(row), bits });
  const left = 18 + Math.ceil(Math.max(2, ...wires.map(({ label }) => Math.min(label.length, LONGEST_NAME))) * LETTER);
  const drawn = grid.placed.map((placed) => ({ placed, parts: partsOf(placed, grid, y) }));
  const widths = new Array<number>(grid.columns).fill(0);
  for (const { placed, parts } of drawn) widths[placed.column] = Math.max(widths[placed.column] ?? 0, ...parts.map(widthOf));
  const middles: number[] = [];
  let x = left + GAP;
  for (const width of widths) {
    middles.push(x + width / 2);
    x += width + GAP;
  }
  const items = drawn.map(({ placed, parts }) => ({
    op: placed.op,
    title: sayOp(placed.op, qubits, clbits),
    x: middles[placed.column] ?? 0,
    width: Math.max(...parts.map(widthOf)),
    top: y(placed.rows[0]) - BOX / 2,
    bottom: y(placed.rows[1]) + BOX / 2,
    parts,
  }));
  const height = (wires.at(-1)?.y ?? TOP) + TOP;
  return { wires, items, left, width: Math.max(x + GAP, left + 4 * ROW), height, leftOut: grid.leftOut };
}

function partsOf(placed: Placed, grid: Grid, y: (row: number) => number): Part[] {
  const { op, qubits, clbit } = placed;
  const parts = op.kind === "gate" ? gateParts(op, y) : [];
  const on = qubits.map(y);
  if (op.kind === "measure") {
    if (clbit !== null) {
      const row = grid.rowOf(clbit);
      const label = grid.bundles.find((bundle) => bundle.row === row)?.bit(clbit) ?? "";
      parts.push({ is: "line", from: on[0] ?? 0, to: y(row), of: "bits" }, { is: "tip", y: y(row), label });
    }
    parts.push(...on.map((at): Part => ({ is: "meter", y: at })));
  }
  if (op.kind === "reset") parts.push(...on.map((at) => box([at], "|0⟩", "", "reset")));
  if (op.kind === "barrier") parts.push({ is: "barrier", ys: on });
  return [...conditionParts(op, grid, y, Math.max(...on)), ...parts];
}

/** A line from the operation to each classical wire that it asks, and what it asks there. */
function conditionParts(op: Op, { bundles, rowOf }: Grid, y: (row: number) => number, from: number): Part[] {
  const { condition } = op;
  if (!condition) return [];
  const parts: Part[] = [];
  for (const bundle of bundles) {
    const asked = condition.clbits.map((clbit, index) => ({ clbit, value: Math.floor(condition.value / 2 ** index) % 2 }));
    const here = asked.filter(({ clbit }) => rowOf(clbit) === bundle.row);
    if (!here.length) continue;
    const whole = here.length === bundle.bits && here.every(({ clbit }, index) => clbit === (here[0]?.clbit ?? 0) + index);
    const number = here.reduce((sum, { value }, index) => sum + value * 2 ** index, 0);
    const label = whole ? `=${number}` : here.map(({ clbit, value }) => `${bundle.bit(clbit)}=${value}`).join(" ");
    parts.push({ is: "line", from, to: y(bundle.row), of: "bits" }, { is: "asks", y: y(bundle.row), label: cut(label, LONGEST_PARAMS) });
  }
  return parts;
}

function gateParts(op: GateOp, y: (row: number) => number): Part[] {
  const controls = op.controls.map((on, index): Part => ({ is: "dot", y: y(op.qubits[index] ?? 0), open: !on }));
  const targets = op.qubits.slice(op.controls.length).map(y);
  const [first, last] = [Math.min(...op.qubits), Math.max(...op.qubits)];
  const line: Part[] = op.qubits.length > 1 ? [{ is: "line", from: y(first), to: y(last), of: "qubits" }] : [];
  return [...line, ...targetParts(op, targets), ...controls];
}

function targetParts(op: GateOp, targets: readonly number[]): Part[] {
  const fixed = "matrix" in op.action && !op.params.length;
  if (fixed && ["x", "cx", "CX", "ccx", "c3x", "c4x"].includes(op.name)) return targets.map((at) => ({ is: "plus", y: at }));
  if (fixed && ["swap", "cswap"].includes(op.name)) return targets.map((at) => ({ is: "cross", y: at }));
  if (fixed && op.controls.length && ["z", "cz", "ccz"].includes(op.name)) return targets.map((at) => ({ is: "dot", y: at, open: false }));
  const params = op.params.map(sayAngle).join(", ");
  return [box(targets, bare(op), params, "body" in op.action ? "custom" : "gate")];
}

/** Of cy the box says y: its control is drawn. */
function bare(op: GateOp): string {
  const name = sayName(op.name);
  const own = /^(c+)(u[123]?|r[xyz]|[yhspr]|sx|sdg)$/.exec(op.name);
  if (op.name === "cphase") return "phase";
  return own && own[1]?.length === op.controls.length ? (own[2] ?? name) : name;
}

function box(targets: readonly number[], name: string, params: string, look: "gate" | "custom" | "reset"): Part {
  const [shown, below] = [cut(name, LONGEST_NAME), cut(params, LONGEST_PARAMS)];
  const text = Math.max(shown.length * LETTER, below.length * SMALL_LETTER);
  const ports = targets.length > 1 ? targets.map((at, index) => ({ y: at, label: String(index) })) : [];
  const width = Math.max(BOX, Math.ceil(text) + 12 + (ports.length ? 14 : 0));
  return { is: "box", top: Math.min(...targets) - BOX / 2, bottom: Math.max(...targets) + BOX / 2, width, name: shown, params: below, look, ports };
}

function widthOf(part: Part): number {
  switch (part.is) {
    case "box":
      return part.width;
    case "barrier":
      return 6;
    case "tip":
      return part.label.length > 2 ? part.label.length * SMALL_LETTER + BOX / 2 : BOX;
    case "asks":
      return Math.max(BOX, part.label.length * SMALL_LETTER + 8);
    default:
      return part.is === "line" ? 0 : BOX - 6;
  }
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
