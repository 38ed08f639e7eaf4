"""One job at the protocol server, as a worker runs it: a real database, a real engine box, Amazon's own SDK."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from tests.conftest import Clone
from tests.factories import make_job, make_user, team_of
from tests.providers.boxes import ask

from quapsule.providers import Prepared, Program, Ran
from quapsule.providers.braket import BraketProvider
from quapsule.providers.braket_session import BraketSettings, Connection
from quapsule.providers.vendor import Job, Pace
from quapsule.sandbox.launch import Box
from quapsule.worker.deadline import Deadline
from quapsule.worker.line import Claim, Line
from quapsule.worker.tasks import JobTasks

from .house import BraketHouse

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
QUICK = Pace(first=0.05, most=0.4, submits=14, results=8)


@dataclass
class Attempt:
    """A claimed job with its provider."""

    house: BraketHouse
    database: Clone
    job: UUID
    tasks: JobTasks
    provider: BraketProvider

    def run(self, source: str, shots: int = 2000, bindings: Sequence[Mapping[str, float]] = ({},)) -> tuple[Prepared, Ran]:
        prepared = self.provider.prepare(Program("qasm3", HEAD + source))
        return prepared, self.provider.run(prepared.handle, bindings, shots, None)

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.database.owner.execute(
            f"select {', '.join(columns)} from public.job_tasks where job_id = %s order by seq", (self.job,)
        ).fetchall()
        return found

    def at_the_vendor(self) -> list[tuple[Any, ...]]:
        """(ARN, status) of this job's tasks as the server has them."""
        mark = f'%"quapsule-job": "{self.job}"%'
        return self.house.ask("select arn, status from tasks where body like ? order by created_at", mark)

    def posts(self) -> list[str]:
        """What became of each request to make a task of this job."""
        return [row[0] for row in self.house.ask("select outcome from posts where body like ? order by at", f"%{self.job}%")]

    def lose(self) -> None:
        """As when its worker dies: the job goes back to the queue."""
        self.database.owner.execute("update private.job_leases set lease_until = now() - interval '1 second'")
        self.database.owner.execute("select worker.sweep(20)")


def connection_to(house: BraketHouse, limit_usd: float = 1000.0, pace: Pace = QUICK, answer_seconds: float = 15.0) -> Connection:
    given = house.settings
    return Connection(
        BraketSettings(
            region=given["braket_region"],
            bucket=given["braket_bucket"],
            endpoint=given["braket_endpoint"],
            s3_endpoint=given["braket_s3_endpoint"],
            access_key_id=given["braket_access_key_id"],
            secret_access_key=given["braket_secret_access_key"],
            job_limit_usd=limit_usd,
            pace=pace,
            answer_seconds=answer_seconds,
        )
    )


def new_job(database: Clone, backend: str) -> UUID:
    user = make_user(database.owner)
    return make_job(database.owner, team_of(database.owner, user), user, backend=backend)


@contextmanager
def attempt_at(
    database: Clone, engine: Box, house: BraketHouse, job: UUID, worker: str = "alice", connection: Connection | None = None
) -> Iterator[Attempt]:
    """A worker's attempt at a job that waits; the lease is not given back."""
    line = Line(database.worker_url, worker)
    with line.connection.cursor(row_factory=class_row(Claim)) as cursor:
        [claim] = cursor.execute("select * from worker.claim_jobs(%s, 1, 120)", (worker,)).fetchall()
    assert claim.job_id == job
    tasks = JobTasks(line, claim, Deadline(60.0))
    provider = BraketProvider(
        lambda frame: ask(engine, frame), claim.backend, connection or connection_to(house), tasks, Job(str(claim.job_id))
    )
    try:
        yield Attempt(house, database, job, tasks, provider)
    finally:
        line.close()
