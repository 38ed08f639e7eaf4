import { Fault, sentence } from "./finding";
import { Inflated } from "./inflate";
import { sha256Of } from "./digest";
import { type Bytes, compare, decode, encode, hex, isSame, join, quoted } from "./text";

export const MANIFEST = "capsule.yaml";
export const CHECKSUMS = ".checksums";
/** Of all files together, as the standard has it. */
export const MOST_BYTES = 2 ** 30;

/** A file's size in bytes and its SHA-256 in hex. */
export interface Held {
  size: number;
  sha256: string;
}

/** What one pass over an archive leaves. `files`: the payload, by path in NFC. `own`: the bytes of the two files that describe it. */
export interface Contents {
  top: string;
  sizeBytes: number;
  files: Map<string, Held>;
  own: Map<string, Bytes>;
}

const MOST_MEMBERS = 250_000;
const MOST_NAMES_BYTES = 2 ** 26;
const MOST_OWN_BYTES = 2 ** 24;
const MOST_PATH_BYTES = 8192;
const BLOCK = 512;
const RECORD = 20 * BLOCK;
const [FOLDER, FILE, LONG] = [0x35, 0x30, 0x78];

interface Head {
  path: string;
  isFolder: boolean;
  size: number;
}

/**
 * Reads a whole archive once. It must be, byte for byte, the tar that the standard's `pack` makes: every header is compared to the one that
 * its name and size give, names rise, zeros fill the rest. So there is no room for links, devices, or anything hidden. Throws Fault.
 */
export async function readArchive(file: Blob, told: (bytes: number) => void, mostBytes = MOST_BYTES): Promise<Contents> {
  const stream = await Inflated.open(file, told);
  try {
    return await readAll(stream, mostBytes);
  } finally {
    await stream.close();
  }
}

async function readAll(stream: Inflated, mostBytes: number): Promise<Contents> {
  const top = await readTop(stream);
  const contents: Contents = { top, sizeBytes: 0, files: new Map(), own: new Map() };
  const folders = new Set([top]);
  const composed = new Set([top]);
  let [before, count, namesLeft] = [top, 1, MOST_NAMES_BYTES];
  for (let head = await readHead(stream); head !== null; head = await readHead(stream)) {
    const { path, size } = head;
    const name = path.slice(top.length + 1);
    count += 1;
    namesLeft -= encode(path).length;
    checkPath(path, before, top, folders);
    const key = path.normalize("NFC");
    if (composed.has(key)) refuse(`two names are one in Unicode's composed form: ${quoted(path)}`, name);
    if (count > MOST_MEMBERS || namesLeft < 0) refuse("the archive has more than 250,000 entries, or 64 MiB of names");
    composed.add(key);
    before = path;
    if (head.isFolder) {
      folders.add(path);
      continue;
    }
    const isOwn = name === MANIFEST || name === CHECKSUMS;
    if (isOwn && size > MOST_OWN_BYTES) refuse(`${name} is larger than ${MOST_OWN_BYTES >> 20} MiB`, name);
    contents.sizeBytes += size;
    if (contents.sizeBytes > mostBytes) refuse(`the files are larger than ${mostBytes.toLocaleString("en")} bytes together`, name);
    // A copy: what was read is a window on a piece that goes.
    if (isOwn) contents.own.set(name, (await stream.read(size)).slice());
    else contents.files.set(name.normalize("NFC"), { size, sha256: hex(await sha256Of(stream.chunks(size), size)) });
    if (!isZero(await stream.read(padding(size, BLOCK)))) refuse(`there are bytes behind the end of ${quoted(name)}`, name);
  }
  const written = stream.given - BLOCK;
  if (!isZero(await stream.read(BLOCK + padding(written + 2 * BLOCK, RECORD)))) refuse("there is something behind the last entry");
  await stream.finish();
  return contents;
}

async function readTop(stream: Inflated): Promise<string> {
  const head = (await readHead(stream)) ?? refuse("the archive is empty");
  if (!head.isFolder || head.path.includes("/") || ["", ".", ".."].includes(head.path)) refuse("the archive does not begin with its one top folder");
  return head.path;
}

