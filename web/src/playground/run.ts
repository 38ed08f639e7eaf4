import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, Refusal, type Shape } from "~/api/client";
import { sharesText } from "~/shell/consent";
import type { Simulated } from "~/simulator/simulated";
import type { Draft } from "./draft";
import type { Framework, TextKind } from "./framework";
import { numbersOf } from "./params";

/** Of one run, with the text that ran. */
export type Outcome =
  | { place: "browser"; code: string; simulated: Simulated; recorded: Recorded }
  | { place: "server"; code: string; played: Shape<"Played">; at: Date }
  | { place: "refused"; code: string; refusal: Refusal; line?: number; column?: number };

/** Whether the server keeps a row of a browser run. */
export type Recorded = "with its text" | "without its text" | "no: nobody is signed in" | "no: the server did not take it";

export interface Running {
  /** ms since 1970. */
  since: number;
  where: "browser" | "server";
  /** 0 to 1; null when there is no telling. */
  fraction: number | null;
}

export interface Runner {
  running: Running | null;
  outcome: Outcome | null;
  start: (asked: Asked) => void;
  cancel: () => void;
  /** Shows why something else was refused, such as a submit. Throws what is no refusal. */
  refuse: (code: string, problem: unknown) => void;
}

export interface Asked {
  draft: Draft;
  kind: TextKind;
  params: Shape<"Params">;
  teamId: string | null;
}

/** One run at a time, in this page or on the server with nothing kept. Leaving the page ends it. */
export function useRunner(): Runner {
  const [running, setRunning] = useState<Running | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  async function run(asked: Asked): Promise<void> {
    const mine = new AbortController();
    abort.current = mine;
    const where = asked.draft.mode === "browser" ? "browser" : "server";
    setRunning({ since: Date.now(), where, fraction: null });
    try {
      const told = (fraction: number) => setRunning((before) => before && { ...before, fraction });
      setOutcome(await (where === "browser" ? runHere(asked, mine.signal, told) : runThere(asked, mine.signal)));
    } catch (problem) {
      if (!mine.signal.aborted) setOutcome(refused(asked.draft.code, problem));
    } finally {
      abort.current = null;
      setRunning(null);
    }
  }
  return {
    running,
    outcome,
    start: (asked) => {
      if (abort.current === null) void run(asked);
    },
    cancel: () => abort.current?.abort(),
    refuse: (code, problem) => setOutcome(refused(code, problem)),
  };
}

async function runHere({ draft, params, teamId }: Asked, signal: AbortSignal, onProgress: (fraction: number) => void): Promise<Outcome> {
  const { simulate } = await import("~/simulator/simulate");
  const seed = params.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const inputs = numbersOf(draft.values);
  const simulated = await simulate({ qasm: draft.code, inputs }, { engine: draft.engine, shots: params.shots, seed, signal, onProgress });
  return { place: "browser", code: draft.code, simulated, recorded: await record(simulated, draft, teamId) };
}

/** Characters; a longer text is not recorded. */
const MOST_RECORDED = 50_000;

/** A row of what ran, for who is signed in; a run is no worse for it when the server does not take it. */
async function record(simulated: Simulated, draft: Draft, teamId: string | null): Promise<Recorded> {
  if (teamId === null) return "no: nobody is signed in";
  const { reportSimulation } = await import("~/simulator/report");
  const qasm = sharesText.value && draft.code.length <= MOST_RECORDED ? draft.code : null;
  try {
    await reportSimulation(simulated, { qasm, teamId, sourceFramework: "openqasm" });
    return qasm === null ? "without its text" : "with its text";
  } catch (problem) {
    if (problem instanceof Refusal) return "no: the server did not take it";
    throw problem;
  }
}

async function runThere({ draft, kind, params }: Asked, signal: AbortSignal): Promise<Outcome> {
  const body = { ...programOf(draft.code, kind), params, backend: "local" };
  return { place: "server", code: draft.code, played: await answer(api.POST("/api/playground/run", { body, signal })), at: new Date() };
}

/** The longest text that is sent as it is; longer OpenQASM goes as a circuit. */
const MOST_INLINE = 50_000;

/** A program as the API takes it. */
export function programOf(code: string, { framework, language, version }: TextKind): { inline_code: string; framework: Framework | null } | { circuit: Shape<"Circuit"> } {
  if (language === "openqasm" && code.length > MOST_INLINE) return { circuit: { format: version === 2 ? "qasm2" : "qasm3", payload: code } };
  return { inline_code: code, framework };
}

function refused(code: string, problem: unknown): Outcome {
  if (problem instanceof Refusal) return { place: "refused", code, refusal: problem };
  if (isSimulationRefusal(problem)) {
    const { line, column } = problem;
    return { place: "refused", code, refusal: new Refusal(0, problem.code, problem.message, problem.hint), ...(line !== undefined && { line, column: column ?? 1 }) };
  }
  throw problem;
}

/** By its shape, so that the simulator itself need not be loaded to know. */
function isSimulationRefusal(problem: unknown): problem is Error & { code: string; hint: string; line?: number; column?: number } {
  return problem instanceof Error && problem.name === "SimulationRefusal" && "code" in problem && "hint" in problem;
}
