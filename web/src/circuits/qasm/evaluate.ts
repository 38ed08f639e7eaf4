import { arithmetic, COMPARISONS, comparison, CONSTANTS, FUNCTIONS_2, FUNCTIONS_3, Impossible } from "./arithmetic";
import type { Expr } from "./ast";
import { bitIs, both, compare, compareBits, either, NEVER, ALWAYS, not, type Test, TooMany } from "./conditions";
import { type Place, type Problems, Told } from "./problems";
import { nearest } from "./suggest";
import { bool, called, nameIn, number, Scopes, type Value } from "./values";

const LONGEST_RANGE = 100_000;
const WIDEST_DEVICE = 10_000;

/** Values of expressions, as the server computes them. What is wrong is told, and thrown as Told. */
export abstract class Evaluator {
  protected readonly scopes = new Scopes();
  private readonly noted = new Set<string>();

  constructor(
    protected readonly problems: Problems,
    protected readonly version: 2 | 3,
    private readonly lostNames: ReadonlySet<string>,
  ) {}

  /** The global index of the hardware qubit $index. */
  protected abstract hardware(index: number, place: Place): number;

  /** Is it a name that the gate's body which is being read must not use? */
  protected abstract hidden(name: string): boolean;

  protected evaluate(expr: Expr): Value {
    switch (expr.is) {
      case "number":
        return number(expr.value, expr.whole && this.version === 3);
      case "bits":
        return number(Number.parseInt(expr.text, 2), true);
      case "name":
        return this.named(expr.text, expr);
      case "hardware":
        if (expr.index >= WIDEST_DEVICE) {
          throw this.problems.error("type", expr, `Hardware qubits are numbered below ${WIDEST_DEVICE.toLocaleString("en")}.`);
        }
        return { is: "qubits", at: [this.hardware(expr.index, expr)], single: true };
      case "index":
        return this.indexed(expr);
      case "unary":
        return this.unary(expr.op, this.evaluate(expr.of), expr);
      case "binary":
        return this.binary(expr);
      case "call":
        return this.call(expr);
      case "set":
        return { is: "list", items: expr.items.map((item) => this.evaluate(item)) };
      case "range":
        return { is: "list", items: this.range(expr, null).map((value) => number(value, true)) };
      case "measure":
        throw this.problems.error("type", expr, "A measurement is no part of an expression. Measure into a bit first: `c = measure q;`.");
    }
  }

  /** NaN where it depends on an input without a value or on a gate's own parameter. */
  protected number(expr: Expr, what: string): number {
    const value = this.evaluate(expr);
    if (value.is !== "number") throw this.mistyped(value, expr, `${what} is a number`);
    if (Math.abs(value.value) === Infinity) throw this.problems.error("type", expr, "This number is too large.");
    return value.value;
  }

  /** An int that is known beforehand. */
  protected whole(expr: Expr, what: string): number {
    const value = this.evaluate(expr);
    if (value.is !== "number") throw this.mistyped(value, expr, `${what} is a whole number`);
    const known = Number.isSafeInteger(value.value) && (value.whole || this.version === 2);
    if (known) return value.value;
    const why = Number.isNaN(value.value) ? "an input or parameter is not" : "this is not";
    throw this.problems.error("type", expr, `${what} is a whole number that is known beforehand; ${why}.`);
  }

  protected test(expr: Expr): Test {
    return this.asTest(this.evaluate(expr), expr);
  }

  /** Where [..] and {..} point to in what has `size` members; ends belong to a range, negative numbers count from the end. */
  protected places(by: Expr, size: number, what: string): number[] {
    if (by.is === "range") return this.range(by, size).map((place) => this.within(place, size, by, what));
    const items = by.is === "set" ? by.items : [by];
    return items.map((item) => {
      const place = this.whole(item, "An index");
      return this.within(place < 0 ? place + size : place, size, item, what, place);
    });
  }

