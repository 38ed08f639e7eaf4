"""What can go wrong between us and a vendor: each fault of the protocol server, and takeovers. Always one task per submission."""

import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.conftest import Clone

from quapsule.providers import ProviderProblem
from quapsule.providers.braket import BraketVendor
from quapsule.providers.vendor import Pace, VendorRefused
from quapsule.sandbox.launch import Box
from quapsule.worker.line import Line
from quapsule.worker.tasks import Orphans

from .boxes import Boxes
from .braket_server.house import BraketHouse
from .braket_server.running import QUICK, Attempt, attempt_at, connection_to, new_job

pytestmark = pytest.mark.xdist_group("braket")

GARNET = "iqm-garnet"
ROW = {"slug": GARNET, "name": "Garnet", "device_arn": "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet", "device_type": "qpu"}
BELL = "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;\n"
FLIPPED = "qubit[2] q; bit[2] c;\nx q[0]; c = measure q;\n"


@pytest.fixture
def engine(boxes: Boxes) -> Iterator[Box]:
    with boxes.engines.take() as box:
        yield box


@pytest.fixture
def attempt(database: Clone, engine: Box, braket: BraketHouse) -> Iterator[Attempt]:
    with attempt_at(database, engine, braket, new_job(database, GARNET)) as made:
        yield made


@pytest.fixture
def orphans(database: Clone, braket: BraketHouse) -> Iterator[Orphans]:
    connection = connection_to(braket)
    made = Orphans(
        Line(database.worker_url, "keeper"), lambda backend: BraketVendor(connection, backend), every_seconds=0.0, forget_seconds=0.0
    )
    yield made
    made.close()


def test_a_request_without_a_signature_is_refused(braket: BraketHouse) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{braket.url}/device/{ROW['device_arn']}", timeout=5)
    assert caught.value.code == 403


def test_a_token_used_for_another_program_is_refused_by_the_service(braket: BraketHouse) -> None:
    vendor = BraketVendor(connection_to(braket), ROW)
    text = "OPENQASM 3.0;\nbit[1] b;\nqubit[1] q;\nx q[0];\nb[0] = measure q[0];\n"
    first = vendor.submit(text, 10, "token-of-two", {})
    assert vendor.submit(text, 10, "token-of-two", {}) == first
    with pytest.raises(VendorRefused, match="other parameters"):
        vendor.submit(text, 11, "token-of-two", {})


def test_what_the_service_refuses_is_told_to_the_script_and_costs_nothing(attempt: Attempt) -> None:
    send = attempt.provider._call

    def unknown_gate(frame: dict[str, Any]) -> dict[str, Any]:
        said = send(frame)
        return {**said, "text": said["text"].replace("cnot", "nosuch")} if frame["verb"] == "translate" else said

    attempt.provider._call = unknown_gate
    with pytest.raises(ProviderProblem, match="Amazon Braket") as caught:
        attempt.run(BELL)
    assert (caught.value.category, caught.value.code) == ("user", "task_refused")
    assert attempt.rows("status", "cost_usd::float") == [("refused", 0.0)]


def test_a_device_that_is_offline_may_be_back_at_the_next_attempt(attempt: Attempt) -> None:
    attempt.house.plant("offline")
    with pytest.raises(ProviderProblem) as caught:
        attempt.run(BELL)
    assert (caught.value.category, caught.value.code) == ("transient", "backend_unavailable")
    attempt.run(BELL)
    assert attempt.rows("status") == [("refused",), ("completed",)]


def test_too_many_requests_are_asked_again_when_the_service_says(attempt: Attempt) -> None:
    attempt.house.plant("throttle", times=2, seconds=0.3)
    began = time.monotonic()
    _, ran = attempt.run(FLIPPED)
    assert time.monotonic() - began >= 0.6, "Retry-After was 0.3 s, twice"
    assert set(ran.results[0]["counts"]) == {"10"}
    assert attempt.posts() == ["throttled", "throttled", "new"] and len(attempt.at_the_vendor()) == 1


