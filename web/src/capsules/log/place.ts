import { answer, api, type Shape } from "~/api/client";
import type { Capsule } from "../capsule";
import { decodeBase64 } from "../verify/keys";
import type { Bytes } from "../verify/text";
import { check, type Place, type Told } from "./check";

/** Asks for the place and checks it here. Null: a capsule from elsewhere whose proof has none. Throws Refusal. */
export async function findPlace(capsule: Capsule, signal: AbortSignal): Promise<Place | null> {
  if (capsule.mqc_id === null) return null;
  const told = capsule.origin === "import" ? await fromProof(capsule.id, signal) : await fromLog(capsule.mqc_id, signal);
  return told && check(capsule.mqc_id, told);
}

async function fromLog(capsuleId: string, signal: AbortSignal): Promise<Told> {
  const [proof, keys] = await Promise.all([
    answer(api.GET("/api/seal-log/proof", { params: { query: { capsule_id: capsuleId } }, signal })),
    answer(api.GET("/api/seal-log/keys", { signal })),
  ]);
  return toldBy(proof, keys.items);
}

type LogPart = Pick<Shape<"Inclusion">, "index" | "tree_size" | "inclusion" | "checkpoint">;

/** A capsule from elsewhere is in another log: its proof, which was verified when it was taken in, has its place there. */
async function fromProof(id: string, signal: AbortSignal): Promise<Told | null> {
  const proof = await answer(api.GET("/api/capsules/{capsule_id}/export", { params: { path: { capsule_id: id }, query: { format: "proof" } }, signal }));
  const { log, keys } = proof as { log?: LogPart | null; keys?: { public_key: string }[] };
  return log ? toldBy(log, keys ?? []) : null;
}

function toldBy(log: LogPart, keys: readonly { public_key: string }[]): Told {
  return {
    index: log.index,
    treeSize: log.tree_size,
    inclusion: log.inclusion.map(bytesOf),
    checkpoint: log.checkpoint,
    keys: keys.map((key) => bytesOf(key.public_key)),
  };
}

/** What is no base64 proves nothing: no bytes. */
const bytesOf = (text: string): Bytes => decodeBase64(text) ?? new Uint8Array();
