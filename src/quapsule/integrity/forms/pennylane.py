"""PennyLane tapes as what they mean: matrices by the operators themselves, measured bases by their diagonalizing gates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pennylane as qml
from pennylane.ops import Conditional, MidMeasure
from pennylane.tape import QuantumScript

from quapsule.integrity.meaning import Barrier, Condition, Gate, If, Meaning, Measure, Reset, Step, Unreadable

WIDEST = 8  # qubits of one operator whose matrix is built; a wider one is read by its decomposition
MIDDLE, END = "mid", "c"


def read_circuit(tape: QuantumScript, values: Mapping[str, float] | None = None) -> Meaning:  # noqa: ARG001 - tapes hold numbers only
    """Of a tape whose measurements commute qubit by qubit: its operators, the rotations into the measured bases, the measured wires.

    Classical bits: register `mid` of mid-circuit measurements in their order, then `c` of the wires measured at the end. Wires that are not
    0, 1, … are numbered as PennyLane does. Raises Unreadable."""
    tape = tape.map_to_standard_wires()
    with qml.QueuingManager.stop_recording():
        operators = [*tape.operations, *rotations_of(tape)]
        return read_operators(operators, measured_wires(tape), len(tape.wires), tuple(middle_of(tape)))


def read_operators(operators: Sequence[Any], measured: Sequence[int], qubits: int, middle: Sequence[MidMeasure]) -> Meaning:
    """Of operators on wires 0, 1, …; `measured`: the wires measured at the end, in the order of their bits."""
    bits = {one: place for place, one in enumerate(middle)}
    with qml.QueuingManager.stop_recording():
        steps = [step for operator in operators for step in _read(operator, bits)]
    steps += [Measure(wire, len(bits) + place) for place, wire in enumerate(measured)]
    registers = [*([(MIDDLE, len(bits))] if bits else []), *([(END, len(measured))] if measured else [])]
    return Meaning(qubits, tuple(registers), tuple(steps))


def middle_of(tape: QuantumScript) -> list[MidMeasure]:
    return [operator for operator in tape.operations if isinstance(operator, MidMeasure)]


def measured_wires(tape: QuantumScript) -> list[int]:
    """The wires that the measurements at the end ask for, ascending; a measurement that names none asks for all."""
    wires: set[int] = set()
    has_middle = bool(middle_of(tape))  # where measurements were deferred, their values are read off wires at the end
    for process in tape.measurements:
        if process.mv is None or not has_middle:
            wires |= set(process.wires or ([] if process.obs is not None else tape.wires))
    return sorted(wires)


def rotations_of(tape: QuantumScript) -> list[Any]:
    """PennyLane's diagonalizing gates of all that is measured at the end; a wire that several measurements share is rotated once."""
    rotated: dict[Any, list[Any]] = {}
    found: list[Any] = []
    for process in tape.measurements:
        if process.mv is not None or process.obs is None:
            continue
        own: dict[Any, list[Any]] = {}
        for gate in process.diagonalizing_gates():
            place = next((key for key in own if set(key) & set(gate.wires)), tuple(gate.wires))
            own.setdefault(place, []).append(gate)
        for wires, gates in own.items():
            if wires not in rotated:
                rotated[wires] = gates
                found += gates
            elif len(rotated[wires]) != len(gates) or not all(map(qml.equal, rotated[wires], gates)):
                raise Unreadable(f"two measurements of wires {wires} in different bases")
    return found


def _read(operator: Any, bits: Mapping[MidMeasure, int]) -> Iterator[Step]:
    if isinstance(operator, MidMeasure):
        wire = operator.wires[0]
        yield Measure(wire, bits[operator])
        if operator.reset:
            yield Reset(wire)
    elif isinstance(operator, Conditional):
        then = tuple(_read(operator.base, bits))
        measurements = operator.meas_val.measurements
        clbits = tuple(bits[one] for one in measurements)
        for pattern, holds in operator.meas_val.items():
            if holds and then:
                yield If(Condition(clbits, sum(int(bit) << place for place, bit in enumerate(pattern))), then)
    elif isinstance(operator, qml.Barrier):
        if operator.wires:
            yield Barrier(tuple(operator.wires))
    elif operator.has_matrix and len(operator.wires) <= WIDEST:
        if operator.wires:
            yield Gate(operator.name, tuple(operator.wires), np.asarray(operator.matrix(), dtype=np.complex128))
    elif operator.has_decomposition:
        for part in operator.decomposition():
            yield from _read(part, bits)
    elif not isinstance(operator, qml.GlobalPhase):
        raise Unreadable(operator.name)
