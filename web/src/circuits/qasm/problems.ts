import type { Span } from "../circuit";
import type { QasmProblem } from "./problem";

/** Offsets in the text, in UTF-16 units; `end` just past it. */
export interface Place {
  start: number;
  end: number;
}

/** More are not told: who has fifty to mend needs no more. */
const MOST_PROBLEMS = 50;

/** Ends the statement that is being read; what is wrong with it has been told. */
export class Told extends Error {}

/** What is wrong with one text, each thing once, in the order of the text. */
export class Problems {
  private readonly found: QasmProblem[] = [];
  private readonly seen = new Set<string>();
  private lines: number[] | null = null;
  private wrong = 0;

  constructor(readonly text: string) {}

  /** Is there an error, told or beyond the most that are told? */
  get broken(): boolean {
    return this.wrong > 0;
  }

  /** How many errors have been told, also beyond the most and more than once. */
  get errors(): number {
    return this.wrong;
  }

  /** No further error would be told. */
  get full(): boolean {
    return this.found.length >= MOST_PROBLEMS && this.found.every(({ level }) => level === "error");
  }

  /** Tells an error; `throw` what it returns where the statement cannot be read on. */
  error(code: QasmProblem["code"], place: Place, message: string): Told {
    this.wrong += 1;
    this.add("error", code, place, message);
    return new Told();
  }

  warn(code: QasmProblem["code"], place: Place, message: string): void {
    this.add("warning", code, place, message);
  }

  sorted(): readonly QasmProblem[] {
    return [...this.found].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  span({ start, end }: Place): Span {
    const [line, column] = this.at(start);
    const [endLine, endColumn] = this.at(end);
    return { line, column, endLine, endColumn };
  }

  private add(level: QasmProblem["level"], code: QasmProblem["code"], place: Place, message: string): void {
    const key = `${place.start} ${message}`;
    if (this.seen.has(key)) return;
    // An error is worth more than a warning that came before it.
    if (this.found.length >= MOST_PROBLEMS) {
      const last = level === "error" ? this.found.findLastIndex((one) => one.level === "warning") : -1;
      if (last < 0) return;
      this.found.splice(last, 1);
    }
    this.seen.add(key);
    this.found.push({ level, code, message, ...this.span(place) });
  }

  private at(offset: number): [number, number] {
    this.lines ??= lineStarts(this.text);
    let low = 0;
    let high = this.lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return [low + 1, offset - (this.lines[low] ?? 0) + 1];
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
