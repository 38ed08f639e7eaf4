import { type EngineName, WARN_QUBITS } from "~/simulator/simulated";
import { saySeconds } from "~/ui/values";
import { sayMemory } from "./whynot";

/** What our own engine takes for one amplitude and one gate, as measured in Chromium on one core: an order of magnitude. */
const NANOSECONDS = 12;

/** What a run in this browser would cost from 17 qubits on; null below, and for the other engine, which refuses so many. */
export function warnOfSize(qubits: number, operations: number, engine: EngineName): string | null {
  if (qubits < WARN_QUBITS || engine !== "quapsule-statevector") return null;
  const seconds = (2 ** qubits * Math.max(1, operations) * NANOSECONDS) / 1e9;
  return `${qubits} qubits: the state takes ${sayMemory(qubits)}, and a run about ${saySeconds(Math.max(0.01, seconds))} in this browser. Each further qubit doubles both.`;
}
