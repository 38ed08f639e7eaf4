import "./plots.css";
import { curveBumpX, line } from "d3-shape";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { Badge } from "~/ui/values";
import { BOX, type Edge, type Layout, layOut, type Node } from "./layout";

interface Props {
  nodes: readonly Node[];
  edges: readonly Edge[];
  label: string;
}

/** A larger graph is a page of hairlines: its table has all of it. */
const MOST_NODES = 200;

/** What depends on what, in layers from left to right. A status has a colour, a sign and its word; each node can be reached by Tab. */
export function Graph({ nodes, edges, label }: Props) {
  const drawn = nodes.slice(0, MOST_NODES);
  const layout = useLayout(drawn, edges);
  const arrow = useId();
  return (
    <figure class="histogram">
      <div class="graph-frame" tabIndex={0} role="region" aria-label={`Graph: ${label}`}>
        {layout !== null && (
          <svg class="plot graph" role="group" aria-label={label} viewBox={`0 0 ${layout.width} ${layout.height}`} style={{ width: `${layout.width}px`, height: `${layout.height}px` }}>
            <defs>
              <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                <path class="graph-arrow" d="M0 0L8 4L0 8z" />
              </marker>
            </defs>
            {layout.lines.map(({ key, points }) => (
              <path key={key} class="graph-edge" d={draw(points) ?? ""} marker-end={`url(#${arrow})`} />
            ))}
            {drawn.map((node) => {
              const place = layout.boxes.get(node.id);
              return place && <Box key={node.id} node={node} x={place.x - BOX.width / 2} y={place.y - BOX.height / 2} />;
            })}
          </svg>
        )}
      </div>
      {nodes.length > MOST_NODES && (
        <p class="plot-note">
          The first {MOST_NODES} of {nodes.length.toLocaleString()} are drawn; the table has all.
        </p>
      )}
      <NodeTable nodes={nodes} edges={edges} />
    </figure>
  );
}

const draw = line<{ x: number; y: number }>((point) => point.x, (point) => point.y).curve(curveBumpX);

/** Laid out anew only when nodes or edges come or go, so that a status that changes moves nothing. */
function useLayout(nodes: readonly Node[], edges: readonly Edge[]): Layout | null {
  const [layout, setLayout] = useState<Layout | null>(null);
  const shape = JSON.stringify([nodes.map((node) => node.id), edges.map((edge) => [edge.from, edge.to])]);
  useEffect(() => {
    let current = true;
    void layOut(nodes.map((node) => node.id), edges).then((done) => {
      if (current) setLayout(done);
    });
    return () => {
      current = false;
    };
  }, [shape]);
  return layout;
}

function Box({ node, x, y }: { node: Node; x: number; y: number }) {
  const kind = kindOf(node.status);
  const told = [node.label, node.status, node.detail].filter(Boolean).join(", ");
  const inside = (
    <>
      <title>{told}</title>
      <rect class="graph-box" width={BOX.width} height={BOX.height} rx={kind === "bad" ? 0 : 7} />
      <text class="graph-mark" x="10" y="20">
        {SIGNS[kind]}
      </text>
      <text class="graph-name" x="27" y="20">
        {cut(node.label, 19)}
      </text>
      <text class="graph-detail" x="27" y="37">
        {cut([node.status, node.detail].filter(Boolean).join(" · "), 24)}
      </text>
    </>
  );
  const place = { "data-status": kind, transform: `translate(${x} ${y})` };
  // A link is named by its title: a label would have to repeat the text as it is cut.
  return node.href === undefined ? (
    <g {...place} class="graph-node" role="img" aria-label={told} tabIndex={0}>
      {inside}
    </g>
  ) : (
    <NodeLink href={node.href} place={place}>
      {inside}
    </NodeLink>
  );
}

function NodeLink({ href, place, children }: { href: string; place: Record<string, string>; children: ComponentChildren }) {
  const [, go] = useLocation();
  return (
    <a
      {...place}
      class="graph-node"
      href={href}
      onClick={(event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </a>
  );
}

type Kind = "good" | "busy" | "bad" | "idle";

const SIGNS: Record<Kind, string> = { good: "●", busy: "▶", bad: "✕", idle: "○" };

function kindOf(status: string | undefined): Kind {
  if (status === undefined) return "idle";
  if (["completed", "sealed", "archived", "verified"].includes(status)) return "good";
  if (["running", "queued", "runnable"].includes(status)) return "busy";
  return ["failed", "broken"].includes(status) ? "bad" : "idle";
}

function NodeTable({ nodes, edges }: { nodes: readonly Node[]; edges: readonly Edge[] }) {
  const [open, setOpen] = useState(false);
  const names = new Map(nodes.map((node) => [node.id, node.label]));
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {open && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="The graph as a table">
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Status</th>
                <th scope="col">Comes after</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.id}>
                  <td>{node.href === undefined ? node.label : <Link href={node.href}>{node.label}</Link>}</td>
                  <td>{node.status === undefined ? "–" : <Badge status={node.status} />}</td>
                  <td>{edges.filter((edge) => edge.to === node.id).map((edge) => names.get(edge.from) ?? edge.from).join(", ") || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
