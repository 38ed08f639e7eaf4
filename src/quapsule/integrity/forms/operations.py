"""Gates as lists of matrices, and what the modifiers of OpenQASM make of them. A global phase is a gate on no qubit, so that a control
turns it into a relative one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from quapsule.integrity.meaning import Gate, Matrix, Unreadable

from .gates import WIDEST, controlled

Operation = Gate
MOST_OPERATIONS = 300_000
_TOGETHER = 7  # qubits of gates that a fractional power multiplies out


def moved(operations: Sequence[Operation], to: Sequence[int]) -> list[Operation]:
    """From a gate's own qubits 0, 1, … to those that it is called on."""
    out: list[Operation] = []
    for one in operations:
        qubits = tuple(to[qubit] for qubit in one.qubits)
        out.append(Gate(one.name, qubits, one.matrix))
    return out


def inverted(operations: Sequence[Operation]) -> list[Operation]:
    return [Gate(f"inv {one.name}", one.qubits, one.matrix.conj().T) for one in reversed(operations)]


def under_control(operations: Sequence[Operation], controls: int, state: int) -> list[Operation]:
    """The controls become qubits 0, 1, …; the gates' own move up. Raises Unreadable for a matrix that would be too wide."""
    out: list[Operation] = []
    before = tuple(range(controls))
    for one in operations:
        qubits = before + tuple(qubit + controls for qubit in one.qubits)
        if len(qubits) > WIDEST:
            raise Unreadable(f"a controlled gate on {len(qubits)} qubits at once")
        out.append(Gate(f"ctrl {one.name}", qubits, controlled(one.matrix, controls, state)))
    return out


def to_power(operations: Sequence[Operation], power: float, qubits: int) -> list[Operation]:
    """A whole power repeats; another is the principal one of the matrix. Raises Unreadable where either grows too large."""
    if power == int(power):
        if abs(power) * len(operations) > MOST_OPERATIONS:
            raise Unreadable(f"a power of {power:g} is too long")
        return (list(operations) if power > 0 else inverted(operations)) * abs(int(power))
    if len(operations) == 1:
        only = operations[0]
        return [Gate(f"pow({power:g}) {only.name}", only.qubits, _matrix_power(only.matrix, power))]
    if qubits > _TOGETHER:
        raise Unreadable(f"a fractional power of a gate on {qubits} qubits")
    return [Gate(f"pow({power:g})", tuple(range(qubits)), _matrix_power(multiplied(operations, qubits), power))]


def multiplied(operations: Sequence[Operation], qubits: int) -> Matrix:
    """2^n × 2^n, its global phase included."""
    size = 1 << qubits
    out: Matrix = np.eye(size, dtype=np.complex128).reshape((2,) * qubits + (size,))
    for one in operations:
        width = len(one.qubits)
        tensor = one.matrix.reshape((2,) * (2 * width))
        turned: Any = np.tensordot(tensor, out, axes=(tuple(range(width, 2 * width)), one.qubits))
        out = np.moveaxis(turned, tuple(range(width)), one.qubits)
    return out.reshape(size, size)


def _matrix_power(matrix: Matrix, power: float) -> Matrix:
    """By Schur's form of a normal matrix: eigenvectors of equal eigenvalues stay orthogonal. Angles are taken in (-pi, pi]."""
    if np.count_nonzero(matrix - np.diag(np.diagonal(matrix))) == 0:
        return np.diag(_powers(np.diagonal(matrix), power))
    # A random combination of the two commuting Hermitian parts has the same eigenvectors, and eigh gives them orthogonal.
    first, second = (matrix + matrix.conj().T) / 2, (matrix - matrix.conj().T) / 2j
    _, vectors = np.linalg.eigh(first + 0.7390851332151607 * second)
    values = np.einsum("ji,jk,ki->i", vectors.conj(), matrix, vectors)
    if np.abs(vectors @ np.diag(values) @ vectors.conj().T - matrix).max() > 1e-9:
        raise Unreadable("the power of this gate cannot be taken")
    found: Matrix = vectors @ np.diag(_powers(values, power)) @ vectors.conj().T
    return found


def _powers(values: Matrix, power: float) -> Matrix:
    angles = np.angle(values)
    angles[angles < -np.pi + 1e-12] = np.pi
    found: Matrix = np.exp(1j * power * angles)
    return found
