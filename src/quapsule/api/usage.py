"""/api/team/usage: what a team has run, and what it cost."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting
from quapsule.api.openapi import refusals
from quapsule.errors import Problem
from quapsule.jobs.usage import TeamUsage, measure_usage
from quapsule.teams import team

router = APIRouter(prefix="/api/team", tags=["teams"])

_DAYS, _MOST_DAYS = 30, 366


@router.get("/usage", response_model=TeamUsage, responses=refusals("not_found"))
def show_usage(visiting: Visiting, team_id: UUID | None = None, since: datetime | None = None, until: datetime | None = None) -> Json:
    """The team's jobs from `since` until just before `until` (default: the last 30 days; at most 366), whole and by backend, member and
    day (UTC). Every member may see it."""
    end = _in_utc(until) if until else datetime.now(UTC)
    begin = _in_utc(since) if since else end - timedelta(days=_DAYS)
    if not timedelta(0) < end - begin <= timedelta(days=_MOST_DAYS):
        raise Problem("validation_error", f"since must lie before until, and {_MOST_DAYS} days before it at most.")
    with visiting.signed_in() as session:
        return Json(measure_usage(session, team.choose(session, team_id), begin, end))


def _in_utc(given: datetime) -> datetime:
    """An instant without a zone is taken for UTC."""
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given
