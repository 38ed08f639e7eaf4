import { describe, expect, it } from "vitest";
import { nextOf } from "./next";

const ORIGIN = "http://127.0.0.1:8400";
const after = (next: string) => nextOf(`?next=${encodeURIComponent(next)}`, ORIGIN);

describe("nextOf", () => {
  it("keeps a path of this site, with its query", () => {
    expect(after("/jobs?status=failed")).toBe("/jobs?status=failed");
  });
  it.each(["//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example/jobs", "javascript:alert(1)", "evil", ""])(
    "does not follow %j",
    (next) => {
      expect(after(next)).toBe("/run");
    },
  );
  it("goes to the playground when nothing was wished", () => {
    expect(nextOf("", ORIGIN)).toBe("/run");
  });
});
