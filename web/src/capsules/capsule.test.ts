import { expect, test } from "vitest";
import { fileName, readCounts, shortly, tagsOf } from "./capsule";

test("counts are read as a run, an old tool or another platform wrote them", () => {
  const bell = { counts: { "00": 3, "11": 5 }, shots: 8 };
  expect(readCounts('[{"counts": {"00": 3, "11": 5}, "engine": "x"}]')).toEqual([bell]);
  expect(readCounts('{"counts": {"00": 3, "11": 5}}')).toEqual([bell]);
  expect(readCounts('{"00": 3, "11": 5}')).toEqual([bell]);
});

test("what is no counts is shown as text instead", () => {
  for (const text of ["", "null", "[]", "[1]", "{}", '{"counts": null}', '{"counts": {"0x0": 1}}', '{"00": "3"}', '{"00": -1}', '[{"counts": {"0": 1}}, {"counts": {}}]']) {
    expect(readCounts(text), text).toBeNull();
  }
});

test("long ids keep what kind they are, and short texts stay whole", () => {
  expect(shortly("mqc:1:0123456789abcdef", 4)).toBe("mqc:1:0123…");
  expect(shortly("sha256:0123", 4)).toBe("sha256:0123");
  expect(shortly("0123456789", 4)).toBe("0123…");
});

test("a name becomes a file's name, and tags are texts", () => {
  expect(fileName({ name: "Bell, cooldown 12" })).toBe("Bell-cooldown-12");
  expect(fileName({ name: "Größe, ½.capsule" })).toBe("Groe-12");
  expect(fileName({ name: "con" })).toBe("capsule-con");
  expect(fileName({ name: "量子" })).toBe("capsule");
  expect(tagsOf({ tags: ["a", 1, null] })).toEqual(["a"]);
  expect(tagsOf({ tags: "a" })).toEqual([]);
});
