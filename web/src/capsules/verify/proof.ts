import { field, parseObject, textField, Unfit, unfit } from "./document";
import { checkEnvelope, readEnvelope, SEAL, type Signed } from "./envelope";
import type { Finding } from "./finding";
import { isObject, type Json, type JsonObject } from "./json";
import { decodeBase64, fingerprint, isPublicKey } from "./keys";
import { type Checkpoint, isIncluded, leafHash, readCheckpoint } from "./log";
import { type Bytes, decode, encode, isSame, quoted } from "./text";

/** A signature that fits. `kind`: of the key, platform or user. `on_behalf_of`: by the platform, for that person. */
export interface ProvenSignature {
  key_id: string;
  kind: string;
  name: string;
  signer_id: string | null;
  meaning: string;
  signed_at: string;
  on_behalf_of: boolean;
}

/** A place in a log that fits its checkpoint. `index` and `tree_size` in digits. `key_id`: who signed the checkpoint. */
export interface ProvenPlace {
  origin: string;
  index: string;
  tree_size: string;
  key_id: string;
}

/** What of a proof was found right, and what was not. `timestamps`: addresses of authorities whose tokens are there, unchecked. */
export interface Proven {
  findings: Finding[];
  signatures: ProvenSignature[];
  log: ProvenPlace | null;
  timestamps: string[];
}

interface Key {
  id: string;
  bytes: Bytes;
  kind: "platform" | "user";
}

export const LARGEST_PROOF = 2 ** 22;

const FORMAT = "quapsule.capsule-proof/v1";
const PARTS = ["format", "capsule_id", "envelopes", "keys", "log", "timestamps"];
const MOST = 1000;
const MOST_SIBLINGS = 64;

/** The document from its file, its parts unchecked. Throws Unfit. */
export function readProof(data: Bytes): JsonObject {
  if (data.length > LARGEST_PROOF) unfit(`The proof is larger than ${LARGEST_PROOF >> 20} MiB.`);
  return parseObject(decode(data) ?? unfit("The proof is not UTF-8."), "The proof", LARGEST_PROOF);
}

/** What a proof proves of the capsule with this id. Throws nothing: what is malformed is a finding like any other. */
export function checkProof(proof: JsonObject, capsuleId: string): Proven {
  const findings: Finding[] = [];

  function attempt<T>(layer: string, check: () => T): T | null {
    try {
      return check();
    } catch (problem) {
      findings.push({ layer, file: "proof", message: problem instanceof Unfit ? problem.message : `The proof's ${layer} part is malformed.` });
      return null;
    }
  }

  const nothing = { findings, signatures: [], log: null, timestamps: [] };
  if (attempt("signature", () => checkHead(proof, capsuleId)) === null) return nothing;
  const keys = attempt("signature", () => keysOf(proof)) ?? new Map<string, Key>();
  const envelopes = attempt("signature", () => listOf(proof, "envelopes")) ?? [];
  const signatures = envelopes.map((envelope) => attempt("signature", () => checkOne(envelope, keys, capsuleId)));
  const place = proof.get("log") ?? null;
  const log = place === null ? null : attempt("log", () => checkLog(place, keys, capsuleId));
  const tokens = attempt("timestamp", () => listOf(proof, "timestamps")) ?? [];
  const timestamps = tokens.map((token) => attempt("timestamp", () => readTimestamp(token)));
  return {
    findings,
    signatures: signatures.filter((one) => one !== null),
    log,
    timestamps: timestamps.filter((one) => one !== null),
  };
}

function checkHead(proof: JsonObject, capsuleId: string): true {
  if (proof.get("format") !== FORMAT || proof.size !== PARTS.length || !PARTS.every((part) => proof.has(part))) {
    unfit(`The proof is not of the format ${FORMAT}.`);
  }
  if (proof.get("capsule_id") !== capsuleId) unfit("The proof is of another capsule.");
  return true;
}

