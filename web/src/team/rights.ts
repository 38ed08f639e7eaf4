import type { Shape } from "~/api/client";

/** What somebody is in a team. */
export type Role = Shape<"Member">["role"];

/** Of the caller in the team that is shown. */
export interface Standing {
  userId: string;
  role: string;
  suspended: boolean;
}

const SUSPENDED = "The team is suspended: everything can be read, nothing changed.";
const LEADERS = "Only an owner or admin may do this.";
const LAST = "A team keeps at least one owner: make somebody else an owner first.";

/** Null when the caller may invite, make keys and rename the team; else the sentence that says why not. The server decides again. */
export function whyNotLead(me: Standing): string | null {
  return me.suspended ? SUSPENDED : leads(me) ? null : LEADERS;
}

/** Owners and admins lead a team. */
export function leads({ role }: Standing): boolean {
  return role === "owner" || role === "admin";
}

/** The roles that the caller may give this person, the present one included; just that one: none may be changed. */
export function rolesFor(me: Standing, member: { user_id: string; role: Role }, owners: number): Role[] {
  if (me.suspended) return [member.role];
  const lastOwner = member.role === "owner" && owners === 1;
  if (lastOwner) return ["owner"];
  if (me.role === "owner") return ["owner", "admin", "member"];
  if (me.role === "admin" && member.user_id === me.userId) return ["admin", "member"];
  return [member.role];
}

/** Null when the caller may take this person out of the team (or leave it), else why not. */
export function whyNotRemove(me: Standing, member: { user_id: string; role: Role }, owners: number): string | null {
  if (me.suspended) return SUSPENDED;
  if (member.role === "owner" && owners === 1) return LAST;
  if (member.user_id === me.userId || me.role === "owner") return null;
  if (me.role === "admin") return member.role === "member" ? null : "Only an owner may remove owners and admins.";
  return LEADERS;
}
