import type { Expr, Modifier, Name, NumberType, Program, Statement } from "./ast";
import { quoted } from "./cursor";
import { tokenize } from "./lexer";
import { MODIFIERS, Pieces } from "./pieces";
import { type Place, type Problems, Told } from "./problems";
import { NOT_IN_2, UNSUPPORTED } from "./unsupported";

/** A text as statements. What could not be read has been told to `problems` and is left out. */
export function parse(problems: Problems): Program {
  return new Parser(problems, tokenize(problems)).program();
}

const NUMBERS = new Set(["int", "uint", "float", "angle", "bool"]);
const DEEPEST_BLOCKS = 60;

class Parser extends Pieces {
  private minor = 0;
  private blocks = 0;
  /** Gates of an OpenQASM 2 program may be called what is a keyword in 3. */
  private readonly gates = new Set<string>();

  program(): Program {
    this.readVersion();
    const statements = this.statements(false);
    return { version: this.version, minor: this.minor, statements, lost: this.lost };
  }

  private readVersion(): void {
    if (!this.is("OPENQASM")) return;
    const first = this.at;
    this.step();
    try {
      const token = this.next;
      if (token.kind !== "number" && token.kind !== "whole") throw this.unexpected("Expected a version, such as 3.0,");
      this.step();
      this.version = token.text.startsWith("2") ? 2 : 3;
      this.minor = Number(token.text.split(".")[1] ?? 0);
      if (!["2", "2.0", "3", "3.0", "3.1"].includes(token.text)) {
        this.problems.error("unsupported", token, `OpenQASM ${token.text} is not known. Use 2.0, 3.0 or 3.1.`);
      }
      this.endStatement();
    } catch (told) {
      if (!(told instanceof Told)) throw told;
      this.recover(first);
    }
  }

  private statements(inBraces: boolean): Statement[] {
    const found: Statement[] = [];
    while (this.next.kind !== "end") {
      if (this.is("}")) {
        if (inBraces) break;
        this.problems.error("syntax", this.step(), "This `}` closes nothing. Remove it.");
        continue;
      }
      const first = this.at;
      try {
        const statement = this.statement();
        if (statement) found.push(statement);
      } catch (told) {
        if (!(told instanceof Told)) throw told;
        this.recover(first);
      }
    }
    return found;
  }