function keysOf(proof: JsonObject): Map<string, Key> {
  const keys = new Map<string, Key>();
  for (const given of listOf(proof, "keys")) {
    const bytes = base64Field(given, "public_key");
    const [kind, name] = [field(given, "kind"), field(given, "name")];
    const id = isPublicKey(bytes) ? fingerprint(bytes) : "";
    if (id === "" || field(given, "key_id") !== id || keys.has(id)) {
      unfit("The proof has a key that is none, stands twice or bears another's fingerprint.");
    }
    if ((kind !== "platform" && kind !== "user") || typeof name !== "string") {
      return unfit("The proof has a key that is neither a platform's nor a person's.");
    }
    keys.set(id, { id, bytes, kind });
  }
  return keys;
}

function checkOne(envelope: Json, keys: ReadonlyMap<string, Key>, capsuleId: string): ProvenSignature {
  if (!isObject(envelope)) return unfit("The proof has an envelope that is none.");
  const signed = readEnvelope(envelope);
  const key = keys.get(signed.keyId) ?? unfit(`The key of ${quoted(signed.name, 1000)}'s signature is not in the proof.`);
  checkEnvelope(signed, key.bytes, capsuleId);
  checkPart(signed, key);
  return {
    key_id: key.id,
    kind: key.kind,
    name: signed.name,
    signer_id: signed.signerId,
    meaning: signed.meaning,
    signed_at: signed.signedAt,
    on_behalf_of: signed.onBehalfOf,
  };
}

/** A platform seals, or signs for a person; a person signs in their own name, and never seals. */
function checkPart(signed: Signed, key: Key): void {
  const [seals, lends] = [signed.meaning === SEAL, signed.onBehalfOf];
  if (key.kind === "platform" ? seals === lends : seals || lends) {
    unfit(`A ${key.kind} key does not sign as ${signed.meaning} for ${quoted(signed.name, 1000)}.`);
  }
}

function checkLog(log: Json, keys: ReadonlyMap<string, Key>, capsuleId: string): ProvenPlace {
  const [index, size, inclusion] = [field(log, "index"), field(log, "tree_size"), field(log, "inclusion")];
  if (typeof index !== "bigint" || typeof size !== "bigint" || !Array.isArray(inclusion) || inclusion.length > MOST_SIBLINGS) {
    return unfit("The proof's place in the log is malformed.");
  }
  if (!isSame(base64Field(log, "entry"), encode(capsuleId))) unfit("The log's entry is of another capsule.");
  const { signer, checkpoint } = signedCheckpoint(field(log, "checkpoint"), keys);
  if (checkpoint.origin !== field(log, "origin") || checkpoint.size !== size) unfit("The checkpoint is of another log, or of another size.");
  const siblings = inclusion.map((one) => decodeBase64(typeof one === "string" ? one : "?") ?? malformed());
  if (!isIncluded(leafHash(encode(capsuleId)), index, size, siblings, checkpoint.root)) {
    unfit("The checkpoint's root does not hold this capsule at this place.");
  }
  return { origin: checkpoint.origin, index: String(index), tree_size: String(size), key_id: signer };
}

function signedCheckpoint(note: Json, keys: ReadonlyMap<string, Key>): { signer: string; checkpoint: Checkpoint } {
  let problem = new Unfit("The checkpoint is not signed by a platform key of the proof.");
  if (typeof note !== "string") throw problem;
  for (const key of keys.values()) {
    if (key.kind !== "platform") continue;
    try {
      return { signer: key.id, checkpoint: readCheckpoint(note, key.bytes) };
    } catch (found) {
      if (!(found instanceof Unfit)) throw found;
      problem = found;
    }
  }
  throw problem;
}

/** The authority's address: who reads its token needs more than this page has. */
function readTimestamp(given: Json): string {
  const authority = field(given, "authority");
  if (typeof authority !== "string") return unfit("The proof's timestamp does not name its authority.");
  base64Field(given, "token");
  return authority;
}

function listOf(proof: JsonObject, key: string): Json[] {
  const found = proof.get(key);
  return Array.isArray(found) && found.length <= MOST ? found : unfit(`The proof's ${key} are not a list of at most ${MOST}.`);
}

const base64Field = (value: Json, key: string): Bytes => decodeBase64(textField(value, key)) ?? malformed();

function malformed(): never {
  throw new TypeError("malformed");
}
