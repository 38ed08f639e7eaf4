"""A database connection of the worker: autocommit, prepared statements, one round trip per call; opened again after it broke."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import class_row

from quapsule.database.listen import LINK
from quapsule.database.queries import load_queries
from quapsule.worker.outcome import Outcome

QUERIES = load_queries("quapsule.worker")


@dataclass(frozen=True)
class Claim:
    """A job that this worker holds, as worker.claim_jobs gives it."""

    job_id: UUID
    fence: int
    attempt: int
    team_id: UUID
    user_id: UUID | None
    script_id: UUID | None
    code: str | None
    format: str | None
    framework: str | None
    backend: dict[str, Any]
    parameters: dict[str, Any]
    created_at: datetime
    requirements: str | None = None


@dataclass(frozen=True)
class Errand:
    """Work without a job row, as worker.claim_errands gives it."""

    errand_id: UUID
    kind: str
    input: dict[str, Any]
    user_id: UUID | None

    @property
    def is_play(self) -> bool:
        """The playground's, as private.is_play has it: it runs code, and may take half a minute."""
        return self.kind in ("run", "convert")


@dataclass(frozen=True)
class Hold:
    """What became of one lease: still held? to be cancelled?"""

    job_id: UUID
    held: bool
    cancel: bool


@dataclass(frozen=True)
class Exchanged:
    """The answer to one exchange: which outcomes were recorded (False: the lease was lost), and what was taken."""

    recorded: Mapping[UUID, bool] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    errands: tuple[Errand, ...] = ()


class Line:
    """Every method raises psycopg.OperationalError when the database does not answer; the next call connects anew."""

    def __init__(self, url: str, worker: str) -> None:
        self._url = url
        self._worker = worker
        self._open: psycopg.Connection[Any] | None = None
        self._lock = threading.RLock()  # several threads may share a line: one opens it anew

    @property
    def connection(self) -> psycopg.Connection[Any]:
        with self._lock:
            if self._open is None or self._open.closed or self._open.broken:
                self.close()
                self._open = psycopg.connect(self._url, autocommit=True, application_name=self._worker, **LINK)  # type: ignore[arg-type]
            return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def exchange(self, outcomes: list[tuple[Claim, Outcome]], jobs: int, looks: int, plays: int, lease_seconds: float) -> Exchanged:
        """Hands outcomes in and takes up to `jobs` jobs, and errands that look or play: one round trip, one commit."""
        connection = self.connection
        finished = taken = asked = None
        with connection.pipeline():
            if outcomes:
                written = [{**outcome.as_json(), "job_id": claim.job_id, "fence": claim.fence} for claim, outcome in outcomes]
                finished = connection.execute(QUERIES["finish_jobs"], {"outcomes": orjson.dumps(written).decode()}, prepare=True)
            if looks > 0 or plays > 0:
                asked = connection.cursor(row_factory=class_row(Errand))
                asked.execute(QUERIES["claim_errands"], {"worker": self._worker, "looks": looks, "plays": plays}, prepare=True)
            if jobs > 0:
                taken = connection.cursor(row_factory=class_row(Claim))
                given = {"worker": self._worker, "limit": jobs, "lease_seconds": lease_seconds}
                taken.execute(QUERIES["claim_jobs"], given, prepare=True)
        return Exchanged(
            dict(finished.fetchall()) if finished else {},
            tuple(taken.fetchall()) if taken else (),
            tuple(asked.fetchall()) if asked else (),
        )

    def renew(self, claims: list[Claim], lease_seconds: float) -> list[Hold]:
        given = {
            "worker": self._worker,
            "jobs": [claim.job_id for claim in claims],
            "fences": [claim.fence for claim in claims],
            "lease_seconds": lease_seconds,
        }
        with self.connection.cursor(row_factory=class_row(Hold)) as cursor:
            return cursor.execute(QUERIES["renew_leases"], given, prepare=True).fetchall()

    def requeue(self, claim: Claim, reason: str) -> bool:
        return bool(self._value("requeue_job", job=claim.job_id, fence=claim.fence, reason=reason))

    def note_workflow(self, claim: Claim, metadata: Mapping[str, Any]) -> bool:
        """How a workflow stands; False: the lease is lost, or the job has ended."""
        return bool(self._value("note_workflow", job=claim.job_id, fence=claim.fence, metadata=orjson.dumps(metadata).decode()))

    def finish_errand(self, errand: Errand, output: Mapping[str, Any]) -> bool:
        given = orjson.dumps(output).decode()
        return bool(self._value("finish_errand", worker=self._worker, errand=errand.errand_id, output=given))

    def wanted_errands(self, errands: Sequence[UUID]) -> set[UUID]:
        """Those of them that somebody still waits for."""
        given = {"worker": self._worker, "errands": list(errands)}
        return {row[0] for row in self.connection.execute(QUERIES["errands_wanted"], given, prepare=True)}

    def sweep(self, max_attempts: int) -> tuple[int, int, int]:
        """Jobs requeued, jobs failed, errands deleted."""
        row = self.connection.execute(QUERIES["sweep"], {"max_attempts": max_attempts}).fetchone()
        requeued, failed, errands = row or (0, 0, 0)
        return requeued, failed, errands

    def note_worker(self, slots: int, layers: Mapping[str, Any], providers: Sequence[str] = ()) -> None:
        given = {"slots": slots, "layers": orjson.dumps(layers).decode(), "providers": list(providers)}
        self._value("note_worker", worker=self._worker, **given)

    def forget_worker(self) -> None:
        self._value("forget_worker", worker=self._worker)

    def _value(self, name: str, **given: Any) -> Any:
        row = self.connection.execute(QUERIES[name], given, prepare=True).fetchone()
        return row[0] if row else None