  /** Of [from:step:to]; `size` null: not of an index, where ends may be left out and count from the end. */
  protected range(expr: Expr & { is: "range" }, size: number | null): number[] {
    const wrap = (value: number): number => (value < 0 && size !== null ? value + size : value);
    const step = expr.step ? this.whole(expr.step, "A range's step") : 1;
    if (step === 0) throw this.problems.error("type", expr.step ?? expr, "A range's step cannot be 0.");
    if (size === null && !(expr.from && expr.to)) throw this.problems.error("type", expr, "A loop's range has a start and an end: [0:2].");
    const last = (size ?? 0) - 1;
    const from = expr.from ? wrap(this.whole(expr.from, "A range's start")) : step > 0 ? 0 : last;
    const to = expr.to ? wrap(this.whole(expr.to, "A range's end")) : step > 0 ? last : 0;
    const count = Math.max(0, Math.floor((to - from) / step) + 1);
    if (count > LONGEST_RANGE) {
      throw this.problems.error("type", expr, `This range has ${count.toLocaleString("en")} steps; the browser takes at most 100,000.`);
    }
    return Array.from({ length: count }, (_, index) => from + index * step);
  }

  /** Says once for each `what` that the browser takes what the server refuses. */
  protected note(place: Place, what: string): void {
    if (this.noted.has(what)) return;
    this.noted.add(what);
    this.problems.warn("unsupported", place, `The browser takes ${what}; server mode refuses that.`);
  }

  /** What has no value because something else went wrong is not told again. */
  protected mistyped(value: Value, place: Place, wanted: string): Told {
    if (value.is === "lost") return new Told();
    return this.problems.error("type", place, `${wanted}, and this is ${called(value)}.`);
  }

  protected unknown(name: string, place: Place, known: Iterable<string>, kind = "name"): Told {
    if (this.lostNames.has(name)) return new Told();
    const near = nearest(name, known);
    const next = near ? `Did you mean \`${near}\`?` : "Declare it before this line.";
    return this.problems.error("unknown", place, `Unknown ${kind} \`${name}\`. ${next}`);
  }

  private named(name: string, place: Place): Value {
    const value = this.scopes.get(name);
    if (value && this.hidden(name)) {
      throw this.problems.error("type", place, `A gate's body does not see inputs. Hand \`${name}\` over as one of the gate's parameters.`);
    }
    if (value) return value;
    if (Object.hasOwn(CONSTANTS, name) && (this.version === 3 || name === "pi")) return number(CONSTANTS[name] ?? 0);
    if (this.version === 3 && (name === "true" || name === "false")) return bool(name === "true");
    throw this.unknown(name, place, [...this.scopes.names(), ...Object.keys(CONSTANTS)]);
  }

  private indexed(expr: Expr & { is: "index" }): Value {
    const of = this.evaluate(expr.of);
    const name = nameIn(expr.of) ?? "this";
    if (of.is === "list") {
      const [place = 0] = this.places(expr.by, of.items.length, `${name} has ${of.items.length} values`);
      return of.items[place] ?? { is: "lost" };
    }
    if (of.is !== "qubits" && of.is !== "bits") throw this.mistyped(of, expr.of, "Only registers and lists have indexes");
    if (of.single) throw this.problems.error("type", expr.by, `${name} is ${called(of)} and has no index. Write \`${name}\` alone.`);
    const kind = of.is === "qubits" ? "qubit" : "bit";
    const places = this.places(expr.by, of.at.length, `${name} has ${of.at.length} ${kind}${of.at.length === 1 ? "" : "s"}`);
    const single = expr.by.is !== "range" && expr.by.is !== "set";
    return { is: of.is, at: places.map((place) => of.at[place] ?? 0), single };
  }

  private within(place: number, size: number, at: Place, what: string, written = place): number {
    if (place >= 0 && place < size) return place;
    throw this.problems.error("type", at, `${what}; index ${written} is out of range (0 to ${size - 1}).`);
  }

