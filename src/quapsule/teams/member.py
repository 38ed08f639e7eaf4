"""Members of a team. Who may touch whom is decided in rules/teams.sql; here its silence (no row) becomes a refusal with a reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Parameters, Session
from quapsule.errors import Problem
from quapsule.teams.team import Role, find, refusal

_QUERIES = load_queries("quapsule.teams")


@dataclass(frozen=True)
class Member:
    """A person in a team; created_at is when they joined."""

    team_id: UUID
    user_id: UUID
    email: str | None
    name: str | None
    role: Role
    created_at: datetime

    @property
    def id(self) -> UUID:
        """What a page of members ends with."""
        return self.user_id


def list_members(session: Session, team_id: UUID, page: Parameters) -> list[Member]:
    return session.rows(Member, _QUERIES["list_members"], {"team_id": team_id, **page})


def change_role(session: Session, team_id: UUID, user_id: UUID, role: Role) -> Member:
    """Raises Problem not_found, permission_denied, team_suspended, last_owner."""
    _find(session, team_id, user_id)
    if session.run(_QUERIES["change_role"], {"team_id": team_id, "user_id": user_id, "role": role}) == 0:
        raise refusal(find(session, team_id), "Only an owner or admin changes roles, and in person.")
    return _find(session, team_id, user_id)


def remove(session: Session, team_id: UUID, user_id: UUID) -> None:
    """Removes another, or leaves. Raises Problem not_found, permission_denied, team_suspended, last_owner."""
    _find(session, team_id, user_id)
    team = find(session, team_id)  # before the caller may have left
    if session.run(_QUERIES["remove_member"], {"team_id": team_id, "user_id": user_id}) == 0:
        raise refusal(team, "Only an owner or admin removes others, and in person.")


def _find(session: Session, team_id: UUID, user_id: UUID) -> Member:
    found = session.row(Member, _QUERIES["find_member"], {"team_id": team_id, "user_id": user_id})
    if found is None:
        raise Problem("not_found", "No such member, or not one of your teams.")
    return found
