import { unfit } from "./document";
import { digestOf } from "./digest";
import { decodeBase64, isSignedBy } from "./keys";
import { type Bytes, encode, hasHalf, isSame, join, lengthOf } from "./text";

/** A signed head of the seal log. `origin`: the log's name; `size`: its entries; `root`: 32 bytes. */
export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Bytes;
}

const HASH_BYTES = 32;
const LARGEST = 2 ** 16;
const MOST_SIGNATURES = 100;
// What Unicode calls white space; JavaScript's own class has a character more and one less.
const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SIGNATURE = new RegExp(`^— ([^${BLANK}]+) ([^${BLANK}]+)$`, "u");
const ED25519 = Uint8Array.of(1);

export const leafHash = (entry: Bytes): Bytes => hash(Uint8Array.of(0), entry);

/** Whether the tree of this size and root has this leaf hash at this index (RFC 9162, 2.1.3.2). */
export function isIncluded(leaf: Bytes, index: bigint, size: bigint, proof: readonly Bytes[], root: Bytes): boolean {
  if (index < 0n || index >= size || [leaf, root, ...proof].some((one) => one.length !== HASH_BYTES)) return false;
  let [at, last, found] = [index, size - 1n, leaf];
  for (const sibling of proof) {
    if (last === 0n) return false;
    if (at % 2n === 1n || at === last) {
      found = hash(Uint8Array.of(1), sibling, found);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at / 2n, last / 2n];
    } else {
      found = hash(Uint8Array.of(1), found, sibling);
    }
    [at, last] = [at / 2n, last / 2n];
  }
  return last === 0n && isSame(found, root);
}

/** The checkpoint (C2SP tlog-checkpoint), once this key's signature under the log's name was found right. Throws Unfit. */
export function readCheckpoint(note: string, key: Bytes): Checkpoint {
  const { text, signatures } = partsOf(note);
  const checkpoint = readBody(text);
  const hint = hash(encode(`${checkpoint.origin}\n`), ED25519, key).subarray(0, 4);
  const found = signatures.filter(([name, content]) => name === checkpoint.origin && isSame(content.subarray(0, 4), hint));
  if (found.length === 0) unfit("The note is not signed by this key.");
  if (found.length > 1 || !found.every(([, content]) => isSignedBy(key, content.subarray(4), encode(text)))) {
    unfit("The note's signature does not fit its text.");
  }
  return checkpoint;
}

/** The text with its newline, and (name, key hash and signature) of each signature line. */
function partsOf(note: string): { text: string; signatures: [string, Bytes][] } {
  if (lengthOf(note) > LARGEST || hasControls(note)) unfit("The note is too large, or has control characters.");
  const blank = note.lastIndexOf("\n\n");
  const lines = note.slice(blank + 2);
  if (blank < 0 || !lines.endsWith("\n")) unfit("The note has no signatures.");
  const signatures: [string, Bytes][] = [];
  for (const line of lines.slice(0, -1).split("\n")) {
    const [, name, written] = SIGNATURE.exec(line) ?? [];
    if (name === undefined || written === undefined || signatures.length === MOST_SIGNATURES) return unfit("The note has a line that is no signature.");
    const content = decodeBase64(written) ?? unfit("The note has a signature that is not base64.");
    if (content.length < 5) unfit("The note has a signature that is too short.");
    checkName(name);
    signatures.push([name, content]);
  }
  return { text: `${note.slice(0, blank)}\n`, signatures };
}

function readBody(text: string): Checkpoint {
  const lines = text.split("\n");
  const last = lines.pop();
  const [origin, size, root] = lines;
  if (origin === undefined || size === undefined || root === undefined || last !== "" || lines.includes("")) {
    return unfit("The checkpoint does not have the lines of one.");
  }
  checkName(origin);
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(size)) unfit("The checkpoint's size is not a number.");
  const found = decodeBase64(root) ?? unfit("The checkpoint's root is not base64.");
  if (found.length !== HASH_BYTES) unfit(`The checkpoint's root is not ${HASH_BYTES} bytes.`);
  return { origin, size: BigInt(size), root: found };
}

function checkName(name: string): void {
  if (name === "" || name.includes("+") || new RegExp(`[${BLANK}]`, "u").test(name) || hasControls(name)) {
    unfit("A log's name has no spaces, no plus sign and no control characters.");
  }
}

/** Control characters other than newline; halves of surrogate pairs, which are no UTF-8, as well. */
const hasControls = (text: string): boolean => /[\x00-\x09\x0b-\x1f]/.test(text) || hasHalf(text);

const hash = (...parts: readonly Bytes[]): Bytes => new Uint8Array(digestOf(join(parts)));
