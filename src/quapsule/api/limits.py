"""Rate limits that hold across API processes: counted in the database, in fixed windows."""

import threading
import time
from dataclasses import dataclass

from quapsule.database.session import Database, Session
from quapsule.errors import Problem

_COUNT = "select taken, seconds_left from private.count_rate(%(bucket)s, %(seconds)s, %(permits)s)"


def limit(session: Session, bucket: str, count: int, seconds: int) -> None:
    """Takes one of `count` permits per `seconds` in the caller's own transaction: a request that fails gives it back.

    Raises Problem rate_limited with the time until the window ends. A generous limit is drawn from the database in blocks of
    a hundredth, so that concurrent requests of one caller do not queue for one counter row.
    """
    if not _blocks.take(bucket):
        permits = max(1, count // 100)
        taken, left = _count(session, bucket, seconds, permits)
        if taken - permits >= count:
            raise _limited(count, seconds, left)
        _blocks.keep(bucket, min(permits, count - taken + permits) - 1, left)


class Limits:
    """Limits for tries that must count even when the request is refused: each is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, bucket: str, count: int, seconds: int) -> None:
        """Counts one try. Raises Problem rate_limited when there were `count` in this window already."""
        with self._database.as_login() as session:
            taken, left = _count(session, bucket, seconds, 1)
        if taken > count:
            raise _limited(count, seconds, left)

    def forget(self, bucket: str, seconds: int) -> None:
        """A success clears the tries of the current window."""
        with self._database.as_login() as session:
            session.run("select private.forget_rate(%(bucket)s, %(seconds)s)", {"bucket": bucket, "seconds": seconds})


@dataclass
class _Block:
    left: int
    until: float


class _Blocks:
    """Permits that this process has drawn and not yet used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, _Block] = {}

    def take(self, bucket: str) -> bool:
        with self._lock:
            block = self._held.get(bucket)
            if block is None or block.left <= 0 or block.until <= time.monotonic():
                self._held.pop(bucket, None)
                return False
            block.left -= 1
            return True

    def keep(self, bucket: str, permits: int, seconds: float) -> None:
        if permits <= 0:
            return
        now = time.monotonic()
        with self._lock:
            if len(self._held) > 10_000:
                self._held = {name: block for name, block in self._held.items() if block.until > now}
            self._held[bucket] = _Block(permits, now + seconds)


_blocks = _Blocks()


def _count(session: Session, bucket: str, seconds: int, permits: int) -> tuple[int, float]:
    [row] = session.dicts(_COUNT, {"bucket": bucket, "seconds": seconds, "permits": permits})
    return row["taken"], row["seconds_left"]


def _limited(count: int, seconds: int, left: float) -> Problem:
    return Problem(
        "rate_limited", f"At most {count} of these in {seconds} seconds.", hint="Wait as Retry-After says.", retry_after_seconds=left
    )
