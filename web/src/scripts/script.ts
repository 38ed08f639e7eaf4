import { signal } from "@preact/signals";
import type { Shape } from "~/api/client";
import { me } from "~/api/session";

/** A line of the library. */
export type Script = Shape<"Script">;
/** A script with its text and its versions. */
export type ScriptDetail = Shape<"ScriptDetail">;

/** Scripts that will be deleted in a moment: shown no longer, unless that is undone. */
export const leaving = signal<ReadonlySet<string>>(new Set());

/** Whose a script is, in words. */
export function sayOwner(script: Script): string {
  if (script.is_template) return "template of the platform";
  const team = me.value?.teams.find(({ id }) => id === script.team_id);
  const whose = script.user_id === me.value?.user.id ? "yours" : team === undefined ? "of another team" : `of ${team.name}`;
  return script.is_public ? `${whose}, published` : whose;
}

/** For each act on a script: null when it may be tried, else why not. The server decides again. */
export function rightsTo(script: Script): { change: string | null; publish: string | null } {
  const team = me.value?.teams.find(({ id }) => id === script.team_id);
  const leads = team?.role === "owner" || team?.role === "admin";
  const change =
    team === undefined
      ? "Only the team that a script belongs to may change it. Open it in the playground, and save a copy of your own."
      : team.suspended_at !== null
        ? "The team is suspended: everything can be read, nothing changed."
        : script.user_id === me.value?.user.id || leads
          ? null
          : "Only its author, an admin or the owner of the team may change it.";
  return { change, publish: change ?? (leads ? null : "Only an admin or the owner of the team may publish a script.") };
}
