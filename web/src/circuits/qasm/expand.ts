import type { Circuit, Op } from "../circuit";
import type { Expr, Program, Statement } from "./ast";
import { MOST_OPERATIONS } from "./calls";
import { ALWAYS, bitsOf, both, type Cube, not, type Test, TooMany } from "./conditions";
import { Declarations, numbered } from "./declarations";
import { type Place, type Problems, Told } from "./problems";
import type { Value } from "./values";

const MOST_STEPS = 300_000;
/** Bits of a condition whose number a double holds exactly. */
const WIDEST_CONDITION = 52;

/** Runs what is known beforehand and writes down the rest. `circuit` null: something was wrong, which has been told. */
export function expand(program: Program, problems: Problems, inputs: Readonly<Record<string, number>>): { circuit: Circuit | null; inputs: string[] } {
  const expander = new Expander(program, problems, inputs);
  return { circuit: expander.circuit(program.statements), inputs: expander.inputs };
}

/** A branch that is decided while the program runs. `spoiled`: a bit that decides it has been measured anew in it. */
interface Branch {
  bits: ReadonlySet<number>;
  spoiled: boolean;
  depth: number;
}

/** Ends the program: it has grown too long. */
class Enough extends Error {}

class Expander extends Declarations {
  private phase = 0;
  private operations = 0;
  private steps = 0;
  private when: Test = ALWAYS;
  private branches: Branch[] = [];
  /** Statements that went wrong once are not tried again in the next turn of a loop. */
  private readonly failed = new Set<Statement>();

  circuit(statements: readonly Statement[]): Circuit | null {
    try {
      this.run(statements);
    } catch (end) {
      if (!(end instanceof Enough)) throw end;
    }
    const devices = Array.from({ length: this.devices }, (_, start) => ({ name: `$${start}`, start, size: 1 }));
    const qubits = devices.length ? devices : this.qubitRegisters;
    if (!this.problems.broken && !qubits.length) {
      const first = this.problems.text.search(/\S/);
      const place = { start: Math.max(first, 0), end: Math.max(first, 0) + 1 };
      const next = this.version === 2 ? "`qreg q[2];`" : "`qubit[2] q;`";
      this.problems.error("type", place, `The program has no qubit. Declare some: ${next}.`);
    }
    if (this.problems.broken) return null;
    return { qubits, clbits: this.bitRegisters, ops: this.out, phase: this.phase };
  }

