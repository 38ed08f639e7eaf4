"""The script's side of the door: prepare a program once, run it with many bindings. docs/door.md has the frames."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

MAX_BINDINGS = 1000  # that one run call takes; longer lists are sent in pieces


class Attempt:
    """One try of a workflow's task; given up when its time is over, though its thread cannot be stopped."""

    given_up = False


ATTEMPT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


class Frames(Protocol):
    """The box's raw end of the door, as the sandbox passes it in."""

    name: str

    def send(self, message: dict[str, Any]) -> None: ...

    def receive(self) -> dict[str, Any]: ...


class DoorError(Exception):
    """A refusal that came back through the door; category is user, transient or system; line and column point into the sent program."""

    def __init__(self, message: str, category: str = "system", code: str = "", line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message, self.category, self.code, self.line, self.column = message, category, code, line, column


@dataclass(frozen=True)
class Prepared:
    """A program that the backend has taken. registers: (name, size) in declaration order; measured: "as_written" or "all, added"."""

    handle: str
    registers: tuple[tuple[str, int], ...]
    parameters: tuple[str, ...]
    qubits: int
    measured: str


class Door:
    """error: what a refusal is raised as, so that a framework may use its own idiom. Threads may share it: their questions wait for
    each other, what has no answer is said in between."""

    def __init__(self, frames: Frames, error: Callable[..., DoorError] = DoorError) -> None:
        self.frames = frames
        self.error = error
        self.ran = 0  # circuits whose counts crossed the door
        self._number = 0
        self._lock = threading.Lock()  # a question and its answer
        self._sending = threading.Lock()  # one frame

    def prepare(self, format: str, text: str, witness: Mapping[str, Any] | None = None) -> Prepared:
        """format: qasm2, qasm3 or ahs. witness: of the circuit object that the text was written from. Raises DoorError."""
        program: dict[str, Any] = {"format": format, "text": text}
        if witness is not None:
            program["witness"] = witness
        answer = self._ask({"verb": "prepare", "program": program})
        return Prepared(
            handle=answer["handle"],
            registers=tuple((name, size) for name, size in answer["registers"]),
            parameters=tuple(answer["parameters"]),
            qubits=answer["qubits"],
            measured=answer["measured"],
        )

    def run(self, prepared: Prepared, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None = None) -> list[dict[str, int]]:
        """Counts per binding; keys by classical bit, clbit 0 leftmost. Raises DoorError."""
        found: list[dict[str, int]] = []
        for start in range(0, len(bindings), MAX_BINDINGS):
            piece = [dict(binding) for binding in bindings[start : start + MAX_BINDINGS]]
            # A later piece with the same seed would repeat the first one's draws.
            piece_seed = None if seed is None else (seed + start) % (1 << 31)
            answer = self._ask({"verb": "run", "handle": prepared.handle, "bindings": piece, "shots": shots, "seed": piece_seed})
            found += [result["counts"] for result in answer["results"]]
            with self._lock:
                self.ran += len(piece)
        return found

    def progress(self, message: str, fraction: float | None = None) -> None:
        """Shown while the job runs; there is no answer."""
        self._send({"verb": "progress", "message": str(message), "fraction": fraction})

    def tell_workflow(self, metadata: Mapping[str, Any]) -> None:
        """What became of a workflow's tasks so far, as docs/door.md has it; there is no answer."""
        self._send({"verb": "workflow", "metadata": metadata})

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        attempt = ATTEMPT.get()
        with self._lock:
            if attempt is not None and attempt.given_up:
                raise self.error("The time of this task is over; what it still asks for is not run.", "user", "task_time_limit")
            self._number += 1
            try:
                self._send({**message, "id": self._number})
                answer = self.frames.receive()
            except (OSError, EOFError) as problem:
                raise self.error("The platform has closed the door.", "system", "door_closed") from problem
            except ValueError as problem:
                raise self.error(f"The program cannot be sent: {problem}", "user", "too_large") from problem
            if answer.get("id") != self._number:
                raise self.error("The platform answered another question.", "system", "door_broken")
        if "error" in answer:
            told = answer["error"]
            raise self.error(told["message"], told["category"], told["code"], told.get("line"), told.get("column"))
        return answer

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            self.frames.send(message)
