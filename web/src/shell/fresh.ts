import { useEffect } from "preact/hooks";
import { Refusal } from "~/api/client";
import { findMe, me } from "~/api/session";

const AWAY_MS = 30_000;

/** Asks again who is here when its reader comes back to the tab: roles, teams and suspensions change, and no event tells. */
export function useFreshMe(): void {
  useEffect(() => {
    let left = Date.now();
    const changed = () => {
      if (document.hidden) left = Date.now();
      else if (me.value && Date.now() - left > AWAY_MS) findMe().catch(ignoreRefusal);
    };
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
}

/** What was known stays; that the server is away, the banner of the stream tells. */
function ignoreRefusal(problem: unknown): void {
  if (!(problem instanceof Refusal)) throw problem;
}
