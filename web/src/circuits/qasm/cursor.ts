import type { Name } from "./ast";
import type { Kind, Token } from "./lexer";
import type { Place, Problems, Told } from "./problems";

/** A walk over the words of a program. */
export class Cursor {
  protected at = 0;

  constructor(
    protected readonly problems: Problems,
    protected readonly tokens: readonly Token[],
  ) {}

  protected get next(): Token {
    return this.tokenAt(this.at);
  }

  /** The word before the next one. */
  protected get last(): Token {
    return this.tokenAt(Math.max(0, this.at - 1));
  }

  /** `ahead` words from the next one; the closing "end" when there are no more. */
  protected peek(ahead: number): Token {
    return this.tokenAt(this.at + ahead);
  }

  protected is(text: string): boolean {
    return this.next.text === text && this.next.kind !== "string";
  }

  /** Steps over the next word if it is this one. */
  protected took(text: string): boolean {
    if (!this.is(text)) return false;
    this.at += 1;
    return true;
  }

  protected takeIf(kind: Kind): Token | null {
    const token = this.next;
    if (token.kind !== kind) return null;
    this.at += 1;
    return token;
  }

  protected step(): Token {
    const token = this.next;
    if (token.kind !== "end") this.at += 1;
    return token;
  }

  protected expect(text: string, after: string): Token {
    if (this.is(text)) return this.step();
    throw this.unexpected(`Expected \`${text}\` after ${after}`);
  }

  protected name(what: string): Name {
    const token = this.takeIf("name");
    if (!token) throw this.unexpected(`Expected ${what}`);
    return { text: token.text, start: token.start, end: token.end };
  }

  /** Where a word is missing: at the one that stands there instead; at the end of a line, at what it should follow. */
  protected unexpected(wanted: string): Told {
    const { next, last } = this;
    if (next.kind === "end") return this.problems.error("syntax", this.at ? last : next, `${wanted}; the program ends here.`);
    if (this.at && this.newLineBefore(this.at)) return this.problems.error("syntax", last, `${wanted}; the line ends here.`);
    return this.problems.error("syntax", next, `${wanted}, not ${quoted(next)}.`);
  }

  protected newLineBefore(at: number): boolean {
    const from = this.tokenAt(Math.max(0, at - 1)).end;
    const newline = this.problems.text.indexOf("\n", from);
    return newline >= 0 && newline < this.tokenAt(at).start;
  }

  /** From the word numbered `first` to the one read last. */
  protected since(first: number): Place {
    return { start: this.tokenAt(first).start, end: Math.max(this.tokenAt(first).start, this.last.end) };
  }

  private tokenAt(at: number): Token {
    const token = this.tokens[Math.min(at, this.tokens.length - 1)];
    if (!token) throw new RangeError("a text has at least its end");
    return token;
  }
}

const LONGEST = 30;

/** A word as a message says it. */
export function quoted(token: Token): string {
  return `\`${token.text.length > LONGEST ? `${token.text.slice(0, LONGEST)}…` : token.text}\``;
}
