import bell from "./examples/bell.qasm?raw";
import ghz from "./examples/ghz.qasm?raw";
import grover from "./examples/grover.qasm?raw";
import qft from "./examples/qft.qasm?raw";
import teleportation from "./examples/teleportation.qasm?raw";

export interface Example {
  name: string;
  about: string;
  code: string;
}

/** What anybody can open, also without an account. */
export const EXAMPLES: readonly Example[] = [
  { name: "Bell state", about: "Two entangled qubits that always agree.", code: bell },
  { name: "GHZ state", about: "Five qubits, all 0 or all 1.", code: ghz },
  { name: "Quantum Fourier transform", about: "Finds how often a wave repeats.", code: qft },
  { name: "Grover search", about: "One look finds the marked item of four.", code: grover },
  { name: "Teleportation", about: "Moves a state with two measured bits on the way.", code: teleportation },
];