  private unary(op: string, of: Value, place: Expr & { is: "unary" }): Value {
    if (op === "!" || (op === "~" && of.is !== "number")) {
      if (of.is === "bits" && op === "~" && !of.single) throw this.mistyped(of, place.of, "`~` takes a single bit here");
      const test = this.limited(place, () => not(this.asTest(of, place.of)));
      return of.is === "bool" ? bool(!of.value) : { is: "test", test };
    }
    if (of.is !== "number") throw this.mistyped(of, place.of, `\`${op}\` takes a number`);
    if (op !== "~") return { ...of, value: op === "-" ? -of.value : of.value };
    if (!of.whole) throw this.problems.error("type", place.of, "`~` takes whole numbers.");
    this.note(place, "operations on the bits of numbers");
    return number(-of.value - 1, true);
  }

  private binary(expr: Expr & { is: "binary" }): Value {
    const { op } = expr;
    const left = this.evaluate(expr.left);
    const right = this.evaluate(expr.right);
    if (left.is === "lost" || right.is === "lost") throw new Told();
    if (op === "++") return this.joined(left, right, expr);
    if (op === "&&" || op === "||") {
      const [a, b] = [this.asTest(left, expr.left), this.asTest(right, expr.right)];
      const test = this.limited(expr, () => (op === "&&" ? both(a, b) : either(a, b)));
      return left.is === "bool" && right.is === "bool" ? bool(test.length > 0) : { is: "test", test };
    }
    if (COMPARISONS.has(op)) return this.compared(op, left, right, expr);
    if (left.is !== "number") throw this.mistyped(left, expr.left, `\`${op}\` takes numbers`);
    if (right.is !== "number") throw this.mistyped(right, expr.right, `\`${op}\` takes numbers`);
    if ("<<>>&|^".includes(op)) this.note(expr, "operations on the bits of numbers");
    const whole = left.whole && right.whole;
    const value = this.possible(expr, () => arithmetic(op, left.value, right.value, whole));
    return number(value, whole && !(op === "**" && right.value < 0));
  }

  private joined(left: Value, right: Value, expr: Expr & { is: "binary" }): Value {
    if (left.is !== "qubits" && left.is !== "bits") throw this.mistyped(left, expr.left, "`++` joins registers");
    if (right.is !== left.is) throw this.mistyped(right, expr.right, `\`++\` joins ${left.is} to ${left.is}`);
    if (left.single || right.single) this.note(expr, "a single qubit or bit in `++`");
    return { is: left.is, at: [...left.at, ...right.at], single: false };
  }

  private compared(op: string, left: Value, right: Value, expr: Expr & { is: "binary" }): Value {
    if (left.is === "number" && right.is === "number") return bool(comparison(op, left.value, right.value));
    if (left.is === "bits") return this.bitsCompared(op, left, right, expr, expr.right);
    if (right.is === "bits") return this.bitsCompared(TURNED[op] ?? op, right, left, expr, expr.left);
    if ((op === "==" || op === "!=") && [left, right].every((one) => one.is === "bool" || one.is === "test")) {
      const [a, b] = [this.asTest(left, expr.left), this.asTest(right, expr.right)];
      const test = this.limited(expr, () => either(both(a, b), both(not(a), not(b))));
      const wanted = op === "==" ? test : this.limited(expr, () => not(test));
      return left.is === "bool" && right.is === "bool" ? bool(wanted.length > 0) : { is: "test", test: wanted };
    }
    throw this.mistyped(left.is === "number" ? right : left, expr, "A comparison takes numbers, bits or registers");
  }

