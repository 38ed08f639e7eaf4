"""The queue at the level of SQL: who holds a job, who may write its end, who comes next."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.conftest import Clone
from tests.factories import make_job, make_team, make_user, team_of

FENCE_CLAUSE = "and g.fence = l.fence"
OUTCOME = '{"status": "completed", "results": [{"result_type": "value", "result_data": {"value": 1}}], "wall_time_seconds": 0.1}'


class Claimer:
    """One worker's connection."""

    def __init__(self, database: Clone, name: str) -> None:
        self.name = name
        self.connection = psycopg.connect(database.worker_url, autocommit=True)

    def claim(self, limit: int = 1, lease: float = 60.0) -> list[tuple[UUID, int, UUID]]:
        rows = self.connection.execute(
            "select job_id, fence, team_id from worker.claim_jobs(%s, %s, %s)", (self.name, limit, lease)
        ).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def finish(self, job: UUID, fence: int, outcome: str = OUTCOME) -> bool:
        return bool(self.value("select worker.finish_job(%s, %s, %s::jsonb)", job, fence, outcome))

    def value(self, query: Any, *given: Any) -> Any:
        row = self.connection.execute(query, given).fetchone()
        return row[0] if row else None


@pytest.fixture
def alice(database: Clone) -> Any:
    claimer = Claimer(database, "alice")
    yield claimer
    claimer.connection.close()


@pytest.fixture
def bob(database: Clone) -> Any:
    claimer = Claimer(database, "bob")
    yield claimer
    claimer.connection.close()


def submit(database: Clone, count: int = 1, team: UUID | None = None) -> list[UUID]:
    user = make_user(database.owner)
    return [make_job(database.owner, team or team_of(database.owner, user), user) for _ in range(count)]


def expire(database: Clone) -> None:
    database.owner.execute("update private.job_leases set lease_until = now() - interval '1 second'")


def ends(database: Clone, job: UUID) -> list[str]:
    rows = database.owner.execute(
        "select event from public.job_events where job_id = %s and event in ('job.completed', 'job.failed', 'job.cancelled')", (job,)
    ).fetchall()
    return [row[0] for row in rows]


def a_stale_finish_is_refused(database: Clone, alice: Claimer, bob: Claimer) -> bool:
    """Alice's worker is paused past its lease, Bob's takes the job; then Alice's wakes up and hands in."""
    (job,) = submit(database)
    ((_, stale, _),) = alice.claim()
    expire(database)
    bob.value("select requeued from worker.sweep(3)")
    ((_, fresh, _),) = bob.claim()
    assert fresh > stale
    refused = not alice.finish(job, stale)
    untouched = database.value("select status from public.job_runs where id = %s", job) == "running"
    return refused and untouched and bob.finish(job, fresh) and ends(database, job) == ["job.completed"]


def test_a_stale_fence_writes_nothing(database: Clone, alice: Claimer, bob: Claimer) -> None:
    assert a_stale_finish_is_refused(database, alice, bob)
    assert database.value("select count(*) from public.job_results") == 1


def test_a_job_that_came_while_the_worker_looked_runs_after_it_was_asked_for(database: Clone, alice: Claimer) -> None:
    team = team_of(database.owner, user := make_user(database.owner))
    with ThreadPoolExecutor(1) as threads:
        with database.owner.transaction():
            database.owner.execute("lock table public.job_runs in access exclusive mode")
            claimed = threads.submit(alice.claim)
            until = time.monotonic() + 10
            while not database.value("select exists (select 1 from pg_locks where not granted)"):
                assert time.monotonic() < until
            job = make_job(database.owner, team, user)
            database.owner.execute("insert into public.job_events (job_id, event) values (%s, 'job.pending')", (job,))
        assert [taken for taken, *_ in claimed.result(10)] == [job]
    events = database.owner.execute("select event from public.job_events where job_id = %s order by at", (job,)).fetchall()
    assert events == [("job.pending",), ("job.running",)]


def test_a_mutant_without_the_fence_is_caught(database: Clone, alice: Claimer, bob: Claimer) -> None:
    text = database.value("select pg_get_functiondef('worker.finish_jobs(jsonb)'::regprocedure)")
    assert text.count(FENCE_CLAUSE) == 1
    database.owner.execute(text.replace(FENCE_CLAUSE, ""))
    assert not a_stale_finish_is_refused(database, alice, bob)


def test_a_stale_fence_neither_renews_nor_requeues(database: Clone, alice: Claimer, bob: Claimer) -> None:
    (job,) = submit(database)
    ((_, stale, _),) = alice.claim()
    expire(database)
    bob.value("select requeued from worker.sweep(3)")
    bob.claim()
    held = alice.value("select held from worker.renew_leases('alice', array[%s::uuid], array[%s::bigint], 60)", job, stale)
    assert held is False
    assert alice.value("select worker.requeue_job(%s, %s, 'late')", job, stale) is False
    assert database.value("select worker from private.job_leases where job_id = %s", job) == "bob"


def test_a_job_is_finished_once(database: Clone, alice: Claimer) -> None:
    (job,) = submit(database)
    ((_, fence, _),) = alice.claim()
    assert alice.finish(job, fence)
    assert not alice.finish(job, fence)
    assert ends(database, job) == ["job.completed"]
    assert database.value("select count(*) from public.job_results where job_run_id = %s", job) == 1


def test_many_workers_never_take_the_same_job(database: Clone) -> None:
    wanted = set(submit(database, 120))
    taken: list[UUID] = []
    lock = threading.Lock()

    def work(number: int) -> None:
        claimer = Claimer(database, f"worker-{number}")
        while claims := claimer.claim(3):
            with lock:
                taken.extend(job for job, _, _ in claims)
            for job, fence, _ in claims:
                assert claimer.finish(job, fence)
        claimer.connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken))
    assert set(taken) == wanted
    assert database.value("select count(*) from public.job_events where event = 'job.completed'") == 120


