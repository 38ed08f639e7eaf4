import { Fault, sentence } from "./finding";
import { type Bytes, join } from "./text";

const PIECE = 1 << 18;
const FEED = 1 << 16;
const READ = 1 << 20;

/** The bytes of one gzip stream, as they are asked for; little of it is in memory at a time, whatever it inflates to. */
export class Inflated {
  /** Bytes handed out so far. */
  given = 0;
  readonly #file: Blob;
  readonly #reader: ReadableStreamDefaultReader<Bytes>;
  #ready: Bytes[] = [];
  #readyBytes = 0;
  #piece: Bytes = new Uint8Array();
  #at = 0;
  #ended = false;

  private constructor(file: Blob, told: (bytes: number) => void) {
    this.#file = file;
    this.#reader = fed(file, told).pipeThrough(new DecompressionStream("gzip")).getReader();
  }

  /** `told`: how many bytes of the file were read, as it goes. Throws Fault where the file does not begin as the seal's do. */
  static async open(file: Blob, told: (bytes: number) => void): Promise<Inflated> {
    const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    if (starts(head, [0x50, 0x4b, 3, 4])) refuse("the file is a zip: the capsule may be in it");
    // A flag would bring a name, a comment or other fields, which nothing here would read.
    if (!starts(head, [0x1f, 0x8b, 8, 0])) refuse("the file is not a gzip stream as the standard's `pack` writes it");
    return new Inflated(file, told);
  }

  /** Exactly so many bytes. Throws Fault. */
  async read(count: number): Promise<Bytes> {
    if (count <= this.#piece.length - this.#at) return this.#take(count);
    const pieces: Bytes[] = [];
    for await (const piece of this.chunks(count)) pieces.push(piece);
    return join(pieces);
  }

  /** Exactly so many bytes, in pieces that are each good until the next one. Throws Fault. */
  async *chunks(count: number): AsyncGenerator<Bytes> {
    while (count > 0) {
      if (this.#at === this.#piece.length && !(await this.#refill())) refuse("the archive ends too early");
      const piece = this.#take(Math.min(count, this.#piece.length - this.#at));
      count -= piece.length;
      yield piece;
    }
  }

  /** Throws Fault where anything is left. */
  async finish(): Promise<void> {
    if (this.#at < this.#piece.length || (await this.#refill())) refuse("there is something behind the last entry");
    // The stream's own end says how long it was. Browsers refuse what comes behind it; other engines take a second stream for more of it.
    const end = new DataView(await this.#file.slice(-4).arrayBuffer());
    if (end.byteLength < 4 || end.getUint32(0, true) !== this.given % 2 ** 32) refuse("there is something behind the end of the gzip stream");
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  #take(count: number): Bytes {
    const piece = this.#piece.subarray(this.#at, this.#at + count);
    this.#at += count;
    this.given += count;
    return piece;
  }

  /** Whether there was more. Damage within a piece is told before anything of the piece is read, as the other verifiers do. */
  async #refill(): Promise<boolean> {
    while (!this.#ended && this.#readyBytes < PIECE) {
      const { done, value } = await this.#reader.read().catch(() => refuse("the gzip stream is damaged, cut off, or goes on behind its end"));
      if (done) this.#ended = true;
      else if (value.length > 0) {
        this.#ready.push(value);
        this.#readyBytes += value.length;
      }
    }
    const whole = join(this.#ready);
    const [piece, rest] = [whole.subarray(0, PIECE), whole.subarray(PIECE)];
    this.#ready = rest.length > 0 ? [rest] : [];
    this.#readyBytes = rest.length;
    this.#piece = piece;
    this.#at = 0;
    return piece.length > 0;
  }
}

/** The file in small pieces, each only when the one before was inflated. */
function fed(file: Blob, told: (bytes: number) => void): ReadableStream<Bytes> {
  let at = 0;
  let block: Bytes = new Uint8Array();
  return new ReadableStream(
    {
      async pull(controller) {
        if (block.length === 0) {
          if (at >= file.size) return controller.close();
          block = new Uint8Array(await file.slice(at, at + READ).arrayBuffer());
        }
        const piece = block.subarray(0, FEED);
        block = block.subarray(FEED);
        at += piece.length;
        told(at);
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
}

const starts = (head: Bytes, wanted: readonly number[]): boolean => wanted.every((byte, at) => head[at] === byte);

function refuse(why: string): never {
  throw new Fault("archive", "", sentence(why));
}
