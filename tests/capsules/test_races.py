"""Artifacts that arrive while a capsule is being sealed are in the seal, or refused: never beside it."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from tests.capsules.desk import Desk

from quapsule.seal.format.checksums import write_checksums

PAIRS, LANES = 200, 4
INSERT = (
    "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_type, size_bytes, digest, content_binary)"
    " values (%(id)s, %(name)s, 'data', 'text/plain', 4, 'sha256:' || encode(sha256('late'), 'hex'), 'late')"
)


def test_of_200_concurrent_pairs_of_insert_and_seal_none_is_a_broken_seal(desk: Desk) -> None:
    """Four lanes beside each other; in each, one artifact after another comes at some moment of a seal."""
    capsules = [desk.capsule({"data/first": b"first"}) for _ in range(PAIRS)]
    warm_ups = [desk.ask(desk.capsule()) for _ in range(LANES)]
    refusals: list[str] = []

    def race(lane: int) -> None:
        worker, dice, lasted = desk.another_worker(f"worker-{lane}"), random.Random(lane), [0.1]
        worker.do_next()  # the first is slow, since it imports

        def work() -> None:
            began = time.monotonic()
            worker.do_next()  # of whichever lane
            lasted.append(time.monotonic() - began)

        with psycopg.connect(desk.database.owner_url, autocommit=True) as connection:
            for capsule in capsules[lane::LANES]:
                connection.execute("insert into public.seal_requests (capsule_id, kind) values (%s, 'seal')", (capsule,))
                sealing = threading.Thread(target=work)
                sealing.start()
                time.sleep(dice.random() ** 4 * 1.5 * lasted[-1])  # most of a seal is under its lock: oftener before
                try:
                    connection.execute(INSERT, {"id": capsule, "name": "data/late"})
                except psycopg.Error as error:
                    refusals.append(f"{error.sqlstate} {error.diag.message_detail}")
                sealing.join()

    with ThreadPoolExecutor(LANES) as pool:
        for lane in [pool.submit(race, number) for number in range(LANES)]:
            lane.result()
    desk.work()
    assert set(refusals) == {"PT409 capsule_sealed"}
    assert 0 < len(refusals) < PAIRS, "nothing was raced"
    assert desk.rows("select problem from public.seal_requests where problem is not null or done_at is null") == []
    for capsule in capsules:
        assert desk.row(capsule)["lifecycle_state"] == "sealed"
        assert write_checksums(desk.items(capsule)) == bytes(desk.seal(capsule)["checksums"])
    assert [row["seq"] for row in desk.rows("select seq from private.seal_log order by seq")] == list(range(PAIRS + len(warm_ups)))


def test_an_artifact_waits_for_the_seal_and_is_then_refused(desk: Desk) -> None:
    """The seal is stopped where it holds its lock, by another that holds the log."""
    capsule = desk.capsule()
    desk.ask(capsule)
    with psycopg.connect(desk.database.worker_url) as log, psycopg.connect(desk.database.owner_url, autocommit=True) as late:
        log.execute("select * from worker.open_log()")
        sealing = threading.Thread(target=desk.work)
        sealing.start()
        _await_blocked(desk, 1)
        inserting = threading.Thread(target=_insert_refused, args=(late, capsule))
        inserting.start()
        _await_blocked(desk, 2)
        assert desk.row(capsule)["lifecycle_state"] == "runnable"
        log.rollback()
        sealing.join(30)
        inserting.join(30)
    assert desk.row(capsule)["lifecycle_state"] == "sealed"
    assert "data/late" not in [item.name for item in desk.items(capsule)]


def test_two_workers_that_hold_one_request_seal_once(desk: Desk) -> None:
    """As when the first was so slow that its claim was taken over."""
    capsule = desk.capsule()
    request = desk.ask(capsule)
    slow, fast = desk.another_worker("slow"), desk.another_worker("fast")
    with psycopg.connect(desk.database.worker_url) as log:
        log.execute("select * from worker.open_log()")
        first = threading.Thread(target=slow.do_next)
        first.start()
        _await_blocked(desk, 1)
        desk.database.owner.execute("update public.seal_requests set claimed_at = claimed_at - interval '2 minutes'")
        second = threading.Thread(target=fast.do_next)
        second.start()
        _await_blocked(desk, 2)
        log.rollback()
        first.join(30)
        second.join(30)
    assert desk.problem(request) is None
    assert desk.database.value("select count(*) from private.seal_log") == 1
    assert len(desk.signatures(capsule)) == 1


def _insert_refused(late: psycopg.Connection[object], capsule: UUID) -> None:
    with pytest.raises(psycopg.Error) as refused:
        late.execute(INSERT, {"id": capsule, "name": "data/late"})
    assert refused.value.sqlstate == "PT409"


def _await_blocked(desk: Desk, count: int) -> None:
    """Until so many connections of this database wait for a lock."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(3000):
        if desk.database.value(waiting) >= count:
            return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")
