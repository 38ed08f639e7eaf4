import { fingerprint } from "../verify/keys";
import { type Checkpoint, readCheckpoint } from "../verify/log";
import { type Bytes, hex } from "../verify/text";
import { climb, leadsTo, type Path } from "./inclusion";

/** A capsule's place in a seal log, as it was told. `keys`: that may have signed the checkpoint, 32 bytes each. */
export interface Told {
  index: number;
  treeSize: number;
  inclusion: readonly Bytes[];
  checkpoint: string;
  keys: readonly Bytes[];
}

/** What this page found out about it. */
export interface Place {
  index: number;
  treeSize: number;
  /** The signed note as it came. */
  note: string;
  path: Path;
  /** Null: none of the keys signed the note, so that it says nothing. root: hex; signer: the key's id. */
  checkpoint: { origin: string; root: string; signer: string } | null;
  /** The path leads from this capsule's id to the root that the signed checkpoint names. */
  proved: boolean;
}

/** Recomputes the root from the id and the path, and looks who signed the checkpoint. Believes nothing but the hashes. */
export function check(capsuleId: string, { index, treeSize, inclusion, checkpoint, keys }: Told): Place {
  const opened = open(checkpoint, keys);
  return {
    index,
    treeSize,
    note: checkpoint,
    path: climb(capsuleId, index, treeSize, inclusion),
    checkpoint: opened && { origin: opened.read.origin, root: hex(opened.read.root), signer: fingerprint(opened.key) },
    proved: opened !== null && opened.read.size === BigInt(treeSize) && leadsTo(opened.read.root, capsuleId, index, treeSize, inclusion),
  };
}

function open(note: string, keys: readonly Bytes[]): { read: Checkpoint; key: Bytes } | null {
  for (const key of keys) {
    try {
      return { read: readCheckpoint(note, key), key };
    } catch {
      // Not signed by this one.
    }
  }
  return null;
}
