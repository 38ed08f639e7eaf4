"""What a team has used: its own jobs, counted whole and by backend, member and day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests import factories
from tests.api.conftest import Api, Cast

from quapsule.database.queries import load_queries
from quapsule.jobs.usage import measure_usage


def test_usage_is_counted_by_backend_member_and_day(api: Api, cast: Cast) -> None:
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    yesterday = today - timedelta(days=1)
    ended(api, cast.team, cast.member_id, yesterday, shots=100, seconds=1.5, usd=0.25)
    ended(api, cast.team, cast.member_id, yesterday, "failed", shots=1000, seconds=2.0, usd=0.1)
    ended(api, cast.team, cast.owner_id, today, backend="marqov-sim", shots=50, seconds=0.5)
    ended(api, cast.team, None, today, "cancelled", shots=7)
    factories.make_job(api.owner, cast.team, cast.owner_id)
    ended(api, cast.team, cast.owner_id, today - timedelta(days=40), shots=9_999)
    ended(api, factories.team_of(api.owner, cast.stranger_id), cast.stranger_id, today, shots=9_999)
    until = (today + timedelta(hours=12)).isoformat()
    told = cast.member.get("/api/team/usage", params={"team_id": str(cast.team), "until": until}).json()
    assert told["team_id"] == str(cast.team)
    assert told["totals"] == {
        "jobs": 5, "completed": 2, "failed": 1, "cancelled": 1, "shots": 150, "wall_time_seconds": 4.0, "cost_usd": 0.35,
    }  # fmt: skip
    backends = {one["backend"]: (one["jobs"], one["completed"], one["shots"], one["cost_usd"]) for one in told["by_backend"]}
    assert backends == {"local": (4, 1, 100, 0.35), "marqov-sim": (1, 1, 50, 0.0)}
    members = {one["user_id"]: (one["name"], one["jobs"], one["wall_time_seconds"]) for one in told["by_member"]}
    listed = cast.owner.get("/api/team/members", params={"team_id": str(cast.team)}).json()["items"]
    names = {one["user_id"]: one["name"] or one["email"] for one in listed}
    assert members == {
        str(cast.member_id): (names[str(cast.member_id)], 2, 3.5),
        str(cast.owner_id): (names[str(cast.owner_id)], 2, 0.5),
        None: (None, 1, 0.0),
    }
    days = {one["day"]: one["jobs"] for one in told["by_day"]}
    assert len(days) == 30 and list(days) == sorted(days)  # also days without any
    assert (days[yesterday.date().isoformat()], days[today.date().isoformat()], sum(days.values())) == (2, 3, 5)


def test_the_time_is_the_callers_to_choose_within_a_year(api: Api, cast: Cast) -> None:
    ended(api, cast.team, cast.owner_id, datetime(2026, 3, 1, 23, 30, tzinfo=UTC), shots=10)
    given = {"team_id": str(cast.team)}
    told = cast.admin.get("/api/team/usage", params={**given, "since": "2026-03-01", "until": "2026-03-02T00:00:00Z"}).json()
    assert [(day["day"], day["jobs"]) for day in told["by_day"]] == [("2026-03-01", 1)]
    assert told["since"].startswith("2026-03-01T00:00:00")
    for since, until in (("2026-03-02", "2026-03-02"), ("2026-03-02", "2026-03-01"), ("2025-01-01", "2026-03-01"), ("soon", "2026-03-01")):
        refused = cast.admin.get("/api/team/usage", params={**given, "since": since, "until": until})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "validation_error")


def test_a_teams_usage_is_its_members_alone(cast: Cast) -> None:
    given = {"team_id": str(cast.team)}
    assert cast.anonymous.get("/api/team/usage", params=given).status_code == 401
    for team in (cast.team, uuid4()):
        refused = cast.stranger.get("/api/team/usage", params={"team_id": str(team)})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")


def ended(
    api: Api, team: UUID, user: UUID | None, at: datetime, status: str = "completed", *, backend: str = "local", shots: int,
    seconds: float | None = None, usd: float | None = None,
) -> None:  # fmt: skip
    given: dict[str, Any] = {"status": status, "backend": backend, "parameters": {"shots": shots}}
    job = factories.make_job(api.owner, team, user, **given)
    api.owner.execute("alter table public.job_runs disable trigger user")
    api.owner.execute(
        "update public.job_runs set created_at = %s, wall_time_seconds = %s, actual_cost_usd = %s where id = %s", (at, seconds, usd, job)
    )
    api.owner.execute("alter table public.job_runs enable trigger user")


@pytest.mark.slow
def test_a_teams_usage_is_read_by_its_index_whatever_the_others_have(database: Any) -> None:
    owner = database.owner
    user = factories.make_user(owner)
    team = factories.team_of(owner, user)
    with owner.transaction():
        owner.execute("set local session_replication_role = replica")
        owner.execute("create temp table t on commit drop as select gen_random_uuid() as id, n from generate_series(0, 299) as n")
        owner.execute(
            "insert into public.job_runs (team_id, user_id, inline_code, framework, status, backend, parameters, created_at)"
            " select case when k %% 20 = 0 then %s else t.id end, %s, 'x', 'openqasm', 'completed', 'local',"
            " jsonb_build_object('shots', 10), now() - k * interval '15 minutes'"
            " from generate_series(1, 100000) as k join t on t.n = k %% 300",
            (team, user),
        )
    owner.execute("vacuum analyze public.job_runs")
    until = datetime.now(UTC)
    given = {"team_id": team, "since": until - timedelta(days=30), "until": until}
    with database.as_user(user) as session:
        plan = "\n".join(row["QUERY PLAN"] for row in session.dicts("explain " + load_queries("quapsule.jobs")["measure_usage"], given))
        assert measure_usage(session, team, given["since"], until).totals.shots == 1430
    assert "job_runs_team_page_idx" in plan and "Seq Scan on job_runs" not in plan, plan
