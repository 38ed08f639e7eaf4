"""Amazon Braket's idiom on the job's backend: programs that its SDK makes, and what its SDK says of a task that has run."""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from quapsule.runner.door import Door, DoorError, Prepared

from .braket_text import to_standard


@dataclass(frozen=True)
class Task:
    """A task that has run: run() returns when its counts are there."""

    id: str
    counts: Mapping[str, int]
    qubits: tuple[int, ...] | None

    def result(self) -> "Result":
        return Result(self.id, self.counts, self.qubits)

    def state(self) -> str:
        return "COMPLETED"

    def metadata(self) -> dict[str, Any]:
        return {"quantumTaskArn": self.id, "status": "COMPLETED", "shots": sum(self.counts.values())}


@dataclass(frozen=True)
class Result:
    """`counts`: keys by classical bit (analog programs: one letter per atom, e for empty, r for Rydberg, g for ground)."""

    id: str
    counts: Mapping[str, int]
    measured_qubits: tuple[int, ...] | None

    @property
    def measurement_counts(self) -> "Counter[str]":
        return Counter(self.counts)

    @property
    def measurement_probabilities(self) -> dict[str, float]:
        shots = sum(self.counts.values())
        return {key: seen / shots for key, seen in self.counts.items()}

    @property
    def measurements(self) -> Any:
        """An array, shots × bits. Counts crossed the door, so the order of the shots is drawn: they are independent of each other."""
        rows = [[int(bit) for bit in key] for key, seen in self.counts.items() for _ in range(seen)]
        random.Random(self.id).shuffle(rows)  # noqa: S311 - an order, not a secret
        return import_module("numpy").array(rows)

    def get_counts(self) -> "Counter[str]":
        """As results of analog programs have it."""
        return self.measurement_counts


class Batch:
    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = list(tasks)

    def results(self) -> list[Result]:
        return [task.result() for task in self.tasks]


@dataclass(frozen=True)
class _Asked:
    """inputs: numbers that the program brings along; names: what each input is called in the text; qubits: measured, in order."""

    format: str
    text: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    qubits: tuple[int, ...] | None = None
    circuit: Any = None


class Tasks:
    def __init__(self, door: Door, problem: Callable[..., DoorError], params: Mapping[str, Any]) -> None:
        self._door, self._problem, self._params = door, problem, params
        self._prepared: dict[tuple[str, str], Prepared] = {}

    def run(
        self, programs: Sequence[Any], inputs: Sequence[Mapping[str, Any]], shots: int, seed: int | None, by_name: bool = False
    ) -> list[Task]:
        """One task per program, in order; those with the same text go out in one call. Raises DoorError."""
        asked = [_read(program, self._problem) for program in programs]
        groups: dict[tuple[str, str], list[int]] = {}
        for place, one in enumerate(asked):
            groups.setdefault((one.format, one.text), []).append(place)
        counts: dict[int, Mapping[str, int]] = {}
        for key, places in groups.items():
            self._prepare(asked[places[0]])
            bindings = [self._binding(asked[p], {**(self._params if by_name else {}), **asked[p].inputs, **inputs[p]}) for p in places]
            own = None if seed is None else (seed + places[0]) % (1 << 31)
            counts |= zip(places, self._door.run(self._prepared[key], bindings, shots, own), strict=True)
        return [Task(f"task-{uuid.uuid4()}", counts[place], one.qubits) for place, one in enumerate(asked)]

    def _prepare(self, asked: _Asked) -> None:
        key = asked.format, asked.text
        if key not in self._prepared:
            self._prepared[key] = self._door.prepare(asked.format, asked.text, _witness(asked))

    def _binding(self, asked: _Asked, values: Mapping[str, Any]) -> dict[str, float]:
        missing = [name for name in asked.names if not isinstance(values.get(name), int | float)]
        if missing:
            raise self._problem(f"The program has free parameters: {', '.join(missing)}. Give inputs.", "user", "unbound_parameters")
        return {written: float(values[name]) for name, written in asked.names.items()}


def is_program(value: Any) -> bool:
    """Whether Braket's SDK made it, as something to run."""
    kind = f"{type(value).__module__}.{type(value).__name__}"
    return kind == "braket.circuits.circuit.Circuit" or (
        kind.startswith(("braket.ir.openqasm.", "braket.ir.ahs.", "braket.ahs.")) and type(value).__name__ in _PROGRAMS
    )


_PROGRAMS = ("Program", "AnalogHamiltonianSimulation")


def program_of(value: Any, problem: Callable[..., DoorError]) -> dict[str, str] | None:
    """As {"format", "text"}; None for what is no program of Braket's."""
    if not is_program(value):
        return None
    asked = _read(value, problem)
    return {"format": asked.format, "text": asked.text}


def _read(program: Any, problem: Callable[..., DoorError]) -> _Asked:
    kind = f"{type(program).__module__}.{type(program).__name__}"
    if kind == "braket.circuits.circuit.Circuit":
        return _read_circuit(program, problem)
    if kind.startswith("braket.ir.openqasm."):
        standard = to_standard(program.source, problem)
        return _Asked("qasm3", standard.text, dict(program.inputs or {}), standard.names)
    if kind.startswith("braket.ahs.") and hasattr(program, "to_ir"):
        return _Asked("ahs", program.to_ir().json())
    if kind.startswith("braket.ir.ahs."):
        return _Asked("ahs", program.json())
    raise problem(
        f"A device runs Circuit, OpenQASM Program and AnalogHamiltonianSimulation objects, not {type(program).__name__}.",
        "user",
        "unsupported",
    )


def _read_circuit(circuit: Any, problem: Callable[..., DoorError]) -> _Asked:
    if not circuit.instructions:
        raise problem("The circuit is empty, so there is nothing to run.", "user", "unsupported")
    serialization = import_module("braket.circuits.serialization")
    try:
        text = circuit.to_ir(ir_type=serialization.IRType.OPENQASM).source
    except (ValueError, RuntimeError) as refusal:
        raise problem(f"Braket cannot write the circuit as OpenQASM: {refusal}", "user", "unsupported") from refusal
    measure = import_module("braket.circuits.measure").Measure
    measured = [int(q) for one in circuit.instructions if isinstance(one.operator, measure) for q in one.target]
    qubits = tuple(measured or sorted(int(qubit) for qubit in circuit.qubits))
    standard = to_standard(text, problem)
    return _Asked("qasm3", standard.text, {}, standard.names, qubits, circuit)


def _witness(asked: _Asked) -> dict[str, Any] | None:
    if asked.circuit is None:
        return None
    form, witness = import_module("quapsule.integrity.forms.braket"), import_module("quapsule.integrity.witness")

    def meaning(values: Mapping[str, float]) -> Any:
        return form.read_circuit(asked.circuit, {name: values[written] for name, written in asked.names.items()})

    found: dict[str, Any] | None = witness.make_witness(meaning, list(asked.names.values()))
    return found
