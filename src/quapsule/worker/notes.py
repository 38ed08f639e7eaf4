"""Writes down how workflows stand while they run: of each job only what was told last, twice a second at most, whatever its box sends."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from quapsule.worker.line import Claim, Line
from quapsule.worker.metadata import read_metadata

_log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.5
_AGAIN_SECONDS = 2.0


@dataclass
class _Noted:
    claim: Claim
    due_at: float
    given: Any = None  # None: written


class Notes(threading.Thread):
    """A thread of its own, so that a workflow is followed also while its box waits for an answer, and no job waits for its notes."""

    def __init__(self, line: Line) -> None:
        super().__init__(name="notes", daemon=True)
        self._line = line
        self._noted: dict[UUID, _Noted] = {}
        self._changed = threading.Condition()
        self._closed = False

    def note(self, claim: Claim, given: Any) -> None:
        """`given` is untrusted: it is read when its turn comes, and passed over where it is no metadata. Returns at once."""
        with self._changed:
            noted = self._noted.setdefault(claim.job_id, _Noted(claim, 0.0))
            noted.claim, noted.given = claim, given
            self._changed.notify()

    def leave(self, claim: Claim) -> None:
        """The job ends: what is not written of it yet goes with its outcome."""
        with self._changed:
            self._noted.pop(claim.job_id, None)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def run(self) -> None:
        while (turn := self._await_turn()) is not None:
            noted, given = turn
            try:
                if (metadata := read_metadata(given)) is not None:
                    self._line.note_workflow(noted.claim, metadata)
            except psycopg.OperationalError as error:
                _log.warning("how a workflow stands could not be written: %s", str(error).strip())
                with self._changed:
                    noted.given = given if noted.given is None else noted.given
                    noted.due_at = time.monotonic() + _AGAIN_SECONDS
            except Exception:  # noqa: BLE001  # other jobs' notes outlive it; what is told next may be better
                _log.exception("how the workflow of job %s stands cannot be written", noted.claim.job_id)
        self._line.close()

    def _await_turn(self) -> tuple[_Noted, Any] | None:
        """What is due first, taken; None: closed."""
        with self._changed:
            while not self._closed:
                waiting = [noted for noted in self._noted.values() if noted.given is not None]
                first = min(waiting, key=lambda noted: noted.due_at, default=None)
                now = time.monotonic()
                if first is not None and first.due_at <= now:
                    given, first.given, first.due_at = first.given, None, now + PAUSE_SECONDS
                    return first, given
                self._changed.wait(first.due_at - now if first else None)
        return None
