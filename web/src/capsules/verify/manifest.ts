import { parseDocument } from "yaml";
import { MANIFEST } from "./archive";
import { digestOf } from "./digest";
import { Fault } from "./finding";
import { isObject, type Json, type JsonObject, parseJson } from "./json";
import { type Bytes, decode, encode, hasHalf, hex, lengthOf, quoted } from "./text";

/** What a manifest says. `isPlain`: it is JSON that every reader takes for the same; otherwise it is YAML, read here without the
 * standard's strictness: good enough to find faults by, not to call it right. */
export interface Manifest {
  value: JsonObject;
  isPlain: boolean;
}

const MOST_DEPTH = 64;
const MOST_SAFE = Number.MAX_SAFE_INTEGER;
const MOST_YAML = 2 ** 20;
const MOST_KEY = 1000;
// From here on RFC 8785 writes a float with its exponent.
const LEAST_EXPONENT = 1e21;
// What the standard forbids unescaped: not printable in YAML, or a line break in one version of YAML alone.
const RAW = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]/;
// Half a character, escaped: JSON joins two of them, YAML does not.
const HALF = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"([ \n]*:)?/g;

/** Throws Fault. */
export function readManifest(data: Bytes): Manifest {
  const raw = decode(data) ?? broken("it is not UTF-8");
  const found = RAW.exec(raw);
  if (found) broken(`it has the character U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")} unescaped`);
  const text = raw.replace(/\r\n?/g, "\n");
  let value: Json;
  let isPlain = true;
  try {
    value = readJson(text);
  } catch {
    value = readYaml(text);
    isPlain = false;
  }
  return isObject(value) ? { value, isPlain } : broken("it is not a mapping");
}

/** The one spelling that the seal writes: JSON with an indent of two, texts in NFC, whole floats as integers. Throws Fault. */
export function spellManifest(manifest: JsonObject): Bytes {
  const text = spell(manifest, "");
  return encode(`${text.replace(new RegExp(RAW, "g"), (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`);
}

/** `mqc:1:` and the SHA-256 of the RFC 8785 bytes, with all texts in NFC. Throws Fault for what has no such form. */
export function capsuleIdOf(manifest: JsonObject): string {
  return `mqc:1:${hex(digestOf(encode(canonical(manifest))))}`;
}

/** Whether this platform's seal wrote it. Then not even a space of it may differ, though the id would be the same. */
export function isOurs(manifest: JsonObject): boolean {
  const extensions = manifest.get("extensions");
  return isObject(extensions) && extensions.has("quapsule");
}

function readJson(text: string): Json {
  const value = parseJson(text, (digits) => {
    if (digits.length > 17 || Math.abs(Number(digits)) > MOST_SAFE) throw new SyntaxError("an integer beyond 2^53 - 1");
    return Number(digits);
  });
  examine(value, 1);
  // Readers of YAML take no tab between values, no long key, and no key whose colon is on another line.
  if (text.includes("\t") || HALF.test(text)) throw new SyntaxError("not the same in YAML");
  for (const [whole, colon] of text.matchAll(STRING)) {
    if (colon !== undefined && (colon.includes("\n") || (whole.length > MOST_KEY && lengthOf(whole) > MOST_KEY + 1))) {
      throw new SyntaxError("a key that YAML does not take");
    }
  }
  return value;
}

function examine(value: Json, depth: number): void {
  if (depth > MOST_DEPTH || (typeof value === "string" && hasHalf(value))) throw new SyntaxError("not of the profile");
  if (Array.isArray(value)) value.forEach((part) => examine(part, depth + 1));
  if (isObject(value)) {
    for (const [key, part] of value) {
      examine(key, depth + 1);
      examine(part, depth + 1);
    }
  }
}

function readYaml(text: string): Json {
  if (text.length > MOST_YAML && lengthOf(text) > MOST_YAML) broken("it is not plain JSON, and larger than 1 MiB");
  let found: unknown;
  try {
    const document = parseDocument(text, { version: "1.2", schema: "core", uniqueKeys: true, strict: true, logLevel: "silent" });
    const problem = document.errors[0];
    if (problem !== undefined) broken(problem.message.split("\n")[0] ?? "it is no YAML");
    found = document.toJS({ mapAsMap: true, maxAliasCount: 0 });
  } catch (problem) {
    if (problem instanceof Fault) throw problem;
    broken("it is neither JSON nor YAML of the standard's profile");
  }
  return asJson(found, 1);
}

function asJson(value: unknown, depth: number): Json {
  if (depth > MOST_DEPTH) broken(`it is nested deeper than ${MOST_DEPTH} levels`);
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((part) => asJson(part, depth + 1));
  if (!(value instanceof Map)) return broken("it has a value of another type than JSON's");
  const found: JsonObject = new Map();
  for (const [key, part] of value) found.set(typeof key === "string" ? key : broken("it has a key that is no text"), asJson(part, depth + 1));
  return found;
}

function spell(value: Json, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) return enclosed("[", value.map((part) => spell(part, deeper)), "]", indent);
  if (isObject(value)) return enclosed("{", [...value].map(([key, part]) => `${JSON.stringify(key.normalize("NFC"))}: ${spell(part, deeper)}`), "}", indent);
  if (typeof value === "string") return JSON.stringify(value.normalize("NFC"));
  return typeof value === "number" ? spellNumber(value) : String(value);
}

function enclosed(open: string, parts: readonly string[], close: string, indent: string): string {
  return parts.length === 0 ? open + close : `${open}\n${indent}  ${parts.join(`,\n${indent}  `)}\n${indent}${close}`;
}

/** As Python writes it: small numbers with an exponent of two digits. */
function spellNumber(value: number): string {
  if (!Number.isFinite(value)) broken(`${value} is no number of JSON`);
  if (Number.isInteger(value)) {
    if (Math.abs(value) > MOST_SAFE && Math.abs(value) < LEAST_EXPONENT) broken(`${value} is no integer that every reader of JSON keeps`);
    return String(value + 0);
  }
  return Math.abs(value) < 1e-4 ? value.toExponential().replace(/e-(\d)$/, "e-0$1") : String(value);
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    const parts = new Map<string, Json>();
    for (const [key, part] of value) {
      const composed = key.normalize("NFC");
      if (parts.has(composed)) noForm(`the key ${quoted(composed)} is there twice, in two spellings of one text`);
      parts.set(composed, part);
    }
    // RFC 8785 sorts by UTF-16 units, as JavaScript does.
    return `{${[...parts.keys()].sort().map((key) => `${JSON.stringify(key)}:${canonical(parts.get(key) ?? null)}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) noForm(`${value < 0 ? "-inf" : "inf"} is not representable in JCS`);
  return JSON.stringify(typeof value === "string" ? value.normalize("NFC") : value);
}

function broken(why: string): never {
  throw new Fault("manifest", MANIFEST, `${MANIFEST}: ${why}.`);
}

function noForm(why: string): never {
  throw new Fault("id", MANIFEST, `The manifest has no canonical form: ${why}.`);
}
