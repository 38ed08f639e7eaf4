import { me, team } from "~/api/session";
import type { Standing } from "./rights";

/** The caller in the team that is shown. */
export function standing(): Standing {
  return { userId: me.value?.user.id ?? "", role: team.value?.role ?? "", suspended: Boolean(team.value?.suspended_at) };
}
