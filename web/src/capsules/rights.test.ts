import { expect, test } from "vitest";
import type { Capsule } from "./capsule";
import { rightsTo, type Standing } from "./rights";

const draft = {
  state: "draft",
  user_id: "alice",
  job_id: null,
  doi: null,
  artifacts: [{ name: "workflow/job.json", artifact_type: "workflow" }],
  requests: [],
} as unknown as Capsule;
const sealed: Capsule = { ...draft, state: "sealed" };
const alice: Standing = { userId: "alice", role: "member", suspended: false, foreignAccounts: false };
const bob: Standing = { ...alice, userId: "bob" };

const allowed = (capsule: Capsule, standing: Standing): string[] =>
  Object.entries(rightsTo(capsule, standing))
    .filter(([, why]) => why === null)
    .map(([name]) => name);

test("who made a draft changes, seals and deletes it, and signs nothing of it yet", () => {
  expect(allowed(draft, alice)).toEqual(["change", "seal", "runnable", "delete", "rerun"]);
  expect(allowed({ ...draft, state: "runnable" }, alice)).toEqual(["change", "seal", "runnable", "rerun"]);
});

test("another member reads a draft and may run it; a leader does what its author does", () => {
  expect(allowed(draft, bob)).toEqual(["rerun"]);
  expect(allowed(draft, { ...bob, role: "admin" })).toEqual(allowed(draft, alice));
});

test("every member signs what is sealed; its author archives it; a leader names it by a DOI, once", () => {
  expect(allowed(sealed, bob)).toEqual(["sign", "rerun"]);
  expect(allowed(sealed, alice)).toEqual(["sign", "archive", "rerun"]);
  expect(allowed(sealed, { ...bob, role: "owner" })).toEqual(["sign", "archive", "doi", "rerun"]);
  expect(allowed({ ...sealed, doi: "10.5072/x" }, { ...bob, role: "owner" })).not.toContain("doi");
});

test("in a suspended team, and in somebody else's, nothing is done", () => {
  for (const standing of [{ ...alice, suspended: true }, { ...alice, role: null }]) {
    expect(allowed(draft, standing)).toEqual([]);
    expect(allowed(sealed, standing)).toEqual([]);
  }
});

test("a capsule without a run is not run again, one without a workflow does not become runnable, one that is being sealed is not sealed twice", () => {
  expect(allowed({ ...draft, artifacts: [] }, alice)).toEqual(["change", "seal", "delete"]);
  const asked = { ...draft, requests: [{ kind: "seal", done_at: null }] } as unknown as Capsule;
  expect(rightsTo(asked, alice).seal).toBe("It is being sealed.");
});

test("where another service keeps the passwords nobody signs in the page", () => {
  expect(rightsTo(sealed, { ...alice, foreignAccounts: true }).sign).toContain("Supabase");
});
