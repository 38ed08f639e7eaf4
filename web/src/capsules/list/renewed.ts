import type { CapsuleSummary } from "../capsule";

/** What of the list is here. `cursor`: where the next page begins; null: there is none. */
export interface Held {
  rows: CapsuleSummary[];
  cursor: string | null;
}

/** The first page as it is now, before what of the list lies behind it. */
export function renewed(before: Held, page: Held): Held {
  const last = page.rows.at(-1);
  if (page.cursor === null || last === undefined) return page;
  const fresh = new Set(page.rows.map((row) => row.id));
  const behind = before.rows.filter((row) => !fresh.has(row.id) && isBehind(row, last));
  return behind.length === 0 ? page : { rows: [...page.rows, ...behind], cursor: before.cursor };
}

/** Newest first, as the server orders them: instants as ISO texts of one zone compare as text. */
function isBehind(row: CapsuleSummary, last: CapsuleSummary): boolean {
  return row.created_at < last.created_at || (row.created_at === last.created_at && row.id < last.id);
}
