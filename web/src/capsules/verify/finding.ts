/** What does not fit. `layer`: archive, manifest, checksums, payload, id, signature, log or timestamp. `file`: a path inside the capsule;
 * the proof's findings have "proof", the archive's own "". */
export interface Finding {
  layer: string;
  file: string;
  message: string;
}

/** A finding that ends the reading of what it is about. */
export class Fault extends Error {
  constructor(
    readonly layer: string,
    readonly file: string,
    message: string,
  ) {
    super(message);
  }

  get finding(): Finding {
    return { layer: this.layer, file: this.file, message: this.message };
  }
}

/** `why` as a sentence. */
export function sentence(why: string): string {
  return `${why.slice(0, 1).toUpperCase()}${why.slice(1)}.`;
}
