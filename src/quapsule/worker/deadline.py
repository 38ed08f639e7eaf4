"""When a job's own time is over."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Deadline:
    """Stands still while somebody else's queue is waited for. Only the thread that runs the job may use it."""

    def __init__(self, seconds: float, began_at: float | None = None) -> None:
        """`began_at` by time.monotonic(); None: now."""
        self.seconds = seconds
        self._until = (time.monotonic() if began_at is None else began_at) + seconds
        self._paused_at: float | None = None

    @property
    def left(self) -> float:
        """Seconds; zero or less when it is over."""
        return self._until - (time.monotonic() if self._paused_at is None else self._paused_at)

    @contextmanager
    def paused(self) -> Iterator[None]:
        if self._paused_at is not None:
            yield
            return
        self._paused_at = time.monotonic()
        try:
            yield
        finally:
            self._until += time.monotonic() - self._paused_at
            self._paused_at = None
