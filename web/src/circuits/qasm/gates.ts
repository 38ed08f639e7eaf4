import { FIXED, phase, r, rx, rxx, ry, ryy, rz, rzx, rzz, u } from "./matrices";
import type { Matrix } from "./matrix";

/** A gate that the language or a library of it names. */
export interface Known {
  /** How many numbers it takes. */
  params: number;
  /** Its first qubits; each acts on 1. */
  controls: number;
  /** Qubits after the controls. */
  width: number;
  make: { matrix: (...params: number[]) => Matrix } | { steps: readonly Step[] };
  /** A power multiplies its first parameter, where another gate's takes the principal root of its matrix: as the server has it. */
  scales: Scales;
}

/** "controlled": also under one more control. */
type Scales = "no" | "alone" | "controlled";

/** A part of a gate that is defined by others: its name and which of the gate's qubits. */
export type Step = readonly [name: "h" | "t" | "tdg" | "cx", qubits: readonly number[]];

/**
 * The gates that a version knows: `builtIn` always, `included` after its standard include, `extra` although no include has them (the
 * server refuses those).
 */
export interface Library {
  file: string;
  builtIn: Readonly<Record<string, Known>>;
  included: Readonly<Record<string, Known>>;
  extra: Readonly<Record<string, Known>>;
}

/** `minor`: of version 3. As the server reads them: U, u2 and u3 differ between the versions by a phase, which a control makes visible. */
export function libraryOf(version: 2 | 3, minor: number): Library {
  if (version === 2) return { file: "qelib1.inc", builtIn: BUILT_IN_2, included: INCLUDED_2, extra: RARE };
  return { file: "stdgates.inc", builtIn: minor === 1 ? BUILT_IN_31 : BUILT_IN_30, included: INCLUDED_3, extra: EXTRA_3 };
}

function gate(controls: number, params: number, matrix: (...params: number[]) => Matrix, scales: Scales = "no"): Known {
  const width = matrix(...new Array<number>(params).fill(0)).length === 8 ? 1 : 2;
  return { params, controls, width, make: { matrix }, scales };
}
const fixed = (name: keyof typeof FIXED, controls = 0): Known => gate(controls, 0, () => FIXED[name]);
const steps = (width: number, ...steps: Step[]): Known => ({ params: 0, controls: 0, width, make: { steps }, scales: "no" });

const { PI } = Math;
const plainU = (theta: number, phi: number, lam: number): Matrix => u(theta, phi, lam);
const evenU = (theta: number, phi: number, lam: number): Matrix => u(theta, phi, lam, -(phi + lam) / 2);

const CONTROLLED_X = { cx: fixed("x", 1), CX: fixed("x", 1) };
/** After the include in either version. */
const SHARED = {
  x: fixed("x"), y: fixed("y"), z: fixed("z"), h: fixed("h"), s: fixed("s"), sdg: fixed("sdg"), t: fixed("t"), tdg: fixed("tdg"),
  id: fixed("id"), u1: gate(0, 1, phase), rx: gate(0, 1, rx, "alone"), ry: gate(0, 1, ry, "alone"), rz: gate(0, 1, rz, "alone"),
  cx: CONTROLLED_X.cx, cy: fixed("y", 1), cz: fixed("z", 1), ch: fixed("h", 1), ccx: fixed("x", 2), crz: gate(1, 1, rz),
};
/** In OpenQASM 2 known without an include, too, as on the server. */
const EITHER = {
  p: gate(0, 1, phase, "controlled"), sx: fixed("sx"), swap: fixed("swap"), cswap: fixed("swap", 1), crx: gate(1, 1, rx), cry: gate(1, 1, ry),
  cp: gate(1, 1, phase, "alone"), cu: gate(1, 4, u),
};
/** Known without an include in OpenQASM 2 alone. */
const ONLY_2 = {
  u0: gate(0, 1, () => FIXED.id), u: gate(0, 3, plainU), sxdg: fixed("sxdg"), csx: fixed("sx", 1), rxx: gate(0, 1, rxx, "alone"),
  rzz: gate(0, 1, rzz, "alone"), c3x: fixed("x", 3), c4x: fixed("x", 4), c3sqrtx: fixed("sx", 3),
  rccx: steps(3,
    ["h", [2]], ["t", [2]], ["cx", [1, 2]], ["tdg", [2]], ["cx", [0, 2]], ["t", [2]], ["cx", [1, 2]],
    ["tdg", [2]], ["h", [2]]),
  rc3x: steps(4,
    ["h", [3]], ["t", [3]], ["cx", [2, 3]], ["tdg", [3]], ["h", [3]],
    ["cx", [0, 3]], ["t", [3]], ["cx", [1, 3]], ["tdg", [3]],
    ["cx", [0, 3]], ["t", [3]], ["cx", [1, 3]], ["tdg", [3]],
    ["h", [3]], ["t", [3]], ["cx", [2, 3]], ["tdg", [3]], ["h", [3]]),
};
const UNDER_CONTROL_2 = { cu1: gate(1, 1, phase), cu3: gate(1, 3, plainU) };
/** In no include. */
const RARE = {
  r: gate(0, 2, r, "alone"), ryy: gate(0, 1, ryy, "alone"), rzx: gate(0, 1, rzx, "alone"), iswap: fixed("iswap"), dcx: fixed("dcx"),
  ecr: fixed("ecr"), cs: fixed("s", 1), csdg: fixed("sdg", 1), ccz: fixed("z", 2),
};
const BUILT_IN_2 = { U: gate(0, 3, plainU), CX: CONTROLLED_X.CX, ...EITHER, ...ONLY_2 };
const INCLUDED_2 = { ...SHARED, u2: gate(0, 2, (phi, lam) => u(PI / 2, phi, lam)), u3: gate(0, 3, plainU), ...UNDER_CONTROL_2 };
const BUILT_IN_30 = { U: gate(0, 3, plainU) };
const BUILT_IN_31 = { U: gate(0, 3, (theta, phi, lam) => u(theta, phi, lam, theta / 2)) };
const INCLUDED_3 = {
  ...SHARED, ...EITHER, CX: CONTROLLED_X.CX, phase: gate(0, 1, phase, "controlled"), cphase: gate(1, 1, phase, "alone"),
  u2: gate(0, 2, (phi, lam) => evenU(PI / 2, phi, lam)), u3: gate(0, 3, evenU),
};
const EXTRA_3 = { ...RARE, ...ONLY_2, ...UNDER_CONTROL_2 };
