import { useEffect, useState } from "preact/hooks";
import { answer, api, Refusal, type Shape } from "~/api/client";
import type { Circuit } from "~/circuits/circuit";
import type { Parsed } from "~/circuits/qasm/problem";
import type { EditorProblem } from "~/editor/Editor";

const PARSE_AFTER_MS = 120;
const CHECK_AFTER_MS = 900;

export interface Live {
  /** What the text says; null until it was read, and for Python. */
  parsed: Parsed | null;
  /** The last circuit that could be read. */
  circuit: Circuit | null;
  /** Whether `circuit` is of an earlier text, since this one has errors. */
  stale: boolean;
}

const NOTHING: Live = { parsed: null, circuit: null, stale: false };

/** Reads OpenQASM as it is typed. `qasm` null: nothing is read. */
export function useParsed(qasm: string | null, inputs: Record<string, number>): Live {
  const [live, setLive] = useState<Live>(NOTHING);
  const given = JSON.stringify(inputs);
  useEffect(() => {
    if (qasm === null) return setLive(NOTHING);
    let gone = false;
    const read = async () => {
      const { parseQasm } = await import("~/circuits/qasm/parse");
      if (gone) return;
      const parsed = parseQasm(qasm, inputs);
      setLive((before) => ({ parsed, circuit: parsed.circuit ?? before.circuit, stale: parsed.circuit === null }));
    };
    const timer = setTimeout(() => void read(), live.parsed === null ? 0 : PARSE_AFTER_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [qasm, given]);
  return live;
}

export interface Checked {
  /** The last answer; kept while a newer one is waited for. */
  estimate: Shape<"Estimate"> | null;
  /** Whether it is of the work as it is now. */
  fresh: boolean;
  problem: Refusal | null;
  /** Since when the server is asked (ms since 1970); null when it is not. */
  since: number | null;
  again: () => void;
}

interface Answered extends Pick<Checked, "estimate" | "problem" | "since"> {
  /** The work that was asked about, as JSON. */
  of: string | null;
}

const UNASKED: Answered = { of: null, estimate: null, problem: null, since: null };

/** What a submit of this work would meet, asked after a pause; null: not asked. */
export function useChecks(work: Shape<"Work"> | null): Checked {
  const [{ of, ...checked }, setChecked] = useState<Answered>(UNASKED);
  const [round, setRound] = useState(0);
  const asked = work === null ? null : JSON.stringify(work);
  useEffect(() => {
    if (work === null) return setChecked(UNASKED);
    const abort = new AbortController();
    const ask = async () => {
      setChecked((before) => ({ ...before, since: Date.now() }));
      try {
        const estimate = await answer(api.POST("/api/jobs/estimate", { body: work, signal: abort.signal }));
        if (!abort.signal.aborted) setChecked({ of: asked, estimate, problem: null, since: null });
      } catch (problem) {
        if (abort.signal.aborted) return;
        if (!(problem instanceof Refusal)) throw problem;
        setChecked({ of: asked, estimate: null, problem, since: null });
      }
    };
    const timer = setTimeout(() => void ask(), CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [asked, round]);
  return { ...checked, fresh: of === asked, again: () => setRound((n) => n + 1) };
}

/** A problem with who found it. */
export interface Found extends EditorProblem {
  by: "reader" | "server" | "run";
}

/** What the reader found; what it merely cannot do here is no error where the server runs the program. */
export function readerProblems(parsed: Parsed | null, here: boolean): Found[] {
  return (parsed?.problems ?? []).map((problem) => ({ ...problem, level: problem.code === "unsupported" && !here ? ("info" as const) : problem.level, by: "reader" as const }));
}

/** The checks that have a place in the text. */
export function checkProblems(checks: readonly Shape<"FoundCheck">[]): Found[] {
  return checks.flatMap(({ level, message, line, column }) =>
    level === "ok" || line === undefined ? [] : [{ line, column: column ?? 1, level: level === "block" ? ("error" as const) : ("warning" as const), message, by: "server" as const }],
  );
}

/** Each place once for one message, in the order of the text. */
export function inOrder(problems: readonly Found[]): Found[] {
  const kept = new Map(problems.map((one) => [`${one.line}:${one.message}`, one]));
  return [...kept.values()].sort((one, other) => one.line - other.line || one.column - other.column);
}
