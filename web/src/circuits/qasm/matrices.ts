import { type Matrix, matrixOf } from "./matrix";

type Number2 = readonly [re: number, im: number];

const ROOT = Math.SQRT1_2;
const { PI, cos, sin } = Math;
const O: Number2 = [0, 0];
const I: Number2 = [1, 0];
const e = (angle: number): Number2 => [cos(angle), sin(angle)];

/** The matrices of fixed gates; the first qubit is the low bit of a row's number. */
export const FIXED = {
  id: matrixOf([[I, O], [O, I]]),
  x: matrixOf([[O, I], [I, O]]),
  y: matrixOf([[O, [0, -1]], [[0, 1], O]]),
  z: matrixOf([[I, O], [O, [-1, 0]]]),
  h: matrixOf([[[ROOT, 0], [ROOT, 0]], [[ROOT, 0], [-ROOT, 0]]]),
  s: matrixOf([[I, O], [O, [0, 1]]]),
  sdg: matrixOf([[I, O], [O, [0, -1]]]),
  t: matrixOf([[I, O], [O, [ROOT, ROOT]]]),
  tdg: matrixOf([[I, O], [O, [ROOT, -ROOT]]]),
  sx: matrixOf([[[0.5, 0.5], [0.5, -0.5]], [[0.5, -0.5], [0.5, 0.5]]]),
  sxdg: matrixOf([[[0.5, -0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, -0.5]]]),
  swap: matrixOf([[I, O, O, O], [O, O, I, O], [O, I, O, O], [O, O, O, I]]),
  iswap: matrixOf([[I, O, O, O], [O, O, [0, 1], O], [O, [0, 1], O, O], [O, O, O, I]]),
  dcx: matrixOf([[I, O, O, O], [O, O, O, I], [O, I, O, O], [O, O, I, O]]),
  ecr: matrixOf([
    [O, [ROOT, 0], O, [0, ROOT]],
    [[ROOT, 0], O, [0, -ROOT], O],
    [O, [0, ROOT], O, [ROOT, 0]],
    [[0, -ROOT], O, [ROOT, 0], O],
  ]),
} as const;

/** exp(i·angle) on the upper state. */
export const phase = (angle: number): Matrix => matrixOf([[I, O], [O, e(angle)]]);

/** exp(i·angle) on both states: a global phase as a gate. */
export const globalPhase = (angle: number): Matrix => matrixOf([[e(angle), O], [O, e(angle)]]);

/** OpenQASM's U, with cos(theta/2) in its first corner, times exp(i·shift). */
export function u(theta: number, phi: number, lam: number, shift = 0): Matrix {
  const [c, s] = [cos(theta / 2), sin(theta / 2)];
  const at = (length: number, angle: number): Number2 => [length * cos(angle), length * sin(angle)];
  return matrixOf([
    [at(c, shift), at(-s, shift + lam)],
    [at(s, shift + phi), at(c, shift + phi + lam)],
  ]);
}

/** A turn about the axis in the equator that is `phi` from x. */
export const r = (theta: number, phi: number): Matrix => u(theta, phi - PI / 2, PI / 2 - phi);
export const rx = (theta: number): Matrix => r(theta, 0);
export const ry = (theta: number): Matrix => u(theta, 0, 0);
export const rz = (theta: number): Matrix => matrixOf([[e(-theta / 2), O], [O, e(theta / 2)]]);

export function rxx(theta: number): Matrix {
  const [c, s] = halves(theta);
  return matrixOf([[c, O, O, s], [O, c, s, O], [O, s, c, O], [s, O, O, c]]);
}

export function ryy(theta: number): Matrix {
  const [c, s, t] = halves(theta);
  return matrixOf([[c, O, O, t], [O, c, s, O], [O, s, c, O], [t, O, O, c]]);
}

export function rzz(theta: number): Matrix {
  const [same, other] = [e(-theta / 2), e(theta / 2)];
  return matrixOf([[same, O, O, O], [O, other, O, O], [O, O, other, O], [O, O, O, same]]);
}

/** Z on the first qubit, X on the second. */
export function rzx(theta: number): Matrix {
  const [c, s, t] = halves(theta);
  return matrixOf([[c, O, s, O], [O, c, O, t], [s, O, c, O], [O, t, O, c]]);
}

/** cos, -i·sin and i·sin of half the angle. */
function halves(theta: number): [Number2, Number2, Number2] {
  return [[cos(theta / 2), 0], [0, -sin(theta / 2)], [0, sin(theta / 2)]];
}
