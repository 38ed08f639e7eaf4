import { Refusal } from "~/api/client";
import { Button, tellRefusal } from "~/ui/Button";
import { When } from "~/ui/values";
import { type Role, rolesFor, type Standing, whyNotRemove } from "../rights";
import { type Member, nameOf } from "./member";

interface Props {
  members: readonly Member[];
  mine: Standing;
  onRole: (member: Member, role: Role) => Promise<void>;
  onRemove: (member: Member) => void;
}

/** Who is in the team, with what the caller may change of it. */
export function MemberTable({ members, mine, onRole, onRemove }: Props) {
  const owners = members.filter(({ role }) => role === "owner").length;
  return (
    <div class="card scroll-x">
      <table class="team-table" aria-label="Members">
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Role</th>
            <th scope="col" class="team-wide">Since</th>
            <th scope="col">
              <span class="visually-hidden">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => {
            const itself = member.user_id === mine.userId;
            const roles = rolesFor(mine, member, owners);
            const why = whyNotRemove(mine, member, owners);
            // What a plain member never may is absent; what is only not possible now is disabled, with its reason.
            const shown = why === null || mine.role === "owner" || itself;
            return (
              <tr key={member.user_id}>
                <th scope="row">
                  {nameOf(member)}
                  {itself && " (you)"}
                  {member.name && member.email && <small>{member.email}</small>}
                </th>
                <td>{roles.length === 1 ? member.role : <RoleChoice member={member} roles={roles} onRole={onRole} />}</td>
                <td class="team-wide">
                  <When at={member.created_at} />
                </td>
                <td class="number">
                  {shown && (
                    <Button class="small" disabled={why !== null} title={why ?? undefined} aria-label={itself ? "Leave the team" : `Remove ${nameOf(member)}`} onClick={() => onRemove(member)}>
                      {itself ? "Leave" : "Remove"}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {owners === 1 && !mine.suspended && mine.role === "owner" && <p class="team-note">The last owner cannot step down or leave: make somebody else an owner first.</p>}
    </div>
  );
}

function RoleChoice({ member, roles, onRole }: { member: Member; roles: readonly Role[]; onRole: Props["onRole"] }) {
  return (
    <select
      aria-label={`Role of ${nameOf(member)}`}
      value={member.role}
      onChange={(event) => {
        const select = event.currentTarget;
        // A refusal leaves the role as it is, and so the choice must show it again.
        onRole(member, select.value as Role).catch((problem: unknown) => {
          select.value = member.role;
          if (!(problem instanceof Refusal)) throw problem;
          tellRefusal(problem);
        });
      }}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </select>
  );
}
