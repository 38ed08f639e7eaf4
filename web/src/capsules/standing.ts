import { me, meta } from "~/api/session";
import type { Standing } from "./rights";

/** The caller in the team of a capsule. */
export function standingIn(teamId: string): Standing {
  const team = me.value?.teams.find((one) => one.id === teamId);
  return {
    userId: me.value?.user.id ?? "",
    role: team?.role ?? null,
    suspended: Boolean(team?.suspended_at),
    foreignAccounts: meta.value?.accounts === "supabase",
  };
}
