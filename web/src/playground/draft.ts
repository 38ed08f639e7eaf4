import { effect, signal } from "@preact/signals";
import { recall, remember } from "~/shell/memory";
import { say } from "~/shell/notices";
import type { EngineName } from "~/simulator/simulated";
import bell from "./examples/bell.qasm?raw";
import { FRAMEWORKS, type Framework, readText } from "./framework";

/** Where a program runs: in this page, on the server with nothing kept, or as a job. */
export const MODES = ["browser", "server", "job"] as const;
export type Mode = (typeof MODES)[number];

/** What the text was opened from. `defaults`: the parameters that came with it. */
export interface Source {
  kind: "example" | "template" | "script" | "job";
  name: string;
  defaults: Record<string, unknown>;
}

/** What is being written, and how it would be run. Fields of forms are kept as they were typed. */
export interface Draft {
  code: string;
  /** Whether it was changed since it was opened. */
  edited: boolean;
  source: Source | null;
  /** Chosen by hand; null: as the text says. */
  framework: Framework | null;
  mode: Mode;
  engine: EngineName;
  backend: string;
  shots: string;
  seed: string;
  /** Further parameters, by name. */
  values: Record<string, string>;
  /** Parameters without a field of their own, as a JSON object. */
  more: string;
  emulate: boolean;
  capsule: boolean;
  capsuleName: string;
  seal: boolean;
}

const FIRST: Draft = {
  code: bell,
  edited: false,
  source: { kind: "example", name: "Bell state", defaults: {} },
  framework: null,
  mode: "browser",
  engine: "quapsule-statevector",
  backend: "local",
  shots: "1000",
  seed: "",
  values: {},
  more: "",
  emulate: false,
  capsule: false,
  capsuleName: "",
  seal: false,
};

export const draft = signal<Draft>(readDraft(recall("playground")));

export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.value, ...part };
}

/** Puts another program in the place of this one. What was written and would be lost can be had back for a while. */
export function open(code: string, source: Source | null, framework: Framework | null = null): void {
  const before = draft.value;
  const { shots, seed, ...values } = source?.defaults ?? {};
  const read = readText(code);
  change({
    code,
    source,
    edited: false,
    framework: framework === null || read.framework === framework ? null : framework,
    // A page cannot run Python.
    mode: before.mode === "browser" && readText(code, framework).language === "python" ? "server" : before.mode,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sayValue(value)])),
    ...(typeof shots === "number" && { shots: String(shots) }),
    seed: typeof seed === "number" ? String(seed) : "",
    more: "",
  });
  if (before.edited && before.code.trim() !== "") {
    say({ kind: "done", text: `Opened ${source === null ? "another program" : `“${source.name}”`} in place of what you wrote.`, undo: () => change(before) });
  }
}

/** A parameter's value as it is typed: text as it is, everything else as JSON. */
export function sayValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whatever is remembered, as far as it is of the right shape; exported for its test. */
export function readDraft(stored: string | null): Draft {
  const told = readObject(stored);
  const draft: Record<string, unknown> = { ...FIRST };
  for (const [name, first] of Object.entries(FIRST)) {
    if (first !== null && typeof told[name] === typeof first) draft[name] = told[name];
  }
  const kept = draft as unknown as Draft;
  const values = Object.entries(readRecord(told.values)).filter((one): one is [string, string] => typeof one[1] === "string");
  return {
    ...kept,
    source: told.code === undefined ? FIRST.source : readSource(told.source),
    framework: FRAMEWORKS.find((one) => one === told.framework) ?? null,
    mode: MODES.find((one) => one === told.mode) ?? FIRST.mode,
    engine: told.engine === "quantum-circuit" ? "quantum-circuit" : FIRST.engine,
    values: Object.fromEntries(values),
  };
}

function readSource(told: unknown): Source | null {
  const { kind, name, defaults } = readRecord(told);
  if (typeof name !== "string" || !(kind === "example" || kind === "template" || kind === "script" || kind === "job")) return null;
  return { kind, name, defaults: readRecord(defaults) };
}

function readObject(text: string | null): Record<string, unknown> {
  try {
    return readRecord(JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}

function readRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Remembers the draft a moment after each change, and at the latest when the page is left. Returns what stops it. */
export function keepDraft(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    clearTimeout(timer);
    remember("playground", JSON.stringify(draft.value));
  };
  const end = effect(() => {
    // Read, so that each change is seen.
    void draft.value;
    clearTimeout(timer);
    timer = setTimeout(write, 300);
  });
  addEventListener("pagehide", write);
  return () => {
    end();
    write();
    removeEventListener("pagehide", write);
  };
}
