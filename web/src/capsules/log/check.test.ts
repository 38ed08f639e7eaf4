import { expect, test } from "vitest";
import { digestOf } from "../verify/digest";
import { decodeBase64 } from "../verify/keys";
import { leafHash } from "../verify/log";
import { type Bytes, encode, hex, join } from "../verify/text";
import { check, type Told } from "./check";
import { climb, leadsTo } from "./inclusion";

// Made by the platform: seven entries, their head signed by a key of its own.
const KEY_ID = "ccac2b1a32815c1874a32612c4864b207cbc3d002cac05a71a842dbe1620ff85";
const ROOT = "74226edf51f38d3c65b40abcf3e33cd6b0ada64443df6441e86937e90c19b673";
const NOTE = `log.example.org
7
dCJu31HzjTxltAq88+M81rCtpkRD32RB6Gk36QwZtnM=

— log.example.org nvrn8t3VGjX7TjXHM0WLDaFDI4HgOU6sRSDBAi3oAzgHn27I3kczl5YPLdeQvVeEWduxkXo1DKuJ1x+oCD48WXzejQQ=
`;
const told: Told = {
  index: 4,
  treeSize: 7,
  inclusion: ["oiYwfQAomBoOi+sgIr6nk1zR8trkgwB/1H/3vN+UcgQ=", "v/KtNmN+5dNuRlTyhiaoy3mm7G1RjyUWwbynHh6ClZU=", "Eap/MGN3UgHgR+ysU0fV+tCcP3CZBfLG0/lwk5j1F5I="].map(bytes),
  checkpoint: NOTE,
  keys: [new Uint8Array(32), bytes("5vdUBBAImtJhtYsXNi6LRWm9xKG6F/HOSzBK14HMrSE=")],
};

test("the platform's own proof is proved", () => {
  const place = check(idOf(4), told);
  expect(place.proved).toBe(true);
  expect(place.path.root).toBe(ROOT);
  expect(place.checkpoint).toEqual({ origin: "log.example.org", root: ROOT, signer: KEY_ID });
  expect(place.path.steps.map((step) => step.side)).toEqual(["right", "right", "left"]);
});

test("whatever is another is not proved", () => {
  expect(check(idOf(5), told).proved).toBe(false);
  expect(check(idOf(4), { ...told, index: 5 }).proved).toBe(false);
  expect(check(idOf(4), { ...told, treeSize: 8 }).proved).toBe(false);
  expect(check(idOf(4), { ...told, inclusion: told.inclusion.slice(1) }).proved).toBe(false);
  expect(check(idOf(4), { ...told, inclusion: [...told.inclusion, new Uint8Array(32)] }).proved).toBe(false);
  expect(check(idOf(4), { ...told, inclusion: [new Uint8Array(), ...told.inclusion.slice(1)] }).proved).toBe(false);
  expect(check(idOf(4), { ...told, checkpoint: NOTE.replace("\n7\n", "\n8\n") })).toMatchObject({ proved: false, checkpoint: null });
  expect(check(idOf(4), { ...told, keys: [] })).toMatchObject({ proved: false, checkpoint: null });
  expect(check(idOf(4), { ...told, checkpoint: "" }).proved).toBe(false);
});

test("each entry of each small tree leads to its root, and to no other", () => {
  for (let size = 1; size <= 9; size++) {
    const leaves = Array.from({ length: size }, (_, n) => leafHash(encode(idOf(n))));
    const root = rootOf(leaves);
    for (let index = 0; index < size; index++) {
      const path = pathTo(index, leaves);
      expect(climb(idOf(index), index, size, path).root).toBe(hex(root));
      expect(leadsTo(root, idOf(index), index, size, path)).toBe(true);
      expect(leadsTo(root, idOf(index + 1), index, size, path)).toBe(false);
    }
  }
});

function bytes(text: string): Bytes {
  return decodeBase64(text) ?? new Uint8Array();
}

function idOf(number: number): string {
  return `mqc:1:${number.toString(16).padStart(64, "0")}`;
}

/** As RFC 6962, 2.1 defines it. */
function rootOf(leaves: readonly Bytes[]): Bytes {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const half = splitOf(leaves.length);
  return new Uint8Array(digestOf(join([Uint8Array.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half))])));
}

/** As RFC 6962, 2.1.1 defines it. */
function pathTo(index: number, leaves: readonly Bytes[]): Bytes[] {
  if (leaves.length === 1) return [];
  const half = splitOf(leaves.length);
  return index < half ? [...pathTo(index, leaves.slice(0, half)), rootOf(leaves.slice(half))] : [...pathTo(index - half, leaves.slice(half)), rootOf(leaves.slice(0, half))];
}

function splitOf(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
