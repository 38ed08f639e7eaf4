import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { python as base, pythonLanguage } from "@codemirror/lang-python";
import { LanguageSupport } from "@codemirror/language";
import { CIRQ_NAMES, MARQOV_METHODS, PENNYLANE_NAMES, QISKIT_METHODS } from "./methods";
import type { Word } from "./words";

/** Python, with completion of the frameworks' gates after a dot. */
export function python(): LanguageSupport {
  return new LanguageSupport(pythonLanguage, [base().support, pythonLanguage.data.of({ autocomplete: completeGate })]);
}

const MOST_LOOKED_THROUGH = 200_000;

/** Gates of what stands before the dot; exported for its test. */
export function completeGate(context: CompletionContext): CompletionResult | null {
  const typed = context.matchBefore(/[A-Za-z_]\w*\.\w*/);
  if (typed === null) return null;
  const [owner = "", started = ""] = typed.text.split(".");
  const offered = wordsOf(owner, context.state.doc.sliceString(0, MOST_LOOKED_THROUGH));
  if (offered.length === 0) return null;
  const options: Completion[] = offered.map(({ name, takes, does }) => ({ label: name, type: "method", detail: takes, info: does }));
  return { from: context.pos - started.length, options, validFor: /^\w*$/ };
}

/** What `owner` is in this text: a module by its import, or a circuit by the line that made it. */
function wordsOf(owner: string, text: string): readonly Word[] {
  for (const [, module = "", alias] of text.matchAll(/^[ \t]*import[ \t]+(cirq|pennylane)(?:[ \t]+as[ \t]+(\w+))?/gm)) {
    if ((alias ?? module) === owner) return module === "cirq" ? CIRQ_NAMES : PENNYLANE_NAMES;
  }
  for (const [, name, maker] of text.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*(?:\w+\.)?(QuantumCircuit|Circuit)\(/gm)) {
    if (name !== owner) continue;
    if (maker === "QuantumCircuit") return QISKIT_METHODS;
    if (/\bmarqov\b/.test(text)) return MARQOV_METHODS;
  }
  return [];
}
