import type { GateOp, Op, Span } from "../circuit";
import { type Acting, inverse, phaseActing, placed, TooWide, toPower, underControl } from "./acting";
import type { Call, Expr, Modifier, Name, Program, Statement } from "./ast";
import { Evaluator } from "./evaluate";
import { type Known, type Library, libraryOf, type Step } from "./gates";
import { type Place, type Problems, Told } from "./problems";
import { nameIn, number, type Value } from "./values";

/** More than that is neither drawn nor simulated in a page. */
export const MOST_OPERATIONS = 100_000;
const MOST_CONTROLS = 64;
const DEEPEST = 100;
const MOST_KEPT = 2_000;
const NOWHERE: Span = { line: 0, column: 0, endLine: 0, endColumn: 0 };

export interface Defined {
  params: readonly Name[];
  qubits: readonly Name[];
  /** null: `opaque`, which has none. */
  body: readonly Statement[] | null;
  /** Its definition is wrong, which has been told. */
  broken: boolean;
}

/** Gates: what is defined, and what a call of it does. */
export abstract class GateCalls extends Evaluator {
  protected readonly defined = new Map<string, Defined>();
  protected readonly library: Library;
  protected included = false;
  /** Ops of the circuit, or of the gate's body that is being read. */
  protected out: Op[] = [];
  /** Qubit on which a phase in a gate's body may act; null outside of one. */
  protected host: number | null = null;
  /** A gate's body is only looked over, with numbers that are not known. */
  protected checking = false;
  /** Matrices in the gate's body that is being read. */
  protected bodySize = 0;
  private readonly kept = new Map<string, Acting>();
  private readonly spans = new Map<Call, Span>();
  private depth = 0;
  private toldInclude = false;

  /** Every gate that the program defines anywhere. */
  private readonly later: ReadonlySet<string>;

  constructor({ version, minor, lost, statements }: Program, problems: Problems) {
    super(problems, version, lost);
    this.library = libraryOf(version, minor);
    this.later = new Set(statements.flatMap((one) => (one.is === "gate" ? [one.name.text] : [])));
  }

  protected abstract run(statements: readonly Statement[]): void;

  /** Adds to `out`, `size` matrices; `op` null is a phase that changes nothing here. */
  protected abstract emit(op: Op, size: number, place: Place): void;

  protected abstract addPhase(angle: number): void;

  protected callGate(call: Call): void {
    const acting = this.modified(this.actingOf(call), call.modifiers);
    const span = this.spanOf(call);
    for (const qubits of this.broadcast(call, acting)) {
      const op = placed(acting, qubits, span, this.host);
      if (op) this.emit(op, acting.size, call);
      else this.addPhase(acting.phase);
    }
  }

  /** Where a call stands; a loop may make it many times. */
  private spanOf(call: Call): Span {
    let span = this.spans.get(call);
    if (!span) this.spans.set(call, (span = this.problems.span(call)));
    return span;
  }

  protected qubits(expr: Expr, wanted: string): Value & { is: "qubits" } {
    const value = this.evaluate(expr);
    if (value.is !== "qubits") throw this.mistyped(value, expr, wanted);
    return value;
  }

  protected gateNames(): string[] {
    const { builtIn, included } = this.library;
    const usual = [...Object.keys(builtIn), ...(this.included ? Object.keys(included) : [])];
    return [...this.defined.keys(), ...usual, ...(this.version === 3 ? ["gphase"] : [])];
  }

  /** Looks a definition over, whether or not it is called. */
  protected check(gate: Defined): void {
    const before = this.checking;
    this.checking = true;
    try {
      this.bodyOf(gate, gate.params.map(() => Number.NaN));
    } finally {
      this.checking = before;
    }
  }

  private actingOf(call: Call): Acting {
    const { name } = call;
    const value = this.scopes.get(name.text);
    if (value) throw value.is === "lost" ? new Told() : this.problems.error("type", name, `\`${name.text}\` is no gate.`);
    const defined = this.defined.get(name.text);
    if (defined?.broken) throw new Told();
    if (defined) return this.definedActing(name.text, defined, this.values(call, defined.params.length), call);
    if (name.text === "gphase" && this.version === 3) return phaseActing(this.values(call, 1)[0] ?? 0);
    const known = this.known(name, call.operands.length === 0);
    const values = this.values(call, known.params);
    return this.keep(`${name.text} ${values.join()}`, () => this.knownActing(name.text, known, values));
  }

