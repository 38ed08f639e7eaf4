import { useEffect } from "preact/hooks";
import { answer, api, type Shape } from "~/api/client";
import { onEvent } from "~/api/events";
import { type Loaded, useLoad } from "~/api/load";

export type Backend = Shape<"PublishedBackend">;

/** All backends, in their display order; kept current by events while somebody is signed in. */
export function useBackendList(): Loaded<Backend[]> {
  const loaded = useLoad(async (signal) => (await answer(api.GET("/api/backends", { signal }))).backends, []);
  const { data, set, reload } = loaded;
  useEffect(
    () =>
      onEvent("backends", (told) => {
        const row = told.topic === "reset" ? null : told.row;
        if (data === undefined || row === null || !("slug" in row && "deviceType" in row)) return reload();
        const known = data.some((one) => one.id === row.id);
        set(known ? data.map((one) => (one.id === row.id ? row : one)) : [...data, row]);
      }),
    [data, set, reload],
  );
  return loaded;
}

/** How it stands, in words: a device that is online may still not be reached from this installation. */
export function sayStanding(backend: Backend): string {
  if (backend.status === "retired") return "retired";
  if (backend.status !== "online") return backend.status;
  return backend.isAvailable ? "accepts jobs" : "online, not connected here";
}

export const sayType = (backend: Backend): string => (backend.deviceType === "qpu" ? "quantum processor" : "simulator");

/** What the tags say beyond its type. */
export const tagsOf = (backend: Backend): string[] => backend.tags.filter((tag) => tag !== backend.deviceType);

export const isRetired = (backend: Backend): boolean => backend.status === "retired";
