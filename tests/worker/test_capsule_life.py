"""A job that asks for a capsule: a draft at submit, filled when it starts and when it ends, sealed when that was wished."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row
from tests.conftest import Clone
from tests.worker.conftest import Jobs

from quapsule.errors import Problem
from quapsule.jobs.submission import Submission, submit
from quapsule.seal.format.manifest import read_manifest
from quapsule.worker.main import Worker

BELL = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""
SCRIPT = """from qiskit import QuantumCircuit


def main(params):
    print("a word")
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure_all()
    return bell
"""


def submitted(jobs: Jobs, code: str = BELL, **fields: Any) -> UUID:
    """A job of the API's own making, with a capsule unless that is said otherwise."""
    framework, format = ("openqasm", "qasm3") if code.startswith("OPENQASM") else ("qiskit", "python")
    given = {"team_id": jobs.team, "code": code, "format": format, "framework": framework, "backend": "local", "create_capsule": True}
    with jobs.database.as_user(jobs.user) as session:
        return submit(session, Submission(**{**given, "parameters": {"shots": 100, "seed": 7}, **fields}))


def rows(database: Clone, query: Any, *given: Any) -> list[dict[str, Any]]:
    with database.owner.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, given or None).fetchall()


def capsule_of(database: Clone, job: UUID) -> dict[str, Any]:
    return rows(database, "select * from public.capsules where job_id = %s", job)[0]


def await_quiet(database: Clone, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while database.value("select count(*) from public.seal_requests where done_at is null"):
        assert time.monotonic() < deadline, rows(database, "select * from public.seal_requests")
        time.sleep(0.02)


def artifacts(database: Clone, job: UUID) -> dict[str, str]:
    query = (
        "select a.name, a.content_text from public.capsule_artifacts a join public.capsules c on c.id = a.capsule_id where c.job_id = %s"
    )
    return {row["name"]: row["content_text"] for row in rows(database, query, job)}


def test_a_job_without_a_capsule_asks_nothing(database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]) -> None:
    job = submitted(jobs, create_capsule=False)
    start_worker()
    assert jobs.end_of(job).status == "completed"
    assert rows(database, "select * from public.seal_requests") == []


def test_a_capsule_that_cannot_be_asked_for_does_not_fail_its_job(database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]) -> None:
    job = submitted(jobs)
    database.owner.execute("drop function private.ask_to_fill(uuid)")
    start_worker()
    assert jobs.end_of(job).status == "completed"


def test_what_a_job_leaves_is_in_its_capsule(database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]) -> None:
    job = submitted(jobs, SCRIPT)
    assert capsule_of(database, job)["lifecycle_state"] == "draft"
    assert artifacts(database, job) == {"workflow/script.py": SCRIPT}
    start_worker()
    ended = jobs.end_of(job)
    await_quiet(database)
    capsule, files = capsule_of(database, job), artifacts(database, job)
    expected = {
        "workflow/script.py",
        "workflow/job.json",
        "workflow/interchange-0.qasm",
        "workflow/circuit.txt",
        "workflow/certificates.json",
        "environment/environment.json",
        "backends/backend.json",
        "results/counts.json",
        "results/results.json",
        "results/log.txt",
        "provenance/timeline.json",
        "provenance/cost.json",
        "provenance/prov.json",
    }
    assert expected <= files.keys()
    assert files["workflow/script.py"] == SCRIPT
    assert json.loads(files["results/counts.json"])[0]["counts"] == ended.counts
    assert files["results/log.txt"] == "a word\n"
    assert capsule["lifecycle_state"] == "runnable"
    assert (capsule["started_at"], capsule["completed_at"]) == (ended.row["started_at"], ended.row["completed_at"])
    assert (capsule["num_tasks"], capsule["total_shots"], capsule["actual_cost_usd"]) == (1, 100, 0)
    execution = rows(database, "select * from public.capsule_task_executions where capsule_id = %s", capsule["id"])[0]
    assert (execution["backend"], execution["shots"], execution["job_id"]) == ("local", 100, str(job))
    assert execution["outputs_digest"].startswith("sha256:")
    assert capsule["cost_breakdown"][0]["task_id"] == execution["task_id"]


def test_a_capsule_seals_by_itself_when_its_job_ends_if_that_was_wished(
    database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]
) -> None:
    job = submitted(jobs, seal_capsule=True)
    start_worker()
    jobs.end_of(job)
    await_quiet(database)
    capsule = capsule_of(database, job)
    assert (capsule["lifecycle_state"], capsule["sealed_by"]) == ("sealed", jobs.user)
    seal = rows(database, "select * from public.capsule_seals where capsule_id = %s", capsule["id"])[0]
    manifest = read_manifest(bytes(seal["manifest"]))
    executions = rows(database, "select task_id from public.capsule_task_executions where capsule_id = %s", capsule["id"])
    assert [one["task_id"] for one in manifest["task_executions"]] == [row["task_id"] for row in executions]


@pytest.mark.parametrize("code", ["def main(params):\n    raise ValueError('no')\n", SCRIPT])
def test_a_failed_or_cancelled_job_has_a_capsule_too(database: Clone, jobs: Jobs, start_worker: Callable[..., Worker], code: str) -> None:
    job = submitted(jobs, code, seal_capsule=True)
    if code is SCRIPT:
        database.owner.execute("update public.job_runs set status = 'cancelled', completed_at = now() where id = %s", (job,))
    start_worker()
    ended = jobs.end_of(job)
    await_quiet(database)
    assert ended.status in ("failed", "cancelled")
    assert rows(database, "select problem from public.seal_requests where problem is not null") == []
    assert capsule_of(database, job)["lifecycle_state"] == "sealed"
    assert json.loads(artifacts(database, job)["results/results.json"])["status"] == ended.status


