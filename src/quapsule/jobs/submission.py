"""Submitting and repeating a job: one call of the database, which makes every refusal that needs rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Json

from quapsule.database.problems import problem_of
from quapsule.database.queries import load_queries
from quapsule.database.session import Session

_QUERIES = load_queries("quapsule.jobs")


@dataclass(frozen=True)
class Submission:
    """Exactly one of script_id, script_slug and code is given; `qubits` is what the code declares, where that can be read.

    create_capsule: the draft of the job's capsule is made with it; seal_capsule: it is sealed when the job ends; parent_capsule_id: what it
    repeats.
    """

    backend: str
    parameters: Mapping[str, Any]
    team_id: UUID | None = None
    script_id: UUID | None = None
    script_slug: str | None = None
    code: str | None = None
    format: str | None = None
    framework: str | None = None
    qubits: int | None = None
    create_capsule: bool = False
    capsule_name: str | None = None
    seal_capsule: bool = False
    git_sha: str | None = None
    git_repo: str | None = None
    parent_capsule_id: UUID | None = None
    analysis_id: UUID | None = None
    warn_check_ids: list[str] = field(default_factory=list)


def submit(session: Session, submission: Submission, *, jobs_per_day: int = 0) -> UUID:
    """The new job's id. Raises the Problems of submit_job; `jobs_per_day` 0 is no quota."""
    given: dict[str, Any] = {name: value for name, value in vars(submission).items() if value is not None}
    for name in ("team_id", "script_id", "parent_capsule_id", "analysis_id"):
        if name in given:
            given[name] = str(given[name])
    given["jobs_per_day"] = jobs_per_day
    return _new_job(session, "submit_job", {"submission": Json(given)})


def retry(session: Session, job_id: UUID, *, jobs_per_day: int = 0) -> UUID:
    """A new job of the same code, parameters and backend. Raises Problem."""
    return _new_job(session, "retry_job", {"job_id": job_id, "jobs_per_day": jobs_per_day})


def _new_job(session: Session, query: str, parameters: dict[str, Any]) -> UUID:
    try:
        return UUID(str(session.value(_QUERIES[query], parameters)))
    except psycopg.Error as error:
        problem = problem_of(error)
        if problem is None or problem.code != "rate_limited":
            raise
        problem.retry_after_seconds = _until_midnight_seconds()
        raise problem from error


def _until_midnight_seconds() -> float:
    now = datetime.now(UTC)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()
