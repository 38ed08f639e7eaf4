import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Circuit, type Span, width } from "../circuit";
import "../circuits.css";
import { Glyph } from "./Glyph";
import { BOX, type Item, type Laid, layout } from "./layout";
import { MOST_OPS } from "./place";

interface Props {
  circuit: Circuit;
  label: string;
  /** With it each operation is a button that gives its place in the text. */
  onPick?: (span: Span) => void;
  /** The operations at this very place are marked. */
  highlight?: Span | null;
}

/** A circuit as wires and gates. Wide ones scroll in their own box; of very large ones the first part is drawn. */
export function Drawing({ circuit, label, onPick, highlight = null }: Props) {
  const laid = useMemo(() => layout(circuit), [circuit]);
  const [scroller, scrolls] = useScrolls(laid.width);
  const [chosen, setChosen] = useState(0);
  const current = Math.min(chosen, laid.items.length - 1);
  const group = useRef<SVGGElement>(null);
  // Thousands of glyphs are compared with themselves only when something about them changed.
  const drawn = useMemo(
    () => laid.items.map((item, index) => <OpDrawn key={index} item={item} marked={isAt(item.op.span, highlight)} onPick={onPick} stop={index === current} onFocus={() => setChosen(index)} />),
    [laid, highlight, onPick, current],
  );
  const said = `${label}. ${say(circuit, laid)}`;
  const move = (event: JSX.TargetedKeyboardEvent<SVGGElement>) => {
    const to = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: laid.items.length - 1 }[event.key];
    if (to === undefined || !laid.items[to]) return;
    event.preventDefault();
    setChosen(to);
    group.current?.children[to]?.querySelector<SVGElement>("[role=button]")?.focus();
  };
  return (
    <figure class="circuit">
      <div class="circuit-scroll" ref={scroller} {...(scrolls && !onPick ? { tabIndex: 0, role: "group", "aria-label": label } : {})}>
        {scrolls && <Labels laid={laid} />}
        <svg class="circuit-drawing" role={onPick ? "group" : "img"} aria-label={said} viewBox={`0 0 ${laid.width} ${laid.height}`} width={laid.width} height={laid.height}>
          <Wires laid={laid} />
          <g ref={group} onKeyDown={onPick && move}>{drawn}</g>
        </svg>
      </div>
      <LeftOut laid={laid} circuit={circuit} />
    </figure>
  );
}

interface OpProps {
  item: Item;
  marked: boolean;
  onPick: Props["onPick"];
  /** Is it the one that the Tab key comes to? */
  stop: boolean;
  onFocus: () => void;
}

function OpDrawn({ item, marked, onPick, stop, onFocus }: OpProps) {
  const { x, top, bottom, parts, op, title } = item;
  const wide = Math.max(item.width, BOX - 4);
  const area = { x: x - wide / 2 - 3, y: top - 3, width: wide + 6, height: bottom - top + 6, rx: 6 };
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<SVGRectElement>) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPick?.(op.span);
  };
  return (
    <g class={marked ? "circuit-op marked" : "circuit-op"}>
      <title>{title}</title>
      <rect class="circuit-ground" {...area} />
      {parts.map((part, index) => (
        <Glyph key={index} part={part} x={x} />
      ))}
      {onPick && (
        <rect
          class="circuit-touch" role="button" tabindex={stop ? 0 : -1} aria-label={`${title}, line ${op.span.line}`} {...area}
          onClick={() => onPick(op.span)} onKeyDown={onKeyDown} onFocus={onFocus}
        />
      )}
    </g>
  );
}

function Wires({ laid }: { laid: Laid }) {
  const end = laid.width - 6;
  return (
    <g>
      {laid.wires.map(({ label, y, bits }) => (
        <g key={`${label} ${y}`}>
          <WireName label={label} x={laid.left - 10} y={y} />
          {bits === 0 && <path class="circuit-wire" d={`M${laid.left} ${y}H${end}`} />}
          {bits > 0 && <path class="circuit-bits" d={`M${laid.left} ${y - 1.5}H${end}M${laid.left} ${y + 1.5}H${end}`} />}
          {bits > 1 && <text class="circuit-small soft" x={laid.left + 1} y={y - 6}>{bits}</text>}
        </g>
      ))}
    </g>
  );
}

function WireName({ label, x, y }: { label: string; x: number; y: number }) {
  const shown = label.length > 18 ? `${label.slice(0, 17)}…` : label;
  return <text class="circuit-label" x={x} y={y + 4.5} text-anchor="end">{shown}</text>;
}

/** The wires' names again, which stay while the drawing is scrolled. */
function Labels({ laid }: { laid: Laid }) {
  return (
    <svg class="circuit-labels" aria-hidden="true" viewBox={`0 0 ${laid.left} ${laid.height}`} width={laid.left} height={laid.height} style={{ marginRight: -laid.left }}>
      <rect class="circuit-cover" width={laid.left} height={laid.height} />
      {laid.wires.map(({ label, y }) => (
        <WireName key={`${label} ${y}`} label={label} x={laid.left - 10} y={y} />
      ))}
    </svg>
  );
}

function LeftOut({ laid, circuit }: { laid: Laid; circuit: Circuit }) {
  const { ops, qubits } = laid.leftOut;
  if (!ops && !qubits) return null;
  const all = circuit.ops.length;
  return (
    <figcaption>
      Drawn: {(all - ops).toLocaleString()} of {counted(all, "operation")}
      {qubits > 0 && `, ${laid.wires.filter(({ bits }) => bits === 0).length} of ${counted(width(circuit.qubits), "qubit")}`}.{" "}
      {all > MOST_OPS ? "The text has the rest." : "Operations on the other qubits are left out."}
    </figcaption>
  );
}

/** Whether the drawing is wider than its box. */
function useScrolls(content: number) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setScrolls(content > element.clientWidth + 1);
    look();
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [content]);
  return [box, scrolls] as const;
}

const MOST_SAID = 12;

function say({ qubits, ops }: Circuit, { items }: Laid): string {
  const first: string[] = [];
  for (const { title } of items) if (title !== first.at(-1) && first.length < MOST_SAID) first.push(title);
  const more = items.length > first.length ? "; …" : "";
  return `Circuit of ${counted(width(qubits), "qubit")} and ${counted(ops.length, "operation")}${first.length ? `: ${first.join("; ")}${more}` : ""}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString()} ${what}${count === 1 ? "" : "s"}`;
}

function isAt(span: Span, place: Span | null): boolean {
  return place !== null && span.line === place.line && span.column === place.column && span.endLine === place.endLine && span.endColumn === place.endColumn;
}
