import type { Shape } from "~/api/client";

/** Everything about a capsule but its files' contents. */
export type Capsule = Shape<"CapsuleDetail">;
/** A line of the list. */
export type CapsuleSummary = Shape<"CapsuleSummary">;
export type Artifact = Shape<"Artifact">;
export type State = Capsule["state"];

/** 21 CFR Part 11: sealed only with the signature of a person who gave the password again. */
export const PART_11 = "FDA-21CFR11";
/** Where a run's counts lie: a list with one object for each circuit. */
export const COUNTS_FILE = "results/counts.json";
/** What a capsule must hold to be run again. */
export const RUN_FILE = "workflow/job.json";

export function isSealed(capsule: { state: State }): boolean {
  return capsule.state === "sealed" || capsule.state === "archived";
}

/** The tags that its maker gave it; whatever else may stand there is left out. */
export function tagsOf(capsule: { tags?: unknown }): string[] {
  return Array.isArray(capsule.tags) ? capsule.tags.filter((tag): tag is string => typeof tag === "string") : [];
}

/** A fingerprint as it is printed and compared. */
export const fingerprint = (keyId: string): string => `SHA256:${keyId}`;

/** The beginning of a digest, a fingerprint or an id, with what kind it is. */
export function shortly(text: string, letters = 12): string {
  const at = text.lastIndexOf(":") + 1;
  return text.length - at <= letters ? text : `${text.slice(0, at + letters)}…`;
}

/** The stem of the capsule's file, as the export makes it of the name. */
export function fileName(capsule: { name: string }): string {
  const plain = capsule.name.normalize("NFKD").replace(/[^\0-\x7f]/g, "").replace(/\.capsule$/, "");
  const stem = plain.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 80).replace(/[-.]+$/, "");
  if (stem === "") return "capsule";
  return DEVICES.test(stem) ? `capsule-${stem}` : stem;
}

/** Names that Windows keeps for itself. */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i;

export interface CircuitCounts {
  counts: Record<string, number>;
  shots: number;
}

/** The circuits of a results/counts.json, as far as it is one; null where it is none. */
export function readCounts(text: string): CircuitCounts[] | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  const circuits = (Array.isArray(found) ? found : [found]).map(circuitOf);
  return circuits.length > 0 && circuits.every((circuit) => circuit !== null) ? circuits : null;
}

function circuitOf(given: unknown): CircuitCounts | null {
  if (typeof given !== "object" || given === null) return null;
  const counts = (given as { counts?: unknown }).counts ?? given;
  if (typeof counts !== "object" || counts === null) return null;
  const entries = Object.entries(counts as Record<string, unknown>);
  if (entries.length === 0 || !entries.every(([key, count]) => /^[01]+$/.test(key) && typeof count === "number" && count >= 0)) return null;
  const numbers = entries as [string, number][];
  return { counts: Object.fromEntries(numbers), shots: numbers.reduce((sum, [, count]) => sum + count, 0) };
}
