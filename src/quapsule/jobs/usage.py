"""What a team has used: its jobs of a time, counted whole, and by backend, member and day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Session

_QUERIES = load_queries("quapsule.jobs")

_WHOLE, _BY_DAY, _BY_MEMBER, _BY_BACKEND = 0b111, 0b110, 0b101, 0b011  # bits of grouping(): set where a column was summed over
_FIGURES = ("jobs", "completed", "failed", "cancelled", "shots", "wall_time_seconds", "cost_usd")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """`jobs` counts all that were submitted, also those that have not ended; `shots` are what completed jobs asked for; `cost_usd` is what
    was paid."""

    jobs: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    shots: int = 0
    wall_time_seconds: float = 0.0
    cost_usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class BackendUsage(Usage):
    backend: str


@dataclass(frozen=True, kw_only=True)
class MemberUsage(Usage):
    """`name`: the address of a person without one. Both None: the account is gone; `name` alone: the person has left the team."""

    user_id: UUID | None
    name: str | None


@dataclass(frozen=True, kw_only=True)
class DayUsage(Usage):
    """`day` in UTC."""

    day: date


@dataclass(frozen=True)
class TeamUsage:
    """Of jobs submitted from `since` until just before `until`. The most first; days in their order, each of them."""

    team_id: UUID
    since: datetime
    until: datetime
    totals: Usage
    by_backend: list[BackendUsage]
    by_member: list[MemberUsage]
    by_day: list[DayUsage]


def measure_usage(session: Session, team_id: UUID, since: datetime, until: datetime) -> TeamUsage:
    """Nothing but zeros for a team whose jobs the caller may not see."""
    rows = session.dicts(_QUERIES["measure_usage"], {"team_id": team_id, "since": since, "until": until})
    rows.sort(key=lambda row: (-row["jobs"], str(row["backend"]), str(row["user_id"])))
    ids = [row["user_id"] for row in rows if row["grouped"] == _BY_MEMBER and row["user_id"]]
    names = {row["id"]: row["name"] for row in session.dicts(_QUERIES["name_people"], {"user_ids": ids})} if ids else {}
    of_days = {row["day"]: _figures(row) for row in rows if row["grouped"] == _BY_DAY}
    totals = next((Usage(**_figures(row)) for row in rows if row["grouped"] == _WHOLE), Usage())
    return TeamUsage(
        team_id,
        since,
        until,
        totals,
        [BackendUsage(backend=row["backend"], **_figures(row)) for row in rows if row["grouped"] == _BY_BACKEND],
        [
            MemberUsage(user_id=row["user_id"], name=names.get(row["user_id"]), **_figures(row))
            for row in rows
            if row["grouped"] == _BY_MEMBER
        ],
        [DayUsage(day=day, **of_days.get(day, {})) for day in _days(since, until)],
    )


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _FIGURES}


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day, last = since.astimezone(UTC).date(), (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
