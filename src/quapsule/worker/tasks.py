"""What the providers of vendors write down: the tasks of the job at hand, and the end of those whose job has ended."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import class_row

from quapsule.database.content import content_sha256
from quapsule.database.queries import load_queries
from quapsule.providers import ProviderProblem
from quapsule.providers.calibration import Unfit, read_snapshot
from quapsule.providers.vendor import Intended, Intent, Snapshot, Stop, Vendor, VendorBusy, VendorRefused, VendorSilent
from quapsule.worker.deadline import Deadline
from quapsule.worker.line import Claim, Line

QUERIES = load_queries("quapsule.worker")
_log = logging.getLogger(__name__)


class JobTasks:
    """Tasks of one attempt at one job. `line`: the slot's own, or one that is shared. `stop` may come from any thread."""

    def __init__(self, line: Line, claim: Claim, deadline: Deadline) -> None:
        self._line, self.claim, self._deadline = line, claim, deadline
        self._stopped = threading.Event()
        self._reason: Stop | None = None
        self._in_queue = False
        self._calibration_id: UUID | None = None

    def stop(self, reason: Stop) -> None:
        self._reason = self._reason or reason
        self._stopped.set()

    def wait(self, seconds: float) -> Stop | None:
        self._stopped.wait(seconds)
        return self._reason

    def away(self) -> AbstractContextManager[None]:
        return self._deadline.paused()

    def intend(self, intent: Intent) -> Intended:
        given = {
            "job": self.claim.job_id,
            "fence": self.claim.fence,
            "backend": self.claim.backend["slug"],
            "program_sha256": intent.program_sha256,
            "shots": intent.shots,
            "ordinal": intent.ordinal,
            "price_usd": intent.price_usd,
            "limit_usd": intent.limit_usd,
        }
        row = self._ask("intend_task", given)
        if row is None:
            raise _lost()
        seq, token, task_id, _, before = row
        return Intended(seq, token, task_id, before)

    def note(
        self,
        seq: int,
        status: str,
        *,
        provider_task_id: str | None = None,
        cost_usd: float | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        given = {
            "job": self.claim.job_id,
            "fence": self.claim.fence,
            "seq": seq,
            "status": status,
            "provider_task_id": provider_task_id,
            "cost_usd": cost_usd,
            "calibration_id": self._calibration_id,
            "detail": orjson.dumps(dict(detail or {})).decode(),
        }
        self._held("note_task", given)

    def calibrated(self, snapshot: Snapshot) -> None:
        backend = self.claim.backend
        try:
            read = read_snapshot(orjson.dumps(snapshot.content), backend)
        except Unfit as problem:
            _log.warning("the calibration of %s, as its vendor tells it, cannot be read: %s", backend["slug"], problem)
            return
        given = {
            "backend": backend["slug"],
            "sha256": content_sha256(read.content),
            "taken_at": read.taken_at,
            "format": read.format,
            "source": read.source,
            "content": orjson.dumps(read.content).decode(),
            "description": orjson.dumps(read.description).decode(),
        }
        row = self._ask("note_calibration", given)
        self._calibration_id = row[0] if row else None

    def queued(self) -> None:
        if not self._in_queue:
            self._held("note_queued", {"job": self.claim.job_id, "fence": self.claim.fence})
            self._in_queue = True

    def running(self) -> None:
        if self._in_queue:
            self._held("note_running", {"job": self.claim.job_id, "fence": self.claim.fence})
            self._in_queue = False

    def _held(self, query: str, given: Mapping[str, Any]) -> None:
        row = self._ask(query, given)
        if row is None or not row[0]:
            raise _lost()

    def _ask(self, query: str, given: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Waits for a database that is away: what was submitted must not be forgotten, nor submitted unwritten."""
        pause = 0.1
        while True:
            try:
                return self._line.connection.execute(QUERIES[query], given, prepare=True).fetchone()
            except psycopg.OperationalError as error:
                _log.warning("job %s: a task could not be written yet: %s", self.claim.job_id, str(error).strip())
            except psycopg.Error as error:
                raise _refused(error) from error
            if self.wait(pause):
                raise _lost()
            pause = min(2.0, pause * 2)


def _lost() -> ProviderProblem:
    return ProviderProblem("transient", "lease_lost", "Another worker has taken the job over.")


def _refused(error: psycopg.Error) -> ProviderProblem:
    says = error.diag.message_primary or str(error)
    hint = f" {error.diag.message_hint}" if error.diag.message_hint else ""
    if error.sqlstate == "PT402":
        return ProviderProblem("user", "budget_exceeded", says + hint)
    if error.sqlstate == "PT409":
        return ProviderProblem("user", "job_cancelled", says)
    return ProviderProblem("system", "internal_error", says)


@dataclass(frozen=True)
class Orphan:
    """A task whose job has ended though it has not, as worker.claim_orphans gives it."""

    job_id: UUID
    seq: int
    backend: dict[str, Any]
    client_token: str
    provider_task_id: str | None
    status: str
    shots: int
    age_seconds: float


class Orphans(threading.Thread):
    """Ends, at the vendor and in the database, what no job asks for any more. One look per `every_seconds`.

    `vendor_of`: a claimed backend → its vendor. `arns`: how the ARNs of its devices begin. An intent that the vendor never heard of is
    given up after `forget_seconds`: until then it may still be on its way."""

    def __init__(
        self,
        line: Line,
        vendor_of: Callable[[Mapping[str, Any]], Vendor],
        arns: str = "arn:aws:braket",
        every_seconds: float = 20.0,
        forget_seconds: float = 900.0,
    ) -> None:
        super().__init__(name="orphans", daemon=True)
        self._line, self._vendor_of, self._arns = line, vendor_of, arns
        self._every_seconds, self._forget_seconds = every_seconds, forget_seconds
        self._closed = threading.Event()

    def run(self) -> None:
        while not self._closed.wait(self._every_seconds):
            try:
                self.settle()
            except psycopg.Error as error:
                _log.warning("orphaned tasks could not be looked for: %s", str(error).strip())
            except Exception:  # noqa: BLE001  # the next look may fare better; without this thread tasks would run on unseen
                _log.exception("an orphaned task could not be settled")

    def close(self) -> None:
        self._closed.set()
        self._line.close()

    def settle(self) -> int:
        """One look; how many tasks were found. Raises psycopg.Error."""
        with self._line.connection.cursor(row_factory=class_row(Orphan)) as cursor:
            given = {"arns": self._arns, "limit": 20, "again_seconds": self._every_seconds}
            found = cursor.execute(QUERIES["claim_orphans"], given).fetchall()
        for orphan in found:
            try:
                self._settle(orphan, self._vendor_of(orphan.backend))
            except (VendorBusy, VendorSilent) as problem:
                _log.info("task %s of job %s: the vendor does not answer: %s", orphan.seq, orphan.job_id, problem)
        return len(found)

    def _settle(self, orphan: Orphan, vendor: Vendor) -> None:
        task_id = orphan.provider_task_id or vendor.find(orphan.client_token)
        if task_id is None:
            if orphan.age_seconds > self._forget_seconds:
                self._close_task(orphan, "abandoned", None, 0.0, {"reason": "The vendor never heard of it."})
            return
        state = vendor.poll(task_id)
        if not state.ended:
            try:
                vendor.cancel(task_id)
            except VendorRefused as refused:  # it has just ended
                _log.info("task %s: %s", task_id, refused.message)
            state = vendor.poll(task_id)
        cost = None if not state.ended else vendor.price(orphan.shots) if state.status == "completed" else 0.0
        detail = {"reason": state.reason} if state.reason else {}
        self._close_task(orphan, state.status if state.ended else "cancelling", task_id, cost, detail)

    def _close_task(self, orphan: Orphan, status: str, task_id: str | None, cost: float | None, detail: Mapping[str, Any]) -> None:
        given = {
            "job": orphan.job_id,
            "seq": orphan.seq,
            "status": status,
            "provider_task_id": task_id,
            "cost_usd": cost,
            "detail": orjson.dumps(dict(detail)).decode(),
        }
        self._line.connection.execute(QUERIES["close_task"], given)
