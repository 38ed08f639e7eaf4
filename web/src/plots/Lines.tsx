import { scaleLinear, scaleTime } from "d3-scale";
import { area, line, symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle, symbolWye } from "d3-shape";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import "./lines.css";

/** One value. `low` and `high`: the ends of its band (both or neither), in y's unit. */
export interface LinePoint {
  x: Date | number;
  y: number;
  low?: number;
  high?: number;
}

/** One line, its points in the order of x. `mark`: 1 to 5, which of the palette's colours; by its place otherwise. */
export interface LineSeries {
  name: string;
  points: readonly LinePoint[];
  mark?: number;
}

interface Props {
  series: readonly LineSeries[];
  xLabel: string;
  yLabel: string;
  /** What the plot shows, in one sentence. */
  label: string;
}

const HEIGHT = 260;
const SPACE = { top: 24, right: 14, bottom: 40, left: 58 };
// Colours repeat after five and dashes after four, so that twenty lines differ.
const DASHES = ["", "7 4", "2 3", "9 3 2 3"];
const SHAPES = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolWye];
const INSTANT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Lines over time or numbers, with confidence bands; every series has its own dash and marker. The same data stands in a table. */
export function Lines({ series, xLabel, yLabel, label }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [near, setNear] = useState<{ of: LineSeries; point: LinePoint } | null>(null);
  useLayoutEffect(() => {
    const element = holder.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setWidth(Math.max(260, Math.round(element.clientWidth))));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);

  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return <p class="lines-none">Nothing to draw yet: {label}</p>;
  const x = xScale(points, width);
  const y = yScale(points);
  const sayTick = y.tickFormat(5, Math.abs(y.domain()[1] ?? 0) >= 1e5 ? "~s" : undefined);
  const ticks = Math.max(2, Math.floor(width / 110));
  const path = line<LinePoint>((point) => x(point.x), (point) => y(point.y));
  const band = area<LinePoint>((point) => x(point.x), (point) => y(point.low ?? point.y), (point) => y(point.high ?? point.y)).defined(
    (point) => point.low !== undefined && point.high !== undefined,
  );

  function find(event: PointerEvent & { currentTarget: SVGSVGElement }): void {
    const box = event.currentTarget.getBoundingClientRect();
    const at = { x: ((event.clientX - box.left) / box.width) * width, y: ((event.clientY - box.top) / box.height) * HEIGHT };
    let best = { far: 40 ** 2, found: null as typeof near };
    for (const of of series) {
      for (const point of of.points) {
        const far = (x(point.x) - at.x) ** 2 + (y(point.y) - at.y) ** 2;
        if (far < best.far) best = { far, found: { of, point } };
      }
    }
    setNear(best.found);
  }

  return (
    <figure class="lines">
      <ul class="lines-legend" aria-hidden="true">
        {series.map((one, n) => (
          <li key={one.name}>
            <svg width="30" height="12" viewBox="0 0 30 12">
              <line x1="0" y1="6" x2="30" y2="6" stroke={colour(one, n)} stroke-width="2" stroke-dasharray={dash(n)} />
              <path d={shape(n)} transform="translate(15 6)" fill={colour(one, n)} />
            </svg>
            {one.name}
          </li>
        ))}
      </ul>
      <div ref={holder}>
        <svg class="plot" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label} onPointerMove={find} onPointerLeave={() => setNear(null)}>
          <g class="axis">
            {y.ticks(5).map((tick) => (
              <g key={tick} transform={`translate(0 ${y(tick)})`}>
                <line class="lines-grid" x1={SPACE.left} x2={width - SPACE.right} />
                <text x={SPACE.left - 8} dy="0.32em" text-anchor="end">{sayTick(tick)}</text>
              </g>
            ))}
            {x.ticks(ticks).map(({ at, text }) => (
              <g key={at} transform={`translate(${at} ${HEIGHT - SPACE.bottom})`}>
                <line y2="5" />
                <text y="18" text-anchor="middle">{text}</text>
              </g>
            ))}
            <line x1={SPACE.left} x2={width - SPACE.right} y1={HEIGHT - SPACE.bottom} y2={HEIGHT - SPACE.bottom} />
            <text class="lines-name" x={width - SPACE.right} y={HEIGHT - 4} text-anchor="end">{xLabel}</text>
            <text class="lines-name" x="4" y="13">{yLabel}</text>
          </g>
          {series.map((one, n) => (
            <path key={one.name} class="lines-band" d={band(one.points) ?? ""} fill={colour(one, n)} />
          ))}
          {series.map((one, n) => (
            <g key={one.name} stroke={colour(one, n)} fill={colour(one, n)}>
              <path d={path(one.points) ?? ""} fill="none" stroke-width="2" stroke-dasharray={dash(n)} />
              {one.points.length <= 120 &&
                one.points.map((point, place) => (
                  <g key={place} transform={`translate(${x(point.x)} 0)`}>
                    {/* Too few points for a band to be seen. */}
                    {one.points.length < 3 && point.low !== undefined && point.high !== undefined && <line y1={y(point.low)} y2={y(point.high)} />}
                    <path d={shape(n)} stroke="none" transform={`translate(0 ${y(point.y)})`} />
                  </g>
                ))}
            </g>
          ))}
          {near && <circle class="lines-near" cx={x(near.point.x)} cy={y(near.point.y)} r="7" />}
        </svg>
      </div>
      <p class="lines-said" aria-hidden="true">{near && `${near.of.name}, ${sayX(near.point.x)}: ${sayPoint(near.point)}`}</p>
      <details>
        <summary>Show as table</summary>
        <div class="scroll-x lines-table" tabIndex={0} role="region" aria-label={`${label}: table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">{xLabel}</th>
                <th scope="col" class="number">{yLabel}</th>
              </tr>
            </thead>
            <tbody>
              {series.flatMap((one) =>
                one.points.map((point, place) => (
                  <tr key={`${one.name} ${place}`}>
                    <th scope="row">{one.name}</th>
                    <td>{sayX(point.x)}</td>
                    <td class="number">{sayPoint(point)}</td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

interface XScale {
  (x: Date | number): number;
  ticks: (count: number) => { at: number; text: string }[];
}

/** Time where any x is a Date, numbers otherwise; a single point stands in the middle. */
function xScale(points: readonly LinePoint[], width: number): XScale {
  const isTime = points.some((point) => point.x instanceof Date);
  const [low, high] = spread(points.map((point) => Number(point.x)), isTime ? 43_200_000 : 0.5);
  const range = [SPACE.left + 8, width - SPACE.right - 8];
  const scale = isTime ? scaleTime([low, high], range) : scaleLinear([low, high], range);
  return Object.assign((x: Date | number) => scale(Number(x)), {
    ticks: (count: number) => {
      const found = scale.ticks(count);
      const say = isTime ? instantsFor(high - low) : scaleLinear([low, high], range).tickFormat(count);
      return found.map((value) => ({ at: scale(value), text: say(Number(value)) }));
    },
  });
}

/** How instants are said along an axis of so many milliseconds. */
function instantsFor(length: number): (at: number) => string {
  const days = length / 86_400_000;
  const parts: Intl.DateTimeFormatOptions =
    days <= 2 ? { hour: "2-digit", minute: "2-digit" } : days <= 300 ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" };
  const format = new Intl.DateTimeFormat(undefined, parts);
  return (at) => format.format(at);
}

/** Begins at zero where that costs less than half of the height. */
function yScale(points: readonly LinePoint[]) {
  const ends = points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]);
  const [low, high] = spread(ends, Math.abs(ends[0] ?? 1) * 0.1 || 0.5);
  return scaleLinear([low >= 0 && low < high / 2 ? 0 : low, high], [HEIGHT - SPACE.bottom, SPACE.top]).nice(5);
}

function spread(values: readonly number[], least: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? [low - least, high + least] : [low, high];
}

const colour = (one: LineSeries, n: number): string => `var(--mark-${one.mark ?? (n % 5) + 1})`;
const dash = (n: number): string => DASHES[n % DASHES.length] ?? "";
const shape = (n: number): string => symbol(SHAPES[n % SHAPES.length] ?? symbolCircle, 46)() ?? "";
const sayX = (x: Date | number): string => (x instanceof Date ? INSTANT.format(x) : x.toLocaleString());
const sayY = (y: number): string => y.toLocaleString(undefined, { maximumSignificantDigits: 5 });

function sayPoint({ y, low, high }: LinePoint): string {
  return low === undefined || high === undefined ? sayY(y) : `${sayY(y)} (${sayY(low)} to ${sayY(high)})`;
}
