import type { Description } from "./description";
import { METRICS, sayValue } from "./metric";

/** All figures of one qubit and of its couplings. */
export function QubitDetails({ device, qubit }: { device: Description; qubit: number | null }) {
  if (qubit === null) return <p class="backends-soft">Point at a qubit, or go to one by Tab and the arrow keys, for its figures.</p>;
  const ofQubits = METRICS.filter((metric) => metric.of === "qubit");
  const couplings = device.edges.flatMap(([one, other], edge) => (one === qubit || other === qubit ? [{ to: one === qubit ? other : one, edge }] : []));
  const two = METRICS.find((metric) => metric.of === "edge");
  return (
    <div aria-live="polite">
      <p>
        <strong>Qubit {device.labels[qubit]}</strong>:{" "}
        {ofQubits.map((metric) => `${metric.name} ${sayValue(metric.values(device)[qubit] ?? null, metric)}`).join(", ")}
        {couplings.length > 0 && couplings.length <= 8 && two && (
          <>
            . Two-qubit error with {couplings.map(({ to, edge }) => `${device.labels[to]}: ${sayValue(two.values(device)[edge] ?? null, two)}`).join(", ")}
          </>
        )}
      </p>
    </div>
  );
}
