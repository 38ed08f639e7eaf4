import { exactInteger, isObject, type Json, type JsonObject, parseJson } from "./json";
import { lengthOf } from "./text";

/** A part of a proof that does not hold, in words of its own. */
export class Unfit extends Error {}

export function unfit(message: string): never {
  throw new Unfit(message);
}

/** A JSON object without a key twice; integers are told apart from floats. `largest`: code points. Throws Unfit. */
export function parseObject(text: string, what: string, largest: number): JsonObject {
  if (text.length > largest && lengthOf(text) > largest) unfit(`${what} is larger than ${largest} characters.`);
  let found: Json;
  try {
    found = parseJson(text, exactInteger);
  } catch {
    return unfit(`${what} is not JSON that can be trusted.`);
  }
  return objectOf(found, what);
}

/** Throws Unfit. */
export function objectOf(value: Json | undefined, what: string): JsonObject {
  return isObject(value) ? value : unfit(`${what} is not a JSON object.`);
}

/** A part of an object that must be there, or its stand-in. Throws TypeError, for which the whole part of the proof is malformed. */
export function field(value: Json | undefined, key: string, otherwise?: Json): Json {
  if (!isObject(value)) throw new TypeError("no object");
  const found = value.get(key) ?? otherwise;
  if (found === undefined) {
    if (value.has(key)) return null;
    throw new TypeError(`no ${key}`);
  }
  return found;
}

/** Throws TypeError. */
export function textField(value: Json | undefined, key: string): string {
  const found = field(value, key);
  if (typeof found !== "string") throw new TypeError(`${key} is no text`);
  return found;
}
