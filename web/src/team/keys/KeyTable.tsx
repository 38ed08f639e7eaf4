import type { ComponentChildren } from "preact";
import { Button } from "~/ui/Button";
import { When } from "~/ui/values";
import type { ApiKey } from "./KeysPart";

interface Props {
  keys: readonly ApiKey[];
  /** Members' names by id: of who made a key. */
  names: ReadonlyMap<string, string>;
  disabled: boolean;
  action: ComponentChildren;
  onRevoke: (key: ApiKey) => void;
}

/** Keys that work, and behind them those that have ended. */
export function KeyTable({ keys, names, disabled, action, onRevoke }: Props) {
  const live = keys.filter((key) => stateOf(key) === null);
  const ended = keys.filter((key) => stateOf(key) !== null);
  return (
    <section class="card scroll-x" aria-labelledby="team-keys">
      <header class="team-head">
        <h2 id="team-keys">Keys that work</h2>
        {action}
      </header>
      {live.length === 0 ? <p>None at present.</p> : <Table label="Keys that work" keys={live} names={names} disabled={disabled} onRevoke={onRevoke} />}
      {ended.length > 0 && (
        <details>
          <summary>Keys that have ended ({ended.length})</summary>
          <Table label="Keys that have ended" keys={ended} names={names} disabled onRevoke={onRevoke} />
        </details>
      )}
    </section>
  );
}

function Table({ label, keys, names, disabled, onRevoke }: Omit<Props, "action"> & { label: string }) {
  return (
    <table class="team-table" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Level</th>
          <th scope="col" class="team-wide">Made</th>
          <th scope="col" class="team-wide">Last used</th>
          <th scope="col" class="team-wide">Ends</th>
          <th scope="col">
            <span class="visually-hidden">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row">
              {key.name}
              <small>
                ends in <code>{key.hint}</code>
              </small>
            </th>
            <td>{key.level}</td>
            <td class="team-wide">
              <When at={key.created_at} />
              <small>by {names.get(key.created_by) ?? "a former member"}</small>
            </td>
            <td class="team-wide">{key.last_used_at === null ? "never" : <When at={key.last_used_at} ago />}</td>
            <td class="team-wide">{key.expires_at === null ? "never" : <When at={key.expires_at} />}</td>
            <td class="number">
              {stateOf(key) ?? (
                <Button class="small" disabled={disabled} aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
                  Revoke
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why a key works no longer; null: it works. */
function stateOf({ revoked_at, expires_at }: ApiKey): string | null {
  if (revoked_at !== null) return "revoked";
  return expires_at !== null && new Date(expires_at) <= new Date() ? "expired" : null;
}
