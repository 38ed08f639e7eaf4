import { useEffect, useState } from "preact/hooks";
import { Refusal, type Shape } from "~/api/client";
import { type LineSeries, Lines } from "~/plots/Lines";
import { Choice } from "~/ui/Field";
import { Trouble, Waiting } from "~/ui/states";
import type { Backend } from "./backend";
import { type Description, readDescription } from "./description";
import { METRICS, type MetricId, metricOf, spreadOf } from "./metric";
import { showSnapshot } from "./snapshots";

// More snapshots than this say no more about how a device drifts, and each is a file of its own.
const MOST = 24;

interface Point {
  at: Date;
  device: Description;
}

/** How a figure went over time: the median over all qubits (or couplings) with the band between its quartiles, and one qubit on demand. */
export function History({ backend, listed }: { backend: Backend; listed: readonly Shape<"CalibrationSummary">[] }) {
  const [metric, setMetric] = useState<MetricId>("t1");
  const [one, setOne] = useState("all");
  const ids = listed.slice(0, MOST).map((item) => item.id);
  const { points, problem, since } = usePoints(ids);
  const chosen = metricOf(metric);
  const names = [...new Set(points.flatMap(({ device }) => partsOf(device, metric)))];
  const series = seriesOf(points, metric, names.includes(one) ? one : null);
  return (
    <section class="card" aria-labelledby="backends-history">
      <h2 id="backends-history">Over time</h2>
      <div class="row">
        <Choice label="Figure" value={metric} options={METRICS.map(({ id, name }) => ({ value: id, label: name }))} onChange={setMetric} />
        <Choice
          label={chosen.of === "qubit" ? "And of one qubit" : "And of one coupling"}
          value={names.includes(one) ? one : "all"}
          options={["all", ...names].map((value) => ({ value, label: value === "all" ? "none" : value }))}
          onChange={setOne}
        />
      </div>
      {problem !== null && <Trouble refusal={problem} />}
      {since !== null && points.length < ids.length && <Waiting what={`Reading snapshot ${points.length + 1} of ${ids.length}`} since={since} />}
      {points.length > 0 && (
        <Lines
          series={series}
          xLabel="measured"
          yLabel={`${chosen.name}, ${chosen.unit}`}
          label={`${chosen.name} of ${backend.name} over ${points.length} ${points.length === 1 ? "calibration" : "calibrations"}: the median, with the band between the quartiles`}
        />
      )}
      {listed.length === 1 && <p class="backends-soft">One calibration so far: a line begins with the second.</p>}
      {listed.length > MOST && <p class="backends-soft">The newest {MOST} calibrations.</p>}
    </section>
  );
}

/** The snapshots one after the other, oldest first once they are there. */
function usePoints(ids: readonly string[]): { points: Point[]; problem: Refusal | null; since: number | null } {
  const [points, setPoints] = useState<Point[]>([]);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [since, setSince] = useState<number | null>(null);
  const key = ids.join(" ");
  useEffect(() => {
    const abort = new AbortController();
    async function read(): Promise<void> {
      setSince(Date.now());
      const found: Point[] = [];
      for (const id of ids) {
        const snapshot = await showSnapshot(id, abort.signal);
        const device = readDescription(snapshot);
        if (device !== null) found.push({ at: new Date(snapshot.taken_at), device });
        setPoints([...found].sort((a, b) => a.at.getTime() - b.at.getTime()));
      }
      setSince(null);
    }
    read().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      setProblem(error);
      setSince(null);
    });
    return () => abort.abort();
  }, [key]);
  return { points, problem, since };
}

function seriesOf(points: readonly Point[], id: MetricId, one: string | null): LineSeries[] {
  const metric = metricOf(id);
  const median = points.flatMap(({ at, device }) => {
    const spread = spreadOf(metric.values(device));
    return spread === null ? [] : [{ x: at, y: spread.median, low: spread.first, high: spread.third }];
  });
  const single = points.flatMap(({ at, device }) => {
    const value = metric.values(device)[partsOf(device, id).indexOf(one ?? "")] ?? null;
    return value === null ? [] : [{ x: at, y: value }];
  });
  const whole = { name: "median and quartiles", points: median };
  return one === null ? [whole] : [whole, { name: one, points: single }];
}

/** What people call the parts that have a value, in the order of the values. */
function partsOf(device: Description, id: MetricId): string[] {
  if (metricOf(id).of === "qubit") return device.labels.map((label) => `qubit ${label}`);
  return device.edges.map(([a, b]) => `${device.labels[a]}–${device.labels[b]}`);
}
