import { useState } from "preact/hooks";
import { Button } from "~/ui/Button";
import { saveFile } from "~/ui/values";

/** A value of a script's making, as a tree of names and values: text and nothing but text. */
export function ValueTree({ title, value }: { title: string; value: unknown }) {
  return (
    <section class="card">
      <div class="jobs-part-head">
        <h2>{title}</h2>
        <Button kind="quiet" class="small" onClick={() => saveFile("value.json", JSON.stringify(value, null, 2), "application/json")}>Save as JSON</Button>
      </div>
      <div class="jobs-tree">
        <Branch value={value} depth={0} />
      </div>
    </section>
  );
}

const MOST_SHOWN = 100;
/** Deeper than this a branch waits to be opened; it is not built before. */
const OPEN_DEPTH = 2;

function Branch({ value, depth }: { value: unknown; depth: number }) {
  const [most, setMost] = useState(MOST_SHOWN);
  if (typeof value !== "object" || value === null) return <Leaf value={value} />;
  const entries = Object.entries(value);
  if (entries.length === 0) return <span class="jobs-soft">{Array.isArray(value) ? "empty list" : "empty"}</span>;
  if (Array.isArray(value) && entries.length <= 16 && value.every((one) => typeof one === "number")) return <span class="mono">[{value.map(shorten).join(", ")}]</span>;
  return (
    <dl class="jobs-branch">
      {entries.slice(0, most).map(([name, inner]) => (
        <div key={name}>
          <dt>{Array.isArray(value) ? `[${name}]` : name}</dt>
          <dd>{typeof inner === "object" && inner !== null && depth >= OPEN_DEPTH ? <Folded value={inner} depth={depth} /> : <Branch value={inner} depth={depth + 1} />}</dd>
        </div>
      ))}
      {entries.length > most && (
        <div>
          <dt>…</dt>
          <dd>
            <Button kind="quiet" class="small" onClick={() => setMost(most * 4)}>
              {(entries.length - most).toLocaleString()} more
            </Button>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Folded({ value, depth }: { value: object; depth: number }) {
  const [open, setOpen] = useState(false);
  const size = Object.keys(value).length;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {size.toLocaleString()} {Array.isArray(value) ? "values" : "names"}
      </summary>
      {open && <Branch value={value} depth={depth + 1} />}
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === "number") return <span class="number">{shorten(value)}</span>;
  return <span class={typeof value === "string" ? "jobs-text" : "mono"}>{typeof value === "string" ? value : String(value)}</span>;
}

/** Ten digits are what somebody reads; the JSON has all. */
const shorten = (value: number): string => (Number.isInteger(value) ? value.toLocaleString() : String(Number(value.toPrecision(10))));