def test_accepted_but_answered_with_500_is_one_task(attempt: Attempt) -> None:
    attempt.house.plant("accepted_then_500", times=2)
    attempt.run(FLIPPED)
    assert attempt.posts() == ["new", "known", "known"] and len(attempt.at_the_vendor()) == 1


def test_accepted_but_answered_too_late_is_one_task(database: Clone, engine: Box, braket: BraketHouse) -> None:
    impatient = connection_to(braket, answer_seconds=0.7)
    with attempt_at(database, engine, braket, new_job(database, GARNET), connection=impatient) as attempt:
        attempt.provider._vendor.describe()  # the first answer of a server takes longest
        braket.plant("accepted_then_silent", seconds=2.0)
        attempt.run(FLIPPED)
        assert attempt.posts() == ["new", "known"] and len(attempt.at_the_vendor()) == 1


def test_a_service_that_stays_silent_leaves_the_intent_to_the_next_attempt(attempt: Attempt, database: Clone, engine: Box) -> None:
    attempt.house.plant("accepted_then_500", times=QUICK.submits)
    with pytest.raises(ProviderProblem) as caught:
        attempt.run(FLIPPED)
    assert (caught.value.category, caught.value.code) == ("transient", "vendor_unreachable")
    assert attempt.rows("status", "provider_task_id") == [("intended", None)]
    attempt.lose()
    with attempt_at(database, engine, attempt.house, attempt.job, "bob") as again:
        _, ran = again.run(FLIPPED)
    assert set(ran.results[0]["counts"]) == {"10"} and len(attempt.at_the_vendor()) == 1
    assert attempt.posts() == ["new", *["known"] * (QUICK.submits - 1)], "the second attempt found it by its tag and sent nothing"


def test_a_task_whose_state_cannot_be_asked_is_asked_again(attempt: Attempt) -> None:
    attempt.house.plant("poll_500", times=3)
    _, ran = attempt.run(FLIPPED)
    assert ran.results[0]["shots"] == 2000


def test_a_result_that_comes_late_is_waited_for(attempt: Attempt) -> None:
    attempt.house.plant("result_late", seconds=0.5)
    _, ran = attempt.run(FLIPPED)
    assert set(ran.results[0]["counts"]) == {"10"}


def test_a_result_that_never_comes_ends_the_attempt_and_is_not_paid_for_twice(attempt: Attempt, database: Clone, engine: Box) -> None:
    attempt.house.plant("result_never")
    with pytest.raises(ProviderProblem) as caught:
        attempt.run(FLIPPED)
    assert (caught.value.category, caught.value.code) == ("transient", "result_missing")
    attempt.lose()
    with attempt_at(database, engine, attempt.house, attempt.job, "bob") as again, pytest.raises(ProviderProblem, match="is not there"):
        again.run(FLIPPED)
    assert len(attempt.at_the_vendor()) == 1 and attempt.rows("status") == [("completed",)]


def test_a_failed_task_fails_the_job_with_the_devices_reason(attempt: Attempt) -> None:
    attempt.house.plant("failed")
    with pytest.raises(ProviderProblem, match="lost its qubits") as caught:
        attempt.run(BELL)
    assert (caught.value.category, caught.value.code) == ("system", "task_failed")
    assert attempt.rows("status", "cost_usd::float") == [("failed", 0.0)]


def test_a_task_cancelled_at_the_vendor_fails_the_job(attempt: Attempt) -> None:
    attempt.house.plant("cancelled")
    with pytest.raises(ProviderProblem) as caught:
        attempt.run(BELL)
    assert caught.value.code == "task_cancelled"
    assert attempt.rows("status") == [("cancelled",)]


