import { useEffect, useRef, useState } from "preact/hooks";
import { say } from "~/shell/notices";
import type { ScriptDetail } from "./script";

interface Kept {
  /** SHA-256 (hex) of the version that was changed. */
  base: string;
  text: string;
}

/** A text that is being changed; see useDraft. */
export interface Draft {
  text: string;
  dirty: boolean;
  /** Somebody saved another version since this text was begun. */
  overtaken: boolean;
  change: (text: string) => void;
  discard: () => void;
}

/**
 * The text of a script as it is being changed. What is not saved stays in this tab, also when its reader goes to another page or
 * reloads; only closing the tab asks before.
 */
export function useDraft(script: ScriptDetail): Draft {
  const saved = script.script_content ?? "";
  const [kept, setKept] = useState<Kept | null>(() => read(script.id));
  const dirty = kept !== null && kept.text !== saved;
  const leave = useRef({ dirty, name: script.name });
  leave.current = { dirty, name: script.name };
  useEffect(() => write(script.id, dirty ? kept : null), [script.id, dirty, kept]);
  useEffect(() => {
    const closing = (event: BeforeUnloadEvent) => {
      if (leave.current.dirty) event.preventDefault();
    };
    addEventListener("beforeunload", closing);
    return () => {
      removeEventListener("beforeunload", closing);
      if (leave.current.dirty) say({ kind: "done", text: `Your changes to “${leave.current.name}” are not saved. They are kept in this tab.` });
    };
  }, []);
  return {
    text: kept?.text ?? saved,
    dirty,
    overtaken: dirty && kept.base !== script.source_sha256,
    change: (text) => setKept((before) => (text === saved ? null : { base: before?.base ?? script.source_sha256, text })),
    discard: () => setKept(null),
  };
}

const keyOf = (id: string): string => `quapsule.draft.${id}`;

function read(id: string): Kept | null {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(keyOf(id)) ?? "null");
    if (typeof found !== "object" || found === null) return null;
    const { base, text } = found as Record<string, unknown>;
    return typeof base === "string" && typeof text === "string" ? { base, text } : null;
  } catch {
    return null;
  }
}

function write(id: string, kept: Kept | null): void {
  try {
    if (kept === null) sessionStorage.removeItem(keyOf(id));
    else sessionStorage.setItem(keyOf(id), JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing: the text is there until the page is left, which the browser asks about.
  }
}
