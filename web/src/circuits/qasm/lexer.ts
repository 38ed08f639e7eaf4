import type { Place, Problems } from "./problems";

export type Kind = "name" | "number" | "whole" | "string" | "hardware" | "mark" | "pragma" | "annotation" | "end";

export interface Token extends Place {
  kind: Kind;
  text: string;
}

/** Space and comments; then, each in a group of its own, the kinds of words in the order of KINDS. */
const WORD =
  /[ \t\r\n\f\u00a0\ufeff]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|([\p{L}\p{Nl}_][\p{L}\p{N}_]*)|((?!\/\*)(?:\*\*|->|==|!=|<=|>=|&&|\|\||<<|>>|\+\+|[-+*/%&|^]=|[-+*/%^~!<>=&|@;:,(){}[\]]))|((?:\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*(?=[eE][+-]?\d))(?:[eE][+-]?\d+)?)|(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*)|("[^"\n]*"|'[^'\n]*')|(\$\d+)/uy;
const KINDS: readonly Kind[] = ["name", "mark", "number", "whole", "string", "hardware"];
const PRAGMA = /#?pragma\b[^\n]*/y;
const ANNOTATION = /@[\p{L}_][\p{L}\p{N}_.]*(?=[ \t\r\n]|$)[^\n]*/uy;

/** The words of a text without space and comments, closed by one "end". What is no word is told and left out. */
export function tokenize(problems: Problems): Token[] {
  const text = problems.text;
  const tokens: Token[] = [];
  const add = (kind: Kind, word: string): number => {
    tokens.push({ kind, text: word, start: at, end: at + word.length });
    return at + word.length;
  };
  let at = 0;
  let lineBegins = true;
  while (at < text.length) {
    const letter = text[at];
    const whole = letter === "#" || letter === "p" ? PRAGMA : letter === "@" && lineBegins && begins(tokens.at(-1)) ? ANNOTATION : null;
    const line = whole && matched(whole, text, at);
    if (line) {
      at = add(letter === "@" ? "annotation" : "pragma", line[0]);
      continue;
    }
    const found = matched(WORD, text, at);
    if (!found) {
      at = strange(problems, at);
      continue;
    }
    const word = found[0];
    const kind = KINDS[found.findIndex((group, index) => index > 0 && group !== undefined) - 1];
    if (kind) {
      at = add(kind, word);
      lineBegins = false;
    } else {
      lineBegins ||= word.includes("\n");
      at += word.length;
    }
  }
  add("end", "");
  return tokens;
}

function matched(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** An annotation stands at the beginning of a line and of a statement; elsewhere @ belongs to a modifier. */
function begins(before: Token | undefined): boolean {
  return !before || [";", "{", "}"].includes(before.text) || before.kind === "annotation" || before.kind === "pragma";
}

/** Past what starts no word. */
function strange(problems: Problems, at: number): number {
  const { text } = problems;
  if (text.startsWith("/*", at)) {
    problems.error("syntax", { start: at, end: at + 2 }, "This comment is not closed. Write */ where it ends.");
    return text.length;
  }
  if (text[at] === '"' || text[at] === "'") {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    problems.error("syntax", { start: at, end }, `This text is not closed. Write ${text[at]} where it ends, on the same line.`);
    return end;
  }
  const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
  problems.error("syntax", { start: at, end: at + letter.length }, `${letter} means nothing in OpenQASM. Remove it.`);
  return at + letter.length;
}
