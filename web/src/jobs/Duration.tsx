import { saySeconds } from "~/ui/values";
import { useSeconds } from "~/ui/states";
import { hasEnded, type Status, WAITS_FOR } from "./job";

interface Timed {
  status: Status;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  wall_time_seconds: number | null;
}

/** How long a job ran; while it has not ended, what it waits for and for how long already. */
export function Duration({ job }: { job: Timed }) {
  if (hasEnded(job.status)) return <>{saySeconds(ranFor(job))}</>;
  const since = job.status === "running" ? (job.started_at ?? job.created_at) : job.created_at;
  return <Ticking what={WAITS_FOR[job.status] ?? ""} since={Date.parse(since)} />;
}

function Ticking({ what, since }: { what: string; since: number }) {
  const seconds = useSeconds(since);
  return (
    <span class="jobs-ticking">
      {what} <span class="number">{seconds < 120 ? `${seconds.toFixed(1)} s` : saySeconds(seconds)}</span>
    </span>
  );
}

/** Seconds; null where nothing ran. */
function ranFor({ wall_time_seconds, started_at, completed_at }: Timed): number | null {
  if (wall_time_seconds !== null) return wall_time_seconds;
  return started_at === null || completed_at === null ? null : (Date.parse(completed_at) - Date.parse(started_at)) / 1000;
}
