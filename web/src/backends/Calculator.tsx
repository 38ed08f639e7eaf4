import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { TextField, Tick } from "~/ui/Field";
import { sayNumber } from "~/ui/values";
import type { Backend } from "./backend";
import { type Cost, costOf, isFree, originOf, sayCost, sayPrice, usd } from "./price";

const MOST = { shots: 10_000_000, circuits: 10_000 };

/** What the same run costs on each backend, by the published prices; cheapest first. */
export function Calculator({ backends }: { backends: readonly Backend[] }) {
  const [shots, setShots] = useState("1000");
  const [circuits, setCircuits] = useState("1");
  const [onlyPaid, setOnlyPaid] = useState(true);
  const asked = { shots: readCount(shots, MOST.shots), circuits: readCount(circuits, MOST.circuits) };
  const rows = backends
    .filter((backend) => !onlyPaid || !isFree(backend.pricing))
    .map((backend) => ({ backend, cost: costOf(backend.pricing, asked.shots ?? 1, asked.circuits ?? 1) }))
    .sort((one, other) => (one.cost?.total_usd ?? Infinity) - (other.cost?.total_usd ?? Infinity) || one.backend.displayOrder - other.backend.displayOrder);
  return (
    <section class="card" aria-labelledby="backends-price">
      <h2 id="backends-price">What would it cost?</h2>
      <div class="row">
        <TextField label="Shots of each circuit" inputMode="numeric" value={shots} onInput={setShots} wrong={wrong(asked.shots, MOST.shots)} />
        <TextField label="Circuits" inputMode="numeric" value={circuits} onInput={setCircuits} wrong={wrong(asked.circuits, MOST.circuits)} />
        <Tick label="Only what asks for money" checked={onlyPaid} onChange={setOnlyPaid} />
      </div>
      {asked.shots !== null && asked.circuits !== null && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Costs">
          <table class="backends-costs">
            <thead>
              <tr>
                <th scope="col">Backend</th>
                <th scope="col" class="number">Total</th>
                <th scope="col">Made of</th>
                <th scope="col">Price list</th>
                <th scope="col">Source and day</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ backend, cost }) => (
                <tr key={backend.id} data-slug={backend.slug}>
                  <th scope="row">
                    <Link href={`/backends/${backend.slug}`}>{backend.name}</Link>
                  </th>
                  <td class="number">
                    <strong>{sayCost(cost)}</strong>
                  </td>
                  <td>{parts(cost, backend, asked.shots ?? 0)}</td>
                  <td>{sayPrice(backend.pricing)}</td>
                  <td>
                    <Origin backend={backend} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** Where a price is from, and of which day. */
export function Origin({ backend }: { backend: Backend }) {
  const origin = originOf(backend.pricing);
  if (origin === null) return <>No price list: ask {backend.provider}.</>;
  return (
    <>
      {/^https?:\/\//.test(origin.source) ? (
        <a href={origin.source} rel="noreferrer" target="_blank">
          {new URL(origin.source).hostname}
        </a>
      ) : (
        origin.source
      )}
      , {origin.date}
      {!origin.isChecked && ", not confirmed since"}
    </>
  );
}

function parts(cost: Cost | null, backend: Backend, shots: number): string {
  if (cost === null) return "–";
  const over = backend.maxShots !== null && shots > backend.maxShots ? `; takes at most ${sayNumber(backend.maxShots)} shots at a time` : "";
  if (cost.per_minute_usd > 0) return `the least that is asked; ${usd(cost.per_minute_usd)} a minute come on top${over}`;
  if (cost.total_usd === 0) return `nothing${over}`;
  const atLeast = cost.total_usd === cost.minimum_usd && cost.minimum_usd > cost.task_fee_usd + cost.shots_usd ? ", at least the minimum" : "";
  return `${usd(cost.task_fee_usd)} tasks + ${usd(cost.shots_usd)} shots${atLeast}${over}`;
}

/** Null for what is no count from 1 to the most. */
function readCount(text: string, most: number): number | null {
  const count = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  return count >= 1 && count <= most ? count : null;
}

const wrong = (count: number | null, most: number): string | null => (count === null ? `A whole number from 1 to ${sayNumber(most)}.` : null);
