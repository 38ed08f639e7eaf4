"""What goes wrong around a job: it is cancelled, its engine dies, its worker dies, its lease is lost, the database restarts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.factories import BELL
from tests.worker.conftest import Jobs

import quapsule
from quapsule.settings import Settings
from quapsule.worker.main import Worker

Start = Callable[..., Worker]

ENDLESS = "import time\nprint('began', flush=True)\nwhile True:\n    time.sleep(0.01)\n"
# Big enough to be at work for many seconds on any machine, small enough to fit.
HEAVY = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[24] q;\nbit[24] c;\nfor uint layer in [0:60] {\n'
    + "".join(f"ry(0.{1 + qubit}) q[{qubit}];\ncx q[{qubit}], q[{(qubit + 5) % 24}];\n" for qubit in range(24))
    + "}\nc = measure q;\n"
)


def cancel(jobs: Jobs, job: Any) -> str:
    with jobs.database.as_user(jobs.user) as session:
        return str(session.value("select public.cancel_job(%(job)s)", {"job": job}))


def await_event(jobs: Jobs, job: Any) -> None:
    """Until the script has surely begun: its box was taken a moment after the claim."""
    jobs.await_status(job, "running")
    time.sleep(0.5)


def test_a_running_script_ends_within_a_second_of_its_cancel(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    job = jobs.submit(ENDLESS)
    await_event(jobs, job)
    asked_at = time.monotonic()
    assert cancel(jobs, job) == "running"
    ended = jobs.end_of(job)
    assert time.monotonic() - asked_at < 1.0
    assert (ended.status, ended.results, ended.row["error_message"]) == ("cancelled", [], None)
    assert ended.log == "began\n"


def test_a_running_simulation_ends_within_a_second_of_its_cancel_and_the_next_job_runs(jobs: Jobs, start_worker: Start) -> None:
    start_worker(slots=1)
    job = jobs.submit(HEAVY, "openqasm")
    await_event(jobs, job)
    asked_at = time.monotonic()
    assert cancel(jobs, job) == "running"
    assert jobs.end_of(job).status == "cancelled"
    assert time.monotonic() - asked_at < 1.0
    assert jobs.run(BELL, "openqasm").status == "completed"


def test_a_simulation_meets_the_time_limit(jobs: Jobs, start_worker: Start) -> None:
    start_worker(slots=1, job_seconds=1.5)
    ended = jobs.run(HEAVY, "openqasm")
    assert (ended.status, ended.error["code"]) == ("failed", "time_limit")
    assert jobs.run(BELL, "openqasm").status == "completed"


def test_a_job_whose_engine_is_killed_runs_again(jobs: Jobs, start_worker: Start) -> None:
    worker = start_worker(slots=1, job_seconds=60.0)
    job = jobs.submit(HEAVY, "openqasm")
    await_event(jobs, job)
    assert cancelled_engine(worker)
    jobs.await_status(job, "pending", "running")
    deadline = time.monotonic() + 20
    while jobs.database.value("select max(attempt) from public.job_attempts where job_id = %s", job) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    events = [row[0] for row in jobs.database.owner.execute("select event from public.job_events where job_id = %s", (job,))]
    assert "job.requeued" in events
    cancel(jobs, job)
    assert jobs.end_of(job).status == "cancelled"


def test_a_job_whose_engine_dies_each_time_fails_as_transient(jobs: Jobs, start_worker: Start) -> None:
    worker = start_worker(slots=1, max_attempts=2)
    job = jobs.submit(HEAVY, "openqasm")
    for attempt in (1, 2):
        while jobs.database.value("select coalesce(max(attempt), 0) from public.job_attempts where job_id = %s", job) < attempt:
            time.sleep(0.02)
        time.sleep(0.5)
        assert cancelled_engine(worker)
    ended = jobs.end_of(job)
    assert (ended.status, ended.error["category"], ended.error["code"]) == ("failed", "transient", "engine_died")


def test_a_worker_that_lost_its_lease_kills_the_box_and_writes_nothing(jobs: Jobs, start_worker: Start) -> None:
    worker = start_worker(slots=1, lease_seconds=3.0)
    job = jobs.submit(ENDLESS)
    await_event(jobs, job)
    jobs.database.owner.execute(
        "update private.job_leases set fence = nextval('private.fences'), worker = 'another' where job_id = %s", (job,)
    )
    deadline = time.monotonic() + 5
    while worker._leases.count:
        assert time.monotonic() < deadline, "the worker still thinks that it holds the job"
        time.sleep(0.02)
    assert jobs.status(job) == "running"
    assert jobs.run(BELL, "openqasm").status == "completed"


def test_a_worker_that_stops_gives_its_jobs_back(jobs: Jobs, start_worker: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quapsule.worker.main._GRACE_SECONDS", 0.3)
    worker = start_worker(slots=1)
    job = jobs.submit(ENDLESS)
    await_event(jobs, job)
    worker.stop()
    assert jobs.status(job) == "pending"
    assert jobs.database.value("select count(*) from private.workers") == 0


def test_a_job_whose_worker_is_killed_is_done_by_another(jobs: Jobs, start_worker: Start, settings: Settings) -> None:
    process = spawn_worker(settings, lease_seconds=2.0)
    try:
        job = jobs.submit("import time\ntime.sleep(3)\nprint('{\"done\": true}')\n")
        jobs.await_status(job, "running")
        time.sleep(0.3)
    finally:
        process.kill()
        process.wait()
    start_worker(lease_seconds=2.0)
    ended = jobs.end_of(job)
    assert (ended.status, ended.value) == ("completed", {"done": True})
    assert ended.events.count("job.completed") == 1
    assert jobs.database.value("select count(*) from public.job_attempts where job_id = %s", job) == 2


def test_a_worker_that_is_paused_past_its_lease_records_nothing(jobs: Jobs, start_worker: Start, settings: Settings) -> None:
    process = spawn_worker(settings, lease_seconds=2.0)
    try:
        job = jobs.submit("import time\ntime.sleep(1)\nprint('{\"done\": true}')\n")
        jobs.await_status(job, "running")
        os.kill(process.pid, signal.SIGSTOP)
        start_worker(lease_seconds=2.0)
        ended = jobs.end_of(job)
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(2.0)
    finally:
        process.kill()
        process.wait()
    assert (ended.status, len(ended.results)) == ("completed", 1)
    assert jobs.database.value("select count(*) from public.job_results where job_run_id = %s", job) == 1
    assert jobs.database.value("select count(*) from public.job_events where job_id = %s and event = 'job.completed'", job) == 1


def test_a_broken_connection_costs_no_job(jobs: Jobs, start_worker: Start) -> None:
    start_worker(slots=1)
    job = jobs.submit("import time\ntime.sleep(1)\nprint('{\"done\": true}')\n")
    await_event(jobs, job)
    jobs.database.owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker_login' and datname = current_database()"
    )
    assert jobs.end_of(job).status == "completed"
    assert jobs.database.value("select count(*) from public.job_attempts where job_id = %s", job) == 1
    assert jobs.run(BELL, "openqasm").status == "completed"


def cancelled_engine(worker: Worker) -> bool:
    """Kills the engine box of the worker's only slot, as the kernel might."""
    box = worker._slots[0]._engines._of["engine"]._box
    if box is None:
        return False
    os.kill(box.pid, signal.SIGKILL)
    return True


def spawn_worker(settings: Settings, **changes: Any) -> subprocess.Popen[bytes]:
    """A worker in a process of its own; returns once it takes jobs."""
    said, ready = os.pipe()
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(quapsule.__file__).parents[1]),
        "QUAPSULE_HOME": str(settings.home),
        "QUAPSULE_WORKER_DATABASE_URL": settings.worker_database_url,
        "QUAPSULE_READY_FD": str(ready),
        **{f"QUAPSULE_{name.upper()}": str(value) for name, value in changes.items()},
    }
    process = subprocess.Popen([sys.executable, "-m", "quapsule.worker"], env=environ, pass_fds=(ready,))
    os.close(ready)
    assert os.read(said, 16) == b"ready\n"
    os.close(said)
    return process
