import { field, objectOf, parseObject, unfit } from "./document";
import type { Json } from "./json";
import { decodeLoosely, isSignedBy } from "./keys";
import { type Bytes, decode, encode, hasHalf, join, lengthOf, quoted } from "./text";

/** What an envelope says; nothing of it is true until its signature was checked. `signedAt`: RFC 3339, UTC, as signed. */
export interface Signed {
  keyId: string;
  capsuleId: string;
  name: string;
  signerId: string | null;
  meaning: string;
  signedAt: string;
  onBehalfOf: boolean;
  payload: Bytes;
  signature: Bytes;
}

/** The platform's own signature: the capsule was sealed here. */
export const SEAL = "seal";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://quapsule.org/capsule-signature/v1";
const MEANINGS = [SEAL, "author", "review", "approval", "responsibility"];
const LARGEST = 2 ** 16;
const LONGEST_TEXT = 1000;

/** Throws Unfit. */
export function readEnvelope(envelope: Json): Signed {
  const outer = objectOf(envelope, "The envelope");
  if (outer.get("payloadType") !== PAYLOAD_TYPE) unfit(`The envelope's payloadType is not ${PAYLOAD_TYPE}.`);
  const signatures = outer.get("signatures");
  if (!Array.isArray(signatures) || signatures.length !== 1) return unfit("The envelope does not have exactly one signature.");
  const signed = objectOf(signatures[0], "The envelope's signature");
  const keyId = signed.get("keyid");
  if (typeof keyId !== "string" || !/^[0-9a-f]{64}$/.test(keyId)) return unfit("The envelope's keyid is not a fingerprint.");
  const payload = bytesOf(outer.get("payload"), "payload");
  const signature = bytesOf(signed.get("sig"), "sig");
  return { ...readStatement(payload), keyId, payload, signature };
}

/** Throws Unfit unless this key signed it, and for this capsule. */
export function checkEnvelope(signed: Signed, key: Bytes, capsuleId: string): void {
  if (!isSignedBy(key, signed.signature, pae(signed.payload))) unfit(`The signature of ${quoted(signed.name)} does not fit what it signs.`);
  if (signed.capsuleId !== capsuleId) unfit(`The signature of ${quoted(signed.name)} is of another capsule, ${signed.capsuleId}.`);
}

/** DSSE's pre-authentication encoding: the bytes that are signed. */
function pae(payload: Bytes): Bytes {
  return join([encode(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

function readStatement(payload: Bytes): Omit<Signed, "keyId" | "payload" | "signature"> {
  const statement = parseObject(decode(payload) ?? unfit("The signed statement is not UTF-8."), "The signed statement", LARGEST);
  if (statement.get("_type") !== STATEMENT_TYPE || statement.get("predicateType") !== PREDICATE_TYPE) {
    unfit("The signed statement is not a capsule's signature.");
  }
  const subjects = statement.get("subject");
  if (!Array.isArray(subjects) || subjects.length !== 1) return unfit("The signed statement does not have exactly one subject.");
  const subject = objectOf(subjects[0], "The statement's subject");
  const digest = objectOf(subject.get("digest"), "The subject's digest");
  const predicate = objectOf(statement.get("predicate"), "The statement's predicate");
  const signer = objectOf(predicate.get("signer"), "The statement's signer");

  const capsuleId = textOf(predicate.get("capsule_id"), "capsule_id");
  const named = /^mqc:1:([0-9a-f]{64})$/.exec(capsuleId)?.[1] ?? unfit(`Not a capsule's id: ${quoted(capsuleId, 80)}.`);
  if (digest.get("sha256") !== named) unfit("The signed statement names two capsules.");
  const meaning = textOf(predicate.get("meaning"), "meaning");
  if (!MEANINGS.includes(meaning)) unfit(`A signature does not mean ${quoted(meaning, LONGEST_TEXT)}.`);
  const signedAt = textOf(predicate.get("signed_at"), "signed_at");
  if (!isInstant(signedAt)) unfit("The signed statement's signed_at is not an instant in UTC.");
  const onBehalfOf = predicate.get("on_behalf_of") ?? (predicate.has("on_behalf_of") ? null : false);
  if (typeof onBehalfOf !== "boolean") return unfit("The signed statement's on_behalf_of is neither true nor false.");
  textOf(subject.get("name"), "name");
  const name = textOf(signer.get("name"), "name");
  const signerId = field(signer, "id", null) === null ? null : textOf(signer.get("id"), "id");
  return { capsuleId, name, signerId, meaning, signedAt, onBehalfOf };
}

function isInstant(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?Z$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}

function textOf(value: Json | undefined, key: string): string {
  if (typeof value !== "string" || value === "" || lengthOf(value) > LONGEST_TEXT || hasHalf(value)) {
    return unfit(`The signed statement's ${key} is not a text of 1 to ${LONGEST_TEXT} characters.`);
  }
  return value;
}

/** DSSE lets a signer choose between the two alphabets of base64; whoever verifies takes both. */
function bytesOf(value: Json | undefined, key: string): Bytes {
  const bytes = typeof value === "string" && value.length <= LARGEST ? decodeLoosely(value.replaceAll("-", "+").replaceAll("_", "/")) : null;
  return bytes ?? unfit(`The envelope's ${key} is not base64.`);
}
