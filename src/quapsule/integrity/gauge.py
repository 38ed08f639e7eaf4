"""What two programs in blocks have in common from the front, wherever the gates on single qubits between two blocks were written.

A turn of one qubit between two blocks may be counted to either. So two blocks on the same pair agree when they differ by turns of the
single qubits, and the difference is carried on to what stands behind in the program asked for. It has to come to nothing in the end.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .blocks import is_trivial, merge
from .meaning import Gate, Matrix
from .wires import TOLERANCE, Item, reordered, same_step, strip


def strip_blocks(asked: Sequence[Item], given: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What is left of either, in blocks: the same programs are left as from wires.strip."""
    return strip(*_Carried(merge(given)).strip(merge(asked)))


class _Carried:
    def __init__(self, given: Sequence[Item]) -> None:
        self._given = given
        self._gone = [False] * len(given)
        self._queues: dict[int, list[int]] = {}
        for index in range(len(given) - 1, -1, -1):
            for wire in given[index].wires:
                self._queues.setdefault(wire, []).append(index)
        self._turns: dict[int, Matrix] = {}  # asked so far = these turns after given so far

    def strip(self, asked: Sequence[Item]) -> tuple[list[Item], list[Item]]:
        left: list[Item] = []
        blocked: set[int] = set()
        for item in asked:
            step, wires = item.step, item.wires
            if not blocked.isdisjoint(wires):
                left.extend(self._let_go(wires))
                left.append(item)
                blocked.update(wires)
            elif isinstance(step, Gate) and len(wires) == 1:
                before = self._turns.get(wires[0])
                self._turns[wires[0]] = step.matrix if before is None else step.matrix @ before
            elif not self._take(item):
                left.extend(self._let_go(wires))
                left.append(item)
                blocked.update(wires)
        for wire in [wire for wire in self._queues if wire >= 0 and wire not in blocked]:
            self._pass_turns(wire)
        left.extend(self._let_go(list(self._turns)))
        return left, [item for item, gone in zip(self._given, self._gone, strict=True) if not gone]

    def _take(self, item: Item) -> bool:
        for wire in item.wires:
            if wire >= 0:
                self._pass_turns(wire)
        queue = self._queues.get(item.wires[0])
        if not queue:
            return False
        found = queue[-1]
        other = self._given[found]
        if len(other.wires) != len(item.wires) or any(not (of := self._queues.get(wire)) or of[-1] != found for wire in item.wires):
            return False
        if isinstance(item.step, Gate) and isinstance(other.step, Gate) and len(item.wires) <= 3:
            turns = self._difference(item.step, other.step)
        else:
            still = all(is_trivial(self._turns[wire]) for wire in item.wires if wire in self._turns)
            turns = {} if still and same_step(item.step, other.step) else None
        if turns is None:
            return False
        for wire in item.wires:
            self._queues[wire].pop()
            self._turns.pop(wire, None)
        self._turns.update(turns)
        self._gone[found] = True
        return True

    def _pass_turns(self, wire: int) -> None:
        """The given program's turns of a single qubit go over to the other side."""
        queue = self._queues.get(wire, [])
        while queue and isinstance(step := self._given[queue[-1]].step, Gate) and len(step.qubits) == 1:
            self._gone[queue.pop()] = True
            undone = step.matrix.conj().T
            before = self._turns.get(wire)
            self._turns[wire] = undone if before is None else before @ undone

    def _difference(self, asked: Gate, given: Gate) -> dict[int, Matrix] | None:
        """The turns behind the given gate that make the asked one of it; None when there are none such."""
        wires = sorted(asked.qubits)
        matrix = reordered(asked, wires)
        turned: Any = np.ones((1, 1), dtype=np.complex128)
        if any(wire in self._turns for wire in wires):
            for wire in wires:
                turned = np.kron(turned, self._turns.get(wire, _EYE))
            matrix = matrix @ turned
        rest = matrix @ reordered(given, wires).conj().T
        if is_trivial(rest):
            return {}
        out: dict[int, Matrix] = {}
        for place, wire in enumerate(wires[:-1]):
            parts = _split(rest, len(wires) - place)
            if parts is None:
                return None
            out[wire], rest = parts
        out[wires[-1]] = rest
        return {wire: turn for wire, turn in out.items() if not is_trivial(turn)}

    def _let_go(self, wires: Sequence[int]) -> list[Item]:
        found = []
        for wire in wires:
            turn = self._turns.pop(wire, None)
            if turn is not None and not is_trivial(turn):
                found.append(Item(Gate("turn", (wire,), turn), (wire,)))
        return found


_EYE = np.eye(2, dtype=np.complex128)


def _split(matrix: Matrix, width: int) -> tuple[Matrix, Matrix] | None:
    """A unitary as a turn of its first qubit times something on the others; None when it is no such product."""
    size = 1 << (width - 1)
    grouped = matrix.reshape(2, size, 2, size).transpose(0, 2, 1, 3).reshape(4, size * size)
    row, column = np.unravel_index(int(np.abs(grouped).argmax()), grouped.shape)
    first, rest = grouped[:, column], grouped[row] / grouped[row, column]
    if np.abs(grouped - np.outer(first, rest)).max() > TOLERANCE:
        return None
    one, other = first.reshape(2, 2), rest.reshape(size, size)
    scale = np.linalg.norm(one) / np.sqrt(2)
    return one / scale, other * scale
