export type Bytes = Uint8Array<ArrayBuffer>;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Strict UTF-8; a byte order mark stays a character. Null for what is none. */
export function decode(bytes: Bytes): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

export const encode = (text: string): Bytes => ENCODER.encode(text);

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function join(pieces: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export const isSame = (one: Uint8Array, other: Uint8Array): boolean => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** By code points, which is also the order of UTF-8's bytes. JavaScript's own order is by halves of surrogate pairs. */
export function compare(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a !== b) return isHalf(a) === isHalf(b) ? a - b : isHalf(a) ? 1 : -1;
  }
  return one.length - other.length;
}

/** Code points. */
export const lengthOf = (text: string): number => {
  let count = 0;
  for (let at = 0; at < text.length; at++) count += (text.charCodeAt(at) & 0xfc00) === 0xdc00 && isHigh(text.charCodeAt(at - 1)) ? 0 : 1;
  return count;
};

/** Halves of surrogate pairs that stand alone: no UTF-8 can hold them. */
export const hasHalf = (text: string): boolean => /\p{Surrogate}/u.test(text);

/** A text as a message shows it: in quotes, and with nothing in it that cannot be seen. */
export function quoted(text: string, most = 200): string {
  const shown = [...text].slice(0, most).join("");
  const mark = shown.includes("'") && !shown.includes('"') ? '"' : "'";
  const safe = shown.replace(/[\\'"]|[\p{C}\p{Z}]/gu, (found) => {
    if (found === " ") return found;
    if (found === "\\" || found === mark) return `\\${found}`;
    if (found === "'" || found === '"') return found;
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[found];
    if (short !== undefined) return short;
    const point = found.codePointAt(0) ?? 0;
    return point < 256 ? `\\x${point.toString(16).padStart(2, "0")}` : point < 65536 ? `\\u${point.toString(16).padStart(4, "0")}` : `\\U${point.toString(16).padStart(8, "0")}`;
  });
  return mark + safe + mark;
}

const isHalf = (unit: number): boolean => (unit & 0xf800) === 0xd800;
const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
