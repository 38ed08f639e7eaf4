import { useEffect, useRef, useState } from "preact/hooks";
import type { Known, Report } from "./verdict";
import type { Ask, Told } from "./verify.worker";

/** The two files. */
export interface Files {
  capsule: File | null;
  proof: File | null;
}

export type Judged =
  | { state: "idle" }
  | { state: "reading"; read: number; since: number }
  | { state: "done"; report: Report; seconds: number; of: Files; known: Known }
  | { state: "failed"; message: string };

/** The verifier in a worker that is fetched when the page opens: from then on it needs no network. */
export function useJudge(): { judged: Judged; judge: (files: Files, known: Known) => void } {
  const worker = useRef<Worker | null>(null);
  const round = useRef(0);
  const [judged, set] = useState<Judged>({ state: "idle" });
  useEffect(() => {
    const made = new Worker(new URL("./verify.worker.ts", import.meta.url), { type: "module" });
    made.addEventListener("error", () => set({ state: "failed", message: "The verifier could not be loaded. Open this page again while there is a network." }));
    worker.current = made;
    return () => made.terminate();
  }, []);

  function judge(files: Files, known: Known): void {
    const made = worker.current;
    if (files.capsule === null || made === null) return;
    const mine = ++round.current;
    set({ state: "reading", read: 0, since: Date.now() });
    made.onmessage = ({ data: told }: MessageEvent<Told>) => {
      if (told.round !== mine) return;
      if (told.kind === "progress") set((before) => (before.state === "reading" ? { ...before, read: told.read } : before));
      else if (told.kind === "failed") set({ state: "failed", message: told.message });
      else set({ state: "done", report: told.report, seconds: told.seconds, of: files, known });
    };
    made.postMessage({ round: mine, capsule: files.capsule, proof: files.proof, known } satisfies Ask);
  }

  return { judged, judge };
}
