import { simulate, SimulationRefusal } from "./simulate";

/** The exact distribution of a program's classical bits; null where there is none: too large, not simulable in a page, unreadable. */
export async function exactDistribution(qasm: string, most = 12): Promise<Record<string, number> | null> {
  try {
    const simulated = await simulate({ qasm }, { engine: "quapsule-statevector", shots: 1, seed: 0, most });
    return simulated.truncated ? null : simulated.probabilities;
  } catch (problem) {
    if (problem instanceof SimulationRefusal) return null;
    throw problem;
  }
}
