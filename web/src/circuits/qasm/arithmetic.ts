/** Why a value cannot be computed; the message is for who wrote the program. */
export class Impossible extends Error {}

export const CONSTANTS: Readonly<Record<string, number>> = {
  pi: Math.PI, π: Math.PI, tau: 2 * Math.PI, τ: 2 * Math.PI, euler: Math.E, ℇ: Math.E,
};

interface Function {
  takes: number;
  of: (a: number, b: number) => number;
  /** Its result is an int. */
  whole?: boolean;
  /** The server does not know it. */
  extra?: boolean;
}

export const FUNCTIONS_2: Readonly<Record<string, Function>> = {
  sin: { takes: 1, of: Math.sin }, cos: { takes: 1, of: Math.cos }, tan: { takes: 1, of: Math.tan }, exp: { takes: 1, of: Math.exp },
  ln: { takes: 1, of: Math.log }, sqrt: { takes: 1, of: Math.sqrt },
};
export const FUNCTIONS_3: Readonly<Record<string, Function>> = {
  sin: { takes: 1, of: Math.sin }, cos: { takes: 1, of: Math.cos }, tan: { takes: 1, of: Math.tan }, exp: { takes: 1, of: Math.exp },
  arcsin: { takes: 1, of: Math.asin }, arccos: { takes: 1, of: Math.acos }, arctan: { takes: 1, of: Math.atan },
  log: { takes: 1, of: Math.log }, sqrt: { takes: 1, of: Math.sqrt },
  floor: { takes: 1, of: Math.floor, whole: true }, ceiling: { takes: 1, of: Math.ceil, whole: true },
  ln: { takes: 1, of: Math.log, extra: true }, mod: { takes: 2, of: (a, b) => a % b, extra: true },
  popcount: { takes: 1, of: popcount, whole: true, extra: true },
};

/** What operators make of two numbers. `whole`: both are ints, so that / and % leave no fraction, as in C. Throws Impossible. */
export function arithmetic(op: string, a: number, b: number, whole: boolean): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
    case "%":
      if (b === 0) throw new Impossible("This divides by zero.");
      if (op === "%") return a % b;
      return whole ? Math.trunc(a / b) : a / b;
    case "**":
      return raise(a, b);
  }
  if (!whole) throw new Impossible(`\`${op}\` takes whole numbers.`);
  if ((op === "<<" || op === ">>") && (b < 0 || b > 52)) throw new Impossible("A number is shifted by 0 to 52 places.");
  if (op === "<<") return a * 2 ** b;
  if (op === ">>") return Math.floor(a / 2 ** b);
  return Number(bitwise(op, BigInt(a), BigInt(b)));
}

export function comparison(op: string, a: number, b: number): boolean {
  switch (op) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

export const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);

function raise(a: number, b: number): number {
  if (Math.abs(b) > 1024 || Math.abs(a) > 2 ** 64) throw new Impossible("This power is too large.");
  if (a === 0 && b < 0) throw new Impossible("This divides by zero.");
  if (a < 0 && !Number.isInteger(b) && !Number.isNaN(b)) throw new Impossible("This power is not a real number.");
  return a ** b;
}

function bitwise(op: string, a: bigint, b: bigint): bigint {
  return op === "&" ? a & b : op === "|" ? a | b : a ^ b;
}

function popcount(value: number): number {
  let ones = 0;
  for (let rest = BigInt(Math.trunc(value)); rest > 0n; rest >>= 1n) ones += Number(rest & 1n);
  return ones;
}