  protected run(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (this.problems.full) throw new Enough();
      if (this.failed.has(statement)) continue;
      if (++this.steps > MOST_STEPS) throw this.enough(statement);
      try {
        this.statement(statement);
      } catch (told) {
        if (!(told instanceof Told)) throw told;
        if (this.host === null || this.checking) this.failed.add(statement);
        this.lose(statement);
      }
    }
  }

  protected emit(op: Op, size: number, place: Place): void {
    if (this.checking) return;
    if (this.host !== null) {
      this.out.push(op);
      this.bodySize += Math.max(1, size);
      if (this.bodySize > MOST_OPERATIONS) throw this.enough(place);
      return;
    }
    if (!this.when.length) return;
    if (this.branches.some((branch) => branch.spoiled)) throw this.spoiled(place);
    if (this.when.some((cube) => cube.size > WIDEST_CONDITION)) {
      throw this.problems.error("unsupported", place, `The browser asks at most ${WIDEST_CONDITION} bits at once; server mode asks more.`);
    }
    if (op.kind === "measure") {
      for (const branch of this.branches) {
        if (!op.clbits.some((bit) => branch.bits.has(bit))) continue;
        if (this.when.length > 1) throw this.spoiled(place);
        branch.spoiled = true;
      }
    }
    this.operations += Math.max(1, size) * this.when.length;
    if (this.operations > MOST_OPERATIONS) throw this.enough(place);
    for (const cube of this.when) this.out.push(cube.size ? { ...op, condition: conditionOf(cube) } : op);
  }

  protected addPhase(angle: number): void {
    // In a branch it is a phase of everything that is left of the others: nothing that could be seen.
    if (!this.branches.length && !this.checking) this.phase += angle;
  }

  protected hardware(index: number, place: Place): number {
    if (this.nqubits) throw this.problems.error("type", place, "A program has declared qubits or hardware qubits, not both.");
    if (this.host !== null) throw this.problems.error("type", place, "A gate's body uses the gate's own qubits.");
    this.devices = Math.max(this.devices, index + 1);
    return index;
  }

  private statement(statement: Statement): void {
    if (this.host !== null && !IN_GATES.has(statement.is)) {
      throw this.problems.error("type", statement, "A gate is made of gates alone: move this out of its definition.");
    }
    switch (statement.is) {
      case "include":
        return this.include(statement.file);
      case "qubits":
        return this.declareQubits(statement);
      case "bits":
        return this.declareBits(statement);
      case "number":
        return this.declareNumber(statement);
      case "array":
        return this.declareArray(statement);
      case "input":
        return this.declareInput(statement);
      case "gate":
        return this.defineGate(statement);
      case "opaque":
        this.fresh(statement.name);
        this.defined.set(statement.name.text, { params: [], qubits: [], body: null, broken: false });
        return;
      case "call":
        return this.callGate(statement.call);
      case "measure":
        return this.measure(statement.of, statement.to, statement);
      case "reset":
        return this.emit({ kind: "reset", qubits: this.qubits(statement.of, "Only qubits are reset").at, span: this.problems.span(statement), condition: null }, 1, statement);
      case "barrier":
        return this.barrier(statement);
      case "assign":
        return this.assign(statement);
      case "let":
        return this.alias(statement.name, statement.value);
      case "for":
        return this.loop(statement);
      case "while":
        return this.whileLoop(statement);
      case "if":
        return this.branch(statement);
      case "block":
        return this.scopes.inside(() => this.run(statement.body));
    }
  }

  private defineGate({ name, params, qubits, body }: Statement & { is: "gate" }): void {
    this.outermost(name, "Gates");
    this.fresh(name);
    const twice = [...params, ...qubits].find((one, index, all) => all.findIndex((other) => other.text === one.text) < index);
    if (twice) throw this.problems.error("type", twice, `\`${twice.text}\` stands twice in this gate. Take another name.`);
    const gate = { params, qubits, body, broken: false };
    const before = this.problems.errors;
    this.check(gate);
    this.defined.set(name.text, { ...gate, broken: this.problems.errors > before });
  }

  private measure(of: Expr, to: Expr | null, place: Place): void {
    if (!to) throw this.problems.error("unsupported", place, "This result goes nowhere. Keep it in bits: `c = measure q;`.");
    const bits = this.evaluate(to);
    if (bits.is !== "bits") throw this.mistyped(bits, to, "A measurement goes into bits");
    this.measureInto(of, bits, this.problems.text.slice(to.start, to.end), place);
  }

  protected measureInto(of: Expr, { at: clbits }: Value & { is: "bits" }, target: string, place: Place): void {
    const { at: qubits } = this.qubits(of, "Qubits are measured");
    if (qubits.length !== clbits.length) {
      const source = this.problems.text.slice(of.start, of.end);
      throw this.problems.error("type", place, `${source} has ${counted(qubits.length, "qubit")} and ${target} ${counted(clbits.length, "bit")}: they go one by one.`);
    }
    const span = this.problems.span(place);
    const emit = (qubits: readonly number[], clbits: readonly number[]): void =>
      this.emit({ kind: "measure", qubits, clbits, span, condition: null }, 1, place);
    // In OpenQASM 2 each measurement of a register asks the condition again.
    if (this.version === 2 && this.when !== ALWAYS) qubits.forEach((qubit, index) => emit([qubit], clbits.slice(index, index + 1)));
    else emit(qubits, clbits);
  }

  private barrier({ operands, ...place }: Statement & { is: "barrier" }): void {
    const named = operands.flatMap((operand) => this.qubits(operand, "A barrier stands on qubits").at);
    // In a gate's body it holds nothing apart that anybody could see.
    if (this.host !== null) return;
    const qubits = operands.length ? [...new Set(named)] : numbered(0, this.nqubits || this.devices);
    this.emit({ kind: "barrier", qubits, span: this.problems.span(place), condition: null }, 1, place);
  }

  private assign({ to, op, value, ...place }: Statement & { is: "assign" }): void {
    if (value.is === "measure" && op === "=") return this.measure(value.of, to, place);
    if (to.is !== "name") throw this.problems.error("unsupported", to, "Only measurements write to parts of a register.");
    const before = this.scopes.get(to.text);
    if (!before) throw this.unknown(to.text, to, this.scopes.names());
    if (before.is === "lost") throw new Told();
    if (before.is !== "number" && before.is !== "bool" && before.is !== "unset") {
      const message = before.is === "bits" ? "Bits change by measuring alone: `c = measure q;`." : `\`${to.text}\` cannot be changed.`;
      throw this.problems.error("unsupported", to, message);
    }
    const depth = this.scopes.depthOf(to.text);
    if (this.branches.some((branch) => depth < branch.depth)) {
      throw this.problems.error("unsupported", to, "A number cannot depend on what is measured: this branch is decided while the program runs.");
    }
    const right = op === "=" ? value : ({ is: "binary", op: op.slice(0, -1), left: to, right: value, start: value.start, end: value.end } as const);
    const type = before.is === "bool" ? "bool" : before.is === "number" && before.whole ? "int" : "float";
    this.scopes.assign(to.text, before.is === "unset" ? this.evaluate(right) : this.converted(this.evaluate(right), type, value, to.text));
  }

  private loop({ name, over, body }: Statement & { is: "for" }): void {
    const values = this.evaluate(over);
    if (values.is !== "list") throw this.mistyped(values, over, "A loop runs over a range such as [0:2] or a set such as {0, 2}");
    for (const value of values.items) {
      if (++this.steps > MOST_STEPS) throw this.enough(over);
      this.scopes.inside(() => {
        this.scopes.declare(name.text, value);
        this.run(body);
      });
    }
  }

  private whileLoop({ test, body }: Statement & { is: "while" }): void {
    for (;;) {
      const value = this.evaluate(test);
      if (value.is !== "bool") {
        this.test(test);
        throw this.problems.error("unsupported", test, "A loop that measurements decide is not run in the browser; server mode runs it.");
      }
      if (!value.value) return;
      if (++this.steps > MOST_STEPS) throw this.enough(test);
      this.scopes.inside(() => this.run(body));
    }
  }

  private branch({ test, then, otherwise }: Statement & { is: "if" }): void {
    const value = this.evaluate(test);
    if (value.is === "bool") {
      if (test.is !== "name") this.note(test, "conditions of constants");
      return this.scopes.inside(() => this.run(value.value ? then : otherwise));
    }
    const holds = this.test(test);
    if (this.host !== null) throw this.problems.error("type", test, "A gate cannot ask classical bits: put the `if` around its calls.");
    const { when, branches } = this;
    // In OpenQASM 2 a branch is one statement, each of whose parts asks anew.
    if (this.version === 3) this.branches = [...branches, { bits: bitsOf(holds), spoiled: false, depth: this.scopes.depth + 1 }];
    try {
      for (const [body, negated] of [[then, false], [otherwise, true]] as const) {
        if (!body.length) continue;
        this.when = this.limitedTest(test, () => both(when, negated ? not(holds) : holds));
        this.scopes.inside(() => this.run(body));
      }
    } finally {
      this.when = when;
      this.branches = branches;
    }
  }

  private limitedTest(place: Place, compute: () => Test): Test {
    try {
      return compute();
    } catch (problem) {
      if (!(problem instanceof TooMany)) throw problem;
      throw this.problems.error("unsupported", place, "This branch has too many cases for the browser; server mode takes it.");
    }
  }

  /** Who uses what could not be declared is not to blame. */
  private lose(statement: Statement): void {
    if (statement.is === "gate" || statement.is === "opaque") {
      const { text } = statement.name;
      if (!this.defined.has(text) && !this.scopes.get(text)) this.defined.set(text, { params: [], qubits: [], body: null, broken: true });
    } else if ("name" in statement && statement.is !== "for" && !this.scopes.here(statement.name.text)) {
      this.scopes.declare(statement.name.text, { is: "lost" });
    }
  }

  private spoiled(place: Place): Told {
    const message = "The bits that decide this branch are measured again in it. The browser cannot run what follows there; server mode does.";
    return this.problems.error("unsupported", place, message);
  }

  private enough(place: Place): Enough {
    this.tooMany(place);
    return new Enough();
  }
}

const IN_GATES = new Set<Statement["is"]>(["call", "barrier", "for", "while", "if", "block"]);

function conditionOf(cube: Cube): Op["condition"] {
  const clbits = [...cube.keys()].sort((a, b) => a - b);
  return { clbits, value: clbits.reduce((sum, bit, index) => sum + (cube.get(bit) ? 2 ** index : 0), 0) };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
