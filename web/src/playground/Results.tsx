import { useEffect, useRef } from "preact/hooks";
import { Trouble, useSeconds } from "~/ui/states";
import { AtLine } from "./AtLine";
import { BrowserResult } from "./BrowserResult";
import type { EditorPlace } from "~/editor/Editor";
import type { Outcome, Running } from "./run";
import { ServerResult } from "./ServerResult";

interface Props {
  running: Running | null;
  outcome: Outcome | null;
  /** The text as it is now. */
  code: string;
  onGoTo: (place: EditorPlace) => void;
}

/** What the last run gave, or how far this one is. */
export function Results({ running, outcome, code, onGoTo }: Props) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen it lies below the editor: whoever ran something wants to see it.
    if (outcome !== null) element.current?.scrollIntoView({ block: "nearest" });
  }, [outcome]);
  return (
    <section class="card playground-results" aria-label="Results" ref={element}>
      <header>
        <h2>Results</h2>
        {outcome !== null && outcome.code !== code && <small>of the text as it was when it ran</small>}
      </header>
      {running !== null && <Progress running={running} />}
      {outcome === null && running === null && (
        <p class="playground-note">
          Run the program to see how often each outcome is measured. Nothing is installed, and nothing is kept unless you submit a job.
        </p>
      )}
      {outcome?.place === "refused" && (
        <>
          <Trouble refusal={outcome.refusal} />
          <AtLine line={outcome.line} column={outcome.column} onGoTo={onGoTo} />
        </>
      )}
      {outcome?.place === "browser" && <BrowserResult outcome={outcome} />}
      {outcome?.place === "server" && <ServerResult outcome={outcome} onGoTo={onGoTo} />}
    </section>
  );
}

function Progress({ running: { since, where, fraction } }: { running: Running }) {
  const seconds = useSeconds(since);
  const what = where === "browser" ? "Running in this browser" : "Running on the server";
  return (
    <div class="playground-progress" role="status">
      <span>
        {what}
        <span class="number" aria-hidden="true"> … {fraction !== null && `${Math.round(fraction * 100)} %, `}{seconds.toFixed(1)} s</span>
      </span>
      <progress aria-label={what} max={1} value={fraction ?? undefined} />
    </div>
  );
}
