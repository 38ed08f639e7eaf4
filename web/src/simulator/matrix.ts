/* Square matrices of 2 or 4 rows, row-major, real and imaginary parts interleaved, as gates carry them. */

/** What a matrix must differ by from a simpler one to be taken for something else. */
const CLOSE = 1e-15;

/** left · right: what acts first is on the right. */
export function multiply(left: Float64Array, right: Float64Array, rows = 2): Float64Array {
  const product = new Float64Array(2 * rows * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < rows; column++) {
      for (let k = 0; k < rows; k++) {
        const [a, b] = entry(left, rows, row, k);
        const [c, d] = entry(right, rows, k, column);
        product[2 * (rows * row + column)]! += a * c - b * d;
        product[2 * (rows * row + column) + 1]! += a * d + b * c;
      }
    }
  }
  return product;
}

/** Both 2×2 at once, `low` on the first qubit. */
export function beside(low: Float64Array, high: Float64Array): Float64Array {
  const both = new Float64Array(32);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      const [a, b] = entry(low, 2, row & 1, column & 1);
      const [c, d] = entry(high, 2, row >> 1, column >> 1);
      both.set([a * c - b * d, a * d + b * c], 2 * (4 * row + column));
    }
  }
  return both;
}

/** Backwards: the conjugate of the transposed. */
export function inverse(matrix: Float64Array, rows: number): Float64Array {
  const turned = new Float64Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < rows; column++) {
      const [re, im] = entry(matrix, rows, column, row);
      turned.set([re, -im], 2 * (rows * row + column));
    }
  }
  return turned;
}

/** Real and imaginary part. */
export function entry(matrix: Float64Array, rows: number, row: number, column: number): [number, number] {
  const at = 2 * (rows * row + column);
  return [matrix[at] ?? 0, matrix[at + 1] ?? 0];
}

/** The diagonal, if there is nothing else. */
export function diagonalOf(matrix: Float64Array, rows: number): [number, number][] | null {
  const diagonal: [number, number][] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < rows; column++) {
      const [re, im] = entry(matrix, rows, row, column);
      if (row === column) diagonal.push([re, im]);
      else if (Math.abs(re) > CLOSE || Math.abs(im) > CLOSE) return null;
    }
  }
  return diagonal;
}

/** Does it only move amplitudes, the row `n` taking that of column `from[n]`? */
export function permutes(matrix: Float64Array, from: readonly number[]): boolean {
  return from.every((column, row) =>
    from.every((_, other) => {
      const [re, im] = entry(matrix, from.length, row, other);
      return Math.abs(re - (other === column ? 1 : 0)) <= CLOSE && Math.abs(im) <= CLOSE;
    }),
  );
}

/** a / b for a complex b of length 1. */
export const over = ([a, b]: [number, number], [c, d]: [number, number]): [number, number] => [a * c + b * d, b * c - a * d];

export const isOne = ([re, im]: [number, number]): boolean => Math.abs(re - 1) <= CLOSE && Math.abs(im) <= CLOSE;
