import { Histogram } from "~/plots/Histogram";
import type { Measured, Mitigated } from "../result";

/** What the counts would say with less noise, beside the raw ones and never instead of them. */
export function MitigatedPart({ mitigated, circuit }: { mitigated: Mitigated; circuit: Measured }) {
  return (
    <section class="card">
      <h2>Mitigated</h2>
      {mitigated.problems.map((problem) => (
        <p key={problem} class="jobs-problem">✕ {problem}</p>
      ))}
      {mitigated.values.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Expectation value</th>
              <th scope="col" class="number">Value</th>
              <th scope="col" class="number">Standard error</th>
            </tr>
          </thead>
          <tbody>
            {mitigated.values.map(({ what, value, error }) => (
              <tr key={what}>
                <td>{what}</td>
                <td class="number">{value.toFixed(5)}</td>
                <td class="number">{error === null ? "–" : error.toFixed(5)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {mitigated.probabilities !== null && (
        <Histogram
          counts={circuit.counts}
          shots={circuit.shots}
          name="raw"
          compare={{ counts: mitigated.probabilities, shots: 1, name: "readout corrected", sampled: false }}
          label="Raw and mitigated distribution"
        />
      )}
    </section>
  );
}
