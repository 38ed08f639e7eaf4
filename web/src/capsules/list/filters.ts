import { useSearchParams } from "wouter-preact";
import type { State } from "../capsule";

/** What narrows the list, as it stands in the page's address. Empty: not narrowed. */
export interface Filters {
  q: string;
  state: State | "";
  tag: string;
  framework: string;
  backend: string;
  job: string;
}

const NAMES = ["q", "state", "tag", "framework", "backend", "job"] as const;
export const STATES: readonly State[] = ["draft", "runnable", "sealed", "archived"];

export function readFilters(address: URLSearchParams): Filters {
  const told = Object.fromEntries(NAMES.map((name) => [name, address.get(name) ?? ""])) as Record<(typeof NAMES)[number], string>;
  return { ...told, state: STATES.find((state) => state === told.state) ?? "" };
}

export const isNarrowed = (filters: Filters): boolean => NAMES.some((name) => filters[name] !== "");

/** The filters of the address, and what changes them in place. */
export function useFilters(): [Filters, (changes: Partial<Filters>) => void] {
  const [address, setAddress] = useSearchParams();
  const change = (changes: Partial<Filters>) =>
    setAddress(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  return [readFilters(address), change];
}

/** As GET /api/capsules takes them; without what is empty. A job that is no UUID finds nothing instead of being refused. */
export function queryOf(filters: Filters, teamId: string | undefined): Record<string, string> {
  const given = {
    q: filters.q.trim().slice(0, 200),
    state: filters.state,
    tag: filters.tag.slice(0, 200),
    regulatory_framework: filters.framework.slice(0, 200),
    backend: filters.backend.slice(0, 200),
    job_id: filters.job,
    team_id: teamId ?? "",
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}
