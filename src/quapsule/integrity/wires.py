"""Programs as steps on wires (qubits and classical bits), and what two of them have in common from the front and from the back.

Steps on different wires commute, so two programs agree when the steps of every wire agree in order; no larger matrix is ever made.
Whatever is stripped from both ends is the same in both; the rest is all that a numerical comparison has to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .meaning import Barrier, Condition, Delay, Gate, If, Matrix, Measure, Reset, Step

TOLERANCE = 1e-9  # of a matrix element, per gate


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A step and its `wires`: qubit q is q, classical bit c is -1 - c."""

    step: Step
    wires: tuple[int, ...]


def items_of(steps: Sequence[Step]) -> list[Item]:
    """Gates on no qubit are global phases and left out."""
    return [Item(step, wires_of(step)) for step in steps if not (type(step) is Gate and not step.qubits)]


def wires_of(step: Step) -> tuple[int, ...]:
    if isinstance(step, (Gate, Barrier, Delay)):
        return step.qubits
    if isinstance(step, Measure):
        return (step.qubit, -1 - step.clbit)
    if isinstance(step, Reset):
        return (step.qubit,)
    found = {-1 - clbit for clbit in step.condition.clbits}
    for inner in step.then + step.otherwise:
        found.update(wires_of(inner))
    return tuple(sorted(found))


def strip(asked: Sequence[Item], given: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What is left of either after all that agrees at the front has gone, then all that agrees at the back."""
    left, right = _strip_front(asked, given)
    if left and right:
        left, right = _strip_front(left[::-1], right[::-1])
        left.reverse()
        right.reverse()
    return left, right


def _strip_front(asked: Sequence[Item], given: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    queues: dict[int, list[int]] = {}
    for index in range(len(given) - 1, -1, -1):
        for wire in given[index].wires:
            queues.setdefault(wire, []).append(index)
    gone = [False] * len(given)
    blocked: set[int] = set()
    left: list[Item] = []
    for item in asked:
        wires = item.wires
        if not wires:
            continue
        if blocked and not blocked.isdisjoint(wires):
            blocked.update(wires)
            left.append(item)
            continue
        queue = queues.get(wires[0])
        found = queue[-1] if queue else -1
        other = given[found] if found >= 0 else None
        if (
            other is not None
            and len(other.wires) == len(wires)
            and all((of := queues.get(wire)) and of[-1] == found for wire in wires)
            and same_step(item.step, other.step)
        ):
            gone[found] = True
            for wire in wires:
                queues[wire].pop()
        else:
            blocked.update(wires)
            left.append(item)
    return left, [item for item, matched in zip(given, gone, strict=True) if not matched and item.wires]


def same_step(one: Step, other: Step) -> bool:
    """Of the same kind, on the same wires, and for gates the same matrix up to a phase."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Gate):
        assert isinstance(other, Gate)
        return same_gate(one, other)
    if isinstance(one, Barrier):
        assert isinstance(other, Barrier)
        return set(one.qubits) == set(other.qubits)
    if isinstance(one, Delay):
        assert isinstance(other, Delay)
        return set(one.qubits) == set(other.qubits) and same_length(one, other)
    if isinstance(one, If):
        assert isinstance(other, If)
        return (
            same_condition(one.condition, other.condition)
            and strip(items_of(one.then), items_of(other.then)) == ([], [])
            and strip(items_of(one.otherwise), items_of(other.otherwise)) == ([], [])
        )
    return one == other


def same_condition(one: Condition, other: Condition) -> bool:
    return _as_bits(one) == _as_bits(other)


def _as_bits(condition: Condition) -> dict[int, int]:
    return {clbit: condition.value >> place & 1 for place, clbit in enumerate(condition.clbits)}


def same_length(one: Delay, other: Delay) -> bool:
    if one.seconds is None or other.seconds is None:
        return one.seconds is other.seconds and one.text == other.text
    return abs(one.seconds - other.seconds) <= 1e-9 * max(abs(one.seconds), abs(other.seconds))


def same_gate(one: Gate, other: Gate) -> bool:
    first, second = one.matrix, other.matrix
    if one.qubits != other.qubits:
        if set(one.qubits) != set(other.qubits):
            return False
        second = reordered(other, one.qubits)
    return first is second or distance_up_to_phase(first, second) <= TOLERANCE


def distance_up_to_phase(first: Matrix, second: Matrix) -> float:
    """The largest difference of two elements, after the phase that fits best."""
    if first.shape != second.shape:
        return float("inf")
    overlap = np.vdot(second, first)
    size = abs(overlap)
    if size < 1e-12:
        return float(max(np.abs(first).max(), np.abs(second).max()))
    difference = first - second * (overlap / size)
    return float(np.sqrt((difference.real**2 + difference.imag**2).max()))


def reordered(gate: Gate, qubits: Sequence[int]) -> Matrix:
    """The gate's matrix for its qubits in another order."""
    if gate.qubits == tuple(qubits):
        return gate.matrix
    width = len(gate.qubits)
    places = [gate.qubits.index(qubit) for qubit in qubits]
    tensor = gate.matrix.reshape((2,) * (2 * width)).transpose(places + [place + width for place in places])
    return tensor.reshape(gate.matrix.shape)
