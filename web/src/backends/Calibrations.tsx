import { useState } from "preact/hooks";
import type { Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { Button } from "~/ui/Button";
import { Choice } from "~/ui/Field";
import { Arrived } from "~/ui/states";
import { Copyable, When } from "~/ui/values";
import type { Backend } from "./backend";
import { readDescription } from "./description";
import { DeviceTables } from "./DeviceTables";
import { History } from "./History";
import { METRICS, type MetricId, metricOf } from "./metric";
import { QubitDetails } from "./QubitDetails";
import { listSnapshots, showSnapshot } from "./snapshots";
import { Topology } from "./Topology";

type Summary = Shape<"CalibrationSummary">;

/** What the device could do, at which time, and where the figures are from. */
export function Calibrations({ backend }: { backend: Backend }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const listed = useLoad((signal) => listSnapshots(backend.slug, undefined, signal), [backend.slug]);
  const [older, setOlder] = useState<{ items: Summary[]; next: string | null } | null>(null);
  return (
    <Arrived of={listed} what="Reading the calibrations">
      {(first) => {
        const items = [...first.items, ...(older?.items ?? [])];
        const next = older === null ? first.next_cursor : older.next;
        const shown = items.find((item) => item.id === chosen) ?? items[0];
        if (shown === undefined) return <None backend={backend} />;
        return (
          <>
            <DeviceMap key={shown.id} backend={backend} id={shown.id} />
            <History backend={backend} listed={items} />
            <section class="card" aria-labelledby="backends-snapshots">
              <h2 id="backends-snapshots">Calibrations</h2>
              <SnapshotTable items={items} shown={shown} onShow={setChosen} />
              {next !== null && (
                <Button
                  onClick={async () => {
                    const page = await listSnapshots(backend.slug, next);
                    setOlder({ items: [...(older?.items ?? []), ...page.items], next: page.next_cursor });
                  }}
                >
                  Show older ones
                </Button>
              )}
            </section>
          </>
        );
      }}
    </Arrived>
  );
}

function None({ backend }: { backend: Backend }) {
  return (
    <section class="card">
      <h2>Calibrations</h2>
      <p class="backends-soft">
        {backend.deviceType === "simulator"
          ? "A simulator has no calibration: its qubits are all alike."
          : "No calibration of this device is kept here. Who runs this platform imports one by "}
        {backend.deviceType === "qpu" && <code>quapsule calibrations import FILE --backend {backend.slug}</code>}
      </p>
    </section>
  );
}

/** The map of one snapshot, its details and its tables. */
function DeviceMap({ backend, id }: { backend: Backend; id: string }) {
  const [metric, setMetric] = useState<MetricId>("t1");
  const [qubit, setQubit] = useState<number | null>(null);
  const loaded = useLoad((signal) => showSnapshot(id, signal), [id]);
  return (
    <section class="card" aria-labelledby="backends-topology">
      <h2 id="backends-topology">Qubits and couplings</h2>
      <Arrived of={loaded} what="Reading the calibration">
        {(snapshot) => {
          const device = readDescription(snapshot);
          if (device === null) return <p class="backends-soft">This snapshot describes no qubits that could be drawn.</p>;
          return (
            <>
              <p class="backends-soft">
                Measured <When at={snapshot.taken_at} />. {snapshot.source}
              </p>
              <div class="row">
                <Choice label="Colour by" value={metric} options={METRICS.map(({ id: value, name }) => ({ value, label: name }))} onChange={setMetric} />
              </div>
              <Topology device={device} metric={metricOf(metric)} chosen={qubit} onChoose={setQubit} name={backend.name} />
              <QubitDetails device={device} qubit={qubit} />
              <DeviceTables device={device} />
            </>
          );
        }}
      </Arrived>
    </section>
  );
}

function SnapshotTable({ items, shown, onShow }: { items: readonly Summary[]; shown: Summary; onShow: (id: string) => void }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Calibrations that are kept">
      <table class="backends-snapshots">
        <thead>
          <tr>
            <th scope="col">Measured</th>
            <th scope="col">Where it is from</th>
            <th scope="col">Format</th>
            <th scope="col" class="number">Qubits</th>
            <th scope="col">Imported</th>
            <th scope="col">SHA-256</th>
            <th scope="col">Map</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <th scope="row">
                <When at={item.taken_at} />
              </th>
              <td>{item.source}</td>
              <td>{item.format}</td>
              <td class="number">{item.qubits}</td>
              <td>
                <When at={item.imported_at} />
              </td>
              <td>
                <Copyable text={item.sha256} shown={`${item.sha256.slice(0, 12)}…`} />
              </td>
              <td>{item.id === shown.id ? "shown above" : <Button onClick={() => onShow(item.id)}>Show</Button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
