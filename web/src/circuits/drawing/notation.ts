import type { GateOp, Op, Register } from "../circuit";

const DENOMINATORS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 18, 20, 24, 32, 64, 128, 256, 512, 1024];
const MOST_NUMERATOR = 99;

/** Radians as a fraction of π where they are one, else rounded to four places: π/4, −3π/2, 0.3. */
export function sayAngle(angle: number): string {
  if (angle === 0) return "0";
  const turns = angle / Math.PI;
  for (const below of DENOMINATORS) {
    const above = Math.round(Math.abs(turns) * below);
    if (above === 0 || above > MOST_NUMERATOR || Math.abs(Math.abs(turns) * below - above) > 1e-11 * below) continue;
    const sign = angle < 0 ? "−" : "";
    return `${sign}${above === 1 ? "" : above}π${below === 1 ? "" : `/${below}`}`;
  }
  return rounded(angle);
}

/** A gate's name as a drawing shows it: s† for inv @ s, x^0.5 for pow(0.5) @ x. */
export function sayName(name: string): string {
  if (name.startsWith("inv @ ")) return `${bracketed(sayName(name.slice(6)))}†`;
  const power = /^pow\(([^)]*)\) @ (.*)$/s.exec(name);
  if (!power) return name;
  return `${bracketed(sayName(power[2] ?? ""))}^${rounded(Number(power[1]))}`;
}

/** `q[0]`, `q[1]`, …: by global index. A register of one goes by its name alone. */
export function bitNames(registers: readonly Register[]): string[] {
  const names: string[] = [];
  for (const { name, start, size } of registers) {
    for (let index = 0; index < size; index++) names[start + index] = size === 1 ? name : `${name}[${index}]`;
  }
  return names;
}

/** One operation in words: `cx q[0], q[1]`, `measure q[0] → c[0] if c[1] = 1`. */
export function sayOp(op: Op, qubits: readonly string[], clbits: readonly string[]): string {
  const on = op.qubits.map((qubit) => qubits[qubit]).join(", ");
  const when = op.condition ? ` if ${sayCondition(op.condition, clbits)}` : "";
  if (op.kind === "measure") return `measure ${on} → ${op.clbits.map((bit) => clbits[bit]).join(", ")}${when}`;
  return `${op.kind === "gate" ? sayGate(op) : op.kind} ${on}${when}`;
}

function sayCondition({ clbits, value }: NonNullable<Op["condition"]>, names: readonly string[]): string {
  return clbits.map((bit, index) => `${names[bit]} = ${Math.floor(value / 2 ** index) % 2}`).join(" and ");
}

function sayGate(op: GateOp): string {
  const params = op.params.length ? `(${op.params.map(sayAngle).join(", ")})` : "";
  return `${sayName(op.name)}${params}`;
}

function bracketed(name: string): string {
  return /[†^]/.test(name) ? `(${name})` : name;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