/** The next entry; null at the end. */
async function readHead(stream: Inflated): Promise<Head | null> {
  let block = (await stream.read(BLOCK)).slice();
  if (isZero(block)) return null;
  let raw = block;
  let name = withoutZeros(block.subarray(0, 100));
  if (block[156] === LONG) {
    const length = octal(block.subarray(124, 136));
    if (length > MOST_PATH_BYTES) refuse("an entry's name is too long");
    const records = (await stream.read(length + padding(length, BLOCK))).slice();
    name = longName(records.subarray(0, length));
    block = (await stream.read(BLOCK)).slice();
    raw = join([raw, records, block]);
  }
  const kind = block[156] ?? 0;
  const size = octal(block.subarray(124, 136));
  const path = (decode(name) ?? refuse("an entry's name is not UTF-8")).replace(/\/$/, "");
  if ((kind !== FOLDER && kind !== FILE) || !isSame(raw, header(path, kind, size))) {
    const what = kind !== FOLDER && kind !== FILE && kind !== 0 ? "neither a file nor a folder" : "not as the standard's `pack` writes it";
    refuse(`the entry ${quoted(path)} is ${what}`, path.includes("/") ? path.slice(path.indexOf("/") + 1) : "");
  }
  return { path, isFolder: kind === FOLDER, size };
}

/** Throws Fault unless the path is below the top folder, in a folder that came before, and behind what came before. */
function checkPath(path: string, before: string, top: string, folders: ReadonlySet<string>): void {
  const parts = path.split("/");
  const name = parts.slice(1).join("/");
  if (parts.some((part) => ["", ".", ".."].includes(part)) || path.includes("\0")) refuse(`the entry ${quoted(path)} leads out of its folder`, name);
  if (parts[0] !== top) refuse(`the archive has a second top folder, ${quoted(parts[0] ?? "")}`, name);
  if (compare(path, before) <= 0) refuse(`the entry ${quoted(path)} comes a second time, or out of order`, name);
  if (!folders.has(parts.slice(0, -1).join("/"))) refuse(`the entry ${quoted(path)} is in no folder of the archive`, name);
}

/** What `pack` writes for a file or folder: POSIX.1-2001, without owner and time; a long or non-ASCII name comes before. */
function header(path: string, kind: number, size: number): Bytes {
  const name = kind === FOLDER ? `${path}/` : path;
  const mode = kind === FOLDER ? "0000755" : "0000644";
  if (/^[\0-\x7f]{0,100}$/.test(name)) return block(name, kind, size, mode);
  const value = encode(name);
  let length = value.length + " path=\n".length;
  // The record's length counts its own digits.
  for (let digits = 1; digits < 9; digits++) {
    if (String(length + digits).length === digits) {
      length += digits;
      break;
    }
  }
  const record = join([encode(`${length} path=`), value, encode("\n")]);
  const plain = [...name].map((letter) => (letter < "\x80" ? letter : "?")).join("");
  return join([
    block("././@PaxHeader", LONG, record.length, "0000000"),
    record,
    new Uint8Array(padding(record.length, BLOCK)),
    block(plain.slice(0, 100), kind, size, mode),
  ]);
}

function block(name: string, kind: number, size: number, mode: string): Bytes {
  if (size >= 8 ** 11) refuse("a file is larger than a header can say");
  const bytes = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => bytes.set(encode(text), at);
  put(name, 0);
  put(mode, 100);
  put("0000000\x000000000", 108);
  put(size.toString(8).padStart(11, "0"), 124);
  put("00000000000", 136);
  bytes[156] = kind;
  put("ustar\x0000", 257);
  // The sum counts its own field as eight spaces.
  const sum = bytes.reduce((total, byte) => total + byte, 8 * 32);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

function octal(field: Bytes): number {
  const digits = /^([0-7]+)[\0 ]*$/.exec(String.fromCharCode(...field));
  return digits?.[1] === undefined ? refuse("an entry's size is no number") : parseInt(digits[1], 8);
}

function longName(record: Bytes): Bytes {
  const mark = encode(" path=");
  for (let at = 0; at + mark.length <= record.length; at++) {
    if (mark.every((byte, place) => record[at + place] === byte)) {
      return record.subarray(at + mark.length, record.length - (record[record.length - 1] === 10 ? 1 : 0));
    }
  }
  return new Uint8Array();
}

function withoutZeros(bytes: Bytes): Bytes {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

const isZero = (bytes: Bytes): boolean => bytes.every((byte) => byte === 0);
const padding = (size: number, to: number): number => (to - (size % to)) % to;

function refuse(why: string, file = ""): never {
  throw new Fault("archive", file, sentence(why));
}
