"""What is asked for capsules (fill, seal, sign, stamp) is done by one thread of each worker, one request after another."""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import psycopg

from quapsule.database.listen import listen
from quapsule.database.problems import problem_of
from quapsule.errors import Problem
from quapsule.objects import Objects, key_of, sha256_of
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.capsule_line import CapsuleLine, Request
from quapsule.worker.engines import Engines
from quapsule.worker.filling import Filling
from quapsule.worker.sealing import Sealing
from quapsule.worker.stamping import Stamping

_log = logging.getLogger(__name__)
CHANNEL = "quapsule_capsules"
_POLL_SECONDS = 5.0
_RENEW_SECONDS = 15.0  # a claim is another's to take after a minute
_TIDY_FIRST_SECONDS, _TIDY_SECONDS, _TIDY_AT_ONCE = 600.0, 6 * 3600.0, 1000
_UNUSED = timedelta(days=1)  # an object is put first, and named by a row that is committed after it

# Said again later, the answer may be another; every other refusal is the last word.
_PASSING = ("not_ready", "timed_out", "internal_error", "rate_limited")


class Capsules(threading.Thread):
    """Woken by a notification, which is a hint; looks every few seconds as well."""

    def __init__(self, settings: Settings, boxes: Boxes, worker: str) -> None:
        super().__init__(name="capsules", daemon=True)
        self._url, self._worker = settings.worker_database_url, worker
        self._line = CapsuleLine(self._url, worker)
        self._objects = objects = Objects(settings)
        self._engines = Engines(boxes, settings.engine_memory_mb << 20)
        self._filling = Filling(settings, self._line, objects, self._engines)
        self._sealing = Sealing(settings, self._line, objects)
        self._stamping = Stamping(settings, self._line)
        self._tidy_at = time.monotonic() + _TIDY_FIRST_SECONDS
        self._closed = threading.Event()
        self._idle = threading.Event()
        self._idle.set()

    def run(self) -> None:
        for _ in listen(self._url, [CHANNEL], timeout=_POLL_SECONDS):
            self._idle.clear()
            try:
                while not self._closed.is_set() and self.do_next():
                    pass
            except psycopg.Error as error:
                _log.warning("the database does not answer: %s", str(error).strip())
            self._engines.close()  # an engine's box is not kept for the next drawing
            if not self._closed.is_set() and time.monotonic() > self._tidy_at:
                self._tidy_at = time.monotonic() + _TIDY_SECONDS
                self.tidy()
            self._idle.set()
            if self._closed.is_set():
                break  # the generator goes, and its connection with it
        self._line.close()

    def close(self) -> None:
        """Takes no other request; the one at hand may end."""
        self._closed.set()

    def end_at_hand(self, seconds: float) -> None:
        """Waits for the request at hand, but no longer than that: what is not committed is done by another worker."""
        self._idle.wait(seconds)

    def tidy(self, now: datetime | None = None) -> int:
        """Deletes objects that nothing names any more, and that nobody is about to name. How many."""
        before, gone = (now or datetime.now(UTC)) - _UNUSED, 0
        try:
            gone += self._objects.clear_unfinished(before)
            for listed in batched((one for one in self._objects.listed() if one.put_at < before), _TIDY_AT_ONCE):
                for key in self._line.unused_objects([key_of(one.sha256) for one in listed]):
                    self._objects.delete(sha256_of(key), put_before=before)
                    gone += 1
        except (Problem, psycopg.Error) as problem:
            _log.warning("the object store was not tidied: %s", str(problem).strip())
        return gone

    def do_next(self) -> bool:
        """Claims one request and does it. False: nothing waits. Raises psycopg.Error when the database does not answer."""
        request = self._line.claim()
        if request is None:
            return False
        with _Held(self._url, self._worker, request):
            problem = self._do(request)
        if problem is None:
            self._line.finish(request)
        else:
            final = problem.code not in _PASSING and request.kind != "stamp"
            self._line.finish(request, _told(problem), final)
        return True

    def _do(self, request: Request) -> Problem | None:
        try:
            self._act(request)
        except Problem as problem:
            _log.warning("%s of capsule %s: %s", request.kind, request.capsule_id, problem.message)
            return problem
        except psycopg.Error as error:
            if (refusal := problem_of(error)) is None:
                _log.exception("%s of capsule %s failed in the database", request.kind, request.capsule_id)
            return refusal or Problem("internal_error", "The database refused what was to be written; the log says why.")
        except Exception:  # noqa: BLE001  # the thread outlives it: without it no capsule would be sealed any more
            _log.exception("%s of capsule %s failed", request.kind, request.capsule_id)
            return Problem("internal_error")
        return None

    def _act(self, request: Request) -> None:
        match request.kind:
            case "fill":
                self._filling.fill(request)
            case "seal":
                self._sealing.seal(request)
            case "sign":
                self._sealing.sign(request)
            case "stamp":
                self._stamping.stamp(request)
            case _:
                raise Problem("validation_error", f"This worker knows no request {request.kind!r}.")


class _Held:
    """Keeps the claim of a request whose work takes long, over a connection of its own: the work's may be in a transaction."""

    def __init__(self, url: str, worker: str, request: Request) -> None:
        self._line, self._request = CapsuleLine(url, worker), request
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="capsule-claim", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._over.wait(_RENEW_SECONDS):
            try:
                if not self._line.renew_claim(self._request):
                    break
            except psycopg.Error as error:
                _log.warning("a claim could not be renewed: %s", str(error).strip())
        self._line.close()


def _told(problem: Problem) -> Mapping[str, Any]:
    """As seal_requests.problem holds it: {code, message, status, hint?, details?}."""
    told: Mapping[str, Any] = problem.body()["error"]
    return told
