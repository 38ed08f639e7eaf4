import { useState } from "preact/hooks";
import { Button } from "~/ui/Button";
import { saveCsv } from "~/plots/download";

const MOST_ROWS = 64;
const NOTHING = 1e-12;

/** A state vector: its amplitudes by basis state, qubit 0 leftmost, the likeliest first when there are many. */
export function Amplitudes({ amplitudes }: { amplitudes: readonly (readonly [number, number])[] }) {
  const [all, setAll] = useState(false);
  const qubits = Math.max(1, Math.round(Math.log2(amplitudes.length)));
  const rows = amplitudes
    .map(([re, im], index) => ({ state: index.toString(2).padStart(qubits, "0"), re, im, probability: re * re + im * im }))
    .filter((row) => row.probability > NOTHING);
  const shown = all ? rows : rows.length > MOST_ROWS ? [...rows].sort((one, other) => other.probability - one.probability).slice(0, MOST_ROWS) : rows;
  return (
    <section class="card">
      <h2>State vector</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Amplitudes">
        <table>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col" class="number">Real</th>
              <th scope="col" class="number">Imaginary</th>
              <th scope="col" class="number">Probability</th>
              <th scope="col" class="number">Phase</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.state}>
                <td class="mono">|{row.state}⟩</td>
                <td class="number">{row.re.toFixed(6)}</td>
                <td class="number">{row.im.toFixed(6)}</td>
                <td class="number">{row.probability.toFixed(6)}</td>
                <td class="number">{((Math.atan2(row.im, row.re) * 180) / Math.PI).toFixed(1)}°</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="jobs-soft">
        {rows.length.toLocaleString()} of {amplitudes.length.toLocaleString()} amplitudes are not zero{shown.length < rows.length ? `; the likeliest ${shown.length} are shown` : ""}.
      </p>
      <div class="actions">
        {!all && rows.length > MOST_ROWS && rows.length <= 4096 && <Button kind="quiet" class="small" onClick={() => setAll(true)}>Show all</Button>}
        <Button kind="quiet" class="small" onClick={() => saveCsv("statevector", ["state", "real", "imaginary"], rows.map(({ state, re, im }) => [state, re, im]))}>
          CSV
        </Button>
      </div>
    </section>
  );
}
