import { Button } from "~/ui/Button";
import { Copyable, sayNumber, saySeconds } from "~/ui/values";
import { Counts } from "./Counts";
import { saveCounts, saveJson } from "./files";
import type { Outcome } from "./run";

/** A run in this page: what came out, by which engine, and what was recorded of it. */
export function BrowserResult({ outcome }: { outcome: Extract<Outcome, { place: "browser" }> }) {
  const { simulated, recorded } = outcome;
  const { engine, version, seed, shots, counts, probabilities, truncated, milliseconds, qubits, gates, measured } = simulated;
  return (
    <>
      <p class="playground-told" role="status">
        {sayNumber(shots)} shots in this browser, {saySeconds(milliseconds / 1000)}.
      </p>
      {measured === "all, added" && <p class="playground-note">The program measures nothing, so every qubit was measured at its end.</p>}
      <Counts counts={counts} shots={shots} exact={probabilities} label="Counts in this browser" />
      {probabilities === null && <p class="playground-note">No exact distribution: there are too many branches to follow each of them.</p>}
      {truncated && <p class="playground-note">The exact distribution is given for the likeliest 4,096 outcomes.</p>}
      <dl class="facts">
        <dt>Engine and seed</dt>
        <dd>
          <Copyable text={`${engine} ${version}, seed ${seed}`} label="Copy engine, version and seed" />
        </dd>
        <dt>Circuit</dt>
        <dd>
          {qubits} {qubits === 1 ? "qubit" : "qubits"}, {sayNumber(gates)} {gates === 1 ? "gate" : "gates"}
        </dd>
        <dt>Recorded</dt>
        <dd>{recorded}</dd>
      </dl>
      <div class="actions">
        <Button class="small" onClick={() => saveJson("browser-run", { place: "browser", program: outcome.code, ...simulated })}>Download JSON</Button>
        <Button class="small" onClick={() => saveCounts("browser-run", counts, probabilities)}>Download CSV</Button>
      </div>
    </>
  );
}
