import { expect, test } from "vitest";
import type { CapsuleSummary } from "../capsule";
import { queryOf, readFilters } from "./filters";
import { renewed } from "./renewed";

const row = (id: string, at: number) => ({ id, created_at: `2026-01-01T00:00:${String(at).padStart(2, "0")}Z` }) as CapsuleSummary;

test("the address names the filters, and what it gets wrong narrows nothing", () => {
  const filters = readFilters(new URLSearchParams("q=bell&state=frozen&job=1&part=x"));
  expect(filters).toEqual({ q: "bell", state: "", tag: "", framework: "", backend: "", job: "1" });
  expect(queryOf(filters, "team")).toEqual({ q: "bell", job_id: "1", team_id: "team" });
});

test("a first page that is read anew keeps what was scrolled to behind it", () => {
  const before = { rows: [row("d", 9), row("c", 8), row("b", 7), row("a", 6)], cursor: "after a" };
  const page = { rows: [row("e", 10), row("d", 9)], cursor: "after d" };
  expect(renewed(before, page)).toEqual({ rows: [row("e", 10), row("d", 9), row("c", 8), row("b", 7), row("a", 6)], cursor: "after a" });
  // What is gone from the first page is gone; a last page is all there is.
  expect(renewed(before, { rows: [row("c", 8)], cursor: "after c" }).rows.map((one) => one.id)).toEqual(["c", "b", "a"]);
  expect(renewed(before, { rows: [row("c", 8)], cursor: null }).rows.map((one) => one.id)).toEqual(["c"]);
});
