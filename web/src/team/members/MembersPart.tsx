import { useState } from "preact/hooks";
import { answer, api, onceOnly } from "~/api/client";
import { useLoad } from "~/api/load";
import { findMe, team } from "~/api/session";
import { say, soon } from "~/shell/notices";
import { Arrived } from "~/ui/states";
import { readAll } from "../listing";
import { leads, type Role } from "../rights";
import { standing } from "../standing";
import { Invitations } from "./Invitations";
import { type Member, nameOf } from "./member";
import { MemberTable } from "./MemberTable";

/** Who is in the team, and for those who lead it, who is invited. */
export function MembersPart() {
  const team_id = team.value?.id ?? "";
  const mine = standing();
  const members = useLoad((signal) => readAll((query) => answer(api.GET("/api/team/members", { params: { query: { team_id, ...query } }, signal }))), [team_id]);
  const [leaving, setLeaving] = useState<readonly string[]>([]);

  function put(changed: Member): void {
    members.set((members.data ?? []).map((one) => (one.user_id === changed.user_id ? changed : one)));
  }

  async function setRole(member: Member, role: Role): Promise<void> {
    const path = { user_id: member.user_id };
    put(await answer(api.PATCH("/api/team/members/{user_id}", { params: { path }, body: { role, team_id }, headers: onceOnly() })));
    // What one may do here depends on one's own role.
    if (member.user_id === mine.userId) await findMe();
  }

  async function changeRole(member: Member, role: Role): Promise<void> {
    await setRole(member, role);
    say({ kind: "done", text: `${nameOf(member)} is ${role} now.`, undo: () => setRole({ ...member, role }, member.role) });
  }

  function remove(member: Member): void {
    const { user_id } = member;
    const itself = user_id === mine.userId;
    setLeaving((ids) => [...ids, user_id]);
    soon(
      itself ? "You leave the team." : `${nameOf(member)} is removed from the team.`,
      async () => {
        await answer(api.DELETE("/api/team/members/{user_id}", { params: { path: { user_id }, query: { team_id } }, headers: onceOnly(), keepalive: true }));
        if (itself) await findMe();
        else members.reload();
      },
      () => setLeaving((ids) => ids.filter((id) => id !== user_id)),
    );
  }

  return (
    <div class="stack">
      <Arrived of={members} what="Reading who is in the team">
        {(data) => <MemberTable members={data.filter(({ user_id }) => !leaving.includes(user_id))} mine={mine} onRole={changeRole} onRemove={remove} />}
      </Arrived>
      {leads(mine) ? <Invitations teamId={team_id} mine={mine} /> : <p class="team-note">Owners and admins invite people, change roles and remove members.</p>}
    </div>
  );
}
