import { useEffect, useState } from "preact/hooks";
import { answer, api, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { Button } from "~/ui/Button";
import { Arrived } from "~/ui/states";
import { When } from "~/ui/values";
import type { Capsule } from "../capsule";

type Change = Shape<"Listing_Change_">["items"][number];

const PAGE = 200;

/** The audit trail: who changed what, when, with the old and the new value. */
export function Changes({ capsule }: { capsule: Capsule }) {
  const [more, setMore] = useState<{ items: Change[]; cursor: string | null } | null>(null);
  const first = useLoad((signal) => readChanges(capsule.id, undefined, signal), [capsule.id, capsule.updated_at, capsule.requests[0]?.done_at, capsule.signatures.length]);
  useEffect(() => setMore(null), [first.data]);
  return (
    <Arrived of={first} what="Reading the trail">
      {(page) => {
        const items = [...page.items, ...(more?.items ?? [])];
        const cursor = more === null ? page.next_cursor : more.cursor;
        return (
          <>
            <p class="capsules-row">
              <span>
                {items.length}
                {cursor !== null && "+"} changes, oldest first. The database writes them, not whoever changes something; they outlive a deleted draft.
              </span>
              <a class="button small" href={`/api/capsules/${capsule.id}/changes?format=csv`} download>
                All as CSV
              </a>
            </p>
            <div class="scroll-x" tabIndex={0} role="region" aria-label="Audit trail">
              <table class="capsules-trail">
                <caption class="visually-hidden">Audit trail</caption>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">What</th>
                    <th scope="col">Before → after</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((change) => (
                    <tr key={change.id}>
                      <td>
                        <When at={change.at} />
                      </td>
                      <td class="capsules-long">{change.actor_name}</td>
                      <td>{change.action}</td>
                      <td class="capsules-long">
                        <Difference before={change.before} after={change.after} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {cursor !== null && (
              <Button
                onClick={async () => {
                  const next = await readChanges(capsule.id, Number(cursor));
                  setMore({ items: [...(more?.items ?? []), ...next.items], cursor: next.next_cursor });
                }}
              >
                Show more
              </Button>
            )}
          </>
        );
      }}
    </Arrived>
  );
}

/** Throws Refusal. */
function readChanges(id: string, cursor?: number, signal?: AbortSignal): Promise<Shape<"Listing_Change_">> {
  return answer(api.GET("/api/capsules/{capsule_id}/changes", { params: { path: { capsule_id: id }, query: { limit: PAGE, cursor } }, signal })) as Promise<Shape<"Listing_Change_">>;
}

/** What one knows a row by comes first. */
const TELLING = ["name", "lifecycle_state", "kind", "meaning", "requested_name", "signer_name", "problem", "digest", "doi"];
const MOST_OF_A_CHANGE = 8;
const MOST_OF_A_ROW = 2;

/** Each member that changed, with its old value struck out. Of a row that came or went the telling ones; the rest on demand. */
function Difference({ before, after }: { before: unknown; after: unknown }) {
  const [was, is] = [membersOf(before), membersOf(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => was[name] !== is[name] && (was[name] ?? is[name]) !== "null");
  names.sort((one, other) => rank(one) - rank(other));
  const most = before && after ? MOST_OF_A_CHANGE : MOST_OF_A_ROW;
  const told = (some: readonly string[]) => (
    <ul class="capsules-plain">
      {some.map((name) => (
        <li key={name}>
          <span class="capsules-member">{name}</span> {name in was && <del>{was[name]}</del>} {name in is && <ins>{is[name]}</ins>}
        </li>
      ))}
    </ul>
  );
  return (
    <>
      {told(names.slice(0, most))}
      {names.length > most && (
        <details>
          <summary>{names.length - most} more</summary>
          {told(names.slice(most))}
        </details>
      )}
    </>
  );
}

const rank = (name: string): number => (TELLING.includes(name) ? TELLING.indexOf(name) : TELLING.length);

function membersOf(row: unknown): Record<string, string> {
  if (typeof row !== "object" || row === null) return {};
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]));
}
