import { useMemo } from "preact/hooks";
import { Graph } from "~/plots/Graph";
import { Empty } from "~/ui/states";
import { saySeconds } from "~/ui/values";
import { Gantt } from "../Gantt";
import { micros } from "../job";
import { type Moment, statusOf, type Workflow } from "../workflow";

/** A workflow's tasks: what waits for what, and when each had its turn. */
export function WorkflowPart({ workflow }: { workflow: Workflow | null }) {
  return workflow === null ? (
    <Empty title="Not told yet">A workflow shows its tasks as they run; they appear here by themselves once its script knows them.</Empty>
  ) : (
    <Shown workflow={workflow} />
  );
}

function Shown({ workflow }: { workflow: Workflow }) {
  const nodes = useMemo(
    () =>
      workflow.nodes.map(({ id, name }) => {
        const moment = workflow.moments.findLast((one) => one.node === id);
        return { id, label: name, status: statusOf(workflow, id), detail: [moment && took(moment), workflow.outputs.has(id) && "output"].filter(Boolean).join(", ") };
      }),
    [workflow],
  );
  const edges = useMemo(() => workflow.nodes.flatMap(({ id, after }) => after.map((from) => ({ from, to: id }))), [workflow]);
  const begun = workflow.moments.filter((moment) => moment.startedAt !== null);
  const failed = workflow.moments.filter((moment) => moment.error !== null);
  return (
    <div class="stack">
      <section class="card">
        <h2>Tasks</h2>
        <Graph nodes={nodes} edges={edges} label="What waits for what" />
        {failed.map((moment) => (
          <p key={moment.node} class="jobs-problem">
            ✕ {moment.name}: {moment.error}
          </p>
        ))}
      </section>
      {begun.length > 0 && (
        <section class="card">
          <h2>Turns</h2>
          <Gantt
            label="When each task ran"
            rows={begun.map((moment, n) => ({
              id: `${n}`,
              label: moment.name,
              from: micros(moment.startedAt ?? "") / 1000,
              to: moment.endedAt === null ? null : micros(moment.endedAt) / 1000,
              status: moment.status ?? "running",
              note: moment.error ?? undefined,
            }))}
          />
        </section>
      )}
    </div>
  );
}

function took(moment: Moment): string | null {
  if (moment.startedAt === null || moment.endedAt === null) return null;
  return saySeconds((micros(moment.endedAt) - micros(moment.startedAt)) / 1e6);
}
