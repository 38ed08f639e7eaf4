import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Link } from "wouter-preact";
import { useVirtual } from "./virtual";

export interface Column<T> {
  id: string;
  title: ComponentChildren;
  cell: (row: T) => ComponentChildren;
  /** A grid track: "8rem", "minmax(10rem, 2fr)". */
  width: string;
  number?: boolean;
  /** Left out on a narrow screen. */
  wide?: boolean;
  /** Its content is the row's link; of none that says so, the first column's is. */
  link?: boolean;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  /** Kept the same from draw to draw where the list is long: a row is drawn anew only when it, or these, changed. */
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  rowHref: (row: T) => string;
  /** Called when the end comes into sight; more rows may follow. */
  onEnd?: () => void;
  /** After the last row: how many there are, or that more is being fetched. */
  foot?: ComponentChildren;
  /** The key of the row that the page's keys act on: it is brought into sight and its link gets the focus. */
  current?: string | null;
  /** Called when the focus comes into a row. */
  onCurrent?: (key: string) => void;
}

const ROW_HEIGHT = 44;
const FOOT_HEIGHT = 60;

/** A list of any length: only the rows in sight are in the page. The first column's content is the row's link. */
export function Rows<T>({ label, rows, columns, rowKey, rowHref, onEnd, foot, current = null, onCurrent }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual(scroller, rows.length, ROW_HEIGHT);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd?.();
  }, [last, rows.length]);
  useLayoutEffect(() => {
    if (current === null || scroller.current?.querySelector(`[data-key="${CSS.escape(current)}"]`)?.contains(document.activeElement)) return;
    const index = rows.findIndex((row) => rowKey(row) === current);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    const waited = requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(current)}"] .rows-link`)?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(waited);
  }, [current]);
  const wide = columns.map((column) => column.width).join(" ");
  const narrow = columns.filter((column) => !column.wide).map((column) => column.width).join(" ");
  return (
    <div class="rows" role="table" aria-label={label} aria-rowcount={rows.length + 1} style={{ "--wide": wide, "--narrow": narrow }}>
      <div role="rowgroup">
        <div class="rows-line rows-head" role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <span key={column.id} role="columnheader" class={cellClass(column)}>
              {column.title}
            </span>
          ))}
        </div>
      </div>
      <div
        class="rows-body"
        role="rowgroup"
        ref={scroller}
        tabIndex={0}
        style={{ height: `min(70dvh, ${virtual.getTotalSize() + FOOT_HEIGHT}px)` }}
        onFocusCapture={(event) => {
          const key = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-key]")?.dataset.key : undefined;
          if (key !== undefined) onCurrent?.(key);
        }}
      >
        <div role="presentation" style={{ height: `${virtual.getTotalSize()}px`, position: "relative" }}>
          {shown.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <Line key={rowKey(row)} row={row} id={rowKey(row)} href={rowHref(row)} columns={columns as readonly Column<unknown>[]} index={item.index} top={item.start} />
            );
          })}
        </div>
        {foot !== undefined && <div class="rows-foot">{foot}</div>}
      </div>
    </div>
  );
}

interface LineProps {
  row: unknown;
  id: string;
  href: string;
  columns: readonly Column<unknown>[];
  index: number;
  /** In CSS pixels from the first row's top. */
  top: number;
}

/** One row; while somebody scrolls, those that stay in sight are not drawn again. */
const Line = memo(function Line({ row, id, href, columns, index, top }: LineProps) {
  const link = columns.find((column) => column.link) ?? columns[0];
  return (
    <div class="rows-line" role="row" data-key={id} aria-rowindex={index + 2} style={{ transform: `translateY(${top}px)`, height: `${ROW_HEIGHT}px` }}>
      {columns.map((column) => (
        <span key={column.id} role="cell" class={cellClass(column)}>
          {column === link ? (
            <Link href={href} class="rows-link">
              {column.cell(row)}
            </Link>
          ) : (
            column.cell(row)
          )}
        </span>
      ))}
    </div>
  );
});

function cellClass(column: { number?: boolean; wide?: boolean }): string {
  return [column.number && "number", column.wide && "wide-only"].filter(Boolean).join(" ");
}
