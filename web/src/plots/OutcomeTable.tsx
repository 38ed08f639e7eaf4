import { useState } from "preact/hooks";
import type { Cell } from "./download";
import { type Measured, type Outcome, wilson } from "./outcomes";

interface Series {
  shots: number;
  sampled: boolean;
  name: string;
  compare: (Measured & { name: string; sampled?: boolean }) | undefined;
}

/** The histogram's numbers, as its table and its CSV show them. Shares and bounds are 0…1. */
export function outcomeRows(all: readonly Outcome[], { shots, sampled, name, compare }: Series): { header: string[]; rows: Cell[][] } {
  const withExact = all.some((one) => one.exact !== null);
  const header = ["outcome", name === "measured" ? "count" : `${name} count`, "share"];
  if (sampled) header.push("low 95 %", "high 95 %");
  if (withExact) header.push("exact");
  if (compare) header.push(`${compare.name} count`, `${compare.name} share`);
  const rows = all.map((one) => {
    const row: Cell[] = [one.label, one.count, round(one.share)];
    const interval = sampled && shots > 0 ? wilson(one.count, shots) : null;
    if (sampled) row.push(interval && round(interval.low), interval && round(interval.high));
    if (withExact) row.push(one.exact);
    if (compare) row.push(one.compared?.count ?? 0, round(one.compared?.share ?? 0));
    return row;
  });
  return { header, rows };
}

const MOST_ROWS = 500;

/** The same numbers to read; built when it is opened. */
export function OutcomeTable({ header, rows, label }: { header: readonly string[]; rows: readonly (readonly Cell[])[]; label: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {open && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={`Table: ${label}`}>
          <table>
            <thead>
              <tr>
                {header.map((title, n) => (
                  <th key={title} scope="col" class={n === 0 ? "" : "number"}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST_ROWS).map((row) => (
                <tr key={row[0]}>
                  {row.map((cell, n) => (
                    <td key={header[n]} class={n === 0 ? "mono" : "number"}>
                      {typeof cell === "number" && !Number.isInteger(cell) ? cell.toFixed(5) : cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length > MOST_ROWS && <p>The first {MOST_ROWS} of {rows.length.toLocaleString()}; the CSV has all.</p>}
        </div>
      )}
    </details>
  );
}

const round = (value: number): number => Number(value.toPrecision(8));
