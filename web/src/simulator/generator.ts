/**
 * xoshiro128** 1.1 (Blackman and Vigna, 2018). Its four words are those of two splitmix32, of the lower 32 and the upper 21 bits of the
 * seed, by exclusive or. Integers of 32 bits alone, so that every browser draws the same.
 */
export class Generator {
  private readonly words: Uint32Array;

  /** `seed`: a whole number from 0 to 2^53 − 1. */
  constructor(seed: number) {
    const low = splitmix32(seed % 2 ** 32);
    const high = splitmix32(Math.floor(seed / 2 ** 32) + 2 ** 31);
    this.words = Uint32Array.from({ length: 4 }, () => low() ^ high());
  }

  /** From the four words themselves. */
  static of(words: readonly [number, number, number, number]): Generator {
    const generator = new Generator(0);
    generator.words.set(words);
    return generator;
  }

  /** A whole number below 2^32. */
  next(): number {
    const words = this.words;
    const [a = 0, b = 0, c = 0, d = 0] = words;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    words[0] = a ^ b ^ d;
    words[1] = a ^ b ^ c;
    words[2] = a ^ c ^ (b << 9);
    words[3] = rotate(b ^ d, 11);
    return result;
  }

  /** A whole number below 2^48. */
  next48(): number {
    const high = this.next() >>> 16;
    return high * 2 ** 32 + this.next();
  }
}

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function splitmix32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
}
