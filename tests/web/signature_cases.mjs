// Signatures at the edges of Ed25519, as the page judges them: node signature_cases.mjs WEB BUNDLE ANSWERS
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [web, bundle, answers] = process.argv.slice(2);
const library = (name) => import(pathToFileURL(`${web}/node_modules/@noble/${name}`).href);
const [{ ed25519 }, { sha512 }, { isSignedBy }] = await Promise.all([
  library("curves/ed25519.js"),
  library("hashes/sha2.js"),
  import(pathToFileURL(bundle).href),
]);
const { Point } = ed25519;
const { ORDER } = Point.Fn;
const torsion = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", true);
const littleEndian = (number) => Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));
const numberOf = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const judged = [];

function judge(key, signature, message) {
  const hex = (bytes) => Buffer.from(bytes).toString("hex");
  judged.push({ key: hex(key), signature: hex(signature), message: hex(message), holds: isSignedBy(key, signature, message) });
}

for (let n = 0; n < 64; n++) {
  // A key and a commitment outside of the prime order group: the equation with the cofactor would hold for all of them.
  const [secret, nonce] = [BigInt(1000 + n), BigInt(777 + n)];
  const key = Point.BASE.multiplyUnsafe(secret).add(torsion.multiplyUnsafe(BigInt(n % 8))).toBytes();
  const committed = Point.BASE.multiplyUnsafe(nonce).add(n % 3 ? Point.ZERO : torsion).toBytes();
  const message = Uint8Array.of(n);
  const s = (nonce + numberOf(sha512(Uint8Array.of(...committed, ...key, ...message))) * secret) % ORDER;
  judge(key, Uint8Array.of(...committed, ...littleEndian(s)), message);
  judge(key, Uint8Array.of(...committed, ...littleEndian(s + ORDER)), message);
  judge(key, Uint8Array.of(...committed, ...littleEndian(s)).subarray(1), message);
}
for (let low = 0xda; low < 0x100; low++) {
  for (const high of [0x7f, 0xff]) {
    const key = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? low : at === 31 ? high : 0xff));
    judge(key, Uint8Array.of(...Point.BASE.toBytes(), ...littleEndian(5n)), Uint8Array.of());
  }
}
writeFileSync(answers, JSON.stringify(judged));
