export interface Node {
  id: string;
  label: string;
  status?: string | undefined;
  href?: string | undefined;
  detail?: string | undefined;
}

export interface Edge {
  from: string;
  to: string;
}

interface Point {
  x: number;
  y: number;
}

/** Where boxes and lines go, in CSS pixels: `boxes` by id, by their centres; a line's points from its start to its end. */
export interface Layout {
  width: number;
  height: number;
  boxes: ReadonlyMap<string, Point>;
  lines: readonly { key: string; points: readonly Point[] }[];
}

export const BOX = { width: 184, height: 46 };

/** Layers from left to right, after Sugiyama. The layout is loaded when the first graph is drawn; edges to unknown nodes are left out. */
export async function layOut(ids: readonly string[], edges: readonly Edge[]): Promise<Layout> {
  const { Graph, layout } = await import("@dagrejs/dagre");
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 56, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { ...BOX });
  const known = new Set(ids);
  for (const { from, to } of edges) if (known.has(from) && known.has(to)) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.max(width, BOX.width + 12),
    height: Math.max(height, BOX.height + 12),
    boxes: new Map(ids.map((id) => [id, graph.node(id) as Point])),
    lines: graph.edges().map(({ v, w }) => {
      const { points } = graph.edge(v, w) as { points: Point[] };
      const [from, to] = [graph.node(v) as Point, graph.node(w) as Point];
      // From the middle of one side to the middle of the other; around the boxes between, as the layout found.
      const around = points.length > 3 ? points.slice(1, -1) : [];
      return { key: `${v} ${w}`, points: [{ x: from.x + BOX.width / 2, y: from.y }, ...around, { x: to.x - BOX.width / 2, y: to.y }] };
    }),
  };
}
