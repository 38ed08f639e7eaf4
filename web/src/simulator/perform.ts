import { type Circuit, type Op, width } from "~/circuits/circuit";
import { parseQasm } from "~/circuits/qasm/parse";
import type { Found } from "./engine";
import { SimulationRefusal } from "./refusal";
import { type Asked, type EngineName, MOST_SHOTS, type Simulated, type Told } from "./simulated";

/** An engine as a worker runs it. `mostQubits`: what it takes at most; `run` may refuse. */
export interface Engine {
  name: EngineName;
  version: string;
  mostQubits: number;
  run: (circuit: Circuit, asked: Asked, tell: (fraction: number) => void) => Found;
}

/** Progress is told this often at most. */
const EVERY_MS = 50;
const ON_SERVER = "Run it on the server.";

/** Reads the program, runs it, and tells how it went; never throws for what a program or this machine's memory can be blamed for. */
export function perform(engine: Engine, asked: Asked, tell: (told: Told) => void): void {
  try {
    tell({ kind: "done", simulated: simulateAsked(engine, asked, steadily(tell)) });
  } catch (problem) {
    tell({ kind: "refused", facts: asRefusal(problem).facts });
  }
}

function simulateAsked(engine: Engine, asked: Asked, tell: (fraction: number) => void): Simulated {
  const began = performance.now();
  checkNumbers(asked);
  const written = read(asked);
  const qubits = width(written.qubits);
  checkQubits(qubits, Math.min(engine.mostQubits, asked.most ?? engine.mostQubits), engine);
  const measures = written.ops.some((op) => op.kind === "measure");
  const circuit = measures ? written : measureAll(written, qubits);
  return {
    engine: engine.name,
    version: engine.version,
    seed: asked.seed,
    shots: asked.shots,
    qubits,
    gates: written.ops.filter((op) => op.kind === "gate").length,
    clbits: width(circuit.clbits),
    ...engine.run(circuit, asked, tell),
    milliseconds: performance.now() - began,
    measured: measures ? "as written" : "all, added",
  };
}

function checkNumbers({ shots, seed }: Asked): void {
  if (!Number.isInteger(shots) || shots < 1 || shots > MOST_SHOTS) {
    throw new SimulationRefusal({
      code: "too_many_shots",
      message: `Shots are a whole number from 1 to ${MOST_SHOTS.toLocaleString("en")}, not ${shots}.`,
      hint: "Choose another number of shots.",
    });
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new SimulationRefusal({
      code: "seed_invalid",
      message: "A seed is a whole number from 0 to 9,007,199,254,740,991.",
      hint: "Choose another seed, or leave it out.",
    });
  }
}

function read({ qasm, inputs = {} }: Asked): Circuit {
  const { circuit, inputs: names, problems } = parseQasm(qasm, inputs);
  const missing = names.filter((name) => !Object.hasOwn(inputs, name));
  if (missing.length > 0) {
    throw new SimulationRefusal({
      code: "input_missing",
      message: `The program has ${missing.length === 1 ? "an input" : "inputs"} without a value: ${missing.join(", ")}.`,
      hint: "Give a number for each.",
    });
  }
  const problem = problems.find(({ level }) => level === "error");
  if (problem !== undefined || circuit === null) {
    const unsupported = problem?.code === "unsupported";
    throw new SimulationRefusal({
      code: unsupported ? "program_unsupported" : "program_invalid",
      message: problem?.message ?? "The program cannot be read.",
      hint: unsupported ? `The simulator in the page does not do this. ${ON_SERVER}` : "Correct the program.",
      line: problem?.line,
      column: problem?.column,
    });
  }
  return circuit;
}

function checkQubits(qubits: number, most: number, engine: Engine): void {
  if (qubits === 0) {
    throw new SimulationRefusal({ code: "program_invalid", message: "The program declares no qubit.", hint: "Declare one: qubit q;" });
  }
  if (qubits > most) {
    throw new SimulationRefusal({
      code: "too_many_qubits",
      message: `The program has ${qubits} qubits; in the page ${engine.name} simulates up to ${most}.`,
      hint: ON_SERVER,
    });
  }
}

/** Bits that the program declares but never writes say nothing: the counts are of the qubits alone. */
function measureAll(circuit: Circuit, qubits: number): Circuit {
  const all = Array.from({ length: qubits }, (_, n) => n);
  const span = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  const measure: Op = { kind: "measure", qubits: all, clbits: all, span, condition: null };
  return { ...circuit, clbits: [{ name: "meas", start: 0, size: qubits }], ops: [...circuit.ops, measure] };
}

function steadily(tell: (told: Told) => void): (fraction: number) => void {
  let last = performance.now();
  return (fraction) => {
    const now = performance.now();
    if (now - last < EVERY_MS) return;
    last = now;
    tell({ kind: "progress", fraction });
  };
}

function asRefusal(problem: unknown): SimulationRefusal {
  if (problem instanceof SimulationRefusal) return problem;
  // An allocation that fails is a RangeError everywhere.
  if (problem instanceof RangeError) {
    return new SimulationRefusal({
      code: "out_of_memory",
      message: "This browser has not enough memory left for the program's state.",
      hint: `Close other pages, or use fewer qubits. ${ON_SERVER}`,
    });
  }
  throw problem;
}
