import { useMemo, useRef } from "preact/hooks";
import { legendStops, type Scale, scaleOf } from "./colours";
import type { Description } from "./description";
import { layOut, type Place } from "./layout";
import { type Metric, sayValue, shortValue, type Spread, spreadOf } from "./metric";

interface Props {
  device: Description;
  metric: Metric;
  /** The qubit whose details are shown. */
  chosen: number | null;
  onChoose: (qubit: number | null) => void;
  name: string;
}

const STEP = 54;
const EDGE = 34;
const MOST_WIDE = 1200;

/** Qubits and couplings where they lie, coloured by a figure; its number stands in each qubit, and its size says it again. */
export function Topology({ device, metric, chosen, onChoose, name }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const places = useMemo(() => layOut(device.qubits, device.edges), [device]);
  const values = metric.values(device);
  const spread = spreadOf(values);
  const scale = spread === null ? null : scaleOf(spread);
  const box = boxOf(places);
  const current = chosen ?? 0;

  function step(event: KeyboardEvent): void {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = (current + move + device.qubits) % device.qubits;
    onChoose(next);
    svg.current?.querySelector<SVGGElement>(`[data-qubit="${next}"]`)?.focus();
  }

  return (
    <>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Map">
        <svg
          ref={svg}
          class="plot backends-map"
          viewBox={`${box.left} ${box.top} ${box.width} ${box.height}`}
          style={{ maxWidth: `${box.width * 1.5}px`, minWidth: `${Math.min(box.width, MOST_WIDE) * 0.7}px` }}
          role="group"
          aria-label={`Map of ${name}: ${device.qubits} qubits, ${device.edges.length} couplings, by ${metric.name}. Arrow keys go from qubit to qubit.`}
          onKeyDown={step}
        >
          {device.edges.map(([one, other], edge) => (
            <Edge key={edge} from={places[one]} to={places[other]} value={metric.of === "edge" ? (values[edge] ?? null) : undefined} scale={scale} isMany={device.edges.length > 200} />
          ))}
          {places.map((place, qubit) => {
            const value = metric.of === "qubit" ? (values[qubit] ?? null) : undefined;
            return (
              <g
                key={qubit}
                class="backends-qubit"
                data-qubit={qubit}
                role="img"
                aria-label={`Qubit ${device.labels[qubit]}${value === undefined ? "" : `: ${metric.name} ${sayValue(value, metric)}`}`}
                aria-current={chosen === qubit ? "true" : undefined}
                tabIndex={qubit === current ? 0 : -1}
                transform={`translate(${place.x * STEP} ${place.y * STEP})`}
                onClick={() => onChoose(qubit)}
                onPointerEnter={() => onChoose(qubit)}
                onFocus={() => onChoose(qubit)}
              >
                <Qubit label={device.labels[qubit] ?? ""} value={value} metric={metric} scale={scale} />
              </g>
            );
          })}
        </svg>
      </div>
      {spread !== null && <Legend spread={spread} metric={metric} />}
    </>
  );
}

function Qubit({ label, value, metric, scale }: { label: string; value: number | null | undefined; metric: Metric; scale: Scale | null }) {
  if (value === undefined || value === null || scale === null) {
    return (
      <>
        <circle r="15" fill="var(--sheet)" stroke-dasharray={value === null ? "3 3" : undefined} />
        <circle class="backends-ring" r="18" />
        <text class="backends-label" y={value === null ? -4 : 0}>{label}</text>
        {value === null && <text class="backends-value" y="7">–</text>}
      </>
    );
  }
  const radius = 15 + 6 * scale.share(value);
  const ink = scale.isLight(value) ? "on-light" : "on-dark";
  return (
    <>
      <circle r={radius} fill={scale.colour(value)} />
      <circle class="backends-ring" r={radius + 3} />
      <text class={`backends-label ${ink}`} y="-4">{label}</text>
      <text class={`backends-value ${ink}`} y="8">{shortValue(value, metric)}</text>
    </>
  );
}

function Edge({ from, to, value, scale, isMany }: { from: Place | undefined; to: Place | undefined; value: number | null | undefined; scale: Scale | null; isMany: boolean }) {
  if (from === undefined || to === undefined) return null;
  const line = { x1: from.x * STEP, y1: from.y * STEP, x2: to.x * STEP, y2: to.y * STEP };
  const thin = isMany ? 0.25 : 1;
  if (value === undefined || value === null || scale === null) {
    return <line class="backends-edge" {...line} stroke-width={2 * thin} stroke-dasharray={value === null ? "4 4" : undefined} />;
  }
  return (
    <>
      <line class="backends-edge" {...line} stroke-width={(6 + 8 * scale.share(value)) * thin} />
      <line {...line} stroke={scale.colour(value)} stroke-width={(4 + 8 * scale.share(value)) * thin} />
    </>
  );
}

function Legend({ spread, metric }: { spread: Spread; metric: Metric }) {
  const [low, high] = metric.isLowBetter ? ["better", "worse"] : ["worse", "better"];
  const parts = metric.of === "qubit" ? "qubits" : "couplings";
  if (spread.low === spread.high) return <p class="backends-soft">{`${metric.name}: ${sayValue(spread.low, metric)} for all ${spread.measured} ${parts}.`}</p>;
  const ends = `${metric.name} from ${sayValue(spread.low, metric)} to ${sayValue(spread.high, metric)}`;
  return (
    <figure class="backends-legend">
      <svg class="plot" viewBox="0 0 400 14" role="img" aria-label={ends}>
        <defs>
          <linearGradient id="backends-ramp">
            {legendStops.map(({ at, colour }) => (
              <stop key={at} offset={at} stop-color={colour} />
            ))}
          </linearGradient>
        </defs>
        <rect width="400" height="14" rx="3" fill="url(#backends-ramp)" />
      </svg>
      <figcaption>
        <span class="backends-ends">
          <span>
            {sayValue(spread.low, metric)} ({low}, small)
          </span>
          <span>
            {sayValue(spread.high, metric)} ({high}, large)
          </span>
        </span>
        <small>
          {metric.name}: median {sayValue(spread.median, metric)}, measured for {spread.measured} {parts}. A dashed outline or “–”: not measured.
        </small>
      </figcaption>
    </figure>
  );
}

function boxOf(places: readonly Place[]): { left: number; top: number; width: number; height: number } {
  const xs = places.map((place) => place.x * STEP);
  const ys = places.map((place) => place.y * STEP);
  const [left, top] = [Math.min(...xs) - EDGE, Math.min(...ys) - EDGE];
  return { left, top, width: Math.max(...xs) - left + EDGE, height: Math.max(...ys) - top + EDGE };
}
