"""The leases that this worker holds: renewed every third of their time; a job whose lease is lost, or cannot be renewed in time, is stopped
before another worker may take it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import psycopg

from quapsule.worker.line import Claim, Line

Reason = Literal["cancelled", "lost", "stopping"]

_log = logging.getLogger(__name__)


@dataclass
class _Held:
    claim: Claim
    until: float
    stop: Callable[[Reason], None] | None = None
    stopped: bool = False


class Leases(threading.Thread):
    def __init__(self, line: Line, lease_seconds: float) -> None:
        super().__init__(name="leases", daemon=True)
        self._line = line
        self._lease_seconds = lease_seconds
        self._held: dict[UUID, _Held] = {}
        self._lock = threading.Lock()
        self._due = threading.Event()
        self._closed = self._stopping = False

    def take(self, claim: Claim, asked_at: float) -> None:
        """A lease counts from before the claim was asked for, so that it never seems longer than it is."""
        with self._lock:
            self._held[claim.job_id] = _Held(claim, asked_at + self._lease_seconds)

    def watch(self, claim: Claim, stop: Callable[[Reason], None]) -> None:
        """Whom to call when the job must stop. Called once at most, from the heartbeat's thread."""
        with self._lock:
            held = self._held.get(claim.job_id)
            if held and held.claim.fence == claim.fence:
                held.stop = stop
                if not self._stopping:
                    return
        stop("stopping" if held else "lost")

    def leave(self, claim: Claim) -> None:
        with self._lock:
            held = self._held.get(claim.job_id)
            if held and held.claim.fence == claim.fence:
                del self._held[claim.job_id]

    def holds(self, claim: Claim) -> bool:
        """Whether the lease is still ours, as far as this machine's clock can tell."""
        with self._lock:
            held = self._held.get(claim.job_id)
            return bool(held and held.claim.fence == claim.fence and time.monotonic() < held.until)

    @property
    def count(self) -> int:
        with self._lock:
            return len(self._held)

    def stop_all(self) -> None:
        """The worker ends before its jobs do: they are stopped, and given back by their slots."""
        with self._lock:
            self._stopping = True
            all_held = list(self._held.values())
        for held in all_held:
            self._stop(held, "stopping")

    def check_now(self) -> None:
        """A notification said that something is to be cancelled: a hint, so the database is asked."""
        self._due.set()

    def close(self) -> None:
        self._closed = True
        self._due.set()

    def run(self) -> None:
        beat = self._lease_seconds / 3
        while not self._closed:
            self._due.wait(beat)
            self._due.clear()
            try:
                beat = self._lease_seconds / 3 if self._renew() else min(1.0, self._lease_seconds / 6)
                self._stop_overdue()
            except Exception:  # noqa: BLE001  # the heartbeat outlives whatever goes wrong in one beat; jobs that it cannot renew are stopped
                _log.exception("a heartbeat failed")
                beat = min(1.0, self._lease_seconds / 6)
                self._stop_overdue()

    def _renew(self) -> bool:
        with self._lock:
            claims = [held.claim for held in self._held.values()]
        if not claims:
            return True
        asked_at = time.monotonic()
        try:
            holds = self._line.renew(claims, self._lease_seconds)
        except psycopg.OperationalError as error:
            _log.warning("leases could not be renewed: %s", str(error).strip())
            return False
        fences = {claim.job_id: claim.fence for claim in claims}
        for hold in holds:
            with self._lock:
                held = self._held.get(hold.job_id)
                if held is None or held.claim.fence != fences[hold.job_id]:
                    continue
                if hold.held:
                    held.until = asked_at + self._lease_seconds
            if not hold.held:
                self._stop(held, "lost")
            elif hold.cancel:
                self._stop(held, "cancelled")
        return True

    def _stop_overdue(self) -> None:
        """One beat before the end: the boxes are dead before the lease is."""
        limit = time.monotonic() + min(1.0, self._lease_seconds / 6)
        with self._lock:
            overdue = [held for held in self._held.values() if held.until < limit]
        for held in overdue:
            self._stop(held, "lost")

    def _stop(self, held: _Held, reason: Reason) -> None:
        with self._lock:
            if held.stop is None or held.stopped:
                return
            held.stopped = True
        held.stop(reason)
