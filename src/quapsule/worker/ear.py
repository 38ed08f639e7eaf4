"""Hears within a millisecond that there is work, or something to cancel. A hint only: any login may notify, and polling is the truth."""

import threading
from collections.abc import Callable

from quapsule.database.listen import listen


class Ear(threading.Thread):
    """Calls on_work and on_cancel; both also once a second-long silence, so that a lost notification costs a moment only."""

    def __init__(self, url: str, on_work: Callable[[], None], on_cancel: Callable[[], None]) -> None:
        super().__init__(name="ear", daemon=True)
        self._url, self._on_work, self._on_cancel = url, on_work, on_cancel
        self._closed = threading.Event()

    def close(self) -> None:
        self._closed.set()

    def run(self) -> None:
        for notice in listen(self._url, ["quapsule_jobs"], timeout=1.0):
            if self._closed.is_set():
                return  # the generator goes, and its connection with it
            if notice is None or notice[1].startswith("cancel"):
                self._on_cancel()
            if notice is None or not notice[1].startswith("cancel"):
                self._on_work()
