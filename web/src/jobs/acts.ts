import { signal } from "@preact/signals";
import { answer, api, onceOnly } from "~/api/client";
import { me } from "~/api/session";
import { say, soon } from "~/shell/notices";
import { hasEnded, type Status } from "./job";

/** Jobs that will be cancelled in a moment, unless somebody undoes it. */
export const cancelling = signal<ReadonlySet<string>>(new Set());

interface Owned {
  id: string;
  user_id: string | null;
  team_id: string;
  status: Status;
}

/** A member cancels and retries their own jobs, an owner or admin everybody's; in a suspended team nobody does. */
export function mayChange(job: { user_id: string | null; team_id: string }): boolean {
  const owning = me.value?.teams.find((team) => team.id === job.team_id);
  if (owning === undefined || owning.suspended_at !== null) return false;
  return owning.role !== "member" || job.user_id === me.value?.user.id;
}

export const mayCancel = (job: Owned): boolean => !hasEnded(job.status) && mayChange(job) && !cancelling.value.has(job.id);

/** Cancels in ten seconds: until then it can be undone, since no job comes back from being cancelled. */
export function cancelJob(job: Owned, name: string): void {
  if (!mayCancel(job)) return;
  cancelling.value = new Set([...cancelling.value, job.id]);
  const forget = () => (cancelling.value = new Set([...cancelling.value].filter((id) => id !== job.id)));
  soon(
    `“${name}” is cancelled in 10 s.`,
    async () => {
      // Also when it is the page's last act, because the reader leaves.
      await answer(api.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id: job.id }, header: onceOnly() }, keepalive: true }));
      forget();
    },
    forget,
  );
}

/** Starts the same code, parameters and backend again; goes to the new job. Throws Refusal. */
export async function retryJob(id: string, go: (href: string) => void): Promise<void> {
  const made = await answer(api.POST("/api/jobs/{job_id}/retry", { params: { path: { job_id: id }, header: onceOnly() } }));
  say({ kind: "done", text: "Started again, as a new job." });
  go(`/jobs/${made.job_id}`);
}
