import QuantumCircuit from "quantum-circuit/dist/quantum-circuit.min.js";
import { version } from "quantum-circuit/package.json";
import { type Circuit, width } from "~/circuits/circuit";
import { type Found, sample } from "./engine";
import { type State, zeroState } from "./kernels";
import { lower } from "./lower";
import { type Plan, plan } from "./plan";
import { writeQasm2 } from "./qasm2";
import { SimulationRefusal } from "./refusal";
import type { Asked } from "./simulated";

/** The npm package: it computes amplitudes, and everything after that is ours, so that its counts can be had again too. */
export const ENGINE = "quantum-circuit";
export const VERSION = version;
export const MOST_QUBITS = 16;

/** About what a gate on 16 qubits takes it, in seconds; half of that with each qubit less. */
const GATE_SECONDS = 0.25;
const MOST_SECONDS = 60;

/** Throws SimulationRefusal for what it cannot do, or not in reasonable time. */
export function run(circuit: Circuit, asked: Asked, tell: (fraction: number) => void): Found {
  const planned = plan(lower(circuit));
  refuseBranches(circuit, planned);
  const qubits = width(circuit.qubits);
  const { text, gates } = writeQasm2(circuit);
  const seconds = gates * GATE_SECONDS * 2 ** (qubits - MOST_QUBITS);
  if (seconds > MOST_SECONDS) {
    throw new SimulationRefusal({
      code: "would_take_too_long",
      message: `quantum-circuit would take some ${Math.round(seconds)} seconds for this program, more than ${MOST_SECONDS}.`,
      hint: "Choose quapsule-statevector, or run it on the server.",
    });
  }
  return sample(amplitudes(text, qubits, gates, tell), planned.final, width(circuit.clbits), asked);
}

/** What it does in the midst of a program it draws without a seed, and some of it in another meaning. */
function refuseBranches(circuit: Circuit, { single, steps }: Plan): void {
  if (single && steps.every((step) => step.condition === null)) return;
  const op = circuit.ops.find(({ kind, condition }) => kind === "reset" || condition !== null);
  throw new SimulationRefusal({
    code: "program_unsupported",
    message: "quantum-circuit is asked for programs alone that measure at their end, without resets and conditions: it would draw those without a seed.",
    hint: "Choose quapsule-statevector.",
    line: op?.span.line,
    column: op?.span.column,
  });
}

function amplitudes(text: string, qubits: number, gates: number, tell: (fraction: number) => void): State {
  const circuit = new QuantumCircuit();
  circuit.importQASM(text, (errors) => {
    if (errors.length > 0) throw new Error(`quantum-circuit cannot read what was written for it: ${JSON.stringify(errors[0])}`);
  });
  circuit.run(null, { onGate: (_column, _wire, count) => tell(count / (gates + 1)) });
  const state = zeroState(qubits);
  state.re[0] = 0;
  for (const [index, amplitude] of Object.entries(circuit.state)) {
    state.re[Number(index)] = typeof amplitude === "number" ? amplitude : amplitude.re;
    state.im[Number(index)] = typeof amplitude === "number" ? 0 : amplitude.im;
  }
  return state;
}
