/** Square, row-major, real and imaginary parts in turns. */
export type Matrix = Float64Array;

/** From rows of [real, imaginary]. */
export function matrixOf(rows: readonly (readonly (readonly [number, number])[])[]): Matrix {
  return Float64Array.from(rows.flat(2));
}

function sizeOf(matrix: Matrix): number {
  return Math.sqrt(matrix.length / 2);
}

/** The inverse of a unitary one. */
export function dagger(matrix: Matrix): Matrix {
  const size = sizeOf(matrix);
  const out = new Float64Array(matrix.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const from = 2 * (column * size + row);
      out[2 * (row * size + column)] = matrix[from] ?? 0;
      out[2 * (row * size + column) + 1] = -(matrix[from + 1] ?? 0) || 0;
    }
  }
  return out;
}

export function times(a: Matrix, b: Matrix): Matrix {
  const size = sizeOf(a);
  const out = new Float64Array(a.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < size; k++) {
        const [ar = 0, ai = 0] = a.subarray(2 * (row * size + k));
        const [br = 0, bi = 0] = b.subarray(2 * (k * size + column));
        re += ar * br - ai * bi;
        im += ar * bi + ai * br;
      }
      out[2 * (row * size + column)] = re;
      out[2 * (row * size + column) + 1] = im;
    }
  }
  return out;
}

export function identity(size: number): Matrix {
  const out = new Float64Array(2 * size * size);
  for (let at = 0; at < size; at++) out[2 * at * (size + 1)] = 1;
  return out;
}

/** Of one qubit's gate to two, where the qubit is the low bit (0) or the high one (1). */
export function widened(small: Matrix, bit: 0 | 1): Matrix {
  const out = new Float64Array(32);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      if (((row ^ column) >> (1 - bit)) & 1) continue;
      const from = 2 * (2 * ((row >> bit) & 1) + ((column >> bit) & 1));
      out[2 * (4 * row + column)] = small[from] ?? 0;
      out[2 * (4 * row + column) + 1] = small[from + 1] ?? 0;
    }
  }
  return out;
}

/** Of two qubits' gate with its qubits in the other order. */
export function swapped(matrix: Matrix): Matrix {
  const place = [0, 2, 1, 3];
  const out = new Float64Array(32);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      const from = 2 * (4 * (place[row] ?? 0) + (place[column] ?? 0));
      out[2 * (4 * row + column)] = matrix[from] ?? 0;
      out[2 * (4 * row + column) + 1] = matrix[from + 1] ?? 0;
    }
  }
  return out;
}

/** The action on the last `sizeOf(small)` states of twice as many: a control on the high bit. `on`: which of its values acts. */
export function controlled(small: Matrix, on: boolean): Matrix {
  const size = sizeOf(small);
  const out = identity(2 * size);
  const from = on ? size : 0;
  for (let row = 0; row < size; row++) {
    out.set(small.subarray(2 * row * size, 2 * (row + 1) * size), 2 * ((row + from) * 2 * size + from));
  }
  return out;
}

/** The principal power of a unitary matrix: each eigenvalue's angle is taken in (-π, π]. */
export function power(matrix: Matrix, exponent: number): Matrix {
  const size = sizeOf(matrix);
  const vectors = eigenvectors(matrix);
  const turned = times(dagger(vectors), times(matrix, vectors));
  const diagonal = new Float64Array(matrix.length);
  for (let at = 0; at < size; at++) {
    const place = 2 * at * (size + 1);
    let angle = Math.atan2(turned[place + 1] ?? 0, turned[place] ?? 0);
    if (angle < -Math.PI + 1e-12) angle = Math.PI;
    diagonal[place] = Math.cos(angle * exponent);
    diagonal[place + 1] = Math.sin(angle * exponent);
  }
  return times(vectors, times(diagonal, dagger(vectors)));
}

/** Columns of a unitary that makes a unitary matrix diagonal, by Jacobi's rotations of a Hermitian mixture of its two Hermitian parts. */
function eigenvectors(matrix: Matrix): Matrix {
  const size = sizeOf(matrix);
  const mixed = new Float64Array(matrix.length);
  const inverse = dagger(matrix);
  // (U + U†)/2 and (U − U†)/2i commute; an odd mixture keeps apart what either alone would not.
  const share = 0.7390851332151607;
  for (let at = 0; at < matrix.length; at += 2) {
    const [ar = 0, ai = 0] = matrix.subarray(at);
    const [br = 0, bi = 0] = inverse.subarray(at);
    mixed[at] = (ar + br + share * (ai - bi)) / 2;
    mixed[at + 1] = (ai + bi - share * (ar - br)) / 2;
  }
  let vectors: Matrix = identity(size);
  let rest: Matrix = mixed;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const [re = 0, im = 0] = rest.subarray(2 * (p * size + q));
        const length = Math.hypot(re, im);
        if (length < 1e-300) continue;
        off = Math.max(off, length);
        const turn = rotation(size, p, q, rest[2 * p * (size + 1)] ?? 0, rest[2 * q * (size + 1)] ?? 0, re, im);
        rest = times(dagger(turn), times(rest, turn));
        vectors = times(vectors, turn);
      }
    }
    if (off < 1e-15) break;
  }
  return vectors;
}

/** Makes the element (p, q) of a Hermitian matrix zero: `app`, `aqq` its diagonal there, `re` and `im` the element. */
function rotation(size: number, p: number, q: number, app: number, aqq: number, re: number, im: number): Matrix {
  const length = Math.hypot(re, im);
  const theta = 0.5 * Math.atan2(2 * length, aqq - app);
  const [c, s] = [Math.cos(theta), Math.sin(theta)];
  const [ur, ui] = [re / length, im / length];
  const out = identity(size);
  out[2 * p * (size + 1)] = c;
  out[2 * q * (size + 1)] = c;
  out.set([s * ur, s * ui], 2 * (p * size + q));
  out.set([-s * ur, s * ui], 2 * (q * size + p));
  return out;
}
