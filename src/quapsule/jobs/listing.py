"""A page of jobs, newest first, narrowed by filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.jobs.result import Status

_QUERIES = load_queries("quapsule.jobs")

# Only the conditions that are asked for are sent, so that each combination has a plan of its own.
_CONDITIONS: Mapping[str, LiteralString] = {
    "team_id": "j.team_id = %(team_id)s",
    "status": "j.status = any (%(status)s)",
    "backend": "j.backend = %(backend)s",
    "framework": "j.framework = %(framework)s",
    "script_id": "j.script_id = %(script_id)s",
    "since": "j.created_at >= %(since)s",
    "until": "j.created_at < %(until)s",
    "q": "(j.id::text like %(q_start)s or s.name ilike %(q_part)s or j.capsule_name ilike %(q_part)s"
    " or j.backend ilike %(q_part)s or j.error_message ilike %(q_part)s)",
}
# The policy says the same; said again here the planner can use it on the index.
_MY_TEAMS: LiteralString = "j.team_id = any ((select private.my_teams())::uuid[])"


@dataclass(frozen=True)
class JobSummary:
    """A line of the list. Money in USD. `flags`: what makes the result of a completed job doubtful."""

    id: UUID
    team_id: UUID
    user_id: UUID | None
    script_id: UUID | None
    script_name: str | None
    capsule_name: str | None
    framework: str | None
    status: Status
    backend: str
    shots: int | None
    execution_mode: Literal["direct", "temporal"] | None
    estimated_cost_usd: float | None
    actual_cost_usd: float | None
    wall_time_seconds: float | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    flags: list[str]


@dataclass(frozen=True)
class Filters:
    """None: not narrowed. `since` inclusive, `until` exclusive; `q` is part of a name, backend or error, or the start of an id."""

    team_id: UUID | None = None
    status: list[str] | None = None
    backend: str | None = None
    framework: str | None = None
    script_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None


def list_jobs(session: Session, filters: Filters, page: Mapping[str, Any]) -> list[JobSummary]:
    """`page`: limit, before_at, before_id."""
    given = {name: value for name, value in vars(filters).items() if value is not None}
    conditions: list[LiteralString] = [_CONDITIONS[name] for name in given]
    if page["before_at"] is not None:
        conditions.append("(j.created_at, j.id) < (%(before_at)s, %(before_id)s)")
    if "team_id" not in given:
        conditions.append(_MY_TEAMS)
    query = _QUERIES["list_jobs"] + " and " + " and ".join(conditions) + " order by j.created_at desc, j.id desc limit %(limit)s"
    if filters.q is not None:
        escaped = filters.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        given |= {"q_start": f"{escaped.lower()}%", "q_part": f"%{escaped}%"}
    return session.rows(JobSummary, query, {**given, **page})
