import { useState } from "preact/hooks";
import type { Shape } from "~/api/client";
import { Tick } from "~/ui/Field";
import { Badge, sayUsd } from "~/ui/values";

type Destination = Shape<"Destination">;
type Order = "name" | "device_type" | "cost";

interface Props {
  destinations: readonly Destination[];
  value: string;
  onChange: (backend: string) => void;
}

const COLUMNS: readonly { id: Order; title: string; number?: boolean }[] = [
  { id: "name", title: "Backend" },
  { id: "device_type", title: "Kind" },
  { id: "cost", title: "Cost", number: true },
];

/** Each backend as a place to run the script: one is chosen. Those that cannot run it say why. */
export function Destinations({ destinations, value, onChange }: Props) {
  const [order, setOrder] = useState<{ by: Order; down: boolean } | null>(null);
  const [all, setAll] = useState(false);
  const unable = destinations.filter(({ can_run }) => !can_run).length;
  const shown = sort(destinations.filter((one) => all || one.can_run || one.backend === value), order);
  return (
    <fieldset class="scripts-where">
      <legend>Where</legend>
      <div class="scripts-destinations" tabIndex={0} role="region" aria-label="Backends">
        <table class="scripts-table" aria-label="Where it can run">
          <thead>
            <tr>
              {COLUMNS.map(({ id, title, number }) => (
                <th key={id} scope="col" class={number ? "number" : undefined} aria-sort={order?.by === id ? (order.down ? "descending" : "ascending") : undefined}>
                  <button type="button" class="scripts-sort" onClick={() => setOrder({ by: id, down: order?.by === id && !order.down })}>
                    {title}
                    <span aria-hidden="true">{order?.by === id ? (order.down ? " ▼" : " ▲") : ""}</span>
                  </button>
                </th>
              ))}
              <th scope="col">Checks</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <tr key={one.backend}>
                <th scope="row">
                  <label class="scripts-choose">
                    <input type="radio" name="backend" value={one.backend} disabled={!one.can_run} checked={one.backend === value} onChange={() => onChange(one.backend)} />
                    <span>
                      {one.name}
                      <small>{one.provider}</small>
                    </span>
                  </label>
                </th>
                <td>{one.device_type}</td>
                <td class="number">{one.is_free ? "free" : sayUsd(one.cost.total_usd)}</td>
                <td>
                  {one.checks.length === 0 ? <Badge status="ok" /> : one.checks.map((check) => (
                    <span key={check.id} class="scripts-check">
                      <Badge status={check.level} /> {check.message}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {unable > 0 && <Tick label={`Also those that cannot run it (${unable})`} checked={all} onChange={setAll} />}
    </fieldset>
  );
}

function sort(destinations: readonly Destination[], order: { by: Order; down: boolean } | null): readonly Destination[] {
  if (order === null) return destinations;
  const keyOf = (one: Destination) => (order.by === "cost" ? (one.is_free ? -1 : (one.cost.total_usd ?? Infinity)) : one[order.by].toLowerCase());
  const compare = (one: Destination, other: Destination) => (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0);
  return [...destinations].sort((one, other) => (order.down ? compare(other, one) : compare(one, other)));
}
