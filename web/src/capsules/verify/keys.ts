import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { digestOf } from "./digest";
import { type Bytes, hex, isSame, join } from "./text";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const PADDED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
const ORDER = ed25519.Point.Fn.ORDER;
// Points of small order: a signature by one of them holds for many texts, so that it says nothing. The sign bit does not matter.
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** SHA-256, in hex, of a public key's 32 bytes: what a signer is known by. */
export const fingerprint = (key: Bytes): string => hex(digestOf(key));

/** A fingerprint as people give it, with or without SHA256:, as a key id. Null for what is none. */
export const readFingerprint = (text: string): string | null => /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text.trim())?.[1]?.toLowerCase() ?? null;

export function isPublicKey(key: Bytes): boolean {
  const last = key[KEY_BYTES - 1];
  return key.length === KEY_BYTES && last !== undefined && !SMALL_ORDER.has(hex(join([key.subarray(0, KEY_BYTES - 1), Uint8Array.of(last & 0x7f)])));
}

/**
 * Ed25519, with the equation that OpenSSL checks (RFC 8032's without the cofactor), so that a signature is not good here and bad there.
 * Never throws: what is no key or no signature has signed nothing.
 */
export function isSignedBy(key: Bytes, signature: Bytes, message: Bytes): boolean {
  if (!isPublicKey(key) || signature.length !== SIGNATURE_BYTES) return false;
  const [committed, given] = [signature.subarray(0, 32), signature.subarray(32)];
  const s = littleEndian(given);
  if (s >= ORDER) return false;
  try {
    const k = littleEndian(sha512(join([committed, key, message]))) % ORDER;
    const point = ed25519.Point.fromBytes(key, true);
    return isSame(ed25519.Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k)).toBytes(), committed);
  } catch {
    return false; // not on the curve
  }
}

/** Standard alphabet, padded, and only the one spelling of each content. Null for what is none. */
export const decodeBase64 = (text: string): Bytes | null => (CANONICAL.test(text) ? decoded(text) : null);

/** The same where the last letter's spare bits may be anything. */
export const decodeLoosely = (text: string): Bytes | null => (PADDED.test(text) ? decoded(text) : null);

const decoded = (text: string): Bytes => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
}
