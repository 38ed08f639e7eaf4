import type { Description } from "./description";

/** The map's data as tables. */
export function DeviceTables({ device }: { device: Description }) {
  return (
    <details>
      <summary>Show as tables</summary>
      <p class="backends-soft">
        Native gates: {device.nativeGates.join(", ") || "not said"}. Gate times: {time(device.oneQubitNs)} (one qubit), {time(device.twoQubitNs)} (two qubits), {time(device.readoutNs)} (readout).
        {device.isDirected && " Couplings have a direction."}
      </p>
      <div class="backends-tables">
        <div tabIndex={0} role="region" aria-label="Qubits">
          <table>
            <caption class="visually-hidden">Figures of each qubit</caption>
            <thead>
              <tr>
                {["Qubit", "T1 (µs)", "T2 (µs)", "P(1 given 0)", "P(0 given 1)", "One-qubit error"].map((title) => (
                  <th key={title} scope="col" class="number">{title}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {device.labels.map((label, qubit) => (
                <tr key={qubit}>
                  <th scope="row" class="number">{label}</th>
                  {[device.t1Us[qubit], device.t2Us[qubit], ...(device.readoutError[qubit] ?? [null, null]), device.oneQubitError[qubit]].map((value, place) => (
                    <td key={place} class="number">{value ?? "–"}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div tabIndex={0} role="region" aria-label="Couplings">
          <table>
            <caption class="visually-hidden">Error of each coupling</caption>
            <thead>
              <tr>
                <th scope="col">Coupling</th>
                <th scope="col" class="number">Two-qubit error</th>
              </tr>
            </thead>
            <tbody>
              {device.edges.map(([one, other], edge) => (
                <tr key={edge}>
                  <th scope="row">
                    {device.labels[one]}–{device.labels[other]}
                  </th>
                  <td class="number">{device.twoQubitError[edge] ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </details>
  );
}

const time = (ns: number | null): string => (ns === null ? "not said" : `${ns.toLocaleString()} ns`);
