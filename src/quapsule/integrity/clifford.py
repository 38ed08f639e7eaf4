"""Clifford gates as they act on Pauli strings: exact at any width."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .meaning import Gate

_WIDEST_GATE = 4
_PAULI = (
    np.eye(2, dtype=np.complex128),
    np.array([[0, 1], [1, 0]], dtype=np.complex128),  # index 1: x
    np.array([[1, 0], [0, -1]], dtype=np.complex128),  # index 2: z
    np.array([[0, -1j], [1j, 0]], dtype=np.complex128),  # index 3: x and z
)
Bits = NDArray[np.uint8]
Table = tuple[Bits, Bits]


class Strings:
    """Hermitian Pauli strings: `paulis` (rows, n) with 0 I, 1 X, 2 Z, 3 Y; `signs` (rows,) with 1 for minus."""

    def __init__(self, paulis: Bits) -> None:
        self.paulis = paulis
        self.signs: Bits = np.zeros(paulis.shape[0], dtype=np.uint8)

    def conjugate(self, table: Table, columns: Sequence[int]) -> None:
        """P → U P U† by the table of U, on the columns that it acts on."""
        index: NDArray[Any] = np.zeros(self.paulis.shape[0], dtype=np.intp)
        for column in columns:
            index = index * 4 + self.paulis[:, column]
        images, signs = table
        self.paulis[:, list(columns)] = images[index]
        self.signs ^= signs[index]


def generators(qubits: int) -> Strings:
    """X of each qubit, then Z of each."""
    paulis = np.zeros((2 * qubits, qubits), dtype=np.uint8)
    for qubit in range(qubits):
        paulis[qubit, qubit], paulis[qubits + qubit, qubit] = 1, 2
    return Strings(paulis)


def same_unitary(left: Sequence[Gate], right: Sequence[Gate], qubits: Sequence[int]) -> bool | None:
    """Up to a global phase; None when a gate is no Clifford gate."""
    images = [images_of(gates, qubits) for gates in (left, right)]
    if images[0] is None or images[1] is None:
        return None
    return bool((images[0].paulis == images[1].paulis).all() and (images[0].signs == images[1].signs).all())


def images_of(gates: Sequence[Gate], qubits: Sequence[int], inverse: bool = False) -> Strings | None:
    """U P U† of the generators P, or U† P U with `inverse`; None when a gate is no Clifford gate."""
    place = {qubit: index for index, qubit in enumerate(qubits)}
    strings = generators(len(qubits))
    for gate in reversed(gates) if inverse else gates:
        matrix = gate.matrix.conj().T if inverse else gate.matrix
        table = table_of(matrix.shape[0], np.ascontiguousarray(matrix).tobytes())
        if table is None:
            return None
        strings.conjugate(table, [place[qubit] for qubit in gate.qubits])
    return strings


@lru_cache(maxsize=4096)
def table_of(size: int, matrix_bytes: bytes) -> Table | None:
    """For each Pauli string on the gate's qubits (base 4, qubits[0] leading) its image and sign; None when it is no Clifford gate."""
    width = size.bit_length() - 1
    if width > _WIDEST_GATE:
        return None
    matrix = np.frombuffer(matrix_bytes, dtype=np.complex128).reshape(size, size)
    basis = _strings(width)
    # tr(Q U P U†) / 2^k for all P, Q at once; a Clifford gate has one ±1 in each row.
    turned = np.einsum("ij,pjk,lk->pil", matrix, basis, matrix.conj(), optimize=True)
    weights = np.einsum("qli,pil->pq", basis, turned, optimize=True).real / size
    found = np.abs(weights).argmax(axis=1)
    values = weights[np.arange(len(found)), found]
    if np.abs(np.abs(values) - 1).max() > 1e-9:
        return None
    digits = np.array([[index >> 2 * (width - 1 - place) & 3 for place in range(width)] for index in found], dtype=np.uint8)
    return digits, (values < 0).astype(np.uint8)


@lru_cache(maxsize=_WIDEST_GATE)
def _strings(width: int) -> NDArray[np.complex128]:
    out = []
    for choice in product(range(4), repeat=width):
        matrix: NDArray[Any] = np.ones((1, 1), dtype=np.complex128)
        for one in choice:
            matrix = np.kron(matrix, _PAULI[one])
        out.append(matrix)
    return np.array(out)