  private values({ name, params }: Call, count: number): number[] {
    if (params.length !== count) {
      const say = count === 0 ? "no parameters" : `${count} parameter${count === 1 ? "" : "s"}`;
      const place = params.length ? spread(params) : name;
      throw this.problems.error("type", place, `\`${name.text}\` takes ${say}, not ${params.length}.`);
    }
    return params.map((param) => this.number(param, "A gate's parameter"));
  }

  private known(name: Name, bare: boolean): Known {
    const { builtIn, included, extra, file } = this.library;
    const look = (table: Readonly<Record<string, Known>>): Known | undefined => (Object.hasOwn(table, name.text) ? table[name.text] : undefined);
    const found = look(builtIn) ?? (this.included ? look(included) : undefined);
    if (found) return found;
    const later = look(included);
    if (later) {
      if (this.toldInclude) throw new Told();
      this.toldInclude = true;
      const message = `\`${name.text}\` is a gate of ${file}. Write \`include "${file}";\` below the first line.`;
      throw this.problems.error("unknown", name, message);
    }
    const rare = look(extra);
    if (rare) {
      this.note(name, `the gate ${name.text} without its definition (${file} has none)`);
      return rare;
    }
    if (this.later.has(name.text)) {
      throw this.problems.error("unknown", name, `The gate \`${name.text}\` is defined further down. Move its definition above this line.`);
    }
    throw this.unknown(name.text, name, this.gateNames(), bare ? "statement" : "gate");
  }

  private knownActing(name: string, known: Known, values: readonly number[]): Acting {
    const controls = new Array<boolean>(known.controls).fill(true);
    const base = { name, params: values, controls, width: known.width, phase: 0, scalesControlled: known.scales === "controlled" };
    if ("steps" in known.make) {
      const body = known.make.steps.map((step) => this.step(step));
      return { ...base, action: { body }, size: body.length, scaled: null };
    }
    const { matrix } = known.make;
    const [first = 0, ...more] = values;
    const scaled = known.scales === "no" ? null : (by: number) => this.knownActing(name, known, [first * by, ...more]);
    return { ...base, action: { matrix: matrix(...values) }, size: 1, scaled };
  }

  private step([name, qubits]: Step): GateOp {
    const known = this.library.included[name];
    if (!known || !("matrix" in known.make)) throw new RangeError(`${name} is in every library`);
    const controls = new Array<boolean>(known.controls).fill(true);
    return { kind: "gate", name, params: [], qubits, controls, action: { matrix: known.make.matrix() }, span: NOWHERE, condition: null };
  }

  private definedActing(name: string, gate: Defined, values: readonly number[], place: Place): Acting {
    const base = { name, params: values, controls: [], width: gate.qubits.length, phase: 0, scaled: null, scalesControlled: false };
    if (this.checking) return { ...base, action: { body: [] }, size: 0 };
    if (!gate.body) {
      const message = `\`${name}\` is opaque, so nobody knows what it does. Define it: \`gate ${name} … { … }\`.`;
      throw this.problems.error("unsupported", place, message);
    }
    if (this.depth >= DEEPEST) throw this.problems.error("type", place, "Gates call each other too deeply here.");
    return this.keep(`${name} ${values.join()}`, () => {
      this.depth += 1;
      try {
        const { ops, size } = this.bodyOf(gate, values);
        return { ...base, action: { body: ops }, size };
      } finally {
        this.depth -= 1;
      }
    });
  }

  /** The same call again does the same. */
  private keep(key: string, make: () => Acting): Acting {
    const before = this.kept.get(key);
    if (before) return before;
    const acting = make();
    if (this.kept.size < MOST_KEPT) this.kept.set(key, acting);
    return acting;
  }