  /** One statement; null where it says nothing to run. */
  private statement(): Statement | null {
    const first = this.at;
    const token = this.next;
    const word = token.kind === "string" ? "" : token.text;
    if (token.kind === "pragma" || token.kind === "annotation") {
      this.step();
      const more = token.kind === "pragma" ? " Server mode refuses pragmas: remove it there." : "";
      this.problems.warn("unsupported", token, `This ${token.kind} changes nothing here.${more}`);
      return null;
    }
    if (this.version === 2 && token.kind === "name" && Object.hasOwn(NOT_IN_2, word) && !this.gates.has(word)) {
      throw this.problems.error("syntax", token, `\`${word}\` is OpenQASM 3. ${NOT_IN_2[word]}, or begin with \`OPENQASM 3.0;\`.`);
    }
    const closed = (statement: Statement): Statement => {
      const place = this.since(first);
      this.endStatement();
      return Object.assign(statement, place);
    };
    const place = token;
    switch (word) {
      case "OPENQASM":
        this.step();
        throw this.problems.error("syntax", token, "The version stands once, before everything else. Move this line to the top.");
      case "include":
        this.step();
        return closed({ is: "include", file: this.fileName(), ...at(place) });
      case "qreg":
      case "creg": {
        this.step();
        const name = this.declared("the register's name");
        const size = this.width();
        if (word === "qreg") return closed({ is: "qubits", name, size, ...at(place) });
        return closed({ is: "bits", name, size, value: null, ...at(place) });
      }
      case "qubit":
      case "bit": {
        this.step();
        const size = this.width();
        const name = this.declared("the register's name");
        if (this.is("[")) {
          const message = `In OpenQASM 3 the size stands before the name: \`${word}[…] ${name.text};\`.`;
          throw this.problems.error("syntax", this.next, message);
        }
        if (word === "qubit") return closed({ is: "qubits", name, size, ...at(place) });
        const value = this.took("=") ? this.expression() : null;
        return closed({ is: "bits", name, size, value, ...at(place) });
      }
      case "const":
        this.step();
        if (!NUMBERS.has(this.next.text)) throw this.unexpected("Expected the constant's type (int, uint, float, angle or bool)");
        return closed(this.number(true));
      case "array":
        return closed(this.array());
      case "input": {
        this.step();
        const type = this.name("the input's type, such as float,").text;
        this.width();
        return closed({ is: "input", type, name: this.declared("the input's name"), ...at(place) });
      }
      case "gate":
        return this.gate();
      case "opaque": {
        this.step();
        const name = this.declared("the gate's name");
        if (this.took("(")) {
          this.list(")", () => this.expression());
          this.expect(")", "the parameters");
        }
        this.list(";", () => this.expression());
        return closed({ is: "opaque", name, ...at(place) });
      }
      case "measure": {
        this.step();
        const of = this.bitsExpression("the qubits to measure");
        const to = this.took("->") ? this.bitsExpression("the bits that take the result") : null;
        return closed({ is: "measure", of, to, ...at(place) });
      }
      case "reset":
        this.step();
        return closed({ is: "reset", of: this.bitsExpression("the qubits to reset"), ...at(place) });
      case "barrier":
        this.step();
        return closed({ is: "barrier", operands: this.list(";", () => this.bitsExpression("a qubit")), ...at(place) });
      case "let": {
        this.step();
        const name = this.declared("the alias's name");
        this.expect("=", quoted(this.last));
        return closed({ is: "let", name, value: this.bitsExpression("a register"), ...at(place) });
      }
      case "for":
        return this.loop();
      case "while": {
        this.step();
        const test = this.test();
        return { is: "while", test, body: this.body(), ...this.since(first) };
      }
      case "if":
        return this.branch();
      case "else":
        throw this.problems.error("syntax", token, "This `else` has no `if` before it.");
      case "box":
        this.step();
        if (this.is("[")) {
          throw this.problems.error("unsupported", token, "Neither the browser nor the server runs a box of fixed duration. Leave [ ] out.");
        }
        return { is: "block", body: this.braces(), ...this.since(first) };
      case "{":
        this.problems.error("syntax", token, "Braces belong to gate, if, else, for, while and box. Remove them here.");
        return { is: "block", body: this.braces(), ...this.since(first) };
      case ";":
        this.step();
        throw this.problems.error("syntax", token, "This `;` ends nothing. Remove it.");
    }
    if (token.kind === "name" && !this.gates.has(word)) {
      if (NUMBERS.has(word)) return closed(this.number(false));
      if (Object.hasOwn(UNSUPPORTED, word)) {
        this.step();
        this.problems.error("unsupported", token, UNSUPPORTED[word] ?? "");
        this.recover(first, true);
        return null;
      }
    }
    if (token.kind === "hardware") throw this.unexpected("Expected a statement");
    if (token.kind !== "name") throw this.unexpected(this.at ? "Expected a statement" : "Expected OPENQASM or a statement");
    if (!MODIFIERS.has(word) && this.assigns()) {
      const to = this.bitsExpression("a name");
      const op = this.step().text;
      return closed({ is: "assign", to, op, value: this.expression(), ...at(place) });
    }
    return closed(this.gateCall());
  }

  private gateCall(): Statement {
    const first = this.at;
    const modifiers: Modifier[] = [];
    while (this.next.kind === "name" && MODIFIERS.has(this.next.text) && ["@", "("].includes(this.peek(1).text)) {
      const token = this.step();
      const name = token.text as Modifier["name"];
      let amount: Expr | null = null;
      if (this.took("(")) {
        amount = this.expression();
        this.expect(")", quoted(token));
      }
      if (name === "pow" && !amount) throw this.problems.error("syntax", token, "`pow` needs an exponent: `pow(2) @ …`.");
      if (name === "inv" && amount) throw this.problems.error("syntax", token, "`inv` takes no number: `inv @ …`.");
      this.expect("@", quoted(token));
      modifiers.push({ name, amount, start: token.start, end: this.last.end });
    }
    const name = this.name("a gate's name");
    let params: Expr[] = [];
    if (this.took("(")) {
      params = this.list(")", () => this.expression());
      this.expect(")", "the parameters");
    }
    if (this.is("[")) {
      throw this.problems.error("unsupported", name, "Neither the browser nor the server runs a gate of fixed duration. Leave [ ] out.");
    }
    const operands = this.next.kind === "name" || this.next.kind === "hardware" ? this.list(";", () => this.bitsExpression("a qubit")) : [];
    const place = this.since(first);
    return { is: "call", call: { modifiers, name, params, operands, ...place }, ...place };
  }

