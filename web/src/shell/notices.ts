import { signal } from "@preact/signals";

export interface Notice {
  id: number;
  kind: "done" | "problem";
  text: string;
  more?: string | null;
  /** "Undo" and what it does: instead of asking before. */
  undo?: () => Promise<unknown> | void;
}

export const notices = signal<readonly Notice[]>([]);
let last = 0;

/** Tells something in the corner: problems until they are closed, the rest for a while (longer when it can be undone). */
export function say(notice: Omit<Notice, "id">): void {
  const id = ++last;
  notices.value = [...notices.value.slice(-3), { id, ...notice }];
  if (notice.kind === "done") setTimeout(() => close(id), notice.undo ? 10_000 : 4_000);
}

export function close(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/**
 * Does something that the server cannot take back, a little later: until then the notice offers to undo it. Leaving the page does it at once.
 */
export function soon(text: string, act: () => Promise<unknown>, undone: () => void): void {
  let settled = false;
  const finish = () => {
    if (settled) return;
    settled = true;
    removeEventListener("pagehide", finish);
    clearTimeout(timer);
    act().catch((problem: unknown) => {
      undone();
      say({ kind: "problem", text: problem instanceof Error ? problem.message : String(problem) });
    });
  };
  const timer = setTimeout(finish, 10_000);
  addEventListener("pagehide", finish);
  say({
    kind: "done",
    text,
    undo: () => {
      if (settled) return;
      settled = true;
      removeEventListener("pagehide", finish);
      clearTimeout(timer);
      undone();
    },
  });
}
