import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, Refusal } from "~/api/client";
import { onEvent } from "~/api/events";
import type { CapsuleSummary } from "../capsule";
import { type Held, renewed } from "./renewed";

const PAGE = 100;
const GATHER_MS = 150;

export interface Pages {
  rows: readonly CapsuleSummary[];
  /** Whether rows follow those that are here. */
  more: boolean;
  problem: Refusal | null;
  /** Since when an answer is waited for (ms since 1970); null: none is. */
  since: number | null;
  /** Fetches the page after the last row, unless it is being fetched. */
  next: () => void;
  reload: () => void;
}

/** The list, page by page as it is scrolled, and kept current by what the server pushes. */
export function usePages(query: Record<string, string>): Pages {
  const key = JSON.stringify(query);
  const [held, setHeld] = useState<Held>({ rows: [], cursor: null });
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [since, setSince] = useState<number | null>(Date.now);
  const busy = useRef<AbortController | null>(null);

  function fetchPage(cursor: string | null, put: (before: Held, page: Held) => Held): void {
    busy.current?.abort();
    const mine = new AbortController();
    busy.current = mine;
    setSince(Date.now());
    const asked = { ...query, limit: PAGE, ...(cursor !== null && { cursor }) };
    answer(api.GET("/api/capsules", { params: { query: asked }, signal: mine.signal }))
      .then((page) => {
        setHeld((before) => put(before, { rows: page.items, cursor: page.next_cursor }));
        setProblem(null);
      })
      .catch((refused: unknown) => {
        if (mine.signal.aborted) return;
        if (!(refused instanceof Refusal)) throw refused;
        setProblem(refused);
      })
      .finally(() => {
        if (busy.current !== mine) return;
        busy.current = null;
        setSince(null);
      });
  }

  const first = () => fetchPage(null, (_, page) => page);
  useEffect(() => {
    first();
    return () => busy.current?.abort();
  }, [key]);
  useEffect(() => {
    let gathered: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent("capsules", (told) => {
      if (told.topic !== "reset" && told.row === null) setHeld((before) => without(before, told.id));
      // What the filters and the search make of a changed row only the server can say; several changes are asked for once.
      gathered ??= setTimeout(renew, GATHER_MS);
    });
    function renew(): void {
      // A page that is on its way is not cut off.
      gathered = busy.current === null ? undefined : setTimeout(renew, GATHER_MS);
      if (busy.current === null) fetchPage(null, renewed);
    }
    return () => {
      clearTimeout(gathered);
      stop();
    };
  }, [key]);

  return {
    rows: held.rows,
    more: held.cursor !== null,
    problem,
    since,
    next: () => {
      if (busy.current === null && held.cursor !== null) fetchPage(held.cursor, (before, page) => ({ rows: [...before.rows, ...page.rows], cursor: page.cursor }));
    },
    reload: first,
  };
}

function without(before: Held, id: string): Held {
  return { ...before, rows: before.rows.filter((row) => row.id !== id) };
}
