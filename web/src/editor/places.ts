import type { Diagnostic } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { EditorPlace, EditorProblem } from "./Editor";

/** The offset of a place; one outside of the text is moved to its nearest end. */
export function offsetOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(found.from + Math.max(0, column - 1), found.to);
}

export function placeOf(doc: Text, offset: number): EditorPlace {
  const line = doc.lineAt(offset);
  return { line: line.number, column: offset - line.from + 1 };
}

/** What CodeMirror underlines: up to the told end, else the word that begins there, else the line. */
export function asDiagnostics(doc: Text, problems: readonly EditorProblem[]): Diagnostic[] {
  return problems.map(({ line, column, endLine, endColumn, level, message }) => {
    const from = offsetOf(doc, line, column);
    const to = endLine !== undefined && endColumn !== undefined ? offsetOf(doc, endLine, endColumn) : endOfWord(doc, from);
    return { from, to: Math.max(from, to), severity: level, message };
  });
}

function endOfWord(doc: Text, from: number): number {
  const line = doc.lineAt(from);
  const word = /^\w+/.exec(line.text.slice(from - line.from));
  return word === null ? line.to : from + word[0].length;
}
