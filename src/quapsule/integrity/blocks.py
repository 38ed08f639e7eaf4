"""Neighbouring gates multiplied into blocks: on one and two qubits, which makes one form of many spellings, and on more, for speed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .meaning import Gate, Matrix
from .wires import TOLERANCE, Item, reordered

_EYE = np.eye(2, dtype=np.complex128)


class _Block:
    __slots__ = ("gates", "matrix", "qubits")

    def __init__(self, qubits: tuple[int, ...], matrix: Matrix) -> None:
        self.qubits, self.matrix = qubits, matrix

    def item(self) -> Item:
        return Item(Gate("block", self.qubits, self.matrix), self.qubits)


def merge(items: Sequence[Item]) -> list[Item]:
    """Every maximal run of gates on one pair of qubits as one gate, gates on single qubits with the pair before them (at the beginning
    with the one behind), and what comes to nothing left out. Gates on more qubits and all other steps stay."""
    while True:
        merged = _merge_once(items)
        kept = [item for item in merged if not (isinstance(item.step, Gate) and is_trivial(item.step.matrix))]
        if len(kept) == len(merged):
            return merged
        items = kept


def is_trivial(matrix: Matrix) -> bool:
    """Is it a global phase?"""
    corner = matrix[0, 0]
    return abs(abs(corner) - 1) <= TOLERANCE and bool(np.abs(matrix - corner * np.eye(matrix.shape[0])).max() <= TOLERANCE)


def _merge_once(items: Sequence[Item]) -> list[Item]:
    out: list[_Block | Item | None] = []
    last: dict[int, int] = {}
    for item in items:
        step, wires = item.step, item.wires
        if isinstance(step, Gate) and len(wires) == 1:
            at = last.get(wires[0], -1)
            block = out[at] if at >= 0 else None
            if isinstance(block, _Block):
                block.matrix = _widened(step.matrix, wires, block.qubits) @ block.matrix
                continue
        elif isinstance(step, Gate) and len(wires) == 2:
            first, second = sorted(wires)
            matrix = reordered(step, (first, second))
            before, other = last.get(first, -1), last.get(second, -1)
            block = out[before] if before >= 0 else None
            if before == other and isinstance(block, _Block):
                block.matrix = matrix @ block.matrix
                continue
            for qubit, at in ((first, before), (second, other)):
                single = out[at] if at >= 0 else None
                if isinstance(single, _Block) and len(single.qubits) == 1:
                    matrix = matrix @ _widened(single.matrix, (qubit,), (first, second))
                    out[at] = None
            last[first] = last[second] = len(out)
            out.append(_Block((first, second), matrix))
            continue
        for wire in wires:
            last[wire] = len(out)
        out.append(_Block(wires, step.matrix) if isinstance(step, Gate) and len(wires) == 1 else item)
    return [one.item() if isinstance(one, _Block) else one for one in out if one is not None]


def _widened(matrix: Matrix, qubits: Sequence[int], to: Sequence[int]) -> Matrix:
    """A one-qubit matrix on one of the qubits of a block."""
    if len(to) == 1:
        return matrix
    return np.asarray(np.kron(matrix, _EYE) if qubits[0] == to[0] else np.kron(_EYE, matrix), dtype=np.complex128)


def gather(gates: Sequence[Gate], widest: int) -> list[Gate]:
    """The same product in fewer and wider gates, each on at most `widest` qubits (or as wide as it was)."""
    groups: list[tuple[set[int], list[Gate]]] = []
    last: dict[int, int] = {}
    for gate in gates:
        latest = max((last.get(qubit, -1) for qubit in gate.qubits), default=-1)
        chosen = -1
        # It may join any group at or behind the last one that touches its qubits.
        for index in range(max(latest, 0), len(groups)):
            if len(groups[index][0] | set(gate.qubits)) <= widest and index >= latest:
                chosen = index
                break
        if chosen < 0:
            chosen = len(groups)
            groups.append((set(), []))
        groups[chosen][0].update(gate.qubits)
        groups[chosen][1].append(gate)
        for qubit in groups[chosen][0]:
            last[qubit] = max(last.get(qubit, -1), chosen)
    return [_multiplied(sorted(qubits), members) for qubits, members in groups]


def _multiplied(qubits: list[int], gates: list[Gate]) -> Gate:
    if len(gates) == 1:
        return gates[0]
    width, size = len(qubits), 1 << len(qubits)
    place = {qubit: index for index, qubit in enumerate(qubits)}
    out: Matrix = np.eye(size, dtype=np.complex128).reshape((2,) * width + (size,))
    for gate in gates:
        out = applied(out, gate.matrix, [place[qubit] for qubit in gate.qubits])
    return Gate("block", tuple(qubits), out.reshape(size, size))


def applied(tensor: Matrix, matrix: Matrix, axes: Sequence[int]) -> Matrix:
    """A gate on the axes (of length 2) of a tensor whose further axes are carried along."""
    width = len(axes)
    gate = matrix.reshape((2,) * (2 * width))
    moved: Any = np.tensordot(gate, tensor, axes=(range(width, 2 * width), axes))
    return np.moveaxis(moved, range(width), axes)
