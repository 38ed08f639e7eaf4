import { useCommands } from "~/shell/commands";
import { Button } from "~/ui/Button";

/** Something that can be done with a capsule. `why`: why not; null: it can be tried. */
export interface Act {
  name: string;
  keys?: string;
  why: string | null;
  run: () => unknown;
  kind?: "primary" | "plain" | "quiet" | "danger";
}

/** Acts as buttons and commands; those that may not be done are disabled, and each reason is said once. */
export function Acts({ of: acts }: { of: readonly Act[] }) {
  useCommands(
    acts.filter((act) => act.why === null).map((act) => ({ name: act.name, keys: act.keys, run: () => void act.run() })),
    [JSON.stringify(acts.map((act) => [act.name, act.why]))],
  );
  const reasons = new Map<string, string[]>();
  for (const act of acts) if (act.why !== null) reasons.set(act.why, [...(reasons.get(act.why) ?? []), act.name]);
  return (
    <div class="capsules-acts">
      <div class="actions">
        {acts.map((act) => (
          <Button key={act.name} kind={act.kind ?? "plain"} disabled={act.why !== null} title={act.why ?? undefined} aria-keyshortcuts={act.keys} onClick={act.run}>
            {act.name}
          </Button>
        ))}
      </div>
      {[...reasons].map(([why, names]) => (
        <p key={why} class="capsules-why">
          <small>
            {names.join(", ")}: {why}
          </small>
        </p>
      ))}
    </div>
  );
}
