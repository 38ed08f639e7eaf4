import { Link } from "wouter-preact";
import { When } from "~/ui/values";
import type { Backend } from "./backend";

/** Devices that are gone, with their record: results from them stay, and their calibrations as well. */
export function Retired({ backends }: { backends: readonly Backend[] }) {
  if (backends.length === 0) return null;
  return (
    <section class="card" aria-labelledby="backends-retired">
      <h2 id="backends-retired">Retired</h2>
      <p class="backends-soft">They take no jobs any more. What ran on them stays, and they can be emulated from their last calibration.</p>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Retired backends">
        <table>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Provider</th>
              <th scope="col" class="number">Qubits</th>
              <th scope="col">Retired</th>
              <th scope="col">Why</th>
              <th scope="col">Successor</th>
            </tr>
          </thead>
          <tbody>
            {backends.map((backend) => (
              <tr key={backend.id}>
                <th scope="row">
                  <Link href={`/backends/${backend.slug}`}>{backend.name}: its record</Link>
                </th>
                <td>{backend.provider}</td>
                <td class="number">{backend.qubitCount ?? "–"}</td>
                <td>
                  <When at={backend.retiredAt} />
                </td>
                <td>{backend.retiredReason ?? "not said"}</td>
                <td>{backend.successor ? <Link href={`/backends/${backend.successor}`}>{backend.successor}</Link> : "none"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
