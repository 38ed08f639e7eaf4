import { LARGEST_PROOF } from "./proof";
import { type Known, type Report, verify } from "./verdict";

/** What the page asks. `round`: a later one makes an earlier one stop. */
export interface Ask {
  round: number;
  capsule: Blob;
  proof: Blob | null;
  known: Known;
}

/** `read`: bytes of the file so far. */
export type Told =
  | { round: number; kind: "progress"; read: number }
  | { round: number; kind: "report"; report: Report; seconds: number }
  | { round: number; kind: "failed"; message: string };

const BETWEEN_MS = 80;

class Stale extends Error {}

let newest = 0;

addEventListener("message", (event: MessageEvent<Ask>) => {
  newest = event.data.round;
  void judge(event.data);
});

async function judge({ round, capsule, proof, known }: Ask): Promise<void> {
  const tell = (told: Told) => postMessage(told);
  const begun = performance.now();
  let last = 0;
  const read = (bytes: number) => {
    if (round !== newest) throw new Stale();
    if (performance.now() - last < BETWEEN_MS) return;
    last = performance.now();
    tell({ round, kind: "progress", read: bytes });
  };
  try {
    // A byte more than there may be is enough to be refused for.
    const text = proof === null ? null : new Uint8Array(await proof.slice(0, LARGEST_PROOF + 1).arrayBuffer());
    const report = await verify(capsule, text, known, read);
    if (round === newest) tell({ round, kind: "report", report, seconds: (performance.now() - begun) / 1000 });
  } catch (problem) {
    if (round === newest) tell({ round, kind: "failed", message: problem instanceof Error ? problem.message : String(problem) });
  }
}
