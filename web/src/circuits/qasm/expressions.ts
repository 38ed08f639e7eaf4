import type { Expr } from "./ast";
import { Cursor, quoted } from "./cursor";

const STRENGTH: Readonly<Record<string, number>> = {
  "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7, "<<": 8, ">>": 8,
  "++": 9, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 12,
};
const UNARY = 11;
const POWER = 12;
const DEEPEST = 200;
/** Types that may be called to convert a value. */
const CASTS = new Set(["int", "uint", "float", "angle", "bool", "bit"]);
const UNITS = new Set(["s", "ms", "us", "µs", "μs", "ns", "dt", "im"]);

/** Expressions of both versions. */
export class ExpressionParser extends Cursor {
  /** 2: ^ is a power. */
  protected version: 2 | 3 = 3;
  private depth = 0;

  protected expression(least = 0): Expr {
    return this.deeper(() => {
      let left = this.operand();
      // A chain of operators nests as deep as it is long.
      for (let links = 0; ; links++) {
        const op = this.next.kind === "mark" ? this.next.text : "";
        const power = op === (this.version === 2 ? "^" : "**");
        if (op === "**" && !power) throw this.problems.error("syntax", this.next, "In OpenQASM 2 a power is written with `^`.");
        const strength = power ? POWER : (STRENGTH[op] ?? -1);
        if (strength < 0 || strength < least) return left;
        if (links > DEEPEST * 5) throw this.problems.error("syntax", this.next, "This expression is too long. Split it up with constants.");
        this.step();
        const right = this.expression(power ? UNARY : strength + 1);
        left = { is: "binary", op: power ? "**" : op, left, right, start: left.start, end: right.end };
      }
    });
  }

  /** Qubits or bits: a name or hardware qubit with its indexes, more of them after `++`. */
  protected bitsExpression(what: string): Expr {
    const { next } = this;
    if (next.kind !== "name" && next.kind !== "hardware") throw this.unexpected(`Expected ${what}`);
    let left = this.indexed(this.operandWord());
    while (this.took("++")) {
      const right = this.bitsExpression(what);
      left = { is: "binary", op: "++", left, right, start: left.start, end: right.end };
    }
    return left;
  }

  /** `a, b, c` up to a closing word, which stays; a comma may close the list. */
  protected list(close: string, item: () => Expr): Expr[] {
    const items: Expr[] = [];
    while (!this.is(close)) {
      items.push(item());
      if (!this.took(",")) break;
    }
    return items;
  }

  /** [from:to], [from:step:to] or the one expression before a bracket's end. */
  protected range(): Expr {
    const first = this.at;
    const parts: (Expr | null)[] = [];
    for (;;) {
      parts.push(this.is(":") || this.is("]") ? null : this.expression());
      if (!this.took(":")) break;
    }
    const [from = null, second = null, third = null] = parts;
    if (parts.length === 1 && from) return from;
    if (parts.length < 2 || parts.length > 3) throw this.unexpected("Expected an index or a range such as 0:2");
    const place = this.since(first);
    return parts.length === 2 ? { is: "range", from, step: null, to: second, ...place } : { is: "range", from, step: second, to: third, ...place };
  }

  /** {a, b, c} */
  protected set(): Expr {
    const first = this.at;
    this.expect("{", "the name");
    const items = this.list("}", () => (this.is("{") ? this.set() : this.expression()));
    this.expect("}", "the last value");
    return { is: "set", items, ...this.since(first) };
  }

  private operand(): Expr {
    const { next } = this;
    if (next.kind === "mark" && "-+!~".includes(next.text) && next.text.length === 1) {
      this.step();
      const of = this.expression(UNARY);
      return { is: "unary", op: next.text, of, start: next.start, end: of.end };
    }
    return this.indexed(this.operandWord());
  }

  private operandWord(): Expr {
    const token = this.step();
    const { start, end, text } = token;
    const plain = text.replaceAll("_", "");
    switch (token.kind) {
      case "number":
      case "whole":
        if (this.next.kind === "name" && UNITS.has(this.next.text) && this.next.start - end <= 1) {
          const unit = this.step();
          const message = "Times and imaginary numbers are read neither here nor on the server.";
          throw this.problems.error("unsupported", { start, end: unit.end }, message);
        }
        return { is: "number", value: Number(plain), whole: token.kind === "whole", start, end };
      case "string":
        if (!/^[01]+$/.test(plain.slice(1, -1))) break;
        return { is: "bits", text: plain.slice(1, -1), start, end };
      case "hardware":
        return { is: "hardware", index: Number(text.slice(1)), start, end };
      case "name":
        if (text === "measure") {
          const of = this.bitsExpression("the qubits to measure");
          return { is: "measure", of, start, end: of.end };
        }
        if (this.is("(") || (this.is("[") && CASTS.has(text))) return this.call();
        return { is: "name", text, start, end };
      case "mark":
        if (text === "(") {
          const inner = this.expression();
          const close = this.expect(")", "the expression");
          return { ...inner, start, end: close.end };
        }
    }
    if (token.kind !== "end") this.at -= 1;
    throw this.unexpected("Expected a value");
  }

  private call(): Expr {
    const token = this.last;
    if (this.took("[")) {
      this.expression();
      this.expect("]", "the width");
    }
    this.expect("(", quoted(token));
    const args = this.list(")", () => this.expression());
    const close = this.expect(")", "the last argument");
    return { is: "call", name: { text: token.text, start: token.start, end: token.end }, args, start: token.start, end: close.end };
  }

  private indexed(of: Expr): Expr {
    let value = of;
    while (this.took("[")) {
      const by = this.is("{") ? this.set() : this.range();
      const close = this.expect("]", "the index");
      value = { is: "index", of: value, by, start: of.start, end: close.end };
    }
    return value;
  }

  private deeper<T>(read: () => T): T {
    if (this.depth >= DEEPEST) throw this.problems.error("syntax", this.next, "This is nested too deeply. Split it up.");
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }
}
