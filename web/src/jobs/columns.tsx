import { type Signal } from "@preact/signals";
import { type Column } from "~/ui/Rows";
import { Badge, sayNumber, sayUsd, When } from "~/ui/values";
import { cancelling } from "./acts";
import { Duration } from "./Duration";
import { type JobSummary, nameOf } from "./job";

/** The list's columns. What a cell reads of a signal draws that cell alone anew. */
export function columnsOf(chosen: Signal<ReadonlySet<string>>): readonly Column<JobSummary>[] {
  return [
    { id: "choose", title: <span class="visually-hidden">Choose</span>, width: "1.6rem", wide: true, cell: (row) => <Chosen row={row} chosen={chosen} /> },
    { id: "status", title: "Status", width: "7rem", cell: (row) => <State row={row} /> },
    { id: "name", title: "Job", width: "minmax(0, 2fr)", link: true, cell: (row) => <Name row={row} /> },
    { id: "backend", title: "Backend", width: "minmax(6rem, 1fr)", wide: true, cell: (row) => row.backend },
    { id: "shots", title: "Shots", width: "5rem", wide: true, number: true, cell: (row) => (row.shots === null ? "–" : sayNumber(row.shots)) },
    { id: "duration", title: "Duration", width: "minmax(8rem, 1fr)", wide: true, number: true, cell: (row) => <Duration job={row} /> },
    { id: "cost", title: "Cost", width: "5rem", wide: true, number: true, cell: (row) => sayUsd(row.actual_cost_usd ?? row.estimated_cost_usd) },
    { id: "age", title: "Age", width: "minmax(5rem, 7rem)", number: true, cell: (row) => <When at={row.created_at} ago /> },
  ];
}

function Chosen({ row, chosen }: { row: JobSummary; chosen: Signal<ReadonlySet<string>> }) {
  return (
    <label class="jobs-choose">
      <input type="checkbox" aria-label={`Choose ${nameOf(row)}`} checked={chosen.value.has(row.id)} onChange={() => toggle(chosen, row.id)} />
    </label>
  );
}

export function toggle(chosen: Signal<ReadonlySet<string>>, id: string): void {
  const next = new Set(chosen.value);
  if (!next.delete(id)) next.add(id);
  chosen.value = next;
}

function State({ row }: { row: JobSummary }) {
  return cancelling.value.has(row.id) ? <span class="badge" data-status="cancelled">cancelling</span> : <Badge status={row.status} />;
}

function Name({ row }: { row: JobSummary }) {
  return (
    <>
      {nameOf(row)}
      {row.flags.length > 0 && <span class="jobs-flag" title={row.flags.join(", ")}> ▲ doubtful</span>}
      {row.error_message !== null && <small class="jobs-error"> {row.error_message}</small>}
    </>
  );
}
