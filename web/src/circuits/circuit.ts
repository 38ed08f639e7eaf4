/** A circuit as the pages see it: flat, with every index global. Registers are in declaration order; angles are in radians. */
export interface Circuit {
  qubits: readonly Register[];
  clbits: readonly Register[];
  ops: readonly Op[];
  /** Sum of exp(i·phase) factors of `gphase`, in radians; it changes no probability. */
  phase: number;
}

export interface Register {
  name: string;
  /** Global index of its first bit. */
  start: number;
  size: number;
}

/** Where something stands in a text: from 1, `endColumn` just past it. */
export interface Span {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

export type Op = GateOp | MeasureOp | ResetOp | BarrierOp;

interface Placed {
  qubits: readonly number[];
  span: Span;
  /** The op happens only when these classical bits hold this value (bit n of `value` is `clbits[n]`). */
  condition: { clbits: readonly number[]; value: number } | null;
}

export interface GateOp extends Placed {
  kind: "gate";
  /** As the text says it: cx, rz, my_gate. */
  name: string;
  params: readonly number[];
  /** One for each control, at the front of `qubits`: true acts on 1, false on 0. cx has one, ccx two, `ctrl @ h` one. */
  controls: readonly boolean[];
  /** What happens to the qubits after the controls. */
  action: Action;
}

/**
 * Either one matrix (row-major, interleaved real and imaginary; 2×2 or 4×4, the first qubit is the low bit) or a defined gate's body: ops
 * in order, without conditions, whose qubits are the circuit's own numbers like all others. A global phase inside of a body is a 2×2
 * matrix on one of its qubits, so that a control makes it a relative one.
 */
export type Action = { matrix: Float64Array } | { body: readonly GateOp[] };

export interface MeasureOp extends Placed {
  kind: "measure";
  /** `clbits[n]` receives `qubits[n]`. */
  clbits: readonly number[];
}

export interface ResetOp extends Placed {
  kind: "reset";
}

export interface BarrierOp extends Placed {
  kind: "barrier";
}

export const width = (registers: readonly Register[]): number => registers.reduce((sum, register) => sum + register.size, 0);
