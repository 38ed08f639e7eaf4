/** A zip of files that are stored as they are: what a capsule and its proof are imported in. The bytes stay in the browser's files. */
export async function zipOf(files: readonly { name: string; content: Blob }[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let at = 0;
  let directoryBytes = 0;
  for (const { name, content } of files) {
    if (at + content.size > LARGEST) throw new RangeError("A zip without the 64-bit format ends at 4 GiB.");
    const title = new TextEncoder().encode(name);
    const facts = [20, UTF8, STORED, 0, DATE] as const;
    const sizes = [await crcOf(content), content.size, content.size] as const;
    const local = record(0x04034b50, facts, sizes, [title.length, 0]);
    const central = concat(record(0x02014b50, [20, ...facts], sizes, [title.length, 0, 0, 0, 0]), longs([0, at]));
    parts.push(local, title, content);
    directory.push(central, title);
    at += local.length + title.length + content.size;
    directoryBytes += central.length + title.length;
  }
  const end = concat(longs([0x06054b50]), words([0, 0, files.length, files.length]), longs([directoryBytes, at]), words([0]));
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

const LARGEST = 0xffff_0000;
const UTF8 = 1 << 11;
const STORED = 0;
/** 1 January 1980, the first day that a zip knows. */
const DATE = 0x21;

function record(signature: number, facts: readonly number[], sizes: readonly number[], lengths: readonly number[]): Uint8Array<ArrayBuffer> {
  return concat(longs([signature]), words(facts), longs(sizes), words(lengths));
}

function words(values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(values.length * 2));
  values.forEach((value, index) => bytes.setUint16(index * 2, value, true));
  return new Uint8Array(bytes.buffer);
}

function longs(values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => bytes.setUint32(index * 4, value, true));
  return new Uint8Array(bytes.buffer);
}

function concat(...pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of a file, read piece by piece. */
async function crcOf(content: Blob): Promise<number> {
  let crc = 0xffff_ffff;
  const reader = content.stream().getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    for (const byte of piece.value) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
