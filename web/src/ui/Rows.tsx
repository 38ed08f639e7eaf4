import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter-preact";
import { useVirtual } from "./virtual";

export interface Column<T> {
  id: string;
  title: string;
  cell: (row: T) => ComponentChildren;
  /** A grid track: "8rem", "minmax(10rem, 2fr)". */
  width: string;
  number?: boolean;
  /** Left out on a narrow screen. */
  wide?: boolean;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  rowHref: (row: T) => string;
  /** Called when the end comes into sight; more rows may follow. */
  onEnd?: () => void;
  /** After the last row: how many there are, or that more is being fetched. */
  foot?: ComponentChildren;
}

const ROW_HEIGHT = 44;

/** A list of any length: only the rows in sight are in the page. The first column's content is the row's link. */
export function Rows<T>({ label, rows, columns, rowKey, rowHref, onEnd, foot }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual(scroller, rows.length, ROW_HEIGHT);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd?.();
  }, [last, rows.length]);
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
      <div class="rows-body" role="rowgroup" ref={scroller} tabIndex={0}>
        <div role="presentation" style={{ height: `${virtual.getTotalSize()}px`, position: "relative" }}>
          {shown.map((item) => {
            const row = rows[item.index]!;
            return (
              <div
                key={rowKey(row)}
                class="rows-line"
                role="row"
                aria-rowindex={item.index + 2}
                style={{ transform: `translateY(${item.start}px)`, height: `${ROW_HEIGHT}px` }}
              >
                {columns.map((column, n) => (
                  <span key={column.id} role="cell" class={cellClass(column)}>
                    {n === 0 ? (
                      <Link href={rowHref(row)} class="rows-link">
                        {column.cell(row)}
                      </Link>
                    ) : (
                      column.cell(row)
                    )}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
        {foot !== undefined && <div class="rows-foot">{foot}</div>}
      </div>
    </div>
  );
}

function cellClass(column: { number?: boolean; wide?: boolean }): string {
  return [column.number && "number", column.wide && "wide-only"].filter(Boolean).join(" ");
}
