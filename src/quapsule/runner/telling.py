"""Tells how something stands while it changes: often enough to be followed, and not oftener."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

MOST_A_SECOND = 5
MOST_BYTES = 1 << 20  # the worker keeps no more of a workflow
_MOMENT_SECONDS = 0.05


class Telling:
    """A thread says `state()` at once and whenever it has changed; what changes while enough has been said is said a moment later. The
    worker may be busy with another question for long, so that nobody but the last word waits until it listens."""

    def __init__(self, say: Callable[[dict[str, Any]], None], state: Callable[[], dict[str, Any]]) -> None:
        self._say, self._state = say, state
        self._news = threading.Condition()
        self._changes, self._told = 1, 0
        self._said_at: deque[float] = deque(maxlen=MOST_A_SECOND)
        self._ended = self._broken = False
        self._thread = threading.Thread(target=self._run, name="telling", daemon=True)
        self._thread.start()

    def changed(self) -> None:
        """From any thread. Where it may be said now it is, within a moment: what the caller asks of the worker next comes after it."""
        with self._news:
            self._changes += 1
            number = self._changes
            self._news.notify_all()
            if self._wait_seconds() <= 0:
                self._news.wait_for(lambda: self._told >= number or self._broken, _MOMENT_SECONDS)

    def end(self) -> None:
        """The last state has been said when this returns."""
        with self._news:
            self._ended = True
            self._news.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while not self._broken and (number := self._await_news()) is not None:
            try:
                state = self._state()
                self._broken = len(json.dumps(state)) > MOST_BYTES
                if not self._broken:
                    self._say(state)
            except Exception:  # noqa: BLE001 - what is only shown fails no script; its last word will say what is wrong
                self._broken = True
            with self._news:
                self._told = number
                self._said_at.append(time.monotonic())
                self._news.notify_all()

    def _await_news(self) -> int | None:
        """The change that may be told now; None: there will be none any more."""
        with self._news:
            while not self._ended:
                if self._told == self._changes:
                    self._news.wait()
                elif (seconds := self._wait_seconds()) > 0:
                    self._news.wait(seconds)
                else:
                    break
            return self._changes if self._told < self._changes else None

    def _wait_seconds(self) -> float:
        full = len(self._said_at) == MOST_A_SECOND
        return self._said_at[0] + 1.0 - time.monotonic() if full else 0.0
