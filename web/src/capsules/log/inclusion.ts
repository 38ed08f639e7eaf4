import { digestOf } from "../verify/digest";
import { isIncluded, leafHash } from "../verify/log";
import { type Bytes, encode, hex, join } from "../verify/text";

/** One step from the leaf to the root: the sibling, on which side it stands, and the hash of both. Hex. */
export interface Step {
  side: "left" | "right";
  sibling: string;
  hash: string;
}

/** What a path comes to, all in hex. `root`: as computed here. */
export interface Path {
  leaf: string;
  steps: Step[];
  root: string;
}

/** Walks from a capsule's id up to the root of a tree of `size` entries (RFC 9162, 2.1.3.2), keeping each hash on the way. */
export function climb(capsuleId: string, index: number, size: number, inclusion: readonly Bytes[]): Path {
  let found = leafHash(encode(capsuleId));
  const leaf = hex(found);
  const steps: Step[] = [];
  let [at, last] = [index, size - 1];
  for (const sibling of inclusion) {
    const onLeft = at % 2 === 1 || at === last;
    found = new Uint8Array(digestOf(join(onLeft ? [NODE, sibling, found] : [NODE, found, sibling])));
    while (onLeft && at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    steps.push({ side: onLeft ? "left" : "right", sibling: hex(sibling), hash: hex(found) });
  }
  return { leaf, steps, root: hex(found) };
}

/** Whether the path leads from the id, at this place, to this root: in the right number of steps, too. */
export function leadsTo(root: Bytes, capsuleId: string, index: number, size: number, inclusion: readonly Bytes[]): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && isIncluded(leafHash(encode(capsuleId)), BigInt(index), BigInt(size), inclusion, root);
}

const NODE = Uint8Array.of(1);
