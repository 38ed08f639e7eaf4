import { scaleLinear } from "d3-scale";
import { useEffect, useRef, useState } from "preact/hooks";
import { Badge, saySeconds, When } from "~/ui/values";
import { useWidth } from "~/plots/size";

/** One bar. Instants in ms since 1970; `to` null: it has not ended. */
export interface GanttRow {
  id: string;
  label: string;
  from: number;
  to: number | null;
  status: string;
  note?: string | undefined;
}

const ROW = 26;
const TOP = 24;

/** What happened when, one bar under the other from the first moment on; what has not ended grows. Times are in the reader's zone. */
export function Gantt({ rows, label }: { rows: readonly GanttRow[]; label: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const now = useNow(rows.some((row) => row.to === null));
  const start = Math.min(...rows.map((row) => row.from));
  const end = Math.max(...rows.map((row) => row.to ?? now), start + 0.001);
  // On a narrow screen the name stands above its bar.
  const stacked = width < 560;
  const left = stacked ? 4 : 190;
  const step = stacked ? ROW * 1.7 : ROW;
  const x = scaleLinear().domain([0, end - start]).range([left, width - 84]);
  const height = TOP + rows.length * step + 6;
  return (
    <figure class="histogram">
      <div ref={frame} class="histogram-frame">
        <svg class="plot" role="img" aria-label={`${label}: ${rows.map((row) => `${row.label} ${lasted(row, now)}`).join("; ")}`} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
          <g class="axis">
            {x.ticks(Math.max(2, Math.floor(width / 160))).map((tick) => (
              <g key={tick}>
                <line class="grid" x1={x(tick)} x2={x(tick)} y1={TOP - 6} y2={height} />
                <text x={x(tick)} y={12} text-anchor={tick === 0 ? "start" : "middle"}>
                  {tick === 0 ? "0" : saySeconds(tick / 1000)}
                </text>
              </g>
            ))}
          </g>
          {rows.map((row, n) => {
            const y = TOP + n * step + (stacked ? 16 : 0);
            const from = x(row.from - start);
            const to = x((row.to ?? now) - start);
            return (
              <g key={row.id} class="jobs-bar" data-status={row.status}>
                <title>{`${row.label}: ${lasted(row, now)}, ${row.status}${row.note ? `\n${row.note}` : ""}`}</title>
                <text x={stacked ? left : left - 8} y={stacked ? y - 3 : y + 16} text-anchor={stacked ? "start" : "end"}>
                  {row.label.length > 30 ? `${row.label.slice(0, 29)}…` : row.label}
                </text>
                <rect x={from} y={y + 4} width={Math.max(2, to - from)} height={ROW - 9} rx="2" />
                <text x={to + 6} y={y + 16} class="jobs-lasted">
                  {row.status === "failed" || row.status === "cancelled" ? "✕ " : ""}
                  {lasted(row, now)}
                  {row.to === null ? " …" : ""}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      <RowsTable rows={rows} now={now} label={label} />
    </figure>
  );
}

function RowsTable({ rows, now, label }: { rows: readonly GanttRow[]; now: number; label: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {open && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={`Table: ${label}`}>
          <table>
            <thead>
              <tr><th scope="col">What</th><th scope="col">Status</th><th scope="col">From</th><th scope="col">Until</th><th scope="col" class="number">Took</th></tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>{row.label}</td>
                  <td><Badge status={row.status} /></td>
                  <td class="jobs-tight"><When at={new Date(row.from).toISOString()} /></td>
                  <td>{row.to === null ? "not ended" : <When at={new Date(row.to).toISOString()} />}</td>
                  <td class="number">{lasted(row, now)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

const lasted = (row: GanttRow, now: number): string => saySeconds(Math.max(0, (row.to ?? now) - row.from) / 1000);
