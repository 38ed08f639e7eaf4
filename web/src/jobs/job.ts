import type { Shape } from "~/api/client";

export type JobSummary = Shape<"JobSummary">;
export type JobDetail = Shape<"JobDetail">;
export type JobResult = Shape<"JobResult">;
export type Status = JobSummary["status"];

export const STATUSES: readonly Status[] = ["pending", "queued", "running", "completed", "failed", "cancelled"];
export const FRAMEWORKS = ["openqasm", "qiskit", "cirq", "pennylane", "marqov"] as const;

export const hasEnded = (status: Status): boolean => status === "completed" || status === "failed" || status === "cancelled";

/** What a job is called where it has no name of its own. */
export function nameOf(job: { script_name: string | null; capsule_name?: string | null; framework: string | null; id: string }): string {
  return job.script_name ?? job.capsule_name ?? `${job.framework ?? "job"} ${job.id.slice(0, 8)}`;
}

/** What a job that has not ended waits for. */
export const WAITS_FOR: Partial<Record<Status, string>> = {
  pending: "waiting for our worker",
  queued: "at the vendor",
  running: "running",
};

/** Microseconds since 1970, for an order that milliseconds cannot tell. */
export function micros(at: string): number {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  return Math.floor(Date.parse(at) / 1000) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}
