"""Tasks at a vendor, as they are written down: before they are submitted, once, and only by who holds the job."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import class_row
from tests.conftest import Clone
from tests.factories import add_member, make_job, make_team, make_user, team_of

from quapsule.providers import ProviderProblem
from quapsule.providers.vendor import Intent
from quapsule.worker.deadline import Deadline
from quapsule.worker.line import Claim, Line
from quapsule.worker.tasks import JobTasks

PROGRAM, OTHER = "a" * 64, "b" * 64
ARN = "arn:aws:braket:eu-north-1:123456789012:quantum-task/1"


class House:
    """A database with one job on a device, and workers that take it."""

    def __init__(self, database: Clone) -> None:
        self.database = database
        self.user = make_user(database.owner)
        self.team = team_of(database.owner, self.user)
        self.job = make_job(database.owner, self.team, self.user, backend="iqm-garnet")
        self._lines: list[Line] = []

    def take(self, worker: str = "alice") -> JobTasks:
        line = Line(self.database.worker_url, worker)
        self._lines.append(line)
        with line.connection.cursor(row_factory=class_row(Claim)) as cursor:
            [claim] = cursor.execute("select * from worker.claim_jobs(%s, 1, 60)", (worker,)).fetchall()
        return JobTasks(line, claim, Deadline(60.0))

    def lose(self) -> None:
        """As when a worker is dead: the lease is over, and the sweeper gives the job back."""
        self.database.owner.execute("update private.job_leases set lease_until = now() - interval '1 second'")
        self.database.owner.execute("select worker.sweep(20)")

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.database.owner.execute(
            f"select {', '.join(columns)} from public.job_tasks where job_id = %s order by seq", (self.job,)
        ).fetchall()
        return found

    def close(self) -> None:
        for line in self._lines:
            line.close()


@pytest.fixture
def house(database: Clone) -> Iterator[House]:
    made = House(database)
    yield made
    made.close()


def intent(program: str = PROGRAM, ordinal: int = 0, price: float = 0.3, limit: float = 10.0, shots: int = 100) -> Intent:
    return Intent(program, shots, ordinal, price, limit)


def test_who_lost_the_job_can_neither_intend_nor_note(house: House) -> None:
    alice = house.take("alice")
    before = alice.intend(intent())
    house.lose()
    house.take("bob")
    for act in (lambda: alice.intend(intent(OTHER)), lambda: alice.note(before.seq, "submitted", provider_task_id=ARN), alice.queued):
        with pytest.raises(ProviderProblem) as caught:
            act()
        assert (caught.value.category, caught.value.code) == ("transient", "lease_lost")
    assert house.rows("program_sha256", "status", "provider_task_id") == [(PROGRAM, "intended", None)]


def test_nothing_that_costs_is_intended_beyond_the_limit(house: House) -> None:
    alice = house.take()
    with pytest.raises(ProviderProblem, match=r"would cost 0\.3 USD; a job may spend 0 USD here, and 0 USD are spent") as caught:
        alice.intend(intent(limit=0.0))
    assert (caught.value.category, caught.value.code) == ("user", "budget_exceeded")
    alice.intend(intent(price=0.0, limit=0.0))
    alice.intend(intent(OTHER, limit=0.5))
    with pytest.raises(ProviderProblem, match=r"0\.3 USD are spent or reserved"):
        alice.intend(intent(OTHER, ordinal=1, limit=0.5))
    assert len(house.rows("seq")) == 2


def test_a_job_that_is_being_cancelled_intends_nothing_new(house: House) -> None:
    alice = house.take()
    known = alice.intend(intent())
    with house.database.as_user(house.user) as session:
        session.value("select public.cancel_job(%(job)s)", {"job": house.job})
    with pytest.raises(ProviderProblem) as caught:
        alice.intend(intent(OTHER))
    assert caught.value.code == "job_cancelled"
    assert alice.intend(intent()).client_token == known.client_token, "what is there must be found, so that it can be cancelled"


def test_nobody_changes_a_token_a_program_or_an_end(house: House) -> None:
    alice = house.take()
    task = alice.intend(intent())
    alice.note(task.seq, "submitted", provider_task_id=ARN)
    for change in ("client_token = 'x'", f"program_sha256 = '{OTHER}'", "provider_task_id = 'y'", "shots = 7", "ordinal = 3"):
        with pytest.raises(psycopg.Error) as caught:
            house.database.owner.execute(f"update public.job_tasks set {change}")  # type: ignore[call-overload]
        assert caught.value.sqlstate == "PT409"
    alice.note(task.seq, "completed", cost_usd=0.3)
    alice.note(task.seq, "running")
    with pytest.raises(psycopg.Error):
        house.database.owner.execute("update public.job_tasks set status = 'running'")
    assert house.rows("status", "cost_usd::float") == [("completed", 0.3)]


def test_tasks_are_seen_by_who_sees_the_job_alone(house: House) -> None:
    house.take().intend(intent())
    stranger, colleague = make_user(house.database.owner), make_user(house.database.owner)
    add_member(house.database.owner, house.team, colleague)
    make_team(house.database.owner, owned_by=stranger)
    for person, seen in ((house.user, 1), (colleague, 1), (stranger, 0)):
        with house.database.as_user(person) as session:
            assert session.value("select count(*) from public.job_tasks") == seen


def test_the_next_attempt_gets_the_same_token_for_the_same_program(house: House) -> None:
    alice = house.take("alice")
    first, second, other = alice.intend(intent()), alice.intend(intent(ordinal=1)), alice.intend(intent(OTHER))
    alice.note(second.seq, "submitted", provider_task_id=ARN)
    assert len({first.client_token, second.client_token, other.client_token}) == 3
    assert all(1 <= len(one.client_token) <= 64 and not one.intended_before for one in (first, second, other))
    house.lose()
    bob = house.take("bob")
    again = [bob.intend(intent(OTHER)), bob.intend(intent()), bob.intend(intent(ordinal=1))]
    assert [one.client_token for one in again] == [other.client_token, first.client_token, second.client_token]
    assert [one.provider_task_id for one in again] == [None, None, ARN] and all(one.intended_before for one in again)
    assert not bob.intend(intent(shots=101)).intended_before, "other shots are another task"
    assert len(house.rows("seq")) == 4


@pytest.mark.parametrize("end", ["failed", "refused", "cancelled", "abandoned"])
def test_what_came_to_nothing_may_be_tried_under_a_token_of_its_own(house: House, end: str) -> None:
    alice = house.take()
    first = alice.intend(intent())
    alice.note(first.seq, end, cost_usd=0.0)
    second = alice.intend(intent(limit=0.3))
    assert not second.intended_before and second.client_token != first.client_token
    assert house.rows("status", "cost_usd::float") == [(end, 0.0), ("intended", 0.3)]


def test_the_first_answer_fills_in_times_the_cost_and_the_arns_of_the_job(house: House) -> None:
    alice = house.take()
    task = alice.intend(intent())
    alice.note(task.seq, "submitted", provider_task_id=ARN)
    alice.note(task.seq, "queued", detail={"queue_position": "3"})
    alice.note(task.seq, "completed", cost_usd=0.25, detail={"seconds": 1.5})
    [(status, task_id, cost, submitted, ended, detail, attempt)] = house.rows(
        "status", "provider_task_id", "cost_usd::float", "submitted_at is not null", "ended_at is not null", "detail", "attempt"
    )
    assert (status, task_id, cost, submitted, ended, attempt) == ("completed", ARN, 0.25, True, True, 1)
    assert detail == {"queue_position": "3", "seconds": 1.5}
    assert house.database.value("select braket_task_arns from public.job_runs where id = %s", house.job) == [ARN]
    events = house.database.owner.execute("select event from public.job_events where job_id = %s order by id", (house.job,)).fetchall()
    assert [event for (event,) in events if event.startswith("task.")] == ["task.submitted", "task.queued", "task.completed"]


def test_a_job_that_fails_after_a_task_ended_costs_what_the_task_did(house: House) -> None:
    alice = house.take()
    done, open_ = alice.intend(intent()), alice.intend(intent(OTHER))
    alice.note(done.seq, "submitted", provider_task_id=ARN)
    alice.note(done.seq, "completed", cost_usd=0.25)
    alice.note(open_.seq, "submitted", provider_task_id=ARN + "2")
    with house.database.owner.cursor() as cursor:
        cursor.execute("select fence from private.job_leases where job_id = %s", (house.job,))
        [fence] = cursor.fetchone() or (0,)
        cursor.execute("select worker.finish_job(%s, %s, %s)", (house.job, fence, '{"status": "failed", "actual_cost_usd": 0}'))
    assert float(house.database.value("select actual_cost_usd from public.job_runs where id = %s", house.job)) == 0.25


def test_a_job_in_a_vendors_queue_is_queued_and_ends_as_any_other(house: House) -> None:
    alice = house.take()
    alice.queued()
    assert house.database.value("select status from public.job_runs where id = %s", house.job) == "queued"
    alice.running()
    assert house.database.value("select status from public.job_runs where id = %s", house.job) == "running"
    alice.queued()
    house.lose()
    assert house.database.value("select status from public.job_runs where id = %s", house.job) == "pending"


def test_a_wait_ends_at_once_when_the_job_is_stopped(house: House) -> None:
    alice = house.take()
    assert alice.wait(0.0) is None
    alice.stop("cancelled")
    alice.stop("lost")
    assert alice.wait(60.0) == "cancelled"


def test_only_tasks_whose_job_has_ended_are_orphans_and_one_worker_looks_at_each(house: House) -> None:
    alice = house.take()
    task = alice.intend(intent())
    ask = "select job_id, client_token from worker.claim_orphans('arn:aws:braket', 10, %s)"
    with house.database.as_worker() as session:
        assert session.dicts(ask.replace("%s", "0")) == []
        session.value("select worker.finish_jobs(%(o)s::jsonb)", {"o": _end(alice.claim)})
        assert session.dicts(ask.replace("%s", "600")) == [], "who has just looked is given time"
        assert [row["client_token"] for row in session.dicts(ask.replace("%s", "0"))] == [task.client_token]
        closed = "select worker.close_task(%(job)s, 0, 'completed', %(arn)s, 0.3, '{}')"
        assert session.value(closed, {"job": house.job, "arn": ARN}) is True
        assert session.value(closed, {"job": house.job, "arn": ARN}) is False
    assert house.rows("status", "provider_task_id", "detail") == [("completed", ARN, {"orphan": True})]
    assert house.database.value("select actual_cost_usd::float from public.job_runs where id = %s", house.job) == 0.3


def test_a_task_of_a_running_job_is_closed_by_its_own_worker_alone(house: House) -> None:
    house.take().intend(intent())
    with house.database.as_worker() as session:
        assert session.value("select worker.close_task(%(job)s, 0, 'abandoned', null, 0, '{}')", {"job": house.job}) is False
    assert house.rows("status") == [("intended",)]


def _end(claim: Claim) -> str:
    return f'[{{"job_id": "{claim.job_id}", "fence": {claim.fence}, "status": "cancelled"}}]'


def test_an_unknown_job_has_no_tasks(house: House) -> None:
    with house.database.as_worker() as session:
        found = session.dicts(
            "select * from worker.intend_task(%(job)s, 1, 'iqm-garnet', %(sha)s, 1, 0, 0, 0, '{}')", {"job": UUID(int=0), "sha": PROGRAM}
        )
    assert found == []
