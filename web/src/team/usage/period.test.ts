import { describe, expect, it } from "vitest";
import { boundsOf, periodOf } from "./period";

describe("usage periods", () => {
  it("are whole days of UTC, today included", () => {
    const bounds = boundsOf("7", new Date("2026-03-10T23:30:00+01:00"));
    expect(bounds).toEqual({ since: "2026-03-04T00:00:00.000Z", until: "2026-03-11T00:00:00.000Z" });
  });
  it("come from the address, thirty days by default", () => {
    expect(periodOf("?days=90")).toBe("90");
    expect(periodOf("?days=9000")).toBe("30");
    expect(periodOf("")).toBe("30");
  });
});