def test_what_is_large_goes_to_the_object_store(database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]) -> None:
    job = submitted(jobs, "def main(params):\n    return {'much': 'x' * 3000}\n", seal_capsule=True)
    worker = start_worker(artifact_inline_kb=2)
    jobs.end_of(job)
    await_quiet(database)
    outside = rows(
        database,
        "select a.* from public.capsule_artifacts a join public.capsules c on c.id = a.capsule_id"
        " where c.job_id = %s and a.storage_path is not null",
        job,
    )
    assert {"results/results.json", "environment/environment.json"} <= {row["name"] for row in outside}
    for row in outside:
        stored = worker._settings.home / "objects" / row["storage_path"]
        assert stored.stat().st_size == row["size_bytes"]
        assert (row["content_text"], row["content_binary"], row["digest"]) == (None, None, f"sha256:{stored.name}")
    assert capsule_of(database, job)["lifecycle_state"] == "sealed"


def test_a_user_s_own_file_under_a_name_of_ours_does_not_outlive_the_job(
    database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]
) -> None:
    job = submitted(jobs)
    capsule = capsule_of(database, job)["id"]
    insert = "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text) values (%s, %s, 'results', %s)"
    database.owner.execute(insert, (capsule, "results/counts.json", '[{"counts": {"11": 100}}]'))
    database.owner.execute(insert, (capsule, "results/my notes.txt", "kept"))
    start_worker()
    ended = jobs.end_of(job)
    await_quiet(database)
    files = artifacts(database, job)
    assert json.loads(files["results/counts.json"])[0]["counts"] == ended.counts
    assert files["results/my notes.txt"] == "kept"


def test_an_end_that_comes_while_a_capsule_is_being_filled_is_not_missed(
    database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]
) -> None:
    """As if a worker had read the running job, and its job ended before it wrote."""
    job = submitted(jobs)
    capsule = capsule_of(database, job)["id"]
    database.owner.execute("update public.job_runs set status = 'running', started_at = now() where id = %s", (job,))
    with database.as_worker() as session:
        request = session.value("select id from worker.claim_seal_request('slow')")
    database.owner.execute("update public.job_runs set status = 'completed', completed_at = now() where id = %s", (job,))
    with database.as_worker() as session:
        given = {"capsule": capsule, "request": request}
        fill = "select worker.fill_capsule(%(capsule)s, 'running', '[]', '[]', 0)"
        assert session.value(fill, given) is False
        assert session.value("select worker.finish_seal_request(%(request)s, 'slow')", given) is False
    start_worker()
    await_quiet(database)
    assert capsule_of(database, job)["lifecycle_state"] == "runnable"
    assert "results/results.json" in artifacts(database, job)


@pytest.mark.parametrize(
    "name", ["results/counts.json", "workflow/script.py", "workflow/executed-12.qasm", "backends/calibration-06696123.json"]
)
def test_nobody_writes_by_hand_what_the_platform_records_of_a_job(database: Clone, jobs: Jobs, name: str) -> None:
    job = submitted(jobs, SCRIPT)
    capsule = capsule_of(database, job)["id"]
    add = "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text) values (%(id)s, %(name)s, 'results', '{}')"
    remove = "delete from public.capsule_artifacts where capsule_id = %(id)s and name = 'workflow/script.py'"
    for act in (add, remove):
        with pytest.raises(Problem) as refused, database.as_user(jobs.user) as session:
            session.run(act, {"id": capsule, "name": name})
        assert refused.value.code == "conflict"
    with database.as_user(jobs.user) as session:
        assert session.run(add, {"id": capsule, "name": f"mine/{name}"}) == 1
    with database.as_user(jobs.user) as session:
        assert session.run("delete from public.capsules where id = %(id)s", {"id": capsule}) == 1


@pytest.mark.slow  # the seal is tried again some seconds later
def test_a_capsule_that_was_never_filled_is_filled_before_it_is_sealed(
    database: Clone, jobs: Jobs, start_worker: Callable[..., Worker]
) -> None:
    job = submitted(jobs, create_capsule=False)
    start_worker()
    jobs.end_of(job)
    insert = "insert into public.capsules (team_id, user_id, name, job_id) values (%s, %s, 'By hand', %s) returning id"
    capsule = database.value(insert, jobs.team, jobs.user, job)
    database.owner.execute(
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text) values (%s, 'data/mine', 'data', '1')",
        (capsule,),
    )
    database.owner.execute("insert into public.seal_requests (capsule_id, kind, requested_name) values (%s, 'seal', 'Ada')", (capsule,))
    await_quiet(database)
    assert capsule_of(database, job)["lifecycle_state"] == "sealed"
    assert {"data/mine", "results/counts.json", "report.html"} <= artifacts(database, job).keys()
    kinds = rows(database, "select kind, problem from public.seal_requests where capsule_id = %s order by kind", capsule)
    assert kinds == [{"kind": "fill", "problem": None}, {"kind": "seal", "problem": None}]
