/** JSON as it was written: objects keep the order of their keys, and nothing is inherited. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

const MOST_DEPTH = 1000;
const BLANK = /[ \t\n\r]*/y;
const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const PLAIN = /[^"\\\x00-\x1f]*/y;
const MEANT: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Strict JSON. `integer`: what becomes of digits without fraction and exponent. Throws SyntaxError, also for a key that stands twice. */
export function parseJson(text: string, integer: (digits: string) => Json): Json {
  let at = 0;

  function match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) throw new SyntaxError(`no JSON at ${at}`);
    at += found[0].length;
    return found;
  }
  function expect(letter: string): void {
    if (text[at] !== letter) throw new SyntaxError(`no ${letter} at ${at}`);
    at += 1;
  }
  function word<T extends Json>(letters: string, value: T): T {
    for (const letter of letters) expect(letter);
    return value;
  }
  function quotedText(): string {
    expect('"');
    let found = "";
    for (;;) {
      found += match(PLAIN)[0];
      if (text[at] === '"') break;
      expect("\\");
      const mark = text[at++] ?? "";
      if (mark === "u") {
        found += String.fromCharCode(parseInt(match(/[0-9a-fA-F]{4}/y)[0], 16));
      } else {
        const meant = MEANT[mark];
        if (meant === undefined) throw new SyntaxError(`no escape at ${at}`);
        found += meant;
      }
    }
    at += 1;
    return found;
  }
  function list(close: string, item: () => void): void {
    at += 1;
    match(BLANK);
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      item();
      match(BLANK);
      if (text[at] === close) break;
      expect(",");
      match(BLANK);
    }
    at += 1;
  }
  function value(depth: number): Json {
    if (depth > MOST_DEPTH) throw new SyntaxError("nested too deep");
    switch (text[at]) {
      case '"':
        return quotedText();
      case "{": {
        const found: JsonObject = new Map();
        list("}", () => {
          const key = quotedText();
          if (found.has(key)) throw new SyntaxError("a key stands twice");
          match(BLANK);
          expect(":");
          match(BLANK);
          found.set(key, value(depth + 1));
        });
        return found;
      }
      case "[": {
        const found: Json[] = [];
        list("]", () => found.push(value(depth + 1)));
        return found;
      }
      case "t":
        return word("true", true);
      case "f":
        return word("false", false);
      case "n":
        return word("null", null);
      default: {
        const [whole, digits = "", fraction, exponent] = match(NUMBER);
        return fraction === undefined && exponent === undefined ? integer(digits) : Number(whole);
      }
    }
  }

  match(BLANK);
  const found = value(1);
  match(BLANK);
  if (at < text.length) throw new SyntaxError(`something behind the end, at ${at}`);
  return found;
}

/** Integers of any length, told apart from floats: 4 is 4n, and 4.0 is 4. */
export function exactInteger(digits: string): bigint {
  if (digits.length > 4300) throw new SyntaxError("an integer of too many digits");
  return BigInt(digits);
}

export const isObject = (value: Json | undefined): value is JsonObject => value instanceof Map;
