"""Jobs over HTTP: who reads, ends and repeats which."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests import factories
from tests.factories import BELL
from tests.jobs.working import COUNTS, claim, fence_of, finish

READS = ("", "/status", "/results", "/logs", "/traces")
WRITES = ("/cancel", "/retry")


@pytest.fixture
def job(api: Any, cast: Any) -> UUID:
    return factories.make_job(api.owner, cast.team, cast.member_id)


@pytest.mark.parametrize("path", READS)
def test_nobody_reads_a_job_without_a_token(cast, job, path):
    assert cast.anonymous.get(f"/api/jobs/{job}{path}").status_code == 401


@pytest.mark.parametrize("path", READS)
def test_a_stranger_reads_a_foreign_job_like_one_that_does_not_exist(cast, job, path):
    foreign, missing = (cast.stranger.get(f"/api/jobs/{one}{path}") for one in (job, uuid4()))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert foreign.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", WRITES)
def test_a_stranger_changes_a_foreign_job_like_one_that_does_not_exist(cast, api, job, path):
    assert cast.anonymous.post(f"/api/jobs/{job}{path}").status_code == 401
    foreign, missing = (cast.stranger.post(f"/api/jobs/{one}{path}") for one in (job, uuid4()))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert api.database.value("select status from public.job_runs where id = %s", job) == "pending"


@pytest.mark.parametrize("path", READS)
def test_every_member_reads_the_team_s_jobs(cast, job, path):
    for client in (cast.owner, cast.admin, cast.member):
        assert client.get(f"/api/jobs/{job}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/status?wait=23", "/status?wait=-1", "/status?wait=soon"])
def test_a_wait_out_of_range_is_refused(cast, job, path):
    assert cast.owner.get(f"/api/jobs/{job}{path}").status_code == 400


def test_an_id_that_is_none_is_refused(cast):
    assert cast.owner.get("/api/jobs/1/status").status_code == 400


def test_a_member_changes_no_job_of_others(cast, api):
    other = factories.make_job(api.owner, cast.team, cast.owner_id, status="completed")
    for path in WRITES:
        answer = cast.member.post(f"/api/jobs/{other}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


def test_a_removed_member_sees_the_job_no_longer(cast, api, job):
    factories.remove_member(api.owner, cast.team, cast.member_id)
    assert cast.member.get(f"/api/jobs/{job}").status_code == 404
    assert cast.member.post(f"/api/jobs/{job}/cancel").status_code == 404


def test_a_suspended_team_reads_and_changes_nothing(cast, api, job):
    factories.suspend(api.owner, cast.team)
    assert cast.member.get(f"/api/jobs/{job}").status_code == 200
    for path in WRITES:
        assert cast.member.post(f"/api/jobs/{job}{path}").json()["error"]["code"] == "team_suspended"


def test_a_reading_key_reads_and_changes_nothing(cast, api, job):
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))
    assert key.get(f"/api/jobs/{job}/status").status_code == 200
    for path in WRITES:
        assert key.post(f"/api/jobs/{job}{path}").json()["error"]["code"] == "permission_denied"


def test_a_key_sees_the_jobs_of_its_team_only(cast, api, job):
    other = factories.make_team(api.owner, owned_by=cast.owner_id)
    elsewhere = factories.make_job(api.owner, other, cast.owner_id)
    key = api.as_(factories.make_key(api.owner, other, cast.owner_id))
    assert key.get(f"/api/jobs/{job}").status_code == 404
    assert [item["id"] for item in key.get("/api/jobs").json()["items"]] == [str(elsewhere)]


@pytest.mark.parametrize("who", ["member", "admin", "owner"])
def test_its_author_an_admin_and_the_owner_cancel_a_waiting_job(cast, api, job, who):
    answer = getattr(cast, who).post(f"/api/jobs/{job}/cancel")
    assert (answer.status_code, answer.json()) == (200, {"job_id": str(job), "status": "cancelled"})
    assert api.database.value("select completed_at is not null from public.job_runs where id = %s", job)
    again = getattr(cast, who).post(f"/api/jobs/{job}/cancel")
    assert again.json()["status"] == "cancelled"
    assert api.database.value("select count(*) from public.job_events where event = 'job.cancelled'") == 1


def test_a_running_job_is_cancelled_by_its_worker(cast, api, job):
    claim(api.database)
    answer = cast.member.post(f"/api/jobs/{job}/cancel")
    assert answer.json()["status"] == "running"
    assert api.database.value("select cancel_requested_at is not null from private.job_leases where job_id = %s", job)
    finish(api.database, job, "cancelled")
    ended = cast.member.get(f"/api/jobs/{job}/status").json()
    assert (ended["status"], ended["result"]) == ("cancelled", None)
    assert ended.keys() == {"id", "status", "backend", "created_at", "updated_at", "estimated_cost_usd", "result"}


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_an_ended_job_is_not_cancelled(cast, api, status):
    job = factories.make_job(api.owner, cast.team, cast.member_id, status=status)
    answer = cast.member.post(f"/api/jobs/{job}/cancel")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


def test_a_job_that_has_not_ended_is_not_repeated(cast, job):
    answer = cast.member.post(f"/api/jobs/{job}/retry")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


def test_a_repeated_job_is_a_new_one_of_the_same_code_and_linked(cast, api, job):
    finish(api.database, job, "failed", error_message="no", error_details={"category": "user"})
    answer = cast.owner.post(f"/api/jobs/{job}/retry")
    assert answer.status_code == 200, answer.text
    new = answer.json()["job_id"]
    assert answer.json() == {"job_id": new, "retried_from": str(job)}
    detail = cast.owner.get(f"/api/jobs/{new}").json()
    assert (detail["status"], detail["retried_from"], detail["user_id"]) == ("pending", str(job), str(cast.owner_id))
    assert [(p["kind"], p["content"]) for p in detail["programs"]] == [("asked", BELL)]
    assert detail["parameters"] == {"shots": 100}
    assert cast.owner.get(f"/api/jobs/{job}").json()["retries"] == [new]


def test_a_job_of_a_backend_that_was_retired_is_not_repeated(cast, api):
    job = factories.make_job(api.owner, cast.team, cast.member_id, status="completed", backend="ionq-aria-1")
    assert cast.member.post(f"/api/jobs/{job}/retry").json()["error"]["code"] == "backend_retired"


def test_a_retry_with_the_same_key_makes_one_job(cast, api):
    job = factories.make_job(api.owner, cast.team, cast.member_id, status="completed")
    headers = {"idempotency-key": str(uuid4())}
    first, again = (cast.member.post(f"/api/jobs/{job}/retry", headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert api.database.value("select count(*) from public.job_runs") == 2


def test_a_completed_job_shows_its_counts_and_value(cast, api, job):
    value = {"result_type": "value", "result_data": {"value": {"energy": -1.1, "counts": {"x": 1}, "shots": 3}, "summary": {"E": "-1.1"}}}
    finish(api.database, job, results=[{"result_type": "counts", "result_data": COUNTS, "shots": 100}, value], log={"content": "hello\n"})
    status = cast.member.get(f"/api/jobs/{job}/status").json()
    assert status["status"] == "completed"
    assert status["result"] == {
        **{key: COUNTS[key] for key in COUNTS if key != "circuit_index"},
        "flags": [], "energy": -1.1, "value": {"energy": -1.1, "counts": {"x": 1}, "shots": 3}, "summary": {"E": "-1.1"},
    }  # fmt: skip
    assert len(cast.member.get(f"/api/jobs/{job}/results").json()["items"]) == 2
    assert cast.member.get(f"/api/jobs/{job}/logs").json()["content"] == "hello\n"
    traces = cast.member.get(f"/api/jobs/{job}/traces").json()["items"]
    assert [item["event"] for item in traces] == ["job.running", "job.completed"]
    assert traces[0]["elapsed_ms"] == 0 <= traces[1]["elapsed_ms"]
    detail = cast.member.get(f"/api/jobs/{job}").json()
    assert detail["result"] == status["result"]
    assert [(attempt["attempt"], attempt["outcome"]) for attempt in detail["attempts"]] == [(1, "completed")]
    assert detail["actual_cost_usd"] == 0


def test_a_failed_job_says_why(cast, api, job):
    details = {"category": "user", "type": "NameError", "line": 3, "traceback": [{"line": 3, "name": "main", "text": "x"}]}
    finish(api.database, job, "failed", error_message="name 'x' is not defined", error_details=details)
    status = cast.member.get(f"/api/jobs/{job}/status").json()
    assert status["result"] == {"error": {**details, "message": "name 'x' is not defined"}, "flags": []}


def test_a_log_is_empty_while_nothing_was_printed(cast, job):
    assert cast.member.get(f"/api/jobs/{job}/logs").json() == {"content": "", "truncated": False, "created_at": None}


def test_a_long_poll_answers_when_the_job_ends(cast, api, job):
    thread = threading.Timer(0.3, finish, (api.database, job))
    thread.start()
    started = time.monotonic()
    answer = cast.member.get(f"/api/jobs/{job}/status?wait=20")
    waited = time.monotonic() - started
    thread.join()
    assert answer.json()["status"] == "completed"
    assert waited < 15, "it answered at its end, not when the job ended"


def test_a_long_poll_of_an_ended_job_answers_at_once(cast, api, job):
    finish(api.database, job)
    assert cast.member.get(f"/api/jobs/{job}/status?wait=20").json()["result"]["counts"] == COUNTS["counts"]


def test_a_long_poll_ends_with_the_job_as_it_is(cast, job):
    assert cast.member.get(f"/api/jobs/{job}/status?wait=1").json()["status"] == "pending"


MALFORMED = "limit=0 limit=201 limit=x cursor=xyz cursor=W10= status=done since=never script_id=1 framework=c q=%00"


@pytest.mark.parametrize("query", MALFORMED.split())
def test_a_malformed_list_query_is_refused(cast, query):
    answer = cast.owner.get(f"/api/jobs?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_error")


def test_the_list_is_paged_newest_first_without_loss(cast, api):
    for index in range(7):
        job = factories.make_job(api.owner, cast.team, cast.member_id)
        # Three of them at the same instant: the id decides.
        api.owner.execute("alter table public.job_runs disable trigger job_runs_guard")
        api.owner.execute("update public.job_runs set created_at = %s where id = %s", (datetime(2026, 1, 1 + index // 3, tzinfo=UTC), job))
    factories.make_job(api.owner, factories.team_of(api.owner, cast.stranger_id), cast.stranger_id)
    whole = [item["id"] for item in cast.owner.get("/api/jobs").json()["items"]]
    assert len(whole) == 7
    found, cursor = [], None
    while True:
        page = cast.owner.get("/api/jobs", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole


def test_the_list_is_narrowed_by_its_filters(cast, api):
    script = factories.make_script(api.owner, cast.team, cast.owner_id)
    first = str(factories.make_job(api.owner, cast.team, cast.member_id, backend="marqov-sim", status="failed"))
    second = str(factories.make_job(api.owner, cast.team, cast.owner_id, script=script, code=None, framework="qiskit"))
    both, tomorrow = {first, second}, (datetime.now(UTC) + timedelta(days=1)).isoformat()

    def found(**params: Any) -> set[str]:
        answer = cast.owner.get("/api/jobs", params=params)
        assert answer.status_code == 200, answer.text
        return {item["id"] for item in answer.json()["items"]}

    assert found(team_id=str(cast.team)) == both
    assert found(team_id=str(uuid4())) == set()
    assert found(status="failed") == {first}
    assert found(status=["failed", "pending"]) == both
    assert found(backend="marqov-sim") == {first}
    assert found(framework="qiskit") == found(script_id=str(script)) == found(q="bell") == {second}
    assert found(q=first[:8]) == {first}
    assert found(q="%") == found(since=tomorrow) == set()
    assert found(until=tomorrow, status="pending") == {second}
    assert found(backend="local' or true --") == set()


def test_a_stranger_s_list_is_empty(cast, job):
    assert cast.stranger.get("/api/jobs").json() == {"items": [], "next_cursor": None}
    assert cast.stranger.get("/api/jobs", params={"team_id": str(cast.team)}).json()["items"] == []
    assert cast.anonymous.get("/api/jobs").status_code == 401


def test_a_cancel_that_meets_a_claim_reaches_the_worker(cast, api, job):
    """Each of the two sees the other's write or is seen by it: the job never runs on with its cancel forgotten."""
    api.owner.execute("insert into private.workers (name, slots) values ('tests', 1)")
    cancelled = threading.Thread(target=lambda: cast.member.post(f"/api/jobs/{job}/cancel"))
    cancelled.start()
    taken = claim(api.database)
    cancelled.join()
    status = api.database.value("select status from public.job_runs where id = %s", job)
    asked = api.database.value("select cancel_requested_at is not null from private.job_leases where job_id = %s", job)
    assert (status, asked) in (("cancelled", None), ("running", True))
    assert bool(taken) == (status == "running")
    if taken:
        assert fence_of(api.database, job) == taken[0]["fence"]