  private bodyOf(gate: Defined, values: readonly number[]): { ops: GateOp[]; size: number } {
    const own = new Map<string, Value>();
    gate.params.forEach((param, index) => own.set(param.text, number(values[index] ?? 0)));
    gate.qubits.forEach((qubit, index) => own.set(qubit.text, { is: "qubits", at: [index], single: true }));
    const { out, host, bodySize } = this;
    this.out = [];
    this.host = 0;
    this.bodySize = 0;
    try {
      this.scopes.apart(own, () => this.run(gate.body ?? []));
      const ops = this.out.filter((op) => op.kind === "gate");
      return { ops, size: this.bodySize };
    } finally {
      this.out = out;
      this.host = host;
      this.bodySize = bodySize;
    }
  }

  private modified(of: Acting, modifiers: readonly Modifier[]): Acting {
    let acting = of;
    for (const modifier of [...modifiers].reverse()) {
      if (modifier.name === "inv") acting = inverse(acting);
      else if (modifier.name === "pow") acting = this.raised(acting, modifier);
      else {
        const count = modifier.amount ? this.whole(modifier.amount, "The number of controls") : 1;
        if (count < 1 || count > MOST_CONTROLS) {
          throw this.problems.error("type", modifier.amount ?? modifier, `A gate takes 1 to ${MOST_CONTROLS} controls, not ${count}.`);
        }
        acting = underControl(acting, new Array<boolean>(count).fill(modifier.name === "ctrl"));
      }
    }
    return acting;
  }

  private raised(acting: Acting, modifier: Modifier): Acting {
    const amount = modifier.amount ?? modifier;
    const exponent = modifier.amount ? this.number(modifier.amount, "An exponent") : 1;
    if (Number.isNaN(exponent)) {
      if (this.checking) return acting;
      throw this.problems.error("type", amount, "An exponent is known beforehand: an input or a gate's parameter is not.");
    }
    if (Number.isInteger(exponent) && Math.abs(exponent) * acting.size > MOST_OPERATIONS && !("matrix" in acting.action)) throw this.tooMany(amount);
    try {
      return toPower(acting, exponent);
    } catch (problem) {
      if (!(problem instanceof TooWide)) throw problem;
      throw this.problems.error("unsupported", amount, "The browser takes roots of gates on one or two qubits; server mode takes wider ones.");
    }
  }

  protected tooMany(place: Place): Told {
    const most = MOST_OPERATIONS.toLocaleString("en");
    return this.problems.error("unsupported", place, `The program comes to more than ${most} operations here, too many for the browser.`);
  }

  /** The qubits of each single call: registers go side by side, single qubits with each of them. */
  private *broadcast(call: Call, acting: Acting): Generator<readonly number[]> {
    const { operands, name } = call;
    const given = operands.map((operand) => this.qubits(operand, `\`${name.text}\` acts on qubits`));
    const width = acting.controls.length + acting.width;
    if (given.length !== width) {
      const controls = acting.controls.length && call.modifiers.length ? ", controls first" : "";
      const say = width === 0 ? "no qubit" : `${width} qubit${width === 1 ? "" : "s"}${controls}`;
      throw this.problems.error("type", given.length > width ? spread(operands.slice(width)) : name, `\`${name.text}\` acts on ${say}, not ${given.length}.`);
    }
    let count = 1;
    let widest: Expr | null = null;
    for (const [index, one] of given.entries()) {
      const operand = operands[index];
      if (one.single || !operand) continue;
      if (widest && one.at.length !== count) {
        const message = `\`${name.text}\` goes over registers of one size: ${nameIn(widest)} has ${count} qubits, ${nameIn(operand)} ${one.at.length}.`;
        throw this.problems.error("type", operand, message);
      }
      [count, widest] = [one.at.length, operand];
    }
    for (let turn = 0; turn < count; turn++) {
      const qubits = given.map((one) => one.at[one.single ? 0 : turn] ?? 0);
      const twice = qubits.findIndex((qubit, index) => qubits.indexOf(qubit) < index);
      const operand = operands[twice];
      if (operand) {
        throw this.problems.error("type", operand, `\`${name.text}\` takes each qubit once, and this is one of its qubits already.`);
      }
      yield qubits;
    }
  }
}

function spread(exprs: readonly Expr[]): Place {
  return { start: exprs[0]?.start ?? 0, end: exprs.at(-1)?.end ?? 0 };
}
