import type { Action, GateOp, Span } from "../circuit";
import { globalPhase, phase } from "./matrices";
import { controlled, dagger, identity, type Matrix, power, swapped, times, widened } from "./matrix";

/** What a call does, on qubits 0, 1, …: the controls first. `width`: qubits after them; 0 is a phase, which `action` does not hold. */
export interface Acting {
  name: string;
  params: readonly number[];
  controls: readonly boolean[];
  width: number;
  action: Action;
  /** In radians, where `width` is 0. */
  phase: number;
  /** Matrices that it comes to. */
  size: number;
  /** See Known.scales: a power by its parameter; null: by its matrix. */
  scaled: ((exponent: number) => Acting) | null;
  /** Does that hold under one more control, too? */
  scalesControlled: boolean;
}

/** A root that cannot be taken here. */
export class TooWide extends Error {}

const NOTHING: Action = { body: [] };

export function phaseActing(angle: number): Acting {
  return { name: "gphase", params: [angle], controls: [], width: 0, action: NOTHING, phase: angle, size: 1, scaled: null, scalesControlled: false };
}

export function inverse(of: Acting): Acting {
  const { scaled } = of;
  const name = inverseName(of.name);
  return { ...of, name, action: inverseAction(of.action), phase: -of.phase, scaled: scaled && ((exponent) => scaled(-exponent)) };
}

export function underControl(of: Acting, controls: readonly boolean[]): Acting {
  const { scaled } = of;
  const still = scaled !== null && of.scalesControlled && controls.length === 1;
  const under = { ...of, controls: [...controls, ...of.controls], scalesControlled: false };
  return { ...under, scaled: still ? (exponent) => underControl(scaled(exponent), controls) : null };
}

/** Throws TooWide for a root of more than two qubits together. */
export function toPower(of: Acting, exponent: number): Acting {
  const whole = Number.isInteger(exponent);
  if (of.scaled) return whole ? { ...of.scaled(exponent), scaled: null } : of.scaled(exponent);
  const name = `pow(${exponent}) @ ${of.name}`;
  if (of.width === 0) {
    // A root goes by the angle in (-π, π], as that of any other matrix.
    const angle = whole ? of.phase : Math.atan2(Math.sin(of.phase), Math.cos(of.phase));
    return { ...of, name, phase: angle * exponent };
  }
  if ("matrix" in of.action) return { ...of, name, action: { matrix: power(of.action.matrix, exponent) } };
  if (whole) {
    const once = exponent < 0 ? inverseBody(of.action.body) : of.action.body;
    const body = Array.from({ length: Math.abs(exponent) }, () => once).flat();
    return { ...of, name, action: { body }, size: of.size * Math.abs(exponent) };
  }
  if (of.width > 2) throw new TooWide();
  const qubits = Array.from({ length: of.width }, (_, index) => index);
  return { ...of, name, action: { matrix: power(multiplied(of.action.body, qubits), exponent) }, size: 1 };
}

/** On these qubits of a circuit or of another gate's body; null: a phase that nothing controls. `host`: where a body's phase may act. */
export function placed(of: Acting, qubits: readonly number[], span: Span, host: number | null): GateOp | null {
  const base = { kind: "gate", name: of.name, params: of.params, span, condition: null } as const;
  if (of.width > 0) return { ...base, qubits, controls: of.controls, action: moved(of.action, qubits.slice(of.controls.length)) };
  const last = of.controls.at(-1);
  if (last === undefined) return host === null ? null : { ...base, qubits: [host], controls: [], action: { matrix: globalPhase(of.phase) } };
  // Under control it is a relative phase of the last control.
  const matrix = last ? phase(of.phase) : times(globalPhase(of.phase), phase(-of.phase));
  return { ...base, qubits, controls: of.controls.slice(0, -1), action: { matrix } };
}

function moved(action: Action, to: readonly number[]): Action {
  if ("matrix" in action) return action;
  return { body: action.body.map((op) => move(op, to)) };
}

function move(op: GateOp, to: readonly number[]): GateOp {
  return { ...op, qubits: op.qubits.map((qubit) => to[qubit] ?? 0), action: moved(op.action, to) };
}

function inverseName(name: string): string {
  return name.startsWith("inv @ ") ? name.slice(6) : `inv @ ${name}`;
}

function inverseAction(action: Action): Action {
  return "matrix" in action ? { matrix: dagger(action.matrix) } : { body: inverseBody(action.body) };
}

function inverseBody(body: readonly GateOp[]): GateOp[] {
  return body.map((op) => ({ ...op, name: inverseName(op.name), action: inverseAction(op.action) })).reverse();
}

/** The product of gates on one or two qubits, the first of which is the low bit. */
function multiplied(ops: readonly GateOp[], qubits: readonly number[]): Matrix {
  let product = identity(1 << qubits.length);
  for (const op of ops) {
    const on = op.qubits.slice(op.controls.length);
    let matrix = "matrix" in op.action ? op.action.matrix : multiplied(op.action.body, on);
    for (const [index, control] of op.controls.entries()) {
      matrix = controlled(matrix, control);
      on.push(op.qubits[index] ?? 0);
    }
    if (qubits.length === 2) {
      if (on.length === 1) matrix = widened(matrix, on[0] === qubits[0] ? 0 : 1);
      else if (on[0] !== qubits[0]) matrix = swapped(matrix);
    }
    product = times(matrix, product);
  }
  return product;
}
