import type { Shape } from "~/api/client";

export type Snapshot = Shape<"CalibrationDetail">;

/** A device as docs/calibrations.md describes it. Times in µs (t1, t2) and ns; errors are infidelities; null where none was measured. */
export interface Description {
  qubits: number;
  labels: string[];
  edges: [number, number][];
  isDirected: boolean;
  nativeGates: string[];
  oneQubitNs: number | null;
  twoQubitNs: number | null;
  readoutNs: number | null;
  t1Us: (number | null)[];
  t2Us: (number | null)[];
  oneQubitError: (number | null)[];
  readoutError: ([number, number] | null)[];
  twoQubitError: (number | null)[];
}

/** What a snapshot says; null when it describes no qubits (an analog device). */
export function readDescription(snapshot: Snapshot): Description | null {
  const told = snapshot.description;
  const qubits = numberOf(told.qubits);
  if (qubits === null || qubits < 1) return null;
  const every = <T>(value: unknown, read: (one: unknown) => T): T[] => Array.from({ length: qubits }, (_, qubit) => read(Array.isArray(value) ? value[qubit] : undefined));
  const edges = (Array.isArray(told.edges) ? told.edges : []).map(pairOf).filter((pair) => pair !== null);
  const errors = isRecord(told.two_qubit_error) ? told.two_qubit_error : {};
  const gates = isRecord(told.native_gates) ? Object.values(told.native_gates).flat() : [];
  return {
    qubits,
    labels: every(told.labels, (one) => (typeof one === "string" ? one : null)).map((label, qubit) => label ?? String(qubit)),
    edges,
    isDirected: told.directed === true,
    nativeGates: gates.map(String),
    oneQubitNs: numberOf(told.one_qubit_ns),
    twoQubitNs: numberOf(told.two_qubit_ns),
    readoutNs: numberOf(told.readout_ns),
    t1Us: every(told.t1_us, numberOf),
    t2Us: every(told.t2_us, numberOf),
    oneQubitError: every(told.one_qubit_error, numberOf),
    readoutError: every(told.readout_error, pairOf),
    twoQubitError: edges.map(([one, other]) => numberOf(errors[`${one}-${other}`]) ?? numberOf(errors[`${other}-${one}`])),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const numberOf = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

function pairOf(value: unknown): [number, number] | null {
  if (!Array.isArray(value)) return null;
  const [one, other] = [numberOf(value[0]), numberOf(value[1])];
  return one === null || other === null ? null : [one, other];
}
