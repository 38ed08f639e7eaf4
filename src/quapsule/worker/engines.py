"""A slot's engine boxes, one per kind: they hold no user code, serve one job after another, and are replaced when they died or were
killed."""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from quapsule.sandbox.frames import FrameError
from quapsule.sandbox.launch import Box
from quapsule.worker.boxes import Boxes
from quapsule.worker.deadline import Deadline
from quapsule.worker.outcome import Failure

_log = logging.getLogger(__name__)

Call = Callable[[dict[str, Any]], dict[str, Any]]


class Engines:
    """The kind "engine" is kept ready; the others are taken by the first job that needs one. Only `kill` may come from another thread."""

    def __init__(self, boxes: Boxes, memory_bytes: int) -> None:
        self._boxes, self._memory_bytes = boxes, memory_bytes
        self._of: dict[str, Engine] = {}
        self.begin(Deadline(0.0))

    def begin(self, deadline: Deadline, stopped: Callable[[], bool] = lambda: False) -> None:
        """The job at hand: until when it may use an engine, and whether somebody has ended it."""
        self._deadline, self._stopped = deadline, stopped

    def call_of(self, kind: str) -> Call:
        """What a provider gets; no box is taken before the first call. Every call may raise Failure."""
        if kind not in self._of:
            self._of[kind] = Engine(self._boxes, self._memory_bytes, kind)
        engine = self._of[kind]

        def call(frame: dict[str, Any]) -> dict[str, Any]:
            engine.make_ready()
            if self._stopped():  # it came while there was no box that could have been killed
                raise Failure("transient", "engine_died", "The job was ended while its engine was being made.")
            return engine.call(frame, self._deadline.left)

        return call

    def make_ready(self) -> None:
        """Raises Failure transient."""
        self.call_of("engine")
        self._of["engine"].make_ready()

    def forget(self) -> None:
        """Drops the job's programs, so that the next job starts with empty engines."""
        for engine in self._of.values():
            engine.forget()

    def kill(self) -> None:
        """Ends what the engines do at once; the slot gets new boxes before its next job."""
        for engine in list(self._of.values()):
            engine.kill()

    def close(self) -> None:
        for engine in self._of.values():
            engine.close()


class Engine:
    """One box of one kind. Only `kill` may come from another thread than the slot's own, which alone closes boxes."""

    def __init__(self, boxes: Boxes, memory_bytes: int, kind: str = "engine") -> None:
        self._boxes, self._memory_bytes, self._kind = boxes, memory_bytes, kind
        self._box: Box | None = None
        self._used = False

    def make_ready(self) -> Box:
        """The living box, a new one where there is none. Raises Failure transient."""
        if self._box is not None and self._box.wait(0) is not None:
            self._discard()
        if self._box is None:
            self._box = self._boxes.take_engine(self._kind)
            self._configure(self._box)
        return self._box

    def call(self, frame: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Sends one frame and waits for its answer. Raises Failure when the engine dies or the job's time is over."""
        box = self.make_ready()
        self._used = True
        try:
            box.door.send(frame)
            answer = box.door.receive(max(0.001, seconds))
        except TimeoutError:
            self._discard()
            raise out_of_time() from None
        except BrokenPipeError:
            raise self._autopsy() from None
        except FrameError as problem:
            _log.error("the engine broke the door's rules: %s", problem)
            self._discard()
            raise _died() from problem
        if answer is None:
            raise self._autopsy()
        _empty(box)
        return answer

    def forget(self) -> None:
        if self._box is None or not self._used:
            return
        self._used = False
        try:
            self._box.door.send({"verb": "forget", "id": 0, "handle": None}, timeout=2.0)
            answer = self._box.door.receive(2.0)
        except (FrameError, OSError):
            answer = None
        if answer is None:
            self._discard()

    def kill(self) -> None:
        box = self._box
        if box is not None:
            box.kill()

    def close(self) -> None:
        self._discard()

    def _configure(self, box: Box) -> None:
        """Tells the engine what it may use, so that it refuses a circuit before its memory dies."""
        answer: dict[str, Any] | None = None
        trouble: object = "it ended"
        try:
            box.door.send({"verb": "configure", "id": 0, "memory_bytes": self._memory_bytes})
            answer = box.door.receive(5.0)
        except (FrameError, OSError) as problem:
            trouble = problem
        # Kinds that weigh no circuits have nothing to configure, and say so.
        if answer is None or (self._kind == "engine" and "error" in answer):
            self._discard()
            _log.error("a box of kind %s could not be configured: %s", self._kind, answer or trouble)
            raise _died()

    def _discard(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.kill()
            box.wait(5.0)
            box.close()

    def _autopsy(self) -> Failure:
        ended = self._box.wait(2.0) if self._box else None
        self._discard()
        if ended is not None and ended.out_of_memory:
            return Failure(
                "user",
                "out_of_memory",
                "The simulation needed more memory than an engine may use on this machine.",
                "Use fewer qubits or less entanglement; the operator may raise QUAPSULE_ENGINE_MEMORY_MB.",
            )
        return _died()


def out_of_time(seconds: float | None = None) -> Failure:
    within = "" if seconds is None else f" of {seconds:g} s"
    return Failure(
        "user",
        "time_limit",
        f"The job did not end within its time limit{within}.",
        "Use fewer shots, qubits or iterations; the operator may raise QUAPSULE_JOB_SECONDS.",
    )


def _died() -> Failure:
    hint = "Retry the job; if it happens again, tell the operator."
    return Failure("transient", "engine_died", "The simulation engine died during the job.", hint)


def _empty(box: Box) -> None:
    """Engines say nothing that anybody needs, but a full pipe would block them."""
    with suppress(BlockingIOError):
        while said := os.read(box.output, 1 << 16):
            _log.debug("engine: %s", said.decode("utf-8", "replace").rstrip())
