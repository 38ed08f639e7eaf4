"""A second, slow opinion: plain numpy state vectors, with classical branches kept as a list. Shares no code with the engines."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

I2: Matrix = np.eye(2, dtype=np.complex128)
X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
Z: Matrix = np.diag([1, -1]).astype(np.complex128)
H: Matrix = (X + Z) / np.sqrt(2)
S: Matrix = np.diag([1, 1j]).astype(np.complex128)
T: Matrix = np.diag([1, np.exp(0.25j * np.pi)]).astype(np.complex128)


def rotation(axis: Matrix, angle: float) -> Matrix:
    return np.cos(angle / 2) * I2 - 1j * np.sin(angle / 2) * axis


def phase(angle: float) -> Matrix:
    return np.diag([1, np.exp(1j * angle)]).astype(np.complex128)


def u(theta: float, phi: float, lam: float) -> Matrix:
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    return np.array([[c, -np.exp(1j * lam) * s], [np.exp(1j * phi) * s, np.exp(1j * (phi + lam)) * c]])


def controlled(matrix: Matrix, controls: int = 1) -> Matrix:
    """The controls come first in the list of qubits that it is applied to."""
    size = matrix.shape[0] << controls
    out = np.eye(size, dtype=np.complex128)
    out[-matrix.shape[0] :, -matrix.shape[0] :] = matrix
    return out


@dataclass(frozen=True)
class Branch:
    probability: float
    bits: tuple[int, ...]
    state: Matrix


class Reference:
    """`qubits` in |0…0>, `clbits` of 0. Qubit i is axis i, so nothing here has an endianness to get wrong."""

    def __init__(self, qubits: int, clbits: int) -> None:
        state = np.zeros((2,) * qubits, dtype=np.complex128)
        state[(0,) * qubits] = 1
        self.branches = [Branch(1.0, (0,) * clbits, state)]

    def gate(self, matrix: Matrix, *qubits: int) -> "Reference":
        self.branches = [replace(branch, state=_apply(branch.state, matrix, qubits)) for branch in self.branches]
        return self

    def measure(self, qubit: int, clbit: int) -> "Reference":
        self.branches = [found for branch in self.branches for found in _project(branch, qubit, clbit)]
        return self

    def reset(self, qubit: int) -> "Reference":
        found = [one for branch in self.branches for one in _project(branch, qubit, None)]
        self.branches = [
            replace(one, state=_apply(one.state, X, (qubit,)) if outcome else one.state) for one, outcome in _outcomes(found, qubit)
        ]
        return self

    def when(self, holds: Callable[[tuple[int, ...]], bool], act: Callable[["Reference"], object]) -> "Reference":
        """Applies `act` to the branches whose bits satisfy `holds`."""
        aside = [branch for branch in self.branches if not holds(branch.bits)]
        self.branches = [branch for branch in self.branches if holds(branch.bits)]
        if self.branches:
            act(self)
        self.branches += aside
        return self

    def distribution(self) -> dict[str, float]:
        """Probability by key: character i is clbit i."""
        out: dict[str, float] = {}
        for branch in self.branches:
            key = "".join(map(str, branch.bits))
            out[key] = out.get(key, 0.0) + branch.probability
        return out


def distance(counts: dict[str, int], expected: dict[str, float]) -> float:
    """Total variation distance between measured and expected."""
    shots = sum(counts.values())
    return sum(abs(counts.get(key, 0) / shots - expected.get(key, 0.0)) for key in counts.keys() | expected.keys()) / 2


def _apply(state: Matrix, matrix: Matrix, qubits: tuple[int, ...]) -> Matrix:
    width = len(qubits)
    tensor = matrix.reshape((2,) * (2 * width))
    moved = np.tensordot(tensor, state, axes=(tuple(range(width, 2 * width)), qubits))
    return np.moveaxis(moved, tuple(range(width)), qubits)


def _project(branch: Branch, qubit: int, clbit: int | None) -> list[Branch]:
    found = []
    for outcome in (0, 1):
        state = branch.state.copy()
        state[tuple(slice(None) if axis != qubit else 1 - outcome for axis in range(state.ndim))] = 0
        weight = float(np.vdot(state, state).real)
        if weight > 1e-14:
            bits = branch.bits if clbit is None else (*branch.bits[:clbit], outcome, *branch.bits[clbit + 1 :])
            found.append(Branch(branch.probability * weight, bits, state / np.sqrt(weight)))
    return found


def _outcomes(branches: list[Branch], qubit: int) -> list[tuple[Branch, int]]:
    ones = [np.take(branch.state, 1, axis=qubit) for branch in branches]
    return [(branch, int(np.vdot(one, one).real > 0.5)) for branch, one in zip(branches, ones, strict=True)]
