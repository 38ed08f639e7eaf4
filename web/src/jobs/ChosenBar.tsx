import type { Signal } from "@preact/signals";
import { Button, LinkButton } from "~/ui/Button";
import { cancelJob, mayCancel } from "./acts";
import { type JobSummary, nameOf } from "./job";

/** What can be done with the chosen jobs. */
export function ChosenBar({ rows, chosen }: { rows: readonly JobSummary[]; chosen: Signal<ReadonlySet<string>> }) {
  if (chosen.value.size === 0) return null;
  const picked = rows.filter((row) => chosen.value.has(row.id));
  const [first, second, ...others] = picked;
  const cancellable = picked.filter(mayCancel);
  return (
    <div class="jobs-chosen" role="region" aria-label="Chosen jobs">
      <span>{picked.length} chosen</span>
      {first && second && others.length === 0 ? (
        <LinkButton href={`/jobs/compare?a=${second.id}&b=${first.id}`} kind="primary">
          Compare the two
        </LinkButton>
      ) : (
        <span class="jobs-soft">Choose two to compare them.</span>
      )}
      {cancellable.length > 0 && (
        <Button kind="danger" onClick={() => cancellable.forEach((row) => cancelJob(row, nameOf(row)))}>
          Cancel {cancellable.length}
        </Button>
      )}
      <Button kind="quiet" onClick={() => (chosen.value = new Set())}>Choose none</Button>
    </div>
  );
}
