import type { ScaleLinear } from "d3-scale";

interface Place {
  x: number;
  width: number;
  from: number;
  to: number;
}

/** The pieces that a histogram is drawn of. Coordinates are in CSS pixels of the drawing. */
export function Bar({ x, width, from, to, hatch, others = false }: Place & { hatch?: string; others?: boolean }) {
  const place = { x, y: Math.min(from, to), width: Math.max(1, width), height: Math.abs(from - to) };
  return hatch === undefined ? <rect class={others ? "bar others" : "bar"} {...place} /> : <rect class="bar-second" {...place} fill={`url(#${hatch})`} />;
}

export function Interval({ x, of, scale }: { x: number; of: { low: number; high: number } | null; scale: ScaleLinear<number, number> }) {
  if (of === null) return null;
  const [low, high] = [scale(of.low), scale(of.high)];
  return <path class="interval" d={`M${x} ${low}V${high}M${x - 3} ${low}h6M${x - 3} ${high}h6`} />;
}

export function Diamond({ x, y, size }: { x: number; y: number; size: number }) {
  return <path class="exact" d={`M${x} ${y - size}l${size} ${size}l${-size} ${size}l${-size} ${-size}z`} />;
}

export function YAxis({ scale, left, right }: { scale: ScaleLinear<number, number>; left: number; right: number }) {
  const ticks = scale.ticks(5);
  const digits = ticks.some((tick) => Math.abs(tick * 100 - Math.round(tick * 100)) > 1e-9) ? 1 : 0;
  return (
    <g class="axis">
      {ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={left} x2={right} y1={scale(tick)} y2={scale(tick)} />
          <text x={left - 6} y={scale(tick) + 4} text-anchor="end">
            {(tick * 100).toFixed(digits)} %
          </text>
        </g>
      ))}
    </g>
  );
}

interface LegendProps {
  left: number;
  hatch: string;
  name: string;
  compare: string | undefined;
  exact: boolean;
  interval: boolean;
}

/** Each mark with its name, above the bars, so that a saved picture explains itself. */
export function Legend({ left, hatch, name, compare, exact, interval }: LegendProps) {
  const entries = [
    { text: name, mark: <rect class="bar" x="0" y="-9" width="12" height="11" /> },
    compare !== undefined && { text: compare, mark: <rect class="bar-second" x="0" y="-9" width="12" height="11" fill={`url(#${hatch})`} /> },
    exact && { text: "exact", mark: <Diamond x={6} y={-4} size={5} /> },
    interval && { text: "95 %", mark: <path class="interval" d="M6 -10V2M3 -10h6M3 2h6" /> },
  ].filter((entry) => entry !== false);
  let at = left;
  return (
    <g class="legend">
      {entries.map(({ text, mark }) => {
        const x = at;
        const shown = text.length > 24 ? `${text.slice(0, 23)}…` : text;
        at += 34 + shown.length * 6.6;
        return (
          <g key={text} transform={`translate(${x} 16)`}>
            {mark}
            <text x="18" y="1">
              {shown}
            </text>
          </g>
        );
      })}
    </g>
  );
}
