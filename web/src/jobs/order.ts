import { type JobSummary, micros } from "./job";

/** Rows by id, newest first; of two of one id the newer state stays. `more` may be in any order. */
export function merge(rows: readonly JobSummary[], more: readonly JobSummary[]): readonly JobSummary[] {
  if (more.length === 0) return rows;
  const byId = new Map(rows.map((row) => [row.id, row]));
  let sorted = true;
  for (const row of more) {
    const known = byId.get(row.id);
    if (known !== undefined && !newer(row, known)) continue;
    if (known === undefined) sorted = false;
    byId.set(row.id, row);
  }
  const all = [...byId.values()];
  return sorted ? all : all.sort(newestFirst);
}

/** Whether a row is at least as new as what is known of it. */
export function newer(row: JobSummary, known: JobSummary | undefined): boolean {
  return known === undefined || micros(row.updated_at) >= micros(known.updated_at);
}

const GAP_MICROS = 60e6;

/** Few spans of time that hold all instants and, where the instants lie far apart, not what is between; cut to the bounds. */
export function clusters(instants: readonly string[], bounds: { since?: string; until?: string }): { since: string; until: string }[] {
  const sorted = [...instants].sort((one, other) => micros(one) - micros(other));
  const spans: { first: string; last: string }[] = [];
  for (const at of sorted) {
    const open = spans.at(-1);
    if (open !== undefined && micros(at) - micros(open.last) < GAP_MICROS) open.last = at;
    else spans.push({ first: at, last: at });
  }
  return spans
    .map(({ first, last }) => ({ since: later(first, bounds.since), until: earlier(new Date(Date.parse(last) + 1).toISOString(), bounds.until) }))
    .filter(({ since, until }) => micros(since) < micros(until));
}

function newestFirst(one: JobSummary, other: JobSummary): number {
  return createdAt(other) - createdAt(one) || (other.id < one.id ? -1 : 1);
}

/** Read from its text once: ten thousand rows are put in order while somebody scrolls. */
function createdAt(row: JobSummary): number {
  let at = created.get(row);
  if (at === undefined) {
    at = micros(row.created_at);
    created.set(row, at);
  }
  return at;
}

const created = new WeakMap<JobSummary, number>();

const later = (at: string, bound: string | undefined): string => (bound !== undefined && micros(bound) > micros(at) ? bound : at);
const earlier = (at: string, bound: string | undefined): string => (bound !== undefined && micros(bound) < micros(at) ? bound : at);
