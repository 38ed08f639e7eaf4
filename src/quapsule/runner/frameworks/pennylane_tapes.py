"""PennyLane's tapes on their way to the door: operators, mid-circuit measurements with conditions, and the bases that are measured."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pennylane as qml
from pennylane.measurements import MeasurementProcess, SampleMeasurement, VarianceMP
from pennylane.ops import Conditional, MidMeasure
from pennylane.tape import QuantumScript
from pennylane.transforms.dynamic_one_shot import gather_mcm

from quapsule.integrity.forms import pennylane as form
from quapsule.integrity.meaning import Unreadable
from quapsule.runner.door import DoorError
from quapsule.runner.written import Step, Written

from .pennylane_ops import write_operator

Problem = Callable[..., DoorError]
MOST_CONDITION_BITS = 8
MIDDLE, END = "mid", "c"  # the registers: of mid-circuit measurements, in their order, and of the wires measured at the end


@dataclass(frozen=True)
class Asked:
    """A tape whose wires are numbered from 0. `measured`: the wires that are measured at its end, in the order of their bits."""

    tape: QuantumScript
    written: Written
    middle: tuple[MidMeasure, ...]
    measured: tuple[int, ...]


@qml.transform  # type: ignore[untyped-decorator]
def split_measurements(tape: QuantumScript) -> tuple[Sequence[QuantumScript], Callable[[Sequence[Any]], Any]]:
    """One tape per group of observables that commute qubit by qubit; the variance of a sum is no sum of variances, and has its own."""
    apart = [place for place, one in enumerate(tape.measurements) if isinstance(one, VarianceMP) and isinstance(one.obs, qml.ops.Sum)]
    if len(tape.measurements) == len(apart) == 1:
        return [tape], lambda results: results[0]
    if not apart:
        split: tuple[Sequence[QuantumScript], Callable[[Sequence[Any]], Any]] = qml.transforms.split_non_commuting(tape)
        return split
    others = [place for place in range(len(tape.measurements)) if place not in apart]
    tapes = [tape.copy(measurements=[tape.measurements[place]]) for place in apart]
    rest, merge = qml.transforms.split_non_commuting(tape.copy(measurements=[tape.measurements[place] for place in others]))

    def join(results: Sequence[Any]) -> Any:
        together = merge(results[len(apart) :])
        if not tape.shots.has_partitioned_shots:
            return join_one(results[: len(apart)], together)
        return tuple(join_one([one[part] for one in results[: len(apart)]], together[part]) for part in range(tape.shots.num_copies))

    def join_one(alone: Sequence[Any], together: Any) -> Any:
        found = dict(zip(apart, alone, strict=True)) | dict(zip(others, together if len(others) > 1 else [together], strict=False))
        ordered = tuple(found[place] for place in range(len(tape.measurements)))
        return ordered if len(ordered) > 1 else ordered[0]

    return [*tapes, *rest], join


def write_tape(tape: QuantumScript, problem: Problem) -> Asked:
    return write_tapes([tape], problem)[0]


def write_tapes(tapes: Sequence[QuantumScript], problem: Problem) -> list[Asked]:
    """Tapes of one batch that differ in numbers and in Pauli bases alone (the groups of a Hamiltonian) become one structure, whose bases
    are numbers too. Raises problem (category user) that names what a backend with shots cannot give."""
    try:
        with qml.QueuingManager.stop_recording():
            writers = [_Writer(tape, problem) for tape in tapes]
            alike: dict[Any, list[_Writer]] = {}
            for writer in writers:
                alike.setdefault(writer.form, []).append(writer)
            turned: dict[int, list[int]] = {}
            for group in alike.values():
                if len({writer.end for writer in group}) > 1 and all(writer.bases is not None for writer in group):
                    union = sorted({wire for writer in group for wire in writer.measured})
                    turned |= {id(writer): union for writer in group}
            return [writer.write(turned.get(id(writer))) for writer in writers]
    except Unreadable as refusal:
        raise problem(f"The tape cannot be measured in one go: {refusal}.", "user", "unsupported") from refusal


def read_results(asked: Asked, bits: np.ndarray[Any, Any]) -> Any:
    """What PennyLane expects of a device. `bits`: shots × (mid-circuit measurements, then measured wires)."""
    tape, middle = asked.tape, len(asked.middle)
    results = []
    for low, high in tape.shots.bins() if tape.shots else [(0, len(bits))]:
        piece = bits[low:high]
        valid = np.ones(len(piece), dtype=bool)
        for place, one in enumerate(asked.middle):
            if one.postselect is not None:
                valid &= piece[:, place] == one.postselect
        piece = piece[valid]
        samples = {one: piece[:, place : place + 1] for place, one in enumerate(asked.middle)}
        found = tuple(
            gather_mcm(process, samples, np.ones(len(piece), dtype=bool))
            if asked.middle and process.mv is not None
            else process.process_samples(piece[:, middle:], qml.wires.Wires(asked.measured))
            for process in tape.measurements
        )
        results.append(found[0] if len(found) == 1 else found)
    return tuple(results) if tape.shots.has_partitioned_shots else results[0]


class _Writer:
    """`form`: equal for tapes whose operators differ in numbers alone; `end`: which wires are measured in which bases; `bases`: the turn
    (about z, then y) of each measured wire, None where that is no Pauli basis."""

    def __init__(self, tape: QuantumScript, problem: Problem) -> None:
        for process in tape.measurements:
            if not isinstance(process, SampleMeasurement):
                raise problem(
                    f"{_named(process)} needs the state itself, which a backend with shots cannot give; it gives counts, sample, probs, "
                    "expval and var. With params.statevector a simulator keeps the state vector beside the counts.",
                    "user",
                    "unsupported",
                )
        self._tape, self._problem = tape.map_to_standard_wires(), problem
        self._places = {wire: place for place, wire in enumerate(sorted(self._tape.wires))}
        self._middle = tuple(form.middle_of(self._tape))
        self._bits = {one: place for place, one in enumerate(self._middle)}
        self._body = [step for operator in self._tape.operations for step in self._steps(operator)]
        self.measured = form.measured_wires(self._tape)
        self._rotations = form.rotations_of(self._tape)
        self.bases = _read_bases(self._rotations)
        self.form = (len(self._places), *(step.form for step in self._body))
        self.end = (*self.measured, *((one.name, *one.wires) for one in self._rotations))

    def write(self, turned: Sequence[int] | None = None) -> Asked:
        """`turned`: the wires to measure, each after a turn into its basis; without them the tape's own are measured as PennyLane does."""
        measured, rotations = tuple(self.measured), self._rotations
        if turned is not None:
            bases = self.bases or {}
            measured = tuple(turned)
            rotations = []
            for wire in measured:
                about_z, about_y = bases.get(wire, _Z)
                rotations += [qml.RZ(about_z, wire), qml.RY(about_y, wire)]
        steps = list(self._body)
        for operator in rotations:
            steps += write_operator(operator, self._places, self._problem)
        registers = [(MIDDLE, len(self._middle))] if self._middle else []
        if measured:
            registers.append((END, len(measured)))
            lines = [f"{END}[{bit}] = measure q[{self._places[wire]}];" for bit, wire in enumerate(measured)]
            steps.append(Step(("end", measured), (), lambda _: lines, lambda _: None))

        def read(operators: Sequence[Any]) -> Any:
            return form.read_operators([one for one in operators if one is not None], measured, len(self._places), self._middle)

        written = Written(
            qubits=len(self._places),
            registers=tuple(registers),
            steps=tuple(steps),
            numbers=tuple([value for step in steps for value in step.numbers]),
            read=read,
            original=lambda: form.read_circuit(self._tape) if turned is None else read([*self._tape.operations, *rotations]),
        )
        return Asked(self._tape, written, self._middle, measured)

    def _steps(self, operator: Any) -> Iterator[Step]:
        if isinstance(operator, MidMeasure):
            place = self._places[operator.wires[0]]
            lines = [f"{MIDDLE}[{self._bits[operator]}] = measure q[{place}];", *([f"reset q[{place}];"] if operator.reset else [])]
            yield Step(("measure", tuple(lines)), (), lambda _: lines, lambda _: operator)
        elif isinstance(operator, Conditional):
            yield from self._conditional(operator)
        else:
            yield from write_operator(operator, self._places, self._problem)

    def _conditional(self, operator: Conditional) -> Iterator[Step]:
        value = operator.meas_val
        if len(value.measurements) > MOST_CONDITION_BITS:
            raise self._problem(
                f"A condition reads {len(value.measurements)} mid-circuit measurements; at most {MOST_CONDITION_BITS} can be.",
                "user",
                "unsupported",
            )
        if isinstance(operator.base, MidMeasure) or any(one not in self._bits for one in value.measurements):
            raise self._problem("A condition on, or for, a measurement that the circuit does not hold by itself.", "user", "unsupported")
        terms = [f"{MIDDLE}[{self._bits[one]}]" for one in value.measurements]
        patterns = tuple(pattern for pattern, holds in value.items() if holds)
        for step in write_operator(operator.base, self._places, self._problem):

            def write(texts: Sequence[str], step: Step = step) -> list[str]:
                body = " ".join(step.write(texts))
                return [
                    "".join(f"if ({term} == {bit}) {{ " for term, bit in zip(terms, pattern, strict=True)) + body + " }" * len(terms)
                    for pattern in patterns
                ]

            def rebuild(numbers: Sequence[float], step: Step = step) -> Any:
                return Conditional(value, step.rebuild(numbers))

            yield Step(("if", tuple(terms), patterns, step.form), step.numbers, write, rebuild)


_Z = (0.0, 0.0)
_TURNS = {(): _Z, ("Hadamard",): (0.0, -math.pi / 2), ("PauliZ", "S", "Hadamard"): (-math.pi / 2, -math.pi / 2)}  # of Z, X and Y


def _read_bases(rotations: Sequence[Any]) -> dict[int, tuple[float, float]] | None:
    names: dict[int, tuple[str, ...]] = {}
    for gate in rotations:
        if len(gate.wires) > 1:
            return None
        names[gate.wires[0]] = (*names.get(gate.wires[0], ()), gate.name)
    if any(name not in _TURNS for name in names.values()):
        return None
    return {wire: _TURNS[name] for wire, name in names.items()}


def _named(process: MeasurementProcess) -> str:
    return {"StateMP": "qml.state", "DensityMatrixMP": "qml.density_matrix"}.get(type(process).__name__, type(process).__name__)
