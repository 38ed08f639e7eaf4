"""What no compilation can save: proofs from below of how many entangling gates, and touched qubits, a program needs between its barriers.

A part of a program between two cuts is a unitary W. Pull every output qubit's X and Z back through W: an output that depends on several
inputs must be joined to them by gates, so s inputs that hang together need s - 1 two-qubit gates. Swaps that become labels change neither.
The first part acts on |0…0>: there the state decides, by the factors that it has. Behind the last cut only what is measured counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from . import clifford, evolve
from .blocks import is_trivial
from .meaning import Gate, Matrix
from .segments import Part, cut_apart
from .wires import Item

WIDEST_MATRIX = 7
WIDEST_STATE = 12
_CLOSE = 1e-7


@dataclass(frozen=True)
class Needs:
    """`entangling`: two-qubit gates at the least; `touched`: qubits, counted in each part, that a gate other than a diagonal one must
    touch; `barriers`: how many cut through what hangs together, at the least; `open`: parts too wide for a proof."""

    entangling: int
    touched: int
    barriers: int
    open: int


def needs_of(items: Sequence[Item], ends: Mapping[int, int]) -> Needs:
    entangling = touched = barriers = open_parts = 0
    for part in cut_apart(items):
        barriers = max(barriers, len(part.segments) - 1)  # one barrier may cut several parts that nothing joins
        if not part.static:
            open_parts += 1
            continue
        last = len(part.segments) - 1
        for index, gates in enumerate(part.segments):
            measured = None if index < last else [qubit for qubit in part.qubits if qubit in set(ends.values())]
            found = _need(part, gates, first=index == 0, measured=measured)
            if found is None:
                open_parts += 1
            else:
                entangling += found[0]
                touched += found[1]
    return Needs(entangling, touched, barriers, open_parts)


def count_entangling(gates: Sequence[Gate]) -> int:
    """A gate on k qubits can join as many as k - 1 on two."""
    return sum(len(gate.qubits) - 1 for gate in gates if len(gate.qubits) > 1 and not is_trivial(gate.matrix))


def count_touched(gates: Sequence[Gate]) -> int:
    return sum(len(gate.qubits) for gate in gates if len(gate.qubits) > 1 or abs(gate.matrix[0, 1]) > _CLOSE)


def _need(part: Part, gates: Sequence[Gate], *, first: bool, measured: list[int] | None) -> tuple[int, int] | None:
    """(entangling gates, qubits touched) at the least; None where it is too wide to say."""
    if first and measured is not None:
        return 0, 0  # one part alone, from |0…0> to the measurements: only the distribution counts, and that is compared
    if first:
        return _need_of_state(part.qubits, gates)
    return _need_of_unitary(part.qubits, gates, measured)


def _need_of_unitary(qubits: Sequence[int], gates: Sequence[Gate], measured: list[int] | None) -> tuple[int, int] | None:
    wanted = [(qubit, "Z") for qubit in measured] if measured is not None else [(qubit, axis) for qubit in qubits for axis in ("Z", "X")]
    found = _supports_by_strings(qubits, gates, wanted)
    if found is None:
        if len(qubits) > WIDEST_MATRIX:
            return None
        found = _supports_by_matrix(qubits, gates, wanted)
    supports, moved = found
    groups = _joined(len(qubits), supports)
    entangling = sum(len(group) - 1 for group in groups)
    alone = {next(iter(group)) for group in groups if len(group) == 1}
    touched = sum(len(group) for group in groups if len(group) > 1) + len(alone & moved)
    return entangling, touched


Supports = tuple[list[set[int]], set[int]]


def _supports_by_strings(qubits: Sequence[int], gates: Sequence[Gate], wanted: Sequence[tuple[int, str]]) -> Supports | None:
    """(inputs that each wanted output depends on, inputs whose Z is turned away from Z)"""
    images = clifford.images_of(gates, qubits, inverse=True)
    if images is None:
        return None
    place = {qubit: index for index, qubit in enumerate(qubits)}
    supports, moved = [], set()
    for qubit, axis in wanted:
        row = place[qubit] + (len(qubits) if axis == "Z" else 0)
        inputs = set(np.flatnonzero(images.paulis[row]).tolist())
        supports.append(inputs)
        if axis == "Z" and (images.signs[row] or (images.paulis[row] & 1).any()):
            moved |= inputs
    return supports, moved


def _supports_by_matrix(qubits: Sequence[int], gates: Sequence[Gate], wanted: Sequence[tuple[int, str]]) -> Supports:
    width = len(qubits)
    size = 1 << width
    whole = evolve.unitary(gates, qubits)
    index = np.arange(size)
    supports, moved = [], set()
    for qubit, axis in wanted:
        bit = width - 1 - list(qubits).index(qubit)
        turned = whole[index ^ (1 << bit)] if axis == "X" else whole * (1 - 2 * (index >> bit & 1))[:, None]
        pulled = whole.conj().T @ turned
        inputs = {place for place in range(width) if _acts_on(pulled, width - 1 - place)}
        supports.append(inputs)
        if axis == "Z" and len(inputs) == 1:
            (only,) = inputs
            straight = np.diag(1.0 - 2 * (index >> (width - 1 - only) & 1))
            if np.abs(pulled - straight).max() > _CLOSE:
                moved.add(only)
    return supports, moved


def _acts_on(matrix: Matrix, bit: int) -> bool:
    """Is it anything but the identity on this qubit, times something on the others?"""
    size = matrix.shape[0]
    low = 1 << bit
    blocks = matrix.reshape(size // (2 * low), 2, low, size // (2 * low), 2, low)
    off = max(np.abs(blocks[:, 0, :, :, 1, :]).max(), np.abs(blocks[:, 1, :, :, 0, :]).max())
    return bool(off > _CLOSE or np.abs(blocks[:, 0, :, :, 0, :] - blocks[:, 1, :, :, 1, :]).max() > _CLOSE)


def _joined(count: int, supports: Sequence[set[int]]) -> list[set[int]]:
    groups = [{index} for index in range(count)]
    for support in supports:
        touching = [group for group in groups if group & support]
        if len(touching) > 1:
            groups = [group for group in groups if not group & support] + [set().union(*touching)]
    return groups


def _need_of_state(qubits: Sequence[int], gates: Sequence[Gate]) -> tuple[int, int] | None:
    width = len(qubits)
    if width > WIDEST_STATE:
        return _need_of_stabilizers(qubits, gates)
    start = np.zeros((2,) * width, dtype=np.complex128)
    start[(0,) * width] = 1
    state = evolve.run_gates(gates, {qubit: axis for axis, qubit in enumerate(qubits)}, start)
    mixed = [axis for axis in range(width) if _purity(state, [axis]) < 1 - _CLOSE]
    groups = _factors(state, mixed)
    still = [axis for axis in range(width) if axis not in mixed and abs(_alone(state, axis)[0]) > 1 - _CLOSE]
    return sum(len(group) - 1 for group in groups), width - len(still)


def _need_of_stabilizers(qubits: Sequence[int], gates: Sequence[Gate]) -> tuple[int, int] | None:
    """Of a state too wide to write down: each entangled qubit needs a gate, and a gate serves two."""
    images = clifford.images_of(gates, qubits)
    if images is None:
        return None
    stabilizers = images.paulis[len(qubits) :]
    kinds = [set(stabilizers[:, index].tolist()) - {0} for index in range(len(qubits))]
    mixed = sum(len(kind) > 1 for kind in kinds)
    return ceil(mixed / 2), mixed


def _factors(state: Matrix, axes: list[int]) -> list[list[int]]:
    """The finest factors that the state has on these qubits, each of which is entangled with another."""
    if not axes:
        return []
    first, others = axes[0], axes[1:]
    smallest = axes
    for choice in range(1 << len(others)):
        chosen = [first, *(axis for place, axis in enumerate(others) if choice >> place & 1)]
        if len(chosen) < len(smallest) and _purity(state, chosen) > 1 - _CLOSE:
            smallest = chosen
    return [smallest, *_factors(state, [axis for axis in axes if axis not in smallest])]


def _purity(state: Matrix, axes: Sequence[int]) -> float:
    """Of the reduced state; 1 where it is a factor."""
    matrix = np.moveaxis(state, axes, range(len(axes))).reshape(1 << len(axes), -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    reduced = matrix @ matrix.conj().T
    return float(np.vdot(reduced, reduced).real)


def _alone(state: Matrix, axis: int) -> Matrix:
    """The state of a qubit that is a factor, up to a phase."""
    matrix = np.moveaxis(state, axis, 0).reshape(2, -1)
    column = matrix[:, int(np.abs(matrix).sum(axis=0).argmax())]
    out: Matrix = column / np.linalg.norm(column)
    return out