  private bitsCompared(op: string, bits: Value & { is: "bits" }, other: Value, expr: Place, place: Place): Value {
    const size = bits.at.length;
    if (other.is === "bits") {
      if (other.at.length !== size) throw this.problems.error("type", expr, `${size} and ${other.at.length} bits cannot be compared.`);
      if (op !== "==" && op !== "!=") throw this.problems.error("unsupported", expr, `\`${op}\` between registers is not run in the browser.`);
      return { is: "test", test: this.limited(expr, () => compareBits(bits.at, other.at, op)) };
    }
    const value = other.is === "bool" ? Number(other.value) : other.is === "number" ? other.value : null;
    if (value === null) throw this.mistyped(other, place, "Bits are compared with a number or with bits");
    if (!Number.isInteger(value)) throw this.problems.error("type", place, "Bits are compared with a whole number that is known beforehand.");
    if (value < 0 || value >= 2 ** size) {
      const bitsSay = `${size} bit${size === 1 ? "" : "s"}, which hold 0 to ${2 ** size - 1}`;
      if (this.version === 2) this.problems.warn("type", place, `This is never so: ${value} does not fit into ${bitsSay}.`);
      else throw this.problems.error("type", place, `${value} does not fit into the ${bitsSay}.`);
    }
    return { is: "test", test: this.limited(expr, () => compare(bits.at, op, value)) };
  }

  private call(expr: Expr & { is: "call" }): Value {
    const { name, args } = expr;
    if (this.version === 3 && Object.hasOwn(CASTS, name.text)) return this.cast(expr);
    const known = this.version === 2 ? FUNCTIONS_2 : FUNCTIONS_3;
    const found = Object.hasOwn(known, name.text) ? known[name.text] : undefined;
    if (!found) throw this.unknown(name.text, name, Object.keys(known), "function");
    if (args.length !== found.takes) {
      const message = `\`${name.text}\` takes ${found.takes === 1 ? "1 number" : `${found.takes} numbers`}, not ${args.length}.`;
      throw this.problems.error("type", expr, message);
    }
    if (found.extra) this.note(name, `the function ${name.text}`);
    const [a = 0, b = 0] = args.map((arg) => this.number(arg, `\`${name.text}\` takes numbers: this`));
    const value = found.of(a, b);
    if (Number.isNaN(value) && !Number.isNaN(a) && !Number.isNaN(b)) {
      throw this.problems.error("type", expr, `\`${name.text}\` has no value here.`);
    }
    return number(value, found.whole ?? false);
  }

  private cast(expr: Expr & { is: "call" }): Value {
    const [arg, ...more] = expr.args;
    const type = expr.name.text;
    if (!arg || more.length) throw this.problems.error("type", expr, `\`${type}\` takes 1 value.`);
    this.note(expr, "conversions between types");
    const value = this.evaluate(arg);
    if (value.is === "bits" && (type === "int" || type === "uint" || type === "bit")) return value;
    if (type === "bool" || type === "bit") {
      if (value.is === "number") return bool(value.value !== 0);
      return { is: "test", test: this.asTest(value, arg) };
    }
    if (value.is !== "number" && value.is !== "bool") throw this.mistyped(value, arg, `\`${type}\` takes a number`);
    const whole = type === "int" || type === "uint";
    return number(whole ? Math.trunc(Number(value.value)) : Number(value.value), whole);
  }

  private asTest(value: Value, place: Place): Test {
    if (value.is === "test") return value.test;
    if (value.is === "bool") return value.value ? ALWAYS : NEVER;
    if (value.is === "bits" && value.at.length === 1) return bitIs(value.at[0] ?? 0, true);
    if (value.is === "bits") {
      throw this.problems.error("type", place, "A condition compares a register with a number, such as `c == 3`, or takes one bit of it.");
    }
    throw this.mistyped(value, place, "A condition compares bits, registers and constants");
  }

  private possible(place: Place, compute: () => number): number {
    try {
      return compute();
    } catch (problem) {
      if (problem instanceof Impossible) throw this.problems.error("type", place, problem.message);
      throw problem;
    }
  }

  private limited(place: Place, compute: () => Test): Test {
    try {
      return compute();
    } catch (problem) {
      if (!(problem instanceof TooMany)) throw problem;
      throw this.problems.error("unsupported", place, "This condition has too many cases for the browser; server mode takes it.");
    }
  }
}

const TURNED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
const CASTS: Readonly<Record<string, true>> = { int: true, uint: true, float: true, angle: true, bool: true, bit: true };
