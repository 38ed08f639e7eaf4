import type { Shape } from "~/api/client";
import type { Draft } from "./draft";
import type { EditorLanguage } from "~/editor/Editor";

const MOST_SHOTS = 100_000;
// Bounds of the API's own parameters; what else there is, the script judges.
const WHOLE: Record<string, readonly [number, number]> = { graph_size: [2, 20], layers: [1, 10], circuit_count: [1, 10_000] };
/** Set by other controls of the page, or not for a form. */
const NOT_HERE = new Set(["shots", "seed", "emulate", "statevector", "mitigation", "noise_model"]);

export interface ReadParams {
  params: Shape<"Params">;
  /** What is wrong, by the name of the field; `more` is the free JSON. */
  wrong: Record<string, string>;
}

/** The names of the parameters that a program asks for: an OpenQASM program's inputs, and what a script reads of `params`, is called with, or came with. */
export function wantedParams(code: string, language: EditorLanguage, inputs: readonly string[], defaults: Record<string, unknown>): string[] {
  const read = language === "openqasm" ? [] : [...code.matchAll(/\bparams\s*(?:\[\s*|\.get\(\s*)["'](\w{1,60})["']/g)].map((found) => found[1] ?? "");
  const given = Object.keys(defaults).filter((name) => language === "python" || inputs.includes(name));
  return [...new Set([...inputs, ...given, ...read])].filter((name) => !NOT_HERE.has(name)).slice(0, 24);
}

/** The parameters as they are sent. A field that is empty is left out; what came as a text stays one. */
export function readParams(draft: Pick<Draft, "shots" | "seed" | "values" | "more" | "source">, names: readonly string[]): ReadParams {
  const wrong: Record<string, string> = {};
  const params: Shape<"Params"> = { shots: readWhole(draft.shots, 1, MOST_SHOTS) ?? 1 };
  if (readWhole(draft.shots, 1, MOST_SHOTS) === null) wrong.shots = `A whole number from 1 to ${MOST_SHOTS.toLocaleString()}.`;
  if (draft.seed.trim() !== "") {
    const seed = readWhole(draft.seed, 0, Number.MAX_SAFE_INTEGER);
    if (seed === null) wrong.seed = "A whole number from 0, or empty.";
    else params.seed = seed;
  }
  Object.assign(params, readMore(draft.more, wrong));
  for (const name of names) {
    const typed = (draft.values[name] ?? "").trim();
    if (typed === "") continue;
    const value = typeof draft.source?.defaults[name] === "string" ? typed : readValue(typed);
    const bounds = WHOLE[name];
    if (bounds !== undefined && readWhole(typed, ...bounds) === null) wrong[name] = `A whole number from ${bounds[0]} to ${bounds[1].toLocaleString()}.`;
    else if (name === "theta" && typeof value !== "number") wrong[name] = "A number, such as 0.5 or pi/2.";
    else params[name] = value;
  }
  return { params, wrong };
}

/** The numbers among them, for the inputs of an OpenQASM program. */
export function numbersOf(values: Record<string, string>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, typed]) => {
    const value = readValue(typed.trim());
    return typeof value === "number" ? [[name, value]] : typeof value === "boolean" ? [[name, Number(value)]] : [];
  }));
}

/** What was typed: a number (also as a fraction of pi), JSON, or else text; exported for its test. */
export function readValue(typed: string): unknown {
  const turn = /^([+-]?)\s*(\d+(?:\.\d*)?)?\s*\*?\s*(?:pi|π)\s*(?:\/\s*(\d+(?:\.\d*)?))?$/.exec(typed);
  if (turn !== null) return ((turn[1] === "-" ? -1 : 1) * Number(turn[2] ?? 1) * Math.PI) / Number(turn[3] ?? 1);
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return typed;
  }
}

function readMore(typed: string, wrong: Record<string, string>): Record<string, unknown> {
  if (typed.trim() === "") return {};
  try {
    const more: unknown = JSON.parse(typed);
    if (typeof more === "object" && more !== null && !Array.isArray(more)) return more as Record<string, unknown>;
    wrong.more = 'A JSON object, such as {"steps": 3}.';
  } catch (problem) {
    wrong.more = problem instanceof Error ? problem.message : "This is not JSON.";
  }
  return {};
}

function readWhole(typed: string, least: number, most: number): number | null {
  const value = /^\s*\d{1,16}\s*$/.test(typed) ? Number(typed) : Number.NaN;
  return value >= least && value <= most ? value : null;
}
