import { CHECKSUMS } from "./archive";
import { Fault } from "./finding";
import { type Bytes, decode, encode } from "./text";

const MOST_PATH_BYTES = 4096;
const LINE = /^sha256:([0-9a-f]{64})  ([^\x00-\x1f\x7f]+)$/;
const ESCAPES: Readonly<Record<string, string>> = { "%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D" };
const MEANT: Readonly<Record<string, string>> = { "%25": "%", "%5C": "\\", "%0A": "\n", "%0D": "\r" };

/** {path: SHA-256 in hex} of the list. Throws Fault, naming the first line that is not as the standard has it. */
export function readChecksums(data: Bytes): Map<string, string> {
  const found = new Map<string, string>();
  if (data.length === 0) return found;
  const lines = (decode(data) ?? broken("it is not UTF-8")).split("\n");
  if (lines.pop() !== "") broken("its last line does not end");
  lines.forEach((line, place) => {
    const [, digest = "", written = ""] = LINE.exec(line) ?? broken(`line ${place + 1} is not \`sha256:HEX  PATH\``);
    const path = written.replace(/%(?:25|5C|0A|0D)/g, (escape) => MEANT[escape] ?? escape);
    if (encoded(path) !== written) broken(`line ${place + 1}: its path is not written as the standard writes it`);
    if (found.has(path)) broken(`line ${place + 1}: its path is there twice`);
    found.set(path, digest);
  });
  return found;
}

/** The path as a line holds it; null where none can. */
function encoded(path: string): string | null {
  const text = path.normalize("NFC").replace(/[%\\\n\r]/g, (letter) => ESCAPES[letter] ?? letter);
  return text === "" || encode(text).length > MOST_PATH_BYTES || /[\x00-\x1f\x7f]/.test(text) ? null : text;
}

function broken(why: string): never {
  throw new Fault("checksums", CHECKSUMS, `${CHECKSUMS}: ${why}.`);
}
