import { type RefusalFacts, SimulationRefusal } from "./refusal";
import type { Asked, EngineName, Simulated, Told } from "./simulated";

export { SimulationRefusal } from "./refusal";
export { type EngineName, MOST_OUTCOMES, MOST_QUBITS, MOST_SHOTS, type Simulated, WARN_QUBITS } from "./simulated";

export interface Options {
  engine: EngineName;
  /** 1 to 100,000. */
  shots: number;
  /** A whole number from 0 to 2^53 − 1: the same engine, version and seed give the same counts, on every machine. */
  seed: number;
  signal?: AbortSignal;
  onProgress?: (fraction: number) => void;
  /** Refuse more qubits than that. */
  most?: number;
}

/** A worker that says nothing for so long is taken for dead: browsers end one that is out of memory without a word. */
const SILENCE_MS = 60_000;

/**
 * Runs OpenQASM 2 or 3 in this browser, in a worker, one program at a time for each engine.
 * Throws SimulationRefusal; an aborted one throws an AbortError and ends its worker.
 */
export function simulate(program: { qasm: string; inputs?: Record<string, number> }, options: Options): Promise<Simulated> {
  const asked: Asked = { ...program, shots: options.shots, seed: options.seed, most: options.most };
  const mine = queues[options.engine].then(() => ask(options.engine, asked, options));
  queues[options.engine] = mine.catch(() => {});
  return mine;
}

const queues: Record<EngineName, Promise<unknown>> = { "quapsule-statevector": Promise.resolve(), "quantum-circuit": Promise.resolve() };
/** Kept for the next program, unless it was ended. */
const idle = new Map<EngineName, Worker>();

function ask(engine: EngineName, asked: Asked, { signal, onProgress }: Options): Promise<Simulated> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const worker = idle.get(engine) ?? start(engine);
    idle.delete(engine);
    let silence: ReturnType<typeof setTimeout>;
    const end = (keep: boolean) => {
      clearTimeout(silence);
      signal?.removeEventListener("abort", stop);
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      if (keep) idle.set(engine, worker);
      else worker.terminate();
    };
    const fail = (problem: Error) => {
      end(false);
      reject(problem);
    };
    const stop = () => fail(aborted());
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => fail(new SimulationRefusal(CRASHED)), SILENCE_MS);
    };
    signal?.addEventListener("abort", stop);
    worker.onmessage = ({ data: told }: MessageEvent<Told>) => {
      listen();
      if (told.kind === "progress") return onProgress?.(told.fraction);
      end(true);
      if (told.kind === "done") resolve(told.simulated);
      else reject(new SimulationRefusal(told.facts));
    };
    worker.onmessageerror = () => fail(new SimulationRefusal(CRASHED));
    worker.onerror = (event) => {
      event.preventDefault();
      fail(new SimulationRefusal(event.message ? { ...CRASHED, message: `${CRASHED.message} (${event.message})` } : CRASHED));
    };
    listen();
    worker.postMessage(asked);
  });
}

const CRASHED: RefusalFacts = {
  code: "simulator_crashed",
  message: "The simulator in this page has stopped; the browser may have run out of memory.",
  hint: "Run it again with fewer qubits, or run it on the server.",
};

function start(engine: EngineName): Worker {
  return engine === "quapsule-statevector"
    ? new Worker(new URL("./statevector.worker.ts", import.meta.url), { type: "module" })
    : new Worker(new URL("./quantum-circuit.worker.ts", import.meta.url), { type: "module" });
}

const aborted = () => new DOMException("The simulation was stopped.", "AbortError");
