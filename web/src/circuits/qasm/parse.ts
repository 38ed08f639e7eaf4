import { expand } from "./expand";
import { parse } from "./parser";
import type { Parsed } from "./problem";
import { Problems } from "./problems";

/**
 * OpenQASM 2 or 3 as a circuit; without a version it is 3. Never throws, and tells up to 50 problems at once. `inputs`: radians for the
 * program's `input` values, by name; each that is missing is an error.
 */
export function parseQasm(text: string, inputs: Record<string, number> = {}): Parsed {
  const problems = new Problems(text);
  try {
    if (!text.trim()) problems.error("syntax", { start: 0, end: 0 }, "The program is empty.");
    const program = parse(problems);
    const expanded = expand(program, problems, inputs);
    return { version: program.version, ...expanded, problems: problems.sorted() };
  } catch (overflow) {
    if (!(overflow instanceof RangeError)) throw overflow;
    problems.error("syntax", { start: 0, end: 0 }, "The program is nested too deeply. Split it up.");
    return { version: 3, circuit: null, inputs: [], problems: problems.sorted() };
  }
}