def test_a_crowded_team_delays_another_by_two_claims_at_most(database: Clone, alice: Claimer) -> None:
    submit(database, 200)
    alice.claim()
    user = make_user(database.owner)
    (lonely,) = [make_job(database.owner, team_of(database.owner, user), user)]
    assert lonely in {job for _ in range(2) for job, _, _ in alice.claim()}


def test_a_batch_is_shared_between_teams_and_filled(database: Clone, alice: Claimer) -> None:
    user = make_user(database.owner)
    crowded, small = make_team(database.owner, "crowded"), make_team(database.owner, "small")
    for team, count in ((crowded, 20), (small, 1)):
        for _ in range(count):
            make_job(database.owner, team, user)
    claims = alice.claim(8)
    assert len(claims) == 8
    assert [team for _, _, team in claims].count(small) == 1


def test_the_oldest_of_a_team_comes_first(database: Clone, alice: Claimer) -> None:
    user = make_user(database.owner)
    team = team_of(database.owner, user)
    wanted = [make_job(database.owner, team, user) for _ in range(5)]
    assert [alice.claim()[0][0] for _ in wanted] == wanted


def test_a_dead_workers_job_is_given_back_until_its_last_attempt_then_failed(database: Clone, alice: Claimer, bob: Claimer) -> None:
    (job,) = submit(database)
    for attempt in (1, 2, 3):
        ((claimed, _, _),) = alice.claim()
        assert claimed == job
        assert database.value("select max(attempt) from public.job_attempts where job_id = %s", job) == attempt
        expire(database)
        bob.value("select requeued from worker.sweep(3)")
    assert database.value("select status from public.job_runs where id = %s", job) == "failed"
    details = database.value("select error_details from public.job_runs where id = %s", job)
    assert (details["category"], details["code"]) == ("transient", "worker_lost")
    assert ends(database, job) == ["job.failed"]
    assert alice.claim() == []


def test_a_lease_that_still_runs_is_not_swept(database: Clone, alice: Claimer, bob: Claimer) -> None:
    submit(database)
    alice.claim()
    assert bob.value("select requeued from worker.sweep(3)") == 0


def test_a_job_whose_cancel_was_acknowledged_ends_cancelled_and_keeps_no_result(database: Clone, alice: Claimer) -> None:
    user = make_user(database.owner)
    job = make_job(database.owner, team_of(database.owner, user), user)
    ((_, fence, _),) = alice.claim()
    with database.as_user(user) as session:
        assert session.value("select public.cancel_job(%(job)s)", {"job": job}) == "running"
    assert alice.value("select cancel from worker.renew_leases('alice', array[%s::uuid], array[%s::bigint], 60)", job, fence) is True
    assert alice.finish(job, fence)
    assert ends(database, job) == ["job.cancelled"]
    assert database.value("select count(*) from public.job_results") == 0


def test_a_cancelled_job_is_not_given_back(database: Clone, alice: Claimer) -> None:
    user = make_user(database.owner)
    job = make_job(database.owner, team_of(database.owner, user), user)
    ((_, fence, _),) = alice.claim()
    with database.as_user(user) as session:
        session.value("select public.cancel_job(%(job)s)", {"job": job})
    assert alice.value("select worker.requeue_job(%s, %s, 'its engine died')", job, fence) is True
    assert ends(database, job) == ["job.cancelled"]


def test_a_batch_records_what_it_may_and_tells_what_it_may_not(database: Clone, alice: Claimer) -> None:
    submit(database, 2)
    (first, fence, _), (second, _, _) = alice.claim(2)
    rows = alice.connection.execute(
        "select job_id, recorded from worker.finish_jobs(jsonb_build_array("
        " jsonb_build_object('job_id', %s::uuid, 'fence', %s::bigint, 'status', 'completed'),"
        " jsonb_build_object('job_id', %s::uuid, 'fence', 0, 'status', 'completed')))",
        (first, fence, second),
    ).fetchall()
    assert dict(rows) == {first: True, second: False}
    assert database.value("select status from public.job_runs where id = %s", second) == "running"


def test_the_login_of_the_worker_reads_no_table(alice: Claimer) -> None:
    for table in ("public.job_runs", "public.team_secrets", "private.job_leases", "auth.users"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            alice.connection.execute(f"select 1 from {table}")  # type: ignore[call-overload]


def test_an_errand_goes_to_one_worker_and_its_answer_to_who_asked(database: Clone, alice: Claimer, bob: Claimer) -> None:
    user = make_user(database.owner)
    with database.as_user(user) as session:
        errand = session.value("select private.ask('analyse', '{\"code\": \"1\"}')")
    taken = [claimer.value("select errand_id from worker.claim_errands(%s, 1)", claimer.name) for claimer in (alice, bob)]
    assert taken == [errand, None]
    assert bob.value("select worker.finish_errand('bob', %s, '{}')", errand) is False
    assert alice.value("select worker.finish_errand('alice', %s, '{\"analysis\": 1}')", errand) is True
    with database.as_user(user) as session:
        assert session.value("select private.answer(%(id)s)", {"id": errand}) == {"analysis": 1}


def test_depth_counts_what_waits_and_what_runs(database: Clone, alice: Claimer) -> None:
    submit(database, 3)
    alice.claim()
    assert alice.connection.execute("select pending, running from worker.queue_depth()").fetchone() == (2, 1)
