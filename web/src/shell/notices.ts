import { signal } from "@preact/signals";
import { Clock } from "./clock";

/** Something that was done or went wrong, as the corner tells it. */
export interface Notice {
  id: number;
  kind: "done" | "problem";
  text: string;
  more?: string | null;
  /** "Undo" and what it does: instead of asking before. */
  undo?: () => Promise<unknown> | void;
}

export const notices = signal<readonly Notice[]>([]);

const UNDO_MS = 10_000;
const TOLD_MS = 4_000;
const AT_ONCE = 4;
const clocks = new Set<Clock>();
let last = 0;

/** Tells something in the corner: problems until they are closed, the rest for a while (longer when it can be undone). Returns its id. */
export function say(notice: Omit<Notice, "id">): number {
  const id = ++last;
  notices.value = [...notices.value.slice(1 - AT_ONCE), { id, ...notice }];
  if (notice.kind === "done") startClock(notice.undo ? UNDO_MS : TOLD_MS, () => close(id));
  return id;
}

/** Takes a notice away. */
export function close(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
  // A browser does not always tell that what the pointer or the focus was on is gone.
  holdTime(false);
}

/** Takes the notice's word: does its undo, and closes it. */
export function undo(notice: Notice): void {
  close(notice.id);
  Promise.resolve(notice.undo?.()).catch(tellProblem);
}

/** Undoes the last thing that can be undone, if there is one. */
export function undoLast(): void {
  const found = notices.value.findLast((notice) => notice.undo !== undefined);
  if (found !== undefined) undo(found);
}

/** Nobody has to hurry: while the notices are looked at, their time stands still. */
export function holdTime(held: boolean): void {
  for (const clock of clocks) held ? clock.stop() : clock.go();
}

/**
 * Does something that the server cannot take back, a little later: until then the notice offers to undo it. Leaving the page does it at once.
 */
export function soon(text: string, act: () => Promise<unknown>, undone: () => void): void {
  let settled = false;
  const settle = () => {
    settled = true;
    removeEventListener("pagehide", finish);
    clock.end();
    clocks.delete(clock);
  };
  const finish = () => {
    if (settled) return;
    settle();
    close(id);
    act().catch((problem: unknown) => {
      undone();
      tellProblem(problem);
    });
  };
  addEventListener("pagehide", finish);
  const id = say({
    kind: "done",
    text,
    undo: () => {
      if (settled) return;
      settle();
      undone();
    },
  });
  const clock = startClock(UNDO_MS, finish);
}

function startClock(ms: number, done: () => void): Clock {
  const clock = new Clock(ms, () => {
    clocks.delete(clock);
    done();
  });
  clocks.add(clock);
  return clock;
}

function tellProblem(problem: unknown): void {
  say({ kind: "problem", text: problem instanceof Error ? problem.message : String(problem) });
}
