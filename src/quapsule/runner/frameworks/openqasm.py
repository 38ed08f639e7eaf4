"""OpenQASM: the text is the program. A Python script of this framework holds it as a top-level string, runs text by its device, or makes
its programs with Amazon Braket's SDK, whose own form is OpenQASM 3."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quapsule.runner.door import Door, DoorError
from quapsule.runner.qasm import format_of

from . import braket_tasks
from .braket_tasks import Batch, Task, Tasks

NAME = "openqasm"
# Braket's SDK takes a second and 180 MB to import, so that only scripts which use it pay for it.
IMPORTS: tuple[str, ...] = ("asyncio",)
Problem = DoorError


def detect(imports: Iterable[tuple[str, int]]) -> bool:
    """Whether a script's imports speak for this framework."""
    return any(name in ("openqasm3", "pyqasm", "braket") for name, _ in imports)


def device(door: Door, start: Mapping[str, Any]) -> "Device":
    return Device(door, start)


def program_of(value: Any) -> dict[str, str] | None:
    """A program of Braket's SDK. Text alone is not taken for a program: it may be any text."""
    return braket_tasks.program_of(value, Problem)


class Device:
    """What `device` is in a script: run(text) → counts, keys by classical bit, clbit 0 leftmost; run(a program of Braket's) → a task."""

    def __init__(self, door: Door, start: Mapping[str, Any]) -> None:
        self._door = door
        self._shots = int(start["shots"])
        self._tasks = Tasks(door, Problem, start["params"])
        self.backend = dict(start["backend"])
        self.name = self.backend["slug"]

    def run(
        self,
        program: Any,
        parameters: Mapping[str, float] | int | None = None,
        shots: int | None = None,
        seed: int | None = None,
        inputs: Mapping[str, float] | None = None,
    ) -> Any:
        """Counts for text; for Braket's circuits, programs and analog simulations a task whose `result()` has `measurement_counts`.

        parameters, or inputs: numbers of the program's own inputs. As in Braket the second argument may be the shots.
        Raises DoorError, for text with line and column."""
        if isinstance(parameters, int):
            parameters, shots = None, parameters
        values = {**(parameters or {}), **(inputs or {})}
        if isinstance(program, str):
            return self.run_many(program, [values], shots, seed)[0]
        return self._tasks.run([program], [values], int(shots or self._shots), seed)[0]

    def run_batch(
        self,
        programs: Any,
        shots: int | None = None,
        inputs: Sequence[Mapping[str, float]] | Mapping[str, float] | None = None,
        seed: int | None = None,
    ) -> Batch:
        """Programs of Braket's SDK, or one of them with several inputs, as a batch: `results()`, `tasks`."""
        listed = list(programs) if isinstance(programs, list | tuple) else [programs]
        values: list[Mapping[str, float]] = [{}] if not inputs else [inputs] if isinstance(inputs, Mapping) else list(inputs)
        if len(listed) != len(values) and 1 not in (len(listed), len(values)):
            raise Problem(
                f"{len(listed)} programs and {len(values)} inputs: give one for each, or one for all.", "user", "validation_error"
            )
        size = max(len(listed), len(values))
        listed, values = listed * (size // len(listed)), values * (size // len(values))
        return Batch(self._tasks.run(listed, values, int(shots or self._shots), seed))

    def run_many(
        self, text: str, parameters: Iterable[Mapping[str, float]], shots: int | None = None, seed: int | None = None
    ) -> list[dict[str, int]]:
        """One preparation, many bindings."""
        prepared = self._door.prepare(format_of(text) or "qasm3", text)
        bindings = [{name: float(value) for name, value in one.items()} for one in parameters]
        return self._door.run(prepared, bindings, shots or self._shots, seed)

    def progress(self, message: str, fraction: float | None = None) -> None:
        self._door.progress(message, fraction)

    def run_circuits(self, circuits: list[Any]) -> list[Task]:
        """What a script left at its top level or returned; numbers of params are its inputs."""
        return self._tasks.run(circuits, [{}] * len(circuits), self._shots, None, by_name=True)
