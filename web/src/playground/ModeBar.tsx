import type { ComponentChildren } from "preact";
import { LinkButton, Button } from "~/ui/Button";
import { KeyRow } from "~/shell/KeyRow";
import { draft, change, type Mode } from "./draft";
import type { Reason } from "./whynot";

/** The three places where a program can run, with what they keep of it. */
export const MODE_NAMES: Record<Mode, { name: string; about: string }> = {
  browser: { name: "In this browser", about: "OpenQASM, up to 20 qubits" },
  server: { name: "On the server, nothing kept", about: "All frameworks, free" },
  job: { name: "As a job", about: "Any backend, kept for your team" },
};

/** A choice of one of three, as one control. */
export function ModeBar() {
  const { mode } = draft.value;
  return (
    <fieldset class="playground-modes">
      <legend class="visually-hidden">Where it runs</legend>
      {(Object.entries(MODE_NAMES) as [Mode, { name: string; about: string }][]).map(([value, { name, about }]) => (
        <label key={value} class={value === mode ? "chosen" : ""}>
          <input type="radio" name="playground-mode" checked={value === mode} onChange={() => change({ mode: value })} />
          <span>
            {name} <small>{about}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface StartProps {
  reason: Reason | null;
  running: boolean;
  onStart: () => unknown;
  onCancel: () => void;
}

/** The one button that starts, or ends, what is set. */
export function Start({ reason, running, onStart, onCancel }: StartProps) {
  if (running) return <Button class="playground-start" onClick={onCancel}>Cancel</Button>;
  return (
    <Button class="playground-start" kind="primary" disabled={reason !== null} aria-describedby="playground-reason" aria-keyshortcuts="Control+Enter" onClick={onStart}>
      {draft.value.mode === "job" ? "Submit the job" : "Run"} <KeyRow of="Mod+Enter" />
    </Button>
  );
}

/** Why it cannot be started, and the way out. */
export function WhyNot({ reason, onConvert }: { reason: Reason | null; onConvert: () => unknown }) {
  return (
    <div id="playground-reason" class="playground-reason" role="status">
      {reason !== null && (
        <p>
          <span>{reason.what}</span> {wayOut(reason, onConvert)}
        </p>
      )}
    </div>
  );
}

function wayOut({ way }: Reason, onConvert: () => unknown): ComponentChildren {
  if (way === "sign-in") return <LinkButton href="/sign-in?next=%2Frun">Sign in</LinkButton>;
  if (way === "convert") {
    return (
      <>
        <Button class="small" onClick={onConvert}>Open it as OpenQASM</Button> <Button class="small" onClick={() => change({ mode: "server" })}>Run on the server</Button>
      </>
    );
  }
  if (way !== undefined) return <Button class="small" onClick={() => change({ mode: way })}>{MODE_NAMES[way].name}</Button>;
  return null;
}
