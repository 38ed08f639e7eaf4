"""1,000,000 job_runs in 1,000 teams: what the policies cost. Each query runs as a member and, in turn, as a role that bypasses them.

The two queries without a filter are compared with a twin that has the team filter written by hand.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.figures import machine
from bench.place import started
from quapsule.database.logins import Urls, read_urls

TEAMS, USERS, JOBS = 1000, 5000, 1_000_000
COLUMNS = "id, team_id, user_id, framework, status, backend, created_at, updated_at, error_message"
PAGE = f"select {COLUMNS} from public.job_runs where team_id = %(team)s order by created_at desc, id desc limit 50"
KEYSET = (
    f"select {COLUMNS} from public.job_runs where team_id = %(team)s and (created_at, id) < (%(at)s, %(id)s)"
    " order by created_at desc, id desc limit 50"
)
BY_ID = f"select {COLUMNS} from public.job_runs where id = %(id)s"
COUNT = "select count(*) from public.job_runs where team_id = %(team)s"
ALL = f"select {COLUMNS} from public.job_runs order by created_at desc, id desc limit 50"
ALL_COUNT = "select count(*) from public.job_runs"
BY_HAND = f"select {COLUMNS} from public.job_runs where team_id = any (%(teams)s) order by created_at desc, id desc limit 50"
BY_HAND_COUNT = "select count(*) from public.job_runs where team_id = any (%(teams)s)"


@dataclass(frozen=True)
class Case:
    name: str
    query: str
    twin: str
    ratio: float
    or_plus_ms: float = 0.0
    wide: bool = False


CASES = (
    Case("newest 50 of a team", PAGE, PAGE, 1.25, 0.15),
    Case("keyset page of a team", KEYSET, KEYSET, 1.25, 0.15),
    Case("by id", BY_ID, BY_ID, 1.6, 0.15),
    Case("count of one team", COUNT, COUNT, 1.6, 0.15),
    Case("newest 50, no filter", ALL, BY_HAND, 1.5),
    Case("count, no filter", ALL_COUNT, BY_HAND_COUNT, 1.5),
    Case("newest 50, user in 1,000 teams", PAGE, PAGE, 2.2, wide=True),
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=300)
    given = arguments.parse_args()
    print(machine())
    with started() as place, psycopg.connect(read_urls(place.settings).owner, autocommit=True) as owner:
        began = time.perf_counter()
        member, wide, team = _fill(owner)
        print(f"{JOBS:,} job_runs in {TEAMS:,} teams, made in {time.perf_counter() - began:.0f} s")
        for case in CASES:
            _compare(read_urls(place.settings), case, wide if case.wide else member, team, given.rounds)


def _fill(owner: psycopg.Connection[Any]) -> tuple[str, str, str]:
    """(a member of one team, a member of all, the team). Rows as jobs leave them, made without triggers."""
    with owner.transaction():
        owner.execute("set local session_replication_role = replica")
        owner.execute("create temp table t on commit drop as select gen_random_uuid() as id, n from generate_series(1, %s) n", (TEAMS,))
        owner.execute("create temp table u on commit drop as select gen_random_uuid() as id, n from generate_series(1, %s) n", (USERS,))
        owner.execute("insert into public.teams (id, name) select id, 'team ' || n from t")
        owner.execute("insert into auth.users (id, email) select id, 'user' || n || '@example.org' from u")
        owner.execute(
            "insert into public.team_members (team_id, user_id, role)"
            " select t.id, u.id, 'member' from u join t on t.n = 1 + u.n %% %s where u.n > 1"
            " union all select t.id, u.id, 'member' from t cross join u where u.n = 1",
            (TEAMS,),
        )
        owner.execute(
            "insert into public.job_runs (team_id, user_id, inline_code, framework, status, backend, created_at)"
            " select t.id, u.id, 'x', 'openqasm', 'completed', 'local', now() - k * interval '1 second'"
            " from generate_series(1, %s) as g (k) join t on t.n = 1 + (k::bigint * 7919) %% %s join u on u.n = 2 + k %% %s",
            (JOBS, TEAMS, USERS - 1),
        )
        member = owner.execute(
            "select u.id::text, m.team_id::text from u join public.team_members m on m.user_id = u.id where u.n = 2"
        ).fetchone()
        wide = owner.execute("select id::text from u where n = 1").fetchone()
    owner.execute("vacuum analyze public.job_runs")
    owner.execute("vacuum analyze public.team_members")
    assert member is not None and wide is not None
    return member[0], wide[0], member[1]


def _compare(urls: Urls, case: Case, user: str, team: str, rounds: int) -> None:
    with psycopg.connect(urls.owner, prepare_threshold=1) as free, _as_user(urls.api, user) as bound:
        at, job = free.execute(
            "select created_at, id from public.job_runs where team_id = %s order by 1 desc offset 100 limit 1", (team,)
        ).fetchone()  # type: ignore[misc]
        teams = [row[0] for row in free.execute("select team_id from public.team_members where user_id = %s", (user,))]
        free.execute("set enable_incremental_sort = off")  # as the API's login has it, so that the twin differs in the policies alone
        values = {"team": team, "at": at, "id": job, "teams": teams}
        with_policies, without = list[float](), list[float]()
        for _ in range(rounds):
            with_policies.append(_clock(lambda: bound.execute(case.query, values).fetchall()))
            without.append(_clock(lambda: free.execute(case.twin, values).fetchall()))
        ours, twin = statistics.median(with_policies), statistics.median(without)
        held = ours / twin <= case.ratio or ours - twin <= case.or_plus_ms
        plan = _plan_of(bound, case.query, values)
        # The membership function may stand in an InitPlan (once a query), never in a filter or SubPlan (once a row).
        bad = [line for line in plan if "Seq Scan on job_runs" in line or "SubPlan" in line or ("Filter:" in line and "my_teams" in line)]
        print(
            f"{case.name:<32} {ours:7.3f} ms  without policies {twin:7.3f} ms  {ours / twin:5.2f} x  +{ours - twin:6.3f} ms"
            f"  (wanted <= {case.ratio} x{f' or + {case.or_plus_ms} ms' if case.or_plus_ms else ''}: {'held' if held else 'NOT HELD'})"
            f"  plan {'without' if not bad else 'WITH'} sequential scan or per-row function"
        )


@contextmanager
def _as_user(url: str, user: str) -> Iterator[psycopg.Connection[Any]]:
    """The API's own login, as it serves this person."""
    with psycopg.connect(url, prepare_threshold=1) as connection:
        claims = json.dumps({"sub": user, "role": "authenticated"})
        connection.execute("select set_config('request.jwt.claims', %s, false), set_config('role', 'authenticated', false)", (claims,))
        yield connection


def _plan_of(connection: psycopg.Connection[Any], query: str, values: dict[str, Any]) -> list[str]:
    return [row[0] for row in connection.execute("explain " + query, values)]


def _clock(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
