import { describe, expect, it } from "vitest";
import { rolesFor, type Role, whyNotLead, whyNotRemove } from "./rights";

const as = (role: string, suspended = false) => ({ userId: "me", role, suspended });
const other = (role: Role) => ({ user_id: "other", role });
const myself = (role: Role) => ({ user_id: "me", role });

describe("rights in a team", () => {
  it("lets owners touch everybody, and nobody the last owner", () => {
    expect(rolesFor(as("owner"), other("admin"), 1)).toEqual(["owner", "admin", "member"]);
    expect(whyNotRemove(as("owner"), other("admin"), 1)).toBeNull();
    expect(rolesFor(as("owner"), myself("owner"), 1)).toEqual(["owner"]);
    expect(whyNotRemove(as("owner"), myself("owner"), 1)).toMatch(/at least one owner/);
    expect(whyNotRemove(as("owner"), myself("owner"), 2)).toBeNull();
  });

  it("lets admins remove members, and step down", () => {
    expect(whyNotRemove(as("admin"), other("member"), 1)).toBeNull();
    expect(whyNotRemove(as("admin"), other("owner"), 2)).not.toBeNull();
    expect(rolesFor(as("admin"), other("member"), 1)).toEqual(["member"]);
    expect(rolesFor(as("admin"), myself("admin"), 1)).toEqual(["admin", "member"]);
  });

  it("lets members leave, and nothing else", () => {
    expect(whyNotRemove(as("member"), myself("member"), 1)).toBeNull();
    expect(whyNotRemove(as("member"), other("member"), 1)).not.toBeNull();
    expect(rolesFor(as("member"), myself("member"), 1)).toEqual(["member"]);
    expect(whyNotLead(as("member"))).not.toBeNull();
  });

  it("lets nobody change a suspended team", () => {
    expect(whyNotLead(as("owner", true))).toMatch(/suspended/);
    expect(whyNotRemove(as("owner", true), other("member"), 1)).toMatch(/suspended/);
    expect(rolesFor(as("owner", true), other("member"), 1)).toEqual(["member"]);
  });
});
