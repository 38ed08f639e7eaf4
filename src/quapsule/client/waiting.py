"""Wait for a job: the server pushes its end; where no stream gets through, a long poll answers the moment it ends."""

import time
from collections.abc import Callable
from urllib.parse import quote

from quapsule.client.connection import Connection
from quapsule.client.refusals import Refused, Unreachable
from quapsule.client.rows import Job, read
from quapsule.client.stream import SILENCE_SECONDS, listen

Seen = Callable[[Job], None]
_LONG_POLL_SECONDS = 20
_BREAKS = 3


def wait(connection: Connection, job_id: str, seconds: float | None = None, seen: Seen | None = None) -> Job:
    """The job when it has ended; `seen` is told each state. After `seconds` the job as it is then (not ended)."""
    watch = _Watch(connection, job_id, seconds, seen)
    for _ in range(_BREAKS):
        job = watch.pushed()
        if job is not None:
            return job
    return watch.polled()


class _Watch:
    def __init__(self, connection: Connection, job_id: str, seconds: float | None, seen: Seen | None) -> None:
        self._connection, self._job_id, self._seen = connection, job_id, seen
        self._until = None if seconds is None else time.monotonic() + seconds
        self._last_status = ""

    def pushed(self) -> Job | None:
        """None when the stream is not to be had, or broke."""
        silence = min(SILENCE_SECONDS, self._left())
        try:
            with listen(self._connection, topics="jobs", silence_seconds=max(silence, 0.05)) as events:
                # Subscribed first, asked second: an end between the two cannot be missed.
                job = self._ask(0)
                if self._done(job):
                    return job
                for event in events:
                    if event.name == "reset":
                        job = self._ask(0)
                    elif isinstance(event.data, dict) and event.data.get("id") == self._job_id:
                        row = event.data.get("row")
                        # An event tells that something changed; the row beside it is today's truth.
                        job = read(Job, row) if isinstance(row, dict) and row.get("status") else self._ask(0)
                    if self._done(job):
                        return job
        except Unreachable:
            return None
        except Refused as refusal:
            if refusal.status in (401, 403) or (refusal.status == 404 and self._job_is_gone()):
                raise
            return None
        return None

    def polled(self) -> Job:
        while True:
            asked_at = time.monotonic()
            job = self._ask(_LONG_POLL_SECONDS)
            if self._done(job):
                return job
            # A long poll that comes back at once (a server about to stop) must not become a storm.
            time.sleep(max(min(0.25 - (time.monotonic() - asked_at), self._left()), 0))

    def _ask(self, wait_seconds: int) -> Job:
        wait_seconds = int(max(min(wait_seconds, self._left()), 0))
        query = {"wait": wait_seconds} if wait_seconds else None
        path = f"/api/jobs/{quote(self._job_id, safe='')}/status"
        return read(Job, self._connection.send("GET", path, query=query, timeout_seconds=wait_seconds + 15))

    def _done(self, job: Job) -> bool:
        if job.status != self._last_status:
            self._last_status = job.status
            if self._seen:
                self._seen(job)
        return job.ended or self._left() <= 0

    def _left(self) -> float:
        return float("inf") if self._until is None else self._until - time.monotonic()

    def _job_is_gone(self) -> bool:
        """A 404 of the job itself is final; a 404 of the stream only means an older server."""
        try:
            self._ask(0)
        except Refused as again:
            return again.status == 404
        return False
