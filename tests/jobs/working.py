"""A worker's part of a job's life, played through the worker's own functions."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

COUNTS = {
    "counts": {"00": 52, "11": 48},
    "shots": 100,
    "bit_order": "clbit_0_first",
    "counts_source": "backend",
    "measured": "as_written",
    "engine": {"name": "aer", "method": "stabilizer"},
    "circuit_index": 0,
}


def claim(database: Any) -> list[dict[str, Any]]:
    """Takes what waits; each has job_id and fence."""
    with database.as_worker() as session:
        found: list[dict[str, Any]] = session.dicts("select * from worker.claim_jobs('tests', 10, 30)")
        return found


def finish(database: Any, job: UUID, status: str = "completed", **outcome: Any) -> None:
    """Runs the job to its end; results default to a Bell pair's counts."""
    [fence] = [taken["fence"] for taken in claim(database) if taken["job_id"] == job] or [fence_of(database, job)]
    if status == "completed":
        outcome.setdefault("results", [{"result_type": "counts", "result_data": COUNTS, "shots": 100}])
    given = {"status": status, "wall_time_seconds": 0.01, "actual_cost_usd": 0, **outcome}
    with database.as_worker() as session:
        assert session.value(
            "select worker.finish_job(%(job)s, %(fence)s, %(outcome)s)", {"job": job, "fence": fence, "outcome": Jsonb(given)}
        )


def fence_of(database: Any, job: UUID) -> int:
    found: int = database.value("select fence from private.job_leases where job_id = %s", job)
    return found
