"""What goes out for one call of the device: the SDK's circuits as bindings of shared programs, others by their own framework's way."""

import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from marqov.circuits import Circuit

from quapsule.runner import programs
from quapsule.runner.door import Door, DoorError, Prepared
from quapsule.runner.qasm import format_of

from .marqov_gates import write_circuit

_OTHERS = ("qiskit", "cirq", "pennylane", "braket")


class Programs:
    """Remembers what has been prepared. Threads may share it: the tasks of a workflow do."""

    def __init__(self, door: Door, problem: Callable[..., DoorError], start: Mapping[str, Any]) -> None:
        self._door, self._problem, self._start = door, problem, start
        self._own = programs.Programs(door, problem)
        self._texts: dict[str, Prepared] = {}
        self._foreign: dict[str, Any] = {}
        self._lock = threading.RLock()

    def run(self, circuits: Sequence[Any], shots: int, seed: int | None, by_name: Mapping[str, Any]) -> list[dict[str, int]]:
        """Counts of each. `by_name`: numbers for free symbols. Raises DoorError, and TypeError for what is no circuit."""
        with self._lock:
            found: dict[int, dict[str, int]] = {}
            own = [place for place, circuit in enumerate(circuits) if isinstance(circuit, Circuit)]
            written = [write_circuit(circuits[place], self._problem, by_name) for place in own]
            for place, sent in zip(own, self._own.run(written, [shots] * len(own), seed), strict=True):
                found[place] = dict(sent.counts)
            for place, circuit in enumerate(circuits):
                if place not in found:
                    found[place] = self._run_foreign(circuit, shots, None if seed is None else (seed + place) % (1 << 31))
            return [found[place] for place in range(len(circuits))]

    def _run_foreign(self, circuit: Any, shots: int, seed: int | None) -> dict[str, int]:
        """A circuit of another framework, by that framework's own way out; OpenQASM as it is."""
        if isinstance(circuit, str):
            return self._run_text(format_of(circuit) or "qasm3", circuit, shots, seed)
        package = type(circuit).__module__.partition(".")[0]
        if package not in _OTHERS:
            raise TypeError(f"The device runs circuits, not {type(circuit).__qualname__}: marqov.Circuit, those of {', '.join(_OTHERS)}.")
        if package == "braket":
            if package not in self._foreign:
                self._foreign[package] = _framework("openqasm").device(self._door, self._start)
            return dict(self._foreign[package].run(circuit, shots=shots, seed=seed).result().measurement_counts)
        if package == "qiskit":
            if package not in self._foreign:
                self._foreign[package] = import_module("quapsule.runner.frameworks.qiskit_programs").Programs(self._door, self._problem)
            (sent,) = self._foreign[package].run([circuit], None, shots, seed)
            return dict(sent.counts)
        program = _framework(package).program_of(circuit)
        if program is None:
            raise TypeError(f"The device runs circuits; a {type(circuit).__qualname__} is none.")
        return self._run_text(program["format"], program["text"], shots, seed)

    def _run_text(self, format: str, text: str, shots: int, seed: int | None) -> dict[str, int]:
        if text not in self._texts:
            self._texts[text] = self._door.prepare(format, text)
        return self._door.run(self._texts[text], [{}], shots, seed)[0]


def _framework(name: str) -> ModuleType:
    return import_module(f"quapsule.runner.frameworks.{name}")
