"""Capsules as their team reads and drafts them. Rows that the caller may not see do not exist here: RLS decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Json

from quapsule.capsules.artifact import Artifact, list_artifacts
from quapsule.capsules.signatures import Signature, list_signatures
from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.seal import Meaning

_QUERIES = load_queries("quapsule.capsules")

State = Literal["draft", "runnable", "sealed", "archived"]

PART_11 = "FDA-21CFR11"


@dataclass(frozen=True)
class CapsuleRow:
    """A capsule's own columns. mqc_id: its id in every verifier; origin and log_index: of its seal. Money in USD."""

    id: UUID
    team_id: UUID
    user_id: UUID | None
    name: str
    description: str | None
    version: str
    state: State
    job_id: UUID | None
    run_id: UUID
    git_sha: str | None
    git_repo: str | None
    parent_capsule_id: UUID | None
    custom_metadata: dict[str, Any]
    tags: Any
    started_at: datetime | None
    completed_at: datetime | None
    wall_time_seconds: float | None
    num_tasks: int
    total_shots: int
    max_budget_usd: float | None
    estimated_cost_usd: float | None
    actual_cost_usd: float | None
    cost_breakdown: Any
    digests: Any
    regulatory_framework: str | None
    retention_years: int | None
    doi: str | None
    sealed_at: datetime | None
    sealed_by: UUID | None
    created_at: datetime
    updated_at: datetime
    mqc_id: str | None
    origin: Literal["here", "import"] | None
    log_index: int | None

    @property
    def is_sealed(self) -> bool:
        return self.state in ("sealed", "archived")


@dataclass(frozen=True)
class TaskExecution:
    """A circuit's run on a backend."""

    id: UUID
    task_id: str
    backend: str
    start_time: datetime | None
    end_time: datetime | None
    wall_time_seconds: float | None
    queue_time_seconds: float | None
    cost_usd: float | None
    shots: int | None
    job_id: str | None
    qpu_calibration: Any
    outputs_digest: str | None


@dataclass(frozen=True)
class SealRequest:
    """What the worker was asked to do; `problem` says why it gave up: {code, message, hint?, details?}."""

    id: UUID
    kind: Literal["fill", "seal", "sign", "stamp"]
    requested_by: UUID | None
    requested_name: str | None
    notes: str | None
    meaning: Meaning | None
    requested_at: datetime
    claimed_at: datetime | None
    attempts: int
    done_at: datetime | None
    problem: Any


@dataclass(frozen=True)
class CapsuleDetail(CapsuleRow):
    """Everything about a capsule but its files' contents."""

    artifacts: list[Artifact]
    task_executions: list[TaskExecution]
    signatures: list[Signature]
    requests: list[SealRequest]
    children: list[UUID]


@dataclass(frozen=True)
class Change:
    """One line of the audit trail: the columns that changed, content by its digest."""

    id: int
    at: datetime
    actor_id: UUID | None
    actor_name: str
    action: str
    before: Any
    after: Any


def find_row(session: Session, capsule_id: UUID) -> CapsuleRow:
    """Raises Problem not_found."""
    row = session.row(CapsuleRow, _QUERIES["find_capsule"], {"capsule_id": capsule_id})
    if row is None:
        raise not_found()
    return row


def find_detail(session: Session, capsule_id: UUID) -> CapsuleDetail:
    """Raises Problem not_found."""
    named = {"capsule_id": capsule_id}
    # First, since each is read at its own moment: what is said to be done is to be seen in the rest.
    requests = session.rows(SealRequest, _QUERIES["list_requests"], named)
    row = find_row(session, capsule_id)
    return CapsuleDetail(
        **vars(row),
        artifacts=list_artifacts(session, capsule_id),
        task_executions=session.rows(TaskExecution, _QUERIES["list_task_executions"], named),
        signatures=list_signatures(session, capsule_id),
        requests=requests,
        children=[found["id"] for found in session.dicts(_QUERIES["list_children"], named)],
    )


def find_request(session: Session, request_id: UUID) -> SealRequest:
    """Raises Problem not_found."""
    found = session.row(SealRequest, _QUERIES["find_request"], {"request_id": request_id})
    if found is None:
        raise not_found()
    return found


def see(session: Session, capsule_id: UUID) -> None:
    """Raises Problem not_found."""
    if not session.value(_QUERIES["see_capsule"], {"capsule_id": capsule_id}):
        raise not_found()


def save(session: Session, capsule: Mapping[str, Any]) -> UUID:
    """A new draft: {name, team_id?, description?, job_id?, …}; with job_id the worker fills it with what that job left. Raises Problem."""
    made: UUID = session.value(_QUERIES["save_capsule"], {"capsule": Json(capsule)})
    return made


def change(session: Session, capsule_id: UUID, changes: Mapping[str, Any]) -> None:
    """Changes a draft's columns by name. Raises Problem."""
    session.run(_QUERIES["change_capsule"], {"capsule_id": capsule_id, "changes": Json(changes)})


def delete(session: Session, capsule_id: UUID) -> None:
    """Deletes a draft with its files. Raises Problem."""
    session.run(_QUERIES["delete_capsule"], {"capsule_id": capsule_id})


def make_runnable(session: Session, capsule_id: UUID) -> None:
    """draft → runnable. Raises Problem."""
    session.run(_QUERIES["make_runnable"], {"capsule_id": capsule_id})


def archive(session: Session, capsule_id: UUID) -> None:
    """sealed → archived. Raises Problem."""
    session.run(_QUERIES["archive_capsule"], {"capsule_id": capsule_id})


def request_seal(session: Session, capsule_id: UUID, notes: str | None, meaning: Meaning | None) -> UUID:
    """Asks the worker to seal; with a meaning the caller signs too, and must have been noted as re-authenticated. Raises Problem."""
    made: UUID = session.value(_QUERIES["request_seal"], {"capsule_id": capsule_id, "notes": notes, "meaning": meaning})
    return made


def record_doi(session: Session, capsule_id: UUID, doi: str) -> None:
    """Raises Problem."""
    session.run(_QUERIES["record_doi"], {"capsule_id": capsule_id, "doi": doi})


def list_changes(session: Session, capsule_id: UUID, after: int = 0, limit: int = 200) -> list[Change]:
    """The audit trail from a place on, oldest first, also of a draft that was deleted. Raises Problem not_found."""
    if not session.value(_QUERIES["see_changes"], {"capsule_id": capsule_id}):
        raise not_found()
    return session.rows(Change, _QUERIES["list_changes"], {"capsule_id": capsule_id, "after": after, "limit": limit})


def not_found() -> Problem:
    return Problem("not_found", "No such capsule, or not one that you may see.")
