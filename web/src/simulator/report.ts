import { answer, api, onceOnly, type Shape } from "~/api/client";
import { mostFrequent } from "./recorded";
import type { Simulated } from "./simulated";

const MOST_CHARACTERS = 50_000;

export interface Told {
  /** The program's text, only when the person agreed to have it recorded; null otherwise. */
  qasm: string | null;
  teamId: string;
  sourceFramework?: Shape<"SimulationBody">["source_framework"];
}

/** Records a simulation of a signed-in person: what ran, in which version, with which seed. Throws Refusal. */
export async function reportSimulation(simulated: Simulated, { qasm, teamId, sourceFramework = null }: Told): Promise<void> {
  const body: Shape<"SimulationBody"> = {
    team_id: teamId,
    simulator: simulated.engine,
    version: simulated.version,
    seed: simulated.seed,
    session_id: tab,
    qasm_input: qasm === null || qasm === "" || qasm.length > MOST_CHARACTERS ? null : qasm,
    shots: simulated.shots,
    qubit_count: simulated.qubits,
    gate_count: simulated.gates,
    execution_time_ms: simulated.milliseconds,
    counts: mostFrequent(simulated),
    source_framework: sourceFramework,
  };
  await answer(api.POST("/api/simulations", { body, params: { header: onceOnly() } }));
}

/** Tells the runs of one tab from those of another, and nothing of the person. */
const tab = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
