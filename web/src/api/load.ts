import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "./client";

export interface Loaded<T> {
  /** The last good answer, kept while a newer one is fetched. */
  data: T | undefined;
  problem: Refusal | null;
  /** When the answer that is being waited for was asked for; null when none is. */
  since: number | null;
  reload: () => void;
  /** Replaces the data, for what was pushed or answered by a write. */
  set: (data: T) => void;
}

/** Fetches when the page opens and whenever a value of `on` changes; a slower, older answer never replaces a newer one. */
export function useLoad<T>(fetch: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): Loaded<T> {
  const [data, set] = useState<T>();
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [since, setSince] = useState<number | null>(() => Date.now());
  const [round, setRound] = useState(0);
  const newest = useRef(0);
  useEffect(() => {
    const mine = ++newest.current;
    const abort = new AbortController();
    setSince(Date.now());
    fetch(abort.signal).then(
      (got) => {
        if (mine !== newest.current) return;
        set(got);
        setProblem(null);
        setSince(null);
      },
      (error: unknown) => {
        if (mine !== newest.current || abort.signal.aborted) return;
        if (!(error instanceof Refusal)) throw error;
        setProblem(error);
        setSince(null);
      },
    );
    return () => abort.abort();
    // `fetch` closes over what `on` names.
  }, [...on, round]);
  return { data, problem, since, reload: useCallback(() => setRound((n) => n + 1), []), set };
}
