import { useEffect, useState } from "preact/hooks";
import { answer, api } from "~/api/client";
import { onEvent } from "~/api/events";
import { type Loaded, useLoad } from "~/api/load";
import type { Script } from "./script";
import type { Shown } from "./shelf";

interface Pages {
  items: Script[];
  next_cursor: string | null;
}

/** Scripts of the library, kept current by events; `more` fetches the next page, null when there is none. */
export function useLibrary(shown: Shown, teamId: string | null): Loaded<Pages> & { more: (() => Promise<void>) | null } {
  const query = {
    library: shown.library,
    ...(shown.library === "team" && teamId !== null && { team_id: teamId }),
    ...(shown.framework && { framework: shown.framework }),
    ...(shown.q.trim() && { q: shown.q.trim() }),
  };
  const [round, setRound] = useState(0);
  const loaded = useLoad<Pages>((signal) => answer(api.GET("/api/scripts", { params: { query: { ...query, limit: 60 } }, signal })), [JSON.stringify(query), round]);
  useEffect(() => onEvent("scripts", () => setRound((n) => n + 1)), []);
  const { data, set } = loaded;
  const cursor = data?.next_cursor ?? null;
  const more =
    data === undefined || cursor === null
      ? null
      : async () => {
          const page = await answer(api.GET("/api/scripts", { params: { query: { ...query, limit: 60, cursor } } }));
          set({ items: [...data.items, ...page.items], next_cursor: page.next_cursor });
        };
  return { ...loaded, more };
}
