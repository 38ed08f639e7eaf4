"""Workers of these tests: real boxes (shared by all tests of a process, since fork servers take a second), a database of the test's own."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row
from tests.conftest import Clone
from tests.factories import make_job, make_user, team_of

from quapsule.sandbox.layers import inspect_layers
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.main import Worker


@dataclass(frozen=True)
class Ended:
    """A job's row, and what was written beside it."""

    row: dict[str, Any]
    results: list[dict[str, Any]]
    events: list[str]
    log: str | None
    truncated: bool | None
    programs: dict[str, str]

    @property
    def status(self) -> str:
        return str(self.row["status"])

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.row["error_details"] or {})

    @property
    def counts(self) -> dict[str, int]:
        return dict(next(r["result_data"]["counts"] for r in self.results if r["result_type"] == "counts"))

    @property
    def value(self) -> Any:
        return next(r["result_data"]["value"] for r in self.results if r["result_type"] == "value")


class Jobs:
    """Submits jobs of one person and waits for their ends."""

    def __init__(self, database: Clone) -> None:
        self.database = database
        self.user = make_user(database.owner)
        self.team = team_of(database.owner, self.user)

    def submit(self, code: str, framework: str = "qiskit", *, backend: str = "local", **parameters: Any) -> UUID:
        with self.database.owner.transaction():
            given = {"code": code, "framework": framework, "parameters": {"shots": 100, **parameters}}
            job = make_job(self.database.owner, self.team, self.user, backend=backend, **given)
            if not code.startswith("OPENQASM"):  # a Python script that brings its text along
                self.database.owner.execute("update public.job_programs set format = 'python' where job_id = %s", (job,))
        return job

    def run(self, code: str, framework: str = "qiskit", *, backend: str = "local", **parameters: Any) -> Ended:
        return self.end_of(self.submit(code, framework, backend=backend, **parameters))

    def status(self, job: UUID) -> str:
        return str(self.database.value("select status from public.job_runs where id = %s", job))

    def await_status(self, job: UUID, *wanted: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while (status := self.status(job)) not in wanted:
            assert time.monotonic() < deadline, f"the job is still {status}, not {wanted}"
            time.sleep(0.01)

    def end_of(self, job: UUID, seconds: float = 60.0) -> Ended:
        self.await_status(job, "completed", "failed", "cancelled", seconds=seconds)
        with self.database.owner.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute("select * from public.job_runs where id = %s", (job,)).fetchone()
            assert row is not None
            results = cursor.execute("select * from public.job_results where job_run_id = %s", (job,)).fetchall()
            events = cursor.execute("select event from public.job_events where job_id = %s order by at, id", (job,)).fetchall()
            log = cursor.execute("select content, truncated from public.job_logs where job_id = %s", (job,)).fetchone() or {}
            programs = cursor.execute("select kind, content from public.job_programs where job_id = %s and seq = 0", (job,)).fetchall()
        return Ended(
            row,
            results,
            [event["event"] for event in events],
            log.get("content"),
            log.get("truncated"),
            {program["kind"]: program["content"] for program in programs},
        )


@pytest.fixture(scope="session")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boxes]:
    made = Boxes(Settings(home=tmp_path_factory.mktemp("home"), warm_frameworks="openqasm,qiskit"), inspect_layers())
    made.start()
    yield made
    made.close()


@pytest.fixture
def jobs(database: Clone) -> Jobs:
    return Jobs(database)


@pytest.fixture
def settings(database: Clone, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, worker_database_url=database.worker_url, lease_seconds=6.0)


@pytest.fixture
def start_worker(settings: Settings, boxes: Boxes) -> Iterator[Callable[..., Worker]]:
    """A worker in this process; keywords change its settings. All are stopped with the test."""
    started: list[Worker] = []

    def start(**changes: Any) -> Worker:
        worker = Worker(replace(settings, **changes), boxes)
        started.append(worker)
        worker.start()
        return worker

    yield start
    for worker in started:
        worker.stop()
