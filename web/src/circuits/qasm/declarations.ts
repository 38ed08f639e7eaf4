import type { Register } from "../circuit";
import type { Expr, Name, Program, Statement } from "./ast";
import { GateCalls } from "./calls";
import type { Place, Problems } from "./problems";
import { bool, number, type Value } from "./values";

const WIDEST_REGISTER = 10_000;

/** What a program declares. */
export abstract class Declarations extends GateCalls {
  readonly inputs: string[] = [];
  protected readonly qubitRegisters: Register[] = [];
  protected readonly bitRegisters: Register[] = [];
  protected nqubits = 0;
  protected nclbits = 0;
  protected devices = 0;

  constructor(
    program: Program,
    problems: Problems,
    private readonly given: Readonly<Record<string, number>>,
  ) {
    super(program, problems);
  }

  protected abstract measureInto(of: Expr, bits: Value & { is: "bits" }, target: string, place: Place): void;

  protected hidden(name: string): boolean {
    return this.host !== null && this.inputs.includes(name) && this.scopes.depthOf(name) === 1;
  }

  protected include(file: Name): void {
    const { file: own } = this.library;
    if (file.text === own) {
      if (this.included) throw this.problems.error("type", file, `${own} is included already. Remove this line.`);
      this.included = true;
      return;
    }
    // Its gates are not to blame for it.
    if (file.text === "qelib1.inc" || file.text === "stdgates.inc") {
      this.included = true;
      const [version, other] = this.version === 2 ? ["2", "3.0"] : ["3", "2.0"];
      const message = `${file.text} is not of OpenQASM ${version}. Include "${own}", or begin with \`OPENQASM ${other};\`.`;
      throw this.problems.error("unsupported", file, message);
    }
    throw this.problems.error("unsupported", file, `Neither the browser nor the server reads files: only "${own}" can be included.`);
  }

  protected declareQubits({ name, size }: Statement & { is: "qubits" }): void {
    this.outermost(name, "Qubits");
    const count = this.registerSize(size, name);
    if (this.devices) throw this.problems.error("type", name, "A program has declared qubits or hardware qubits, not both.");
    this.fresh(name);
    this.scopes.declare(name.text, { is: "qubits", at: numbered(this.nqubits, count), single: size === null });
    this.qubitRegisters.push({ name: name.text, start: this.nqubits, size: count });
    this.nqubits += count;
  }

  protected declareBits({ name, size, value: first, ...place }: Statement & { is: "bits" }): void {
    this.outermost(name, "Bits");
    const count = this.registerSize(size, name);
    this.fresh(name);
    const bits: Value & { is: "bits" } = { is: "bits", at: numbered(this.nclbits, count), single: size === null };
    this.scopes.declare(name.text, bits);
    this.bitRegisters.push({ name: name.text, start: this.nclbits, size: count });
    this.nclbits += count;
    if (first?.is === "measure") return this.measureInto(first.of, bits, name.text, place);
    if (!first) return;
    const value = this.evaluate(first);
    if ((value.is !== "number" && value.is !== "bool") || Number(value.value) !== 0) {
      throw this.problems.error("unsupported", first, "Bits begin as 0 and change by measuring alone. Leave the value out.");
    }
  }

  protected declareNumber({ type, constant, name, value }: Statement & { is: "number" }): void {
    this.fresh(name);
    if (!constant) this.note(name, "variables (it knows constants: const)");
    else if (type === "bool") this.note(name, "constants of type bool");
    this.scopes.declare(name.text, value ? this.converted(this.evaluate(value), type, value, name.text) : { is: "unset" });
  }

  protected declareArray({ name, value }: Statement & { is: "array" }): void {
    this.fresh(name);
    this.note(name, "arrays");
    this.scopes.declare(name.text, value ? this.evaluate(value) : { is: "unset" });
  }

  protected declareInput({ type, name }: Statement & { is: "input" }): void {
    this.outermost(name, "Inputs");
    if (type !== "float" && type !== "angle") {
      throw this.problems.error("unsupported", name, `Inputs are of type float or angle, not ${type}. Write \`input float ${name.text};\`.`);
    }
    this.fresh(name);
    this.inputs.push(name.text);
    const value = Object.hasOwn(this.given, name.text) ? this.given[name.text] : undefined;
    if (value === undefined) this.problems.error("type", name, `The input \`${name.text}\` has no value. Give it a number among the parameters.`);
    else if (!Number.isFinite(value)) this.problems.error("type", name, `The input \`${name.text}\` needs a finite number.`);
    this.scopes.declare(name.text, number(value ?? Number.NaN));
  }

  protected alias(name: Name, value: Expr): void {
    this.fresh(name);
    const found = this.evaluate(value);
    if (found.is !== "qubits" && found.is !== "bits") throw this.mistyped(found, value, "An alias stands for qubits or bits");
    if (found.single) this.note(value, "an alias of a single qubit or bit");
    this.scopes.declare(name.text, found);
  }

  protected converted(value: Value, type: string, place: Place, name: string): Value {
    if (type === "bool") {
      if (value.is === "bool") return value;
      if (value.is === "number") return bool(value.value !== 0);
      throw this.mistyped(value, place, `\`${name}\` is a truth value`);
    }
    if (value.is !== "number") throw this.mistyped(value, place, `\`${name}\` is a number`);
    if (type !== "int" && type !== "uint") return number(value.value);
    if (!value.whole) throw this.problems.error("type", place, `\`${name}\` is an integer, and its value is not.`);
    return value;
  }

  private registerSize(size: Expr | null, name: Name): number {
    const count = size ? this.whole(size, "A register's size") : 1;
    if (count >= 1 && count <= WIDEST_REGISTER) return count;
    const most = WIDEST_REGISTER.toLocaleString("en");
    throw this.problems.error("type", size ?? name, `A register has 1 to ${most} members, not ${count.toLocaleString("en")}.`);
  }

  protected fresh(name: Name): void {
    const { included } = this.library;
    if (this.scopes.here(name.text) || this.defined.has(name.text)) {
      if (this.scopes.get(name.text)?.is === "lost") return;
      throw this.problems.error("type", name, `\`${name.text}\` is declared already. Take another name.`);
    }
    const own = ["U", this.version === 2 ? "CX" : "gphase"].includes(name.text);
    const gate = this.included && Object.hasOwn(included, name.text) && !(this.version === 2 && Object.hasOwn(this.library.builtIn, name.text));
    if (own || gate) throw this.problems.error("type", name, `\`${name.text}\` is a gate of ${own ? "the language" : this.library.file}. Take another name.`);
  }

  protected outermost(name: Name, what: string): void {
    if (this.scopes.depth > 1) throw this.problems.error("type", name, `${what} are declared outside of all blocks. Move this line to the top.`);
  }
}

export function numbered(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index);
}
