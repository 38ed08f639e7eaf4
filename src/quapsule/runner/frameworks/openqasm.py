"""OpenQASM: the text is the program. A Python script of this framework holds it as a top-level string, or runs text by its device."""

from collections.abc import Iterable, Mapping
from typing import Any

from quapsule.runner.door import Door, DoorError
from quapsule.runner.qasm import format_of

NAME = "openqasm"
IMPORTS: tuple[str, ...] = ("asyncio",)
Problem = DoorError


def detect(imports: Iterable[tuple[str, int]]) -> bool:
    """Whether a script's imports speak for this framework."""
    return any(name in ("openqasm3", "pyqasm") for name, _ in imports)


def device(door: Door, start: Mapping[str, Any]) -> "Device":
    return Device(door, start)


def program_of(value: Any) -> dict[str, str] | None:  # noqa: ARG001 - text alone is not taken for a program: it may be any text
    return None


class Device:
    """What `device` is in a script: run(text) → counts, keys by classical bit, clbit 0 leftmost."""

    def __init__(self, door: Door, start: Mapping[str, Any]) -> None:
        self._door = door
        self._shots = int(start["shots"])
        self.backend = dict(start["backend"])
        self.name = self.backend["slug"]

    def run(
        self, text: str, parameters: Mapping[str, float] | None = None, shots: int | None = None, seed: int | None = None
    ) -> dict[str, int]:
        """Raises DoorError with line and column when the text does not parse."""
        return self.run_many(text, [parameters or {}], shots, seed)[0]

    def run_many(
        self, text: str, parameters: Iterable[Mapping[str, float]], shots: int | None = None, seed: int | None = None
    ) -> list[dict[str, int]]:
        """One preparation, many bindings."""
        prepared = self._door.prepare(format_of(text) or "qasm3", text)
        bindings = [{name: float(value) for name, value in one.items()} for one in parameters]
        return self._door.run(prepared, bindings, shots or self._shots, seed)

    def progress(self, message: str, fraction: float | None = None) -> None:
        self._door.progress(message, fraction)

    def run_circuits(self, circuits: list[Any]) -> None:
        raise DoorError(f"{type(circuits[0]).__name__} is no OpenQASM text.", "user", "unsupported")
