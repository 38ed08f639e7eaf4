import { useEffect } from "preact/hooks";
import { answer, api } from "~/api/client";
import { onEvent } from "~/api/events";
import { type Loaded, useLoad } from "~/api/load";
import { hasEnded, type JobDetail } from "./job";

const LOOK_AGAIN_MS = 3_000;

/** One job, read anew whenever an event names it; while it has not ended also now and then, since its tasks on devices push no events of their own. */
export function useJob(id: string): Loaded<JobDetail> {
  const loaded = useLoad((signal) => answer(api.GET("/api/jobs/{job_id}", { params: { path: { job_id: id } }, signal })), [id]);
  const { reload } = loaded;
  useEffect(
    () =>
      onEvent("jobs", (told) => {
        if (told.topic === "reset" || told.id === id) reload();
      }),
    [id],
  );
  // A capsule of the job may come, change its name or go.
  useEffect(
    () =>
      onEvent("capsules", (told) => {
        if (told.topic !== "reset" && told.row !== null && "job_id" in told.row && told.row.job_id === id) reload();
      }),
    [id],
  );
  const alive = loaded.data !== undefined && !hasEnded(loaded.data.status);
  useEffect(() => {
    if (!alive) return;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [alive]);
  return loaded;
}
