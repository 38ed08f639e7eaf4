import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { exactDistribution } from "./exact";
import { type Options, simulate } from "./simulate";
import type { Asked, Told } from "./simulated";

/** A worker whose answers the test gives. */
class FakeWorker {
  static all: FakeWorker[] = [];
  onmessage: ((event: { data: Told }) => void) | null = null;
  onmessageerror: (() => void) | null = null;
  onerror: ((event: { message: string; preventDefault: () => void }) => void) | null = null;
  ended = false;
  asked: Asked[] = [];

  constructor() {
    FakeWorker.all.push(this);
  }
  postMessage(asked: Asked): void {
    this.asked.push(asked);
  }
  terminate(): void {
    this.ended = true;
  }
  say(told: Told): void {
    this.onmessage?.({ data: told });
  }
}

const OPTIONS: Options = { engine: "quapsule-statevector", shots: 10, seed: 1 };
const DONE = { kind: "done", simulated: { probabilities: { "0": 1 }, truncated: false } } as unknown as Told;
const workers = (): FakeWorker[] => FakeWorker.all.filter((worker) => !worker.ended);
const settle = () => vi.advanceTimersByTimeAsync(0);
async function asked(): Promise<FakeWorker> {
  await settle();
  const worker = workers().at(-1);
  if (worker === undefined) throw new Error("no worker was started");
  return worker;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("Worker", FakeWorker);
});

afterEach(async () => {
  // What is left over from one test would be taken up by the next.
  const last = simulate({ qasm: "" }, OPTIONS).catch(() => {});
  (await asked()).onerror?.({ message: "", preventDefault: () => {} });
  await last;
  FakeWorker.all = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("runs one program after the other, in one worker, and tells progress", async () => {
  const heard: number[] = [];
  const first = simulate({ qasm: "one" }, { ...OPTIONS, onProgress: (fraction) => heard.push(fraction) });
  const second = simulate({ qasm: "two" }, OPTIONS);
  const worker = await asked();
  expect(worker.asked.map(({ qasm }) => qasm)).toEqual(["one"]);
  worker.say({ kind: "progress", fraction: 0.5 });
  worker.say(DONE);
  await first;
  await settle();
  expect(heard).toEqual([0.5]);
  expect(worker.asked.map(({ qasm }) => qasm)).toEqual(["one", "two"]);
  worker.say(DONE);
  await second;
  expect(FakeWorker.all).toHaveLength(1);
});

it("ends the worker of what is aborted, and starts another for the next", async () => {
  const abort = new AbortController();
  const stopped = expect(simulate({ qasm: "one" }, { ...OPTIONS, signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" });
  const worker = await asked();
  abort.abort();
  await stopped;
  expect(worker.ended).toBe(true);
  await expect(simulate({ qasm: "" }, { ...OPTIONS, signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" });
  const next = simulate({ qasm: "two" }, OPTIONS);
  (await asked()).say(DONE);
  await next;
  expect(FakeWorker.all).toHaveLength(2);
});

it("a refusal comes with its code and place", async () => {
  const facts = { code: "program_invalid", message: "No such gate.", hint: "Correct it.", line: 3, column: 2 } as const;
  const refused = expect(simulate({ qasm: "" }, OPTIONS)).rejects.toMatchObject({ name: "SimulationRefusal", ...facts });
  (await asked()).say({ kind: "refused", facts });
  await refused;
});

it("a worker that breaks or falls silent is a refusal, and is not used again", async () => {
  const broken = expect(simulate({ qasm: "" }, OPTIONS)).rejects.toMatchObject({ code: "simulator_crashed", hint: expect.stringContaining("server") });
  (await asked()).onerror?.({ message: "out of memory", preventDefault: () => {} });
  await broken;
  const silent = expect(simulate({ qasm: "" }, OPTIONS)).rejects.toMatchObject({ code: "simulator_crashed" });
  await asked();
  await vi.advanceTimersByTimeAsync(60_000);
  await silent;
  expect(FakeWorker.all.map(({ ended }) => ended)).toEqual([true, true]);
});

it("the exact distribution is null where there is none", async () => {
  const none = exactDistribution("too large");
  (await asked()).say({ kind: "refused", facts: { code: "too_many_qubits", message: "", hint: "" } });
  expect(await none).toBeNull();
  const found = exactDistribution("small");
  const worker = await asked();
  expect(worker.asked.at(-1)).toMatchObject({ qasm: "small", most: 12 });
  worker.say(DONE);
  expect(await found).toEqual({ "0": 1 });
});
