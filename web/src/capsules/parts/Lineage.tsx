import { useLoad } from "~/api/load";
import { answer, api } from "~/api/client";
import { Graph } from "~/plots/Graph";
import { Arrived } from "~/ui/states";
import type { Capsule } from "../capsule";

const MADE = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "numeric" });

/** What the capsule comes from and what came of it. */
export function Lineage({ capsule }: { capsule: Capsule }) {
  const lineage = useLoad(
    (signal) => answer(api.GET("/api/capsules/{capsule_id}/lineage", { params: { path: { capsule_id: capsule.id } }, signal })),
    [capsule.id, capsule.state, capsule.children.length],
  );
  return (
    <Arrived of={lineage} what="Reading the family">
      {({ nodes, edges, truncated }) => (
        <>
          <Graph
            label={`Lineage of ${capsule.name}`}
            nodes={nodes.map((node) => ({
              id: node.id,
              label: node.id === capsule.id ? `this: ${node.name}` : node.name,
              status: node.state,
              href: `/capsules/${node.id}`,
              detail: MADE.format(new Date(node.created_at)),
            }))}
            edges={edges.map((edge) => ({ from: edge.parent, to: edge.child }))}
          />
          {nodes.length === 1 && <p>It stands alone so far. “Run again” makes a job of its files, whose capsule names this one as its parent.</p>}
          {truncated && <p>There are more than the {nodes.length} that are shown.</p>}
        </>
      )}
    </Arrived>
  );
}
