import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { LanguageSupport, StreamLanguage, type StringStream } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { QASM_GATES, QASM_KEYWORDS, QASM_TYPES, QASM_VALUES, type Word } from "./words";

const names = (all: readonly Word[]): ReadonlySet<string> => new Set(all.map((word) => word.name));
const GATES = names(QASM_GATES);
const KEYWORDS = names(QASM_KEYWORDS);
const TYPES = names(QASM_TYPES);
const VALUES = names(QASM_VALUES);

interface State {
  /** Inside of a comment that goes over lines. */
  comment: boolean;
  /** The word before declares a name. */
  declares: boolean;
}

const NUMBER = /^(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?:dt|ns|us|µs|ms|s|im)?)/;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*/u;

const language = StreamLanguage.define<State>({
  name: "openqasm",
  startState: () => ({ comment: false, declares: false }),
  token: readToken,
  languageData: { commentTokens: { line: "//", block: { open: "/*", close: "*/" } }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
  tokenTable: { gate: tags.function(tags.variableName), value: tags.constant(tags.variableName) },
});

/** OpenQASM 2 and 3: colours, and completion of gates, keywords and what the text declares. */
export function openqasm(): LanguageSupport {
  return new LanguageSupport(language, language.data.of({ autocomplete: complete }));
}

function readToken(stream: StringStream, state: State): string | null {
  if (state.comment) return readComment(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.match("//")) {
    stream.skipToEnd();
    return "comment";
  }
  if (stream.match("/*")) {
    state.comment = true;
    return readComment(stream, state);
  }
  if (stream.sol() && stream.match(/^(?:#?pragma\b|@\w).*/)) return "meta";
  if (stream.match(/^(?:"[^"]*"?|'[^']*'?)/)) return "string";
  if (stream.match(NUMBER)) return "number";
  const word = stream.match(NAME);
  if (word !== null && word !== true && word !== false) return nameOf(word[0], state);
  stream.next();
  return null;
}

function readComment(stream: StringStream, state: State): string {
  if (stream.skipTo("*/")) {
    stream.match("*/");
    state.comment = false;
  } else {
    stream.skipToEnd();
  }
  return "comment";
}

function nameOf(word: string, state: State): string {
  const declared = state.declares;
  state.declares = word === "gate" || word === "def" || word === "opaque";
  if (declared || GATES.has(word)) return "gate";
  if (KEYWORDS.has(word)) return "keyword";
  if (TYPES.has(word)) return "typeName";
  return VALUES.has(word) ? "value" : "variableName";
}

const offer = (all: readonly Word[], type: string, boost: number): Completion[] =>
  all.map(({ name, takes, does }) => ({ label: name, type, detail: takes, boost, ...(does !== "" && { info: does }) }));

const FIXED: readonly Completion[] = [
  ...offer(QASM_GATES, "function", 10),
  ...offer(QASM_KEYWORDS, "keyword", 0),
  ...offer(QASM_TYPES, "type", 0),
  ...offer(QASM_VALUES, "constant", -10),
];

// What a program declares. A text of any length is looked through in time in proportion to it.
const DECLARED = /\b(?:(qubit|bit|int|uint|float|angle|bool|complex)(?:\[[^\]\n]*\])?|(qreg|creg|gate|def|let|opaque))[ \t]+([\p{L}_][\p{L}\p{N}_]*)/gu;
const MOST_LOOKED_THROUGH = 200_000;

/** What fits the word before the cursor; exported for its test. */
export function complete(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u);
  if (word === null && !context.explicit) return null;
  const line = context.state.doc.lineAt(context.pos);
  if (/\/\/|"[^"]*$/.test(line.text.slice(0, context.pos - line.from))) return null;
  const text = context.state.doc.sliceString(0, MOST_LOOKED_THROUGH);
  return { from: word?.from ?? context.pos, options: [...declared(text), ...FIXED], validFor: /^[\p{L}\p{N}_]*$/u };
}

function declared(text: string): Completion[] {
  const found = new Map<string, Completion>();
  for (const [, type, kind, name] of text.matchAll(DECLARED)) {
    const what = type ?? kind ?? "";
    if (name !== undefined) found.set(name, { label: name, type: what === "gate" || what === "def" ? "function" : "variable", detail: `${what}, declared here`, boost: 20 });
  }
  return [...found.values()];
}