def test_one_failed_task_of_a_batch_cancels_the_others(attempt: Attempt) -> None:
    attempt.house.pace(queue=0.6)
    try:
        attempt.house.plant("failed")
        with pytest.raises(ProviderProblem, match="lost its qubits"):
            attempt.run(BELL, bindings=[{}, {}, {}])
    finally:
        attempt.house.pace(queue=0.05)
    states = sorted(status for _, status in attempt.at_the_vendor())
    assert states.count("FAILED") == 1 and len(states) == 3
    assert not [status for (status,) in attempt.rows("status") if status in ("intended", "submitted", "queued", "running")]


def test_a_cancelled_job_cancels_its_task_at_the_vendor(attempt: Attempt) -> None:
    caught = _in_the_queue(attempt, lambda: attempt.tasks.stop("cancelled"))
    assert caught.code == "job_cancelled"
    [(_, status)] = attempt.at_the_vendor()
    assert status == "CANCELLED" and attempt.rows("status") == [("cancelled",)]


@pytest.mark.parametrize("reason", ["stopping", "lost"])
def test_an_attempt_that_is_stopped_leaves_its_task_to_the_next(attempt: Attempt, database: Clone, engine: Box, reason: Any) -> None:
    caught = _in_the_queue(attempt, lambda: attempt.tasks.stop(reason))
    assert caught.category == "transient"
    attempt.lose()
    with attempt_at(database, engine, attempt.house, attempt.job, "bob") as again:
        _, ran = again.run(FLIPPED)
    assert set(ran.results[0]["counts"]) == {"10"}
    assert len(attempt.at_the_vendor()) == 1 and attempt.posts() == ["new"]


def test_the_job_is_queued_while_its_task_is_and_its_own_time_stands_still(attempt: Attempt) -> None:
    seen = set()
    before = attempt.tasks._deadline.left
    attempt.house.pace(queue=1.0)
    try:
        runner = threading.Thread(target=lambda: attempt.run(FLIPPED))
        runner.start()
        while runner.is_alive():
            seen.add(attempt.database.value("select status from public.job_runs where id = %s", attempt.job))
            time.sleep(0.05)
    finally:
        attempt.house.pace(queue=0.05)
    assert seen == {"running", "queued"}
    assert attempt.database.value("select status from public.job_runs where id = %s", attempt.job) == "running"
    assert before - attempt.tasks._deadline.left < 1.0


def test_a_queue_that_is_too_long_is_left(database: Clone, engine: Box, braket: BraketHouse) -> None:
    connection = connection_to(braket, pace=Pace(first=0.05, most=0.1, most_seconds=0.3))
    braket.pace(queue=30.0)
    try:
        with attempt_at(database, engine, braket, new_job(database, GARNET), connection=connection) as attempt:
            with pytest.raises(ProviderProblem) as caught:
                attempt.run(BELL)
            assert (caught.value.category, caught.value.code) == ("system", "queue_too_long")
            assert [status for _, status in attempt.at_the_vendor()] == ["CANCELLED"]
    finally:
        braket.pace(queue=0.05)


def test_the_server_keeps_its_tasks_through_a_restart(attempt: Attempt) -> None:
    attempt.run(FLIPPED)
    before = attempt.at_the_vendor()
    attempt.house.kill_server()
    attempt.house.start_server()
    assert attempt.at_the_vendor() == before
    attempt.run(BELL)


def test_a_vendor_that_is_away_for_a_while_is_waited_for(database: Clone, engine: Box, braket: BraketHouse) -> None:
    def restart() -> None:
        braket.kill_server()
        time.sleep(0.5)
        braket.start_server()

    patient = connection_to(braket, pace=Pace(first=0.05, most=0.5, submits=100))
    with attempt_at(database, engine, braket, new_job(database, GARNET), connection=patient) as attempt:
        helper = threading.Timer(0.1, restart)
        helper.start()
        _, ran = attempt.run(FLIPPED)
        helper.join()
        assert set(ran.results[0]["counts"]) == {"10"} and len(attempt.at_the_vendor()) == 1


