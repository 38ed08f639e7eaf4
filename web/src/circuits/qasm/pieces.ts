import type { Expr, Name } from "./ast";
import { quoted } from "./cursor";
import { ExpressionParser } from "./expressions";
import { NOT_IN_2, UNSUPPORTED } from "./unsupported";

export const MODIFIERS = new Set(["inv", "pow", "ctrl", "negctrl"]);
const ASSIGNS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="]);
const BEGINS = new Set([
  "OPENQASM", "include", "qreg", "creg", "qubit", "bit", "gate", "opaque", "measure", "reset", "barrier", "if", "else", "box",
  ...Object.keys(UNSUPPORTED), ...Object.keys(NOT_IN_2),
]);

/** What statements are made of, and where the next one begins after one that cannot be read. */
export abstract class Pieces extends ExpressionParser {
  protected readonly lost = new Set<string>();

  /** A forgotten `;` at the end of a line costs no more than its own message. */
  protected endStatement(): void {
    if (this.took(";")) return;
    const { next, last } = this;
    const fresh = next.kind === "end" || next.text === "}" || this.newLineBefore(this.at);
    if (!fresh) throw this.problems.error("syntax", next, `Expected \`;\` before ${quoted(next)}.`);
    this.problems.error("syntax", last, `Expected \`;\` after ${quoted(last)}.`);
  }

  /** To where the next statement seems to begin; names on the way are lost. `whole`: blocks belong to what is left out. */
  protected recover(first: number, whole = false): void {
    for (let at = first; at < this.at; at++) this.lose(at);
    for (let open = 0; this.next.kind !== "end"; ) {
      const { text, kind } = this.next;
      if (open === 0 && kind !== "string") {
        if (text === "}") return;
        if (this.at > first && !whole && kind === "name" && BEGINS.has(text) && this.newLineBefore(this.at)) return;
      }
      this.lose(this.at);
      this.step();
      if (kind === "string") continue;
      if (text === "{") open += 1;
      if (text === "}" && --open <= 0) return;
      if (text === ";" && open === 0) return;
    }
  }

  protected declared(what: string): Name {
    const name = this.name(what);
    if (this.version === 2 && /^[A-Z]/.test(name.text)) {
      this.problems.error("syntax", name, "Names of OpenQASM 2 begin with a lowercase letter.");
    } else if (this.version === 3 && (BEGINS.has(name.text) || MODIFIERS.has(name.text))) {
      throw this.problems.error("syntax", name, `\`${name.text}\` is a word of the language. Take another name.`);
    }
    return name;
  }

  protected names(close: string, what: string): Name[] {
    const found: Name[] = [];
    while (!this.is(close)) {
      found.push(this.name(what));
      if (!this.took(",")) break;
    }
    return found;
  }

  protected fileName(): Name {
    const token = this.takeIf("string");
    if (!token) throw this.unexpected('Expected a file in quotes, such as "stdgates.inc",');
    return { text: token.text.slice(1, -1), start: token.start, end: token.end };
  }

  protected width(): Expr | null {
    if (!this.took("[")) return null;
    const size = this.expression();
    this.expect("]", "the size");
    return size;
  }

  /** Does an assignment begin here: a name, perhaps with indexes, and one of its signs? */
  protected assigns(): boolean {
    let ahead = 1;
    while (this.peek(ahead).text === "[") {
      for (let open = 0; ; ahead++) {
        const { text, kind } = this.peek(ahead);
        if (kind === "end") return false;
        if (text === "[") open += 1;
        if (text === "]" && --open === 0) break;
      }
      ahead += 1;
    }
    return ASSIGNS.has(this.peek(ahead).text);
  }

  private lose(at: number): void {
    const token = this.tokens[at];
    if (token?.kind === "name") this.lost.add(token.text);
  }
}
