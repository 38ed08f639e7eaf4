import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, join } from "./text";

// The browser's own is faster, but takes a whole file at a time, and is absent where a page came over plain HTTP from another machine.
const LEAST_NATIVE = 1 << 16;
const MOST_NATIVE = 1 << 25;

/** SHA-256 of pieces that come one by one and are `size` bytes together. */
export async function sha256Of(chunks: AsyncIterable<Bytes>, size: number): Promise<Uint8Array> {
  if (size >= LEAST_NATIVE && size <= MOST_NATIVE && globalThis.crypto?.subtle !== undefined) {
    const pieces: Bytes[] = [];
    for await (const piece of chunks) pieces.push(piece.slice());
    return new Uint8Array(await crypto.subtle.digest("SHA-256", join(pieces)));
  }
  const hasher = sha256.create();
  for await (const piece of chunks) hasher.update(piece);
  return hasher.digest();
}

export const digestOf = (bytes: Uint8Array): Uint8Array => sha256(bytes);