def test_a_program_no_longer_asked_for_after_a_takeover_is_cancelled_at_the_vendor(
    attempt: Attempt, database: Clone, engine: Box, orphans: Orphans
) -> None:
    def stay_in_the_queue() -> None:
        attempt.house.ask("update tasks set created_at = created_at + 60 where body like ?", f"%{attempt.job}%")
        attempt.tasks.stop("lost")

    _in_the_queue(attempt, stay_in_the_queue)
    attempt.lose()
    with attempt_at(database, engine, attempt.house, attempt.job, "bob") as again:
        again.run(BELL)
        _finish(database, again, "completed")
    assert orphans.settle() == 1
    assert sorted(status for _, status in attempt.at_the_vendor()) == ["CANCELLED", "COMPLETED"]
    assert attempt.rows("status", "detail ->> 'orphan'") == [("cancelled", "true"), ("completed", None)]
    assert orphans.settle() == 0


def test_an_accepted_task_that_nobody_noted_is_found_by_its_tag(
    attempt: Attempt, database: Clone, orphans: Orphans, monkeypatch: pytest.MonkeyPatch
) -> None:
    _die_before_noting(attempt, monkeypatch)
    _finish(database, attempt, "cancelled")
    assert orphans.settle() == 1
    [(arn, _)] = attempt.at_the_vendor()
    [(status, noted)] = attempt.rows("status", "provider_task_id")
    assert noted == arn and status in ("cancelled", "completed")


def test_an_intent_that_never_left_is_given_up(
    attempt: Attempt, database: Clone, orphans: Orphans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt.provider._vendor, "submit", _die)
    with pytest.raises(_Killed):
        attempt.run(FLIPPED)
    _finish(database, attempt, "failed")
    assert orphans.settle() == 1
    assert attempt.rows("status", "cost_usd::float") == [("abandoned", 0.0)] and attempt.at_the_vendor() == []


def test_without_the_token_the_same_faults_make_two_tasks(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the tests above can fail: a fresh token for each call is what botocore makes where none is named."""
    vendor = attempt.provider._vendor
    session, create = vendor._clients.session, vendor._clients.session.create_quantum_task
    monkeypatch.setattr(session, "create_quantum_task", lambda **given: create(**{**given, "clientToken": str(uuid.uuid4())}))
    attempt.house.plant("accepted_then_500")
    attempt.run(FLIPPED)
    assert len(attempt.at_the_vendor()) == 2


class _Killed(BaseException):
    """What a kill -9 would cut off here."""


def _die(*_: Any, **__: Any) -> None:
    raise _Killed


def _die_before_noting(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt.tasks, "note", _die)
    with pytest.raises(_Killed):
        attempt.run(FLIPPED)
    assert attempt.rows("status", "provider_task_id") == [("intended", None)] and len(attempt.at_the_vendor()) == 1


def _in_the_queue(attempt: Attempt, act: Callable[[], None]) -> ProviderProblem:
    """Runs until the task waits at the vendor, acts, and gives back how the run ended."""
    attempt.house.pace(queue=20.0)
    caught: list[ProviderProblem] = []

    def run() -> None:
        try:
            attempt.run(FLIPPED)
        except ProviderProblem as problem:
            caught.append(problem)

    runner = threading.Thread(target=run)
    runner.start()
    deadline = time.monotonic() + 20
    while not attempt.rows("seq", "status") or attempt.rows("status") != [("queued",)]:
        assert time.monotonic() < deadline and runner.is_alive()
        time.sleep(0.02)
    act()
    runner.join(20)
    attempt.house.pace(queue=0.05)
    [problem] = caught
    return problem


def _finish(database: Clone, attempt: Attempt, status: str) -> None:
    claim = attempt.tasks.claim
    with database.as_worker() as session:
        done = session.value(
            "select worker.finish_job(%(job)s, %(fence)s, jsonb_build_object('status', %(status)s::text))",
            {"job": claim.job_id, "fence": claim.fence, "status": status},
        )
    assert done is True