  private gate(): Statement {
    const first = this.at;
    this.step();
    const name = this.declared("the gate's name");
    this.gates.add(name.text);
    let params: Name[] = [];
    if (this.took("(")) {
      params = this.names(")", "a parameter's name");
      this.expect(")", "the parameters");
    }
    const qubits = this.names("{", "a qubit's name");
    if (!qubits.length) throw this.problems.error("syntax", name, `The gate \`${name.text}\` needs a qubit: \`gate ${name.text} a { … }\`.`);
    const body = this.braces();
    return { is: "gate", name, params, qubits, body, ...this.since(first) };
  }

  private loop(): Statement {
    const first = this.at;
    this.step();
    const type = this.name("the loop variable's type: `for int i in [0:2] { … }`");
    if (!NUMBERS.has(type.text)) {
      throw this.problems.error("syntax", type, `A loop variable has a type: \`for int ${type.text} in …\`.`);
    }
    this.width();
    const name = this.name("the loop variable's name");
    this.expect("in", quoted(this.last));
    let over: Expr;
    if (this.is("{")) over = this.set();
    else if (this.took("[")) {
      over = this.range();
      const close = this.expect("]", "the range");
      if (over.is !== "range") throw this.problems.error("syntax", over, "A loop runs over a range such as [0:2] or a set such as {0, 2}.");
      over = { ...over, end: close.end };
    } else over = this.expression();
    return { is: "for", name, over, body: this.body(), ...this.since(first) };
  }

  private branch(): Statement {
    const first = this.at;
    this.step();
    const test = this.test();
    const then = this.body();
    const otherwise = this.took("else") ? this.body() : [];
    return { is: "if", test, then, otherwise, ...this.since(first) };
  }

  private test(): Expr {
    this.expect("(", quoted(this.last));
    const test = this.expression();
    this.expect(")", "the condition");
    return test;
  }

  /** A block in braces, or one statement. */
  private body(): Statement[] {
    if (this.is("{")) return this.braces();
    const found = this.nested(() => this.statement());
    return found ? [found] : [];
  }

  private braces(): Statement[] {
    const open = this.expect("{", quoted(this.last));
    const found = this.nested(() => this.statements(true));
    if (!this.took("}")) this.problems.error("syntax", open, "This `{` is not closed. Write `}` where its block ends.");
    return found;
  }

  private nested<T>(read: () => T): T {
    if (this.blocks >= DEEPEST_BLOCKS) throw this.problems.error("syntax", this.next, "Blocks are nested too deeply here. Split them up.");
    this.blocks += 1;
    try {
      return read();
    } finally {
      this.blocks -= 1;
    }
  }

  private number(constant: boolean): Statement {
    const type = this.step();
    this.width();
    const name = this.declared("the name");
    const value = this.took("=") ? this.expression() : null;
    if (constant && !value) throw this.problems.error("syntax", name, `The constant \`${name.text}\` needs a value: \`= 2\`.`);
    return { is: "number", type: type.text as NumberType, constant, name, value, ...at(type) };
  }

  private array(): Statement {
    const token = this.step();
    this.expect("[", "array");
    this.list("]", () => this.expression());
    this.expect("]", "the array's type and size");
    const name = this.declared("the array's name");
    const value = this.took("=") ? this.set() : null;
    return { is: "array", name, value, ...at(token) };
  }
}

function at({ start, end }: Place): Place {
  return { start, end };
}
