import { asRefusal, unreachable } from "~/api/client";
import { type Artifact, type Capsule, isSealed } from "./capsule";

export const ARTIFACT_TYPES = ["workflow", "environment", "backends", "data", "results", "provenance", "other"] as const;
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

/** What each kind of file is, as its group says. */
export const SAID_TYPES: Record<ArtifactType, string> = {
  workflow: "What was asked and what ran",
  environment: "What it ran in",
  backends: "Where it ran, on which calibration",
  data: "Data that was added",
  results: "What came out",
  provenance: "When, by whom, for how much",
  other: "Report, verifier, metadata",
};

/** Longer texts are downloaded instead of shown, in bytes. */
export const MOST_SHOWN = 512 * 1024;

export const artifactUrl = (capsule: string, name: string): string =>
  `/api/capsules/${capsule}/artifacts/${name.split("/").map(encodeURIComponent).join("/")}`;

/** A file's bytes. Throws Refusal. */
export async function readArtifact(capsule: string, name: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(artifactUrl(capsule, name), { credentials: "same-origin", signal });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw unreachable();
  }
  if (!response.ok) throw asRefusal(response.status, await response.json().catch(() => undefined));
  return response.arrayBuffer();
}

/** The text of bytes that are UTF-8 and hold no zero; else null. */
export function asText(bytes: ArrayBuffer): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** JSON as a person reads it; other text as it is. */
export function readably(text: string, name: string): string {
  if (!name.endsWith(".json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const RECORDED =
  /^(workflow\/(script\.py|program\.qasm|job\.json|(interchange|executed)-\d+\.[a-z]+|certificates\.json|graph\.json|circuit\.txt)|environment\/environment\.json|backends\/(backend|calibration-[0-9a-f]{8})\.json|results\/(counts\.json|results\.json|log\.txt)|provenance\/(timeline|cost|prov)\.json)$/;

/** Whether the platform itself wrote the file of a job's capsule: people do not change those. */
export function isRecorded(capsule: Capsule, name: string): boolean {
  return capsule.job_id !== null && RECORDED.test(name);
}

/** By type, in the order of a run; groups without files are left out. */
export function grouped(artifacts: readonly Artifact[]): { type: ArtifactType; files: Artifact[] }[] {
  return ARTIFACT_TYPES.map((type) => ({ type, files: artifacts.filter((artifact) => artifact.artifact_type === type) })).filter((group) => group.files.length > 0);
}

/** The folder of a path tells the type that a file of that name has in every capsule. */
export function typeByName(name: string): ArtifactType {
  const folder = name.split("/")[0];
  return ARTIFACT_TYPES.find((type) => type === folder && name.includes("/")) ?? "data";
}

/** Why no file may be added to or taken from it; null when one may. */
export function closedBecause(capsule: Capsule): string | null {
  return isSealed(capsule) ? "A sealed capsule cannot be changed. A new one can name this one as its parent." : null;
}
