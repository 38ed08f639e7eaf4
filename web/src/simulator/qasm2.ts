import { type Circuit, type GateOp, width } from "~/circuits/circuit";
import { FIXED } from "~/circuits/qasm/matrices";
import { beside, diagonalOf, entry, inverse, isOne, multiply, over, permutes } from "./matrix";
import { SimulationRefusal } from "./refusal";

/** `text` has one line for each of its `gates`. */
export interface Written {
  text: string;
  gates: number;
}

type Control = readonly [qubit: number, on: boolean];

/**
 * The gates of a circuit, without its measurements, as OpenQASM 2 in the few gates that every reader of it knows (x, h, u1, u3, cu1, cu3, cx,
 * ccx, swap, cswap), up to a phase of the whole. Throws SimulationRefusal for a gate that would need more.
 */
export function writeQasm2(circuit: Circuit): Written {
  const lines: string[] = [];
  for (const op of circuit.ops) if (op.kind === "gate") write(op, [], lines);
  const head = `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${width(circuit.qubits)}];\n`;
  return { text: head + lines.map((line) => `${line};\n`).join(""), gates: lines.length };
}

function write(op: GateOp, outer: readonly Control[], lines: string[]): void {
  const controls = [...outer, ...op.controls.map((on, n): Control => [op.qubits[n] ?? 0, on])];
  if ("body" in op.action) {
    for (const inner of op.action.body) write(inner, controls, lines);
    return;
  }
  const targets = op.qubits.slice(op.controls.length);
  const on = controls.map(([qubit]) => qubit);
  const written = targets.length === 1 ? onOne(op.action.matrix, targets[0] ?? 0, on) : onTwo(op.action.matrix, targets[0] ?? 0, targets[1] ?? 0, on);
  if (written === null) throw tooMuch(op);
  // What acts on 0 acts on 1 between two X.
  const around = controls.filter(([, value]) => !value).map(([qubit]) => `x ${bits(qubit)}`);
  lines.push(...around, ...written, ...around);
}

function onOne(matrix: Float64Array, target: number, controls: readonly number[]): string[] | null {
  if (controls.length < 2) return turn(matrix, target, controls);
  if (controls.length > 2) return null;
  const toffoli = `ccx ${bits(...controls, target)}`;
  if (permutes(matrix, [1, 0])) return [toffoli];
  const [zero, one] = diagonalOf(matrix, 2) ?? [];
  const flips = zero !== undefined && one !== undefined && isOne(zero) && isOne([-one[0], -one[1]]);
  return flips ? [`h ${bits(target)}`, toffoli, `h ${bits(target)}`] : null;
}

function onTwo(matrix: Float64Array, a: number, b: number, controls: readonly number[]): string[] | null {
  if (permutes(matrix, [0, 2, 1, 3]) && controls.length === 1) return [`cswap ${bits(...controls, a, b)}`];
  if (controls.length > 0) return null;
  const whole = inBases(matrix, a, b);
  if (whole !== null) return whole;
  const rest = inBases(multiply(matrix, FIXED.swap, 4), a, b);
  return rest && [`swap ${bits(a, b)}`, ...rest];
}

/** A gate that only turns phases, in some basis of each qubit: rzz, rxx, ryy, rzx and their kind. */
function inBases(matrix: Float64Array, a: number, b: number): string[] | null {
  for (const low of BASES) {
    for (const high of BASES) {
      const change = beside(low, high);
      const diagonal = diagonalOf(multiply(multiply(change, matrix, 4), inverse(change, 4), 4), 4);
      if (diagonal === null) continue;
      const into = [...turn(low, a, []), ...turn(high, b, [])];
      return [...into, ...phases(diagonal, a, b), ...turn(inverse(low, 2), a, []), ...turn(inverse(high, 2), b, [])];
    }
  }
  return null;
}

/** To Z from Z, X and Y. */
const BASES = [FIXED.id, FIXED.h, multiply(FIXED.h, FIXED.sdg)];

function phases(diagonal: readonly [number, number][], a: number, b: number): string[] {
  const [first = [1, 0], ...others] = diagonal;
  const [onA = 0, onB = 0, onBoth = 0] = others.map((factor) => {
    const [re, im] = over(factor, first);
    return Math.atan2(im, re);
  });
  return [`u1(${angle(onA)}) ${bits(a)}`, `u1(${angle(onB)}) ${bits(b)}`, `cu1(${angle(onBoth - onA - onB)}) ${bits(a, b)}`];
}

/** Any 2×2 under at most one control. The first corner of u3 is real: the phase that it lacks is that of the whole, or the control's. */
function turn(matrix: Float64Array, target: number, controls: readonly number[]): string[] {
  if (permutes(matrix, [0, 1])) return [];
  const at = (row: number, column: number): number => Math.hypot(...entry(matrix, 2, row, column));
  const phaseOf = (row: number, column: number): number => {
    const [re, im] = entry(matrix, 2, row, column);
    return Math.atan2(im, re);
  };
  const theta = 2 * Math.atan2(at(1, 0), at(0, 0));
  const whole = at(0, 0) < TINY ? 0 : phaseOf(0, 0);
  const phi = at(1, 0) < TINY ? 0 : phaseOf(1, 0) - whole;
  const lambda = at(1, 0) < TINY ? phaseOf(1, 1) - whole : phaseOf(0, 1) + Math.PI - whole;
  const [control] = controls;
  if (control === undefined) return [`u3(${angle(theta)},${angle(phi)},${angle(lambda)}) ${bits(target)}`];
  if (permutes(matrix, [1, 0])) return [`cx ${bits(control, target)}`];
  const lacking = whole === 0 ? [] : [`u1(${angle(whole)}) ${bits(control)}`];
  return [...lacking, `cu3(${angle(theta)},${angle(phi)},${angle(lambda)}) ${bits(control, target)}`];
}

/** What is nothing but rounding. */
const TINY = 1e-15;

/** Without an exponent, which not every reader knows; all its digits. */
const angle = (value: number): string => value.toFixed(20);
const bits = (...qubits: number[]): string => qubits.map((qubit) => `q[${qubit}]`).join(",");

function tooMuch(op: GateOp): SimulationRefusal {
  return new SimulationRefusal({
    code: "program_unsupported",
    message: `quantum-circuit does not take the gate ${op.name} in this form.`,
    hint: "Choose quapsule-statevector, which takes every gate.",
    line: op.span.line,
    column: op.span.column,
  });
}
