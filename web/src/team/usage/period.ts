/** How far back usage is shown. */
export const PERIODS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
] as const;

/** A period by its number of days. */
export type Period = (typeof PERIODS)[number]["value"];

/** The period that an address asks for (`?days=`). */
export function periodOf(search: string): Period {
  const asked = new URLSearchParams(search).get("days");
  return PERIODS.find(({ value }) => value === asked)?.value ?? "30";
}

/** From the beginning of the first of that many days until the end of today, in UTC, as the server counts days. */
export function boundsOf(period: Period, now: Date): { since: string; until: string } {
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  const since = tomorrow - Number(period) * 86_400_000;
  return { since: new Date(since).toISOString(), until: new Date(tomorrow).toISOString() };
}
