import { asRecord, asText } from "./reading";

export interface Workflow {
  nodes: readonly { id: string; name: string; after: readonly string[] }[];
  moments: readonly Moment[];
  outputs: ReadonlySet<string>;
}

/** One task's turn. Instants are ISO texts, null while not known. */
export interface Moment {
  node: string;
  name: string;
  status: string | null;
  startedAt: string | null;
  endedAt: string | null;
  error: string | null;
}

/**
 * From job_runs.workflow_metadata, in the order of its levels; null where a job is no workflow. `jobEnded`: when the job did; a task that
 * ran then was stopped with it.
 */
export function readWorkflow(given: unknown, jobEnded: string | null = null): Workflow | null {
  const metadata = asRecord(given);
  const graph = asRecord(metadata.execution_graph);
  const nodes = asRecord(graph.nodes);
  if (Object.keys(nodes).length === 0) return null;
  const ordered = [...new Set([...list(graph.execution_levels).flatMap(texts), ...Object.keys(nodes)])].filter((id) => id in nodes);
  return {
    nodes: ordered.map((id) => {
      const node = asRecord(nodes[id]);
      return { id, name: asText(node.func_name) ?? id, after: texts(node.dependencies) };
    }),
    moments: list(metadata.task_timeline).map((one) => {
      const moment = asRecord(one);
      const startedAt = asText(moment.started_at);
      const endedAt = asText(moment.completed_at);
      const stopped = jobEnded !== null && startedAt !== null && endedAt === null;
      return {
        node: asText(moment.node_id) ?? "",
        name: asText(moment.func_name) ?? "",
        status: stopped ? "cancelled" : asText(moment.status),
        startedAt,
        endedAt: stopped ? jobEnded : endedAt,
        error: asText(moment.error),
      };
    }),
    outputs: new Set(texts(graph.output_nodes)),
  };
}

/** What became of a task, by its last turn; one that has not begun waits. */
export function statusOf(workflow: Workflow, node: string): string {
  const moment = workflow.moments.findLast((one) => one.node === node);
  if (moment === undefined) return "pending";
  return moment.status ?? (moment.endedAt !== null ? "completed" : moment.startedAt !== null ? "running" : "pending");
}

const list = (given: unknown): readonly unknown[] => (Array.isArray(given) ? given : []);
const texts = (given: unknown): string[] => list(given).flatMap((one) => asText(one) ?? []);
