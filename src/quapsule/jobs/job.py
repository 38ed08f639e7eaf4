"""Jobs as their team reads them. Rows that the caller may not see do not exist here: RLS decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.jobs.result import ENDED, JobResult, Status, compose, counts_of

_QUERIES = load_queries("quapsule.jobs")


@dataclass(frozen=True)
class JobStatus:
    """What a poll and a pushed event show. Money in USD; `result` as jobs/result.py composes it."""

    id: UUID
    status: Status
    backend: str
    created_at: datetime
    updated_at: datetime
    estimated_cost_usd: float | None
    result: JobResult | None

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class Result:
    id: UUID
    result_type: Literal["counts", "value", "statevector", "mitigated"]
    result_data: Any
    shots: int | None
    quantum_time_seconds: float | None
    created_at: datetime


@dataclass(frozen=True)
class Program:
    """`kind`: asked (what was submitted), interchange (what crossed to the backend), executed (what ran)."""

    kind: Literal["asked", "interchange", "executed"]
    seq: int
    format: Literal["python", "qasm2", "qasm3", "braket", "ahs", "quil", "text"]
    content: str
    sha256: str
    created_at: datetime


@dataclass(frozen=True)
class Certificate:
    """What was found when one hop of a program was checked. `certificate`: all of it, with the seq of its `program`."""

    seq: int
    hop: str
    method: str
    result: Literal["equivalent", "mismatch", "not_checked"]
    certificate: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class Task:
    """A run on a device, real or emulated. Money in USD."""

    seq: int
    backend: str
    provider_task_id: str | None
    status: str
    shots: int
    program_sha256: str
    calibration_id: UUID | None
    emulated: bool
    attempt: int
    cost_usd: float
    created_at: datetime
    submitted_at: datetime | None
    ended_at: datetime | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    attempt: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True)
class Trace:
    """One moment of the job's life; `elapsed_ms` since the first."""

    id: int
    event: str
    attempt: int
    at: datetime
    elapsed_ms: float
    detail: Any


@dataclass(frozen=True)
class Log:
    content: str
    truncated: bool
    created_at: datetime | None


@dataclass(frozen=True)
class JobRow:
    """A job's own columns and its lineage."""

    id: UUID
    team_id: UUID
    user_id: UUID | None
    script_id: UUID | None
    script_name: str | None
    script_slug: str | None
    inline_code: str | None
    framework: str | None
    status: Status
    backend: str
    parameters: dict[str, Any]
    execution_mode: Literal["direct", "temporal"]
    workflow_metadata: Any
    create_capsule: bool
    capsule_name: str | None
    capsule_id: UUID | None
    started_at: datetime | None
    completed_at: datetime | None
    wall_time_seconds: float | None
    quantum_time_seconds: float | None
    estimated_cost_usd: float | None
    actual_cost_usd: float | None
    error_message: str | None
    error_details: Any
    created_at: datetime
    updated_at: datetime
    retried_from: UUID | None
    retries: list[UUID]


@dataclass(frozen=True)
class JobDetail(JobRow):
    """Everything about a job."""

    result: JobResult | None
    results: list[Result]
    programs: list[Program]
    certificates: list[Certificate]
    tasks: list[Task]
    attempts: list[Attempt]


def find_status(session: Session, job_id: UUID) -> JobStatus:
    """Raises Problem not_found."""
    found = find_statuses(session, [job_id])
    if not found:
        raise not_found()
    return found[job_id]


def find_statuses(session: Session, job_ids: Sequence[UUID]) -> dict[UUID, JobStatus]:
    """Those of the jobs that the caller may see, by id."""
    return {row["id"]: _status(row) for row in session.dicts(_QUERIES["find_statuses"], {"job_ids": list(job_ids)})}


def find_detail(session: Session, job_id: UUID) -> JobDetail:
    """Raises Problem not_found."""
    job = session.row(JobRow, _QUERIES["find_job"], {"job_id": job_id})
    if job is None:
        raise not_found()
    results = session.rows(Result, _QUERIES["list_results"], {"job_id": job_id})
    rows = [{"result_type": row.result_type, "result_data": row.result_data} for row in results]
    return JobDetail(
        **vars(job),
        result=compose(job.status, rows, job.error_message, job.error_details),
        results=results,
        programs=session.rows(Program, _QUERIES["list_programs"], {"job_id": job_id}),
        certificates=session.rows(Certificate, _QUERIES["list_certificates"], {"job_id": job_id}),
        tasks=session.rows(Task, _QUERIES["list_tasks"], {"job_id": job_id}),
        attempts=session.rows(Attempt, _QUERIES["list_attempts"], {"job_id": job_id}),
    )


def list_results(session: Session, job_id: UUID) -> list[Result]:
    """Raises Problem not_found."""
    _see(session, job_id)
    return session.rows(Result, _QUERIES["list_results"], {"job_id": job_id})


def find_counts(session: Session, job_id: UUID) -> list[Mapping[str, int]]:
    """Of each circuit, in their order; where nothing was counted at a backend, what the script itself calls its counts.

    Raises Problem not_found, not_comparable."""
    counts = counts_of([{"result_type": row.result_type, "result_data": row.result_data} for row in list_results(session, job_id)])
    if not counts:
        raise Problem("not_comparable", f"Job {job_id} has no counts.", "Only a run that counted something can be compared.")
    return counts


def list_traces(session: Session, job_id: UUID) -> list[Trace]:
    """Raises Problem not_found."""
    _see(session, job_id)
    return session.rows(Trace, _QUERIES["list_traces"], {"job_id": job_id})


def find_log(session: Session, job_id: UUID) -> Log:
    """Empty while nothing was printed. Raises Problem not_found."""
    log = session.row(Log, _QUERIES["find_log"], {"job_id": job_id})
    if log is None:
        raise not_found()
    return log


def cancel(session: Session, job_id: UUID) -> Status:
    """The status that the job has now: cancelled, or running until its worker has stopped it. Raises Problem."""
    status: Status = session.value(_QUERIES["cancel_job"], {"job_id": job_id})
    return status


def mean_seconds(session: Session, backend: str) -> float | None:
    """Mean wall time of the caller's last twenty completed jobs on a backend; None without any."""
    found = session.value(_QUERIES["mean_seconds"], {"backend": backend})
    return None if found is None else float(found)


def not_found() -> Problem:
    return Problem("not_found", "No such job, or not one that you may see.")


def _see(session: Session, job_id: UUID) -> None:
    if not session.value(_QUERIES["see_job"], {"job_id": job_id}):
        raise not_found()


def _status(row: dict[str, Any]) -> JobStatus:
    return JobStatus(
        row["id"],
        row["status"],
        row["backend"],
        row["created_at"],
        row["updated_at"],
        row["estimated_cost_usd"],
        compose(row["status"], row["results"], row["error_message"], row["error_details"]),
    )
