"""Requests for capsules are claimed once, taken over from the dead, left alone after a failure, and given up after five attempts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row
from tests.conftest import Clone
from tests.factories import make_user, team_of

from quapsule.errors import Problem

FAILED = '{"code": "not_ready", "message": "later"}'


class Counter:
    """The worker's functions, as its login may call them."""

    def __init__(self, database: Clone) -> None:
        self.database = database
        self.user = make_user(database.owner)
        self.team = team_of(database.owner, self.user)

    def capsule(self) -> UUID:
        insert = "insert into public.capsules (team_id, user_id, name) values (%s, %s, 'Run') returning id"
        found: UUID = self.database.value(insert, self.team, self.user)
        return found

    def ask(self, capsule: UUID, kind: str = "seal") -> UUID:
        found: UUID = self.database.value("insert into public.seal_requests (capsule_id, kind) values (%s, %s) returning id", capsule, kind)
        return found

    def claim(self, worker: str = "one") -> UUID | None:
        found: UUID | None = self.call("select id from worker.claim_seal_request(%(worker)s)", worker=worker)
        return found

    def finish(self, request: UUID, worker: str = "one", problem: str | None = None, final: bool = False) -> bool:
        given = {"request": request, "worker": worker, "problem": problem, "final": final}
        return bool(self.call("select worker.finish_seal_request(%(request)s, %(worker)s, %(problem)s::jsonb, %(final)s)", **given))

    def call(self, query: Any, **given: Any) -> Any:
        with self.database.as_worker() as session:
            return session.value(query, given)

    def age(self, seconds: float) -> None:
        """As if so much time had gone by."""
        self.database.owner.execute("update public.seal_requests set claimed_at = claimed_at - make_interval(secs => %s)", (seconds,))

    def row(self, request: UUID) -> Mapping[str, Any]:
        with self.database.owner.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute("select * from public.seal_requests where id = %s", (request,)).fetchone()
        assert found is not None
        return found


@pytest.fixture
def counter(database: Clone) -> Counter:
    return Counter(database)


def test_nobody_but_the_worker_may_claim_fill_or_seal(counter: Counter) -> None:
    counter.ask(counter.capsule())
    calls = (
        "select * from worker.claim_seal_request('me')",
        "select worker.capsule_material(gen_random_uuid())",
        "select worker.fill_capsule(gen_random_uuid(), 'completed', '[]', '[]', 0)",
        "select worker.open_log()",
        "select worker.append_to_log(gen_random_uuid(), 0, 'x', '{}', '{}', '{}')",
        "select worker.record_checkpoint(1, 'x', 'x')",
        "select worker.record_signature(gen_random_uuid(), '', null, '', 'seal', now(), '')",
        "select worker.register_platform_key('', 'x', '')",
    )
    for query in calls:
        with pytest.raises(Problem) as refused, counter.database.as_user(counter.user) as session:
            session.value(query)  # type: ignore[arg-type]
        assert refused.value.code == "permission_denied", query


def test_a_request_is_claimed_once(counter: Counter) -> None:
    request = counter.ask(counter.capsule())
    assert counter.claim("one") == request
    assert counter.claim("two") is None
    assert counter.finish(request, "two") is False
    assert counter.finish(request, "one") is True
    assert counter.finish(request, "one") is False
    assert counter.claim("one") is None


def test_a_claim_of_a_dead_worker_is_taken_over_after_a_minute(counter: Counter) -> None:
    request = counter.ask(counter.capsule())
    counter.claim("dead")
    counter.age(59)
    assert counter.claim("two") is None
    counter.age(2)
    assert counter.claim("two") == request
    assert counter.call("select worker.renew_seal_request(%(id)s, 'dead')", id=request) is False
    assert counter.finish(request, "dead") is False


def test_a_claim_that_is_renewed_is_kept(counter: Counter) -> None:
    request = counter.ask(counter.capsule())
    counter.claim("slow")
    counter.age(59)
    assert counter.call("select worker.renew_seal_request(%(id)s, 'slow')", id=request) is True
    counter.age(59)
    assert counter.claim("two") is None


def test_a_failure_is_tried_again_after_a_growing_pause_and_given_up_after_the_fifth(counter: Counter) -> None:
    request = counter.ask(counter.capsule())
    for attempt in range(1, 6):
        assert counter.claim() == request
        assert counter.row(request)["attempts"] == attempt
        counter.finish(request, problem=FAILED)
        assert counter.claim() is None
        counter.age(2**attempt - 1)
        assert counter.claim() is None
        counter.age(2)
    row = counter.row(request)
    assert (row["done_at"] is not None, row["problem"]["code"]) == (True, "not_ready")
    assert counter.claim() is None


def test_a_refusal_ends_a_request_at_once(counter: Counter) -> None:
    request = counter.ask(counter.capsule())
    counter.claim()
    counter.finish(request, problem='{"code": "credential_found"}', final=True)
    assert counter.row(request)["done_at"] is not None


def test_a_request_that_killed_five_workers_is_given_up(counter: Counter) -> None:
    request = counter.ask(counter.capsule())
    for number in range(5):
        assert counter.claim(f"worker {number}") == request
        counter.age(61)
    assert counter.claim("the last") is None
    row = counter.row(request)
    assert (row["done_at"] is not None, row["problem"]["code"]) == (True, "internal_error")


def test_a_capsule_is_filled_before_it_is_sealed_and_sealed_before_it_is_signed(counter: Counter) -> None:
    capsule = counter.capsule()
    sign, seal, fill = (counter.ask(capsule, kind) for kind in ("sign", "seal", "fill"))
    for expected in (fill, seal, sign):
        assert counter.claim() == expected
        assert counter.claim() is None
        counter.finish(expected)


def test_another_capsule_s_request_does_not_wait(counter: Counter) -> None:
    first, other = counter.capsule(), counter.capsule()
    fill, seal = counter.ask(first, "fill"), counter.ask(first, "seal")
    beside = counter.ask(other, "seal")
    assert counter.claim() == fill
    assert counter.claim("two") == beside
    assert counter.claim("three") is None
    counter.finish(fill)
    assert counter.claim() == seal


def test_the_log_is_entered_at_its_end_only(counter: Counter) -> None:
    append = "select worker.append_to_log(gen_random_uuid(), 0, 'a', '{0}', '{0}', array[sha256('\\x0061')])"
    counter.call(append)
    assert counter.call("select tree_size from worker.open_log()") == 1
    with pytest.raises(Problem):
        counter.call(append)
