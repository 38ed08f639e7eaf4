"""Teams as their members see them, and which one a request means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Parameters, Session
from quapsule.errors import Problem

Role = Literal["owner", "admin", "member"]

_QUERIES = load_queries("quapsule.teams")


@dataclass(frozen=True)
class Team:
    """A team of the caller, with the caller's role; suspended_at set: read-only."""

    id: UUID
    name: str
    role: Role
    suspended_at: datetime | None
    created_at: datetime
    updated_at: datetime


def list_teams(session: Session, page: Parameters) -> list[Team]:
    return session.rows(Team, _QUERIES["list_teams"], page)


def find(session: Session, team_id: UUID) -> Team:
    """Raises Problem not_found, for a team of others as for none."""
    found = session.row(Team, _QUERIES["find_team"], {"id": team_id})
    if found is None:
        raise Problem("not_found", "No such team, or not one of yours.")
    return found


def choose(session: Session, team_id: UUID | None) -> UUID:
    """The team that a request means: the one it names, else the caller's only one. Raises Problem not_found, validation_error."""
    if team_id is not None:
        return find(session, team_id).id
    mine = session.dicts(_QUERIES["list_my_team_ids"])
    if not mine:
        raise Problem("not_found", "You are in no team.")
    if len(mine) > 1:
        raise Problem("validation_error", "You are in several teams: say which with team_id.", hint="GET /api/teams lists them.")
    chosen: UUID = mine[0]["team_id"]
    return chosen


def create(session: Session, name: str) -> Team:
    """A new team that the caller owns. Raises Problem permission_denied for an API key."""
    return find(session, session.value(_QUERIES["create_team"], {"name": name}))


def rename(session: Session, team_id: UUID, name: str) -> Team:
    """Raises Problem not_found, permission_denied, team_suspended."""
    before = find(session, team_id)
    if session.run(_QUERIES["rename_team"], {"id": team_id, "name": name}) == 0:
        raise refusal(before, "Only an owner or admin renames a team, and in person.")
    return find(session, team_id)


def refusal(team: Team, message: str) -> Problem:
    """Why the policies let no row through."""
    return Problem("team_suspended") if team.suspended_at is not None else Problem("permission_denied", message)
