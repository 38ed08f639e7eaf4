"""How a workflow stands while it runs: what is written of what its box tells, and when not."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from tests import factories
from tests.conftest import Clone
from tests.jobs.working import claim
from tests.worker.conftest import Jobs
from tests.worker.test_faults import HEAVY, cancel

from quapsule.worker.main import Worker

Start = Callable[..., Worker]

SLEEPING = """
import time
from marqov import task, workflow
@task
def quick():
    return 1
@task
def sleeping(x):
    time.sleep(params.get("seconds", 0))
    return x
@workflow
def flow():
    return sleeping(quick())
"""
# What a script may do that goes past the runner: it has the descriptor.
RAW = """
import json, os, struct, time
def tell(metadata):
    body = json.dumps({"verb": "workflow", "metadata": metadata}).encode()
    os.write(9, struct.pack(">I", len(body)) + body)
def named(name):
    return {"execution_graph": {"nodes": {"n": {"func_name": name, "dependencies": []}}, "execution_levels": [["n"]], "output_nodes": []}, "task_timeline": []}
"""  # noqa: E501


def metadata_of(database: Clone, job: UUID) -> Any:
    return database.value("select workflow_metadata from public.job_runs where id = %s", job)


def told(database: Clone, job: UUID) -> list[str]:
    rows = database.owner.execute("select name from private.events where topic = 'jobs' and row_id = %s order by xid, seq", (job,))
    return [row[0].removeprefix("job.") for row in rows]


def note(database: Clone, job: UUID, fence: int, metadata: Any) -> bool:
    with database.as_worker() as session:
        given = {"job": job, "fence": fence, "metadata": Jsonb(metadata)}
        return bool(session.value("select worker.note_workflow(%(job)s, %(fence)s, %(metadata)s)", given))


def claimed(database: Clone) -> tuple[UUID, int]:
    user = factories.make_user(database.owner)
    job = factories.make_job(database.owner, factories.team_of(database.owner, user), user)
    return job, next(one["fence"] for one in claim(database) if one["job_id"] == job)


def end(database: Clone, job: UUID, fence: int, function: str, given: Any) -> None:
    with database.as_worker() as session:
        assert session.value(f"select worker.{function}(%(job)s, %(fence)s, %(given)s)", {"job": job, "fence": fence, "given": given})  # type: ignore[arg-type]


def test_a_stale_fence_notes_nothing(database: Clone) -> None:
    job, fence = claimed(database)
    assert not note(database, job, fence - 1, {"total_tasks": 1})
    assert not note(database, job, fence + 1, {"total_tasks": 1})
    assert metadata_of(database, job) is None


def test_nothing_is_noted_after_the_end_and_what_was_noted_last_stays(database: Clone) -> None:
    job, fence = claimed(database)
    assert note(database, job, fence, {"total_tasks": 1})
    end(database, job, fence, "finish_job", Jsonb({"status": "failed"}))
    assert not note(database, job, fence, {"total_tasks": 2})
    assert metadata_of(database, job) == {"total_tasks": 1}
    assert told(database, job) == ["pending", "running", "changed", "failed"]


def test_a_job_that_is_given_back_shows_nothing_of_the_attempt_before(database: Clone) -> None:
    job, stale = claimed(database)
    assert note(database, job, stale, {"total_tasks": 1})
    end(database, job, stale, "requeue_job", "its worker was stopped")
    assert metadata_of(database, job) is None
    ((fence,),) = [[one["fence"]] for one in claim(database)]
    assert not note(database, job, stale, {"total_tasks": 2})
    assert note(database, job, fence, {"total_tasks": 3})
    assert metadata_of(database, job) == {"total_tasks": 3}


def test_a_note_that_changes_nothing_tells_nobody(database: Clone) -> None:
    job, fence = claimed(database)
    for tasks in (1, 1, 2):
        assert note(database, job, fence, {"total_tasks": tasks})
    assert told(database, job) == ["pending", "running", "changed", "changed"]


def test_what_is_no_metadata_or_too_large_is_passed_over(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    hostile = (
        "for given in (None, [], 'x', 7, {}, {'execution_graph': 1}, {**named('x'), 'task_timeline': [{'level': -1}]}):\n    tell(given)\n"
    )
    large = "tell({**named('x'), 'task_timeline': [{'node_id': 'n' * 2000, 'func_name': 'f', 'level': 0}] * 600})\ntime.sleep(1)\n"
    ended = jobs.run(RAW + hostile + large + "def main(params):\n    return 5\n", "openqasm")
    assert (ended.status, ended.value, ended.row["workflow_metadata"]) == ("completed", 5, None)
    assert "changed" not in told(jobs.database, ended.row["id"])


def test_a_box_that_tells_without_end_is_written_down_twice_a_second_and_its_last_word_stays(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    flood = "until, n = time.time() + 2, 0\nwhile time.time() < until:\n    n += 1\n    tell(named(f'{n}'))\n    time.sleep(0.002)\n"
    ended = jobs.run(RAW + flood + "print(n, flush=True)\nos._exit(7)\n", "openqasm")
    assert ended.error["code"] == "script_crashed"
    assert ended.log is not None and int(ended.log) > 50
    assert ended.row["workflow_metadata"]["execution_graph"]["nodes"]["n"]["func_name"] == ended.log.strip()
    query = "select count(*) - 2 * extract(epoch from max(at) - min(at)) from private.events where row_id = %s and name = 'job.changed'"
    assert jobs.database.value(query, ended.row["id"]) <= 2
    assert told(jobs.database, ended.row["id"]).count("changed") >= 1


@pytest.mark.parametrize("busy", ['time.sleep(params.get("seconds", 0))', f"device.run({HEAVY!r})"], ids=["sleeps", "simulates"])
def test_a_workflow_is_seen_while_it_runs_and_its_cancel_keeps_what_was_seen(jobs: Jobs, start_worker: Start, busy: str) -> None:
    start_worker()
    job = jobs.submit(SLEEPING.replace('time.sleep(params.get("seconds", 0))', busy), "marqov", seconds=60)
    deadline, seen = time.monotonic() + 50, []
    while [entry.get("status") for entry in seen] != ["completed", None]:
        assert time.monotonic() < deadline, f"seen is {seen}"
        time.sleep(0.02)
        seen = (metadata_of(jobs.database, job) or {}).get("task_timeline", [])
    assert [entry["func_name"] for entry in seen] == ["quick", "sleeping"]
    assert "started_at" in seen[1] and "completed_at" not in seen[1]
    assert jobs.status(job) == "running"
    assert cancel(jobs, job) == "running"
    ended = jobs.end_of(job)
    assert (ended.status, ended.row["workflow_metadata"]["task_timeline"]) == ("cancelled", seen)


def test_the_end_of_a_workflow_has_the_last_word(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run(SLEEPING, "marqov", seconds=0.2)
    assert (ended.status, ended.value) == ("completed", 1)
    assert [entry["status"] for entry in ended.row["workflow_metadata"]["task_timeline"]] == ["completed", "completed"]
