import type { Shape } from "~/api/client";
import type { GanttRow } from "./Gantt";
import { hasEnded, type JobDetail, micros } from "./job";

type Trace = Shape<"Trace">;

/**
 * The stretches of a job's life, from its moments: what is known of them and no more. While a worker holds the job it tells nothing of
 * what happens inside, so that stretch is one; after the end its parts are known.
 */
export function phases(job: JobDetail, traces: readonly Trace[]): GanttRow[] {
  const rows: GanttRow[] = [];
  let open: { name: string; from: number } | null = null;
  const close = (at: number, status: string) => {
    if (open !== null) rows.push({ id: `${rows.length}`, label: open.name, from: open.from, to: at, status });
    open = null;
  };
  let ran: number | null = null;
  for (const trace of traces) {
    const at = micros(trace.at) / 1000;
    const again = trace.attempt > 1 ? ` (attempt ${trace.attempt})` : "";
    if (trace.event === "job.pending" || trace.event === "job.requeued") {
      close(at, trace.event === "job.requeued" ? "failed" : "completed");
      open = { name: "Waiting for our worker", from: at };
    } else if (trace.event === "job.running") {
      close(at, "completed");
      open = { name: (hasEnded(job.status) ? "Starting its box" : "With our worker") + again, from: at };
    } else if (trace.event === "box.entered") {
      close(at, "completed");
      open = { name: `Running${again}`, from: at };
      ran = null;
    } else if (trace.event === "program.ran") {
      ran = at;
    } else if (trace.event === "job.completed" && ran !== null && open !== null) {
      close(ran, "completed");
      open = { name: "Fetching and recording", from: ran };
      close(at, "completed");
    } else if (trace.event.startsWith("job.")) {
      close(at, trace.event.slice("job.".length));
    }
  }
  const left = open as { name: string; from: number } | null;
  if (left !== null) rows.push({ id: `${rows.length}`, label: left.name, from: left.from, to: null, status: job.status === "pending" ? "pending" : "running" });
  return rows;
}

/** The runs on devices whose provider said when they were accepted and when they ended; an emulated one has no times of its own. */
export function taskRows(job: JobDetail): GanttRow[] {
  return job.tasks.flatMap(({ seq, backend, status, submitted_at, ended_at }) =>
    submitted_at === null
      ? []
      : [{ id: `task ${seq}`, label: `Task ${seq + 1} on ${backend}`, from: Date.parse(submitted_at), to: ended_at === null ? null : Date.parse(ended_at), status }],
  );
}
