import type { Status } from "./job";
import { FRAMEWORKS, STATUSES } from "./job";

/** What the list is narrowed to; it stands in the address, so that a link shares it. `since` and `until`: days as YYYY-MM-DD, both included. */
export interface Filter {
  status: readonly Status[];
  backend: string;
  framework: (typeof FRAMEWORKS)[number] | "";
  script: string;
  since: string;
  until: string;
  q: string;
}

export const NO_FILTER: Filter = { status: [], backend: "", framework: "", script: "", since: "", until: "", q: "" };

const DAY = /^\d{4}-\d\d-\d\d$/;
const ID = /^[0-9a-f-]{36}$/i;

/** From an address's query. What it cannot mean is left out: anybody may have written the address. */
export function readFilter(query: string): Filter {
  const given = new URLSearchParams(query);
  const one = (name: string, fits: RegExp | ((text: string) => boolean) = () => true): string => {
    const text = given.get(name) ?? "";
    return (typeof fits === "function" ? fits(text) : fits.test(text)) ? text : "";
  };
  const framework = one("framework");
  return {
    status: STATUSES.filter((status) => given.getAll("status").includes(status)),
    backend: one("backend").slice(0, 100),
    framework: FRAMEWORKS.find((name) => name === framework) ?? "",
    script: one("script", ID),
    since: one("since", isDay),
    until: one("until", isDay),
    q: one("q").replaceAll("\0", "").slice(0, 200),
  };
}

export function writeFilter(filter: Filter): string {
  const query = new URLSearchParams();
  for (const status of filter.status) query.append("status", status);
  for (const name of ["backend", "framework", "script", "since", "until", "q"] as const) if (filter[name] !== "") query.set(name, filter[name]);
  return query.toString();
}

/** The same as the API's query. Days begin at the reader's midnight. */
export function asQuery(filter: Filter) {
  const { status, backend, framework, script, since, until, q } = filter;
  return {
    ...(status.length > 0 && { status: [...status] }),
    ...(backend !== "" && { backend }),
    ...(framework !== "" && { framework }),
    ...(script !== "" && { script_id: script }),
    ...(since !== "" && { since: midnight(since, 0) }),
    ...(until !== "" && { until: midnight(until, 1) }),
    ...(q.trim() !== "" && { q: q.trim() }),
  };
}

export const isNarrowed = (filter: Filter): boolean => writeFilter(filter) !== "";

function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text));
}

function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
