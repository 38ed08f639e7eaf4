"""Whether somebody still waits for a run of the playground: one that nobody waits for is stopped."""

import logging
import threading
from collections.abc import Callable
from uuid import UUID

import psycopg

from quapsule.worker.leases import Reason
from quapsule.worker.line import Claim, Line

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5

Stop = Callable[[Reason], None]


class Wanted(threading.Thread):
    """What leases are to jobs: asked twice a second while something runs, and not at all otherwise."""

    def __init__(self, line: Line) -> None:
        super().__init__(name="wanted", daemon=True)
        self._line = line
        self._changed = threading.Condition()
        self._running: dict[UUID, Stop] = {}
        self._closed = False

    def watch(self, claim: Claim, stop: Stop) -> None:
        """Whom to call when nobody waits any more, or the worker stops. Called once at most."""
        with self._changed:
            if not self._closed:
                self._running[claim.job_id] = stop
                self._changed.notify()
                return
        stop("stopping")

    def leave(self, claim: Claim) -> None:
        with self._changed:
            self._running.pop(claim.job_id, None)

    def close(self) -> None:
        """Stops what runs."""
        with self._changed:
            self._closed = True
            left, self._running = list(self._running.values()), {}
            self._changed.notify()
        for stop in left:
            stop("stopping")

    def run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._running)
                if self._closed:
                    break
                watched = list(self._running)
            try:
                self._stop_unwanted(watched)
            except psycopg.Error as error:
                _log.warning("it could not be asked who still waits: %s", str(error).strip())
            with self._changed:
                self._changed.wait_for(lambda: self._closed, timeout=_LOOK_SECONDS)
        self._line.close()

    def _stop_unwanted(self, watched: list[UUID]) -> None:
        wanted = self._line.wanted_errands(watched)
        with self._changed:
            stops = [self._running.pop(errand) for errand in watched if errand not in wanted and errand in self._running]
        for stop in stops:
            stop("cancelled")
