"""A program as a few complex numbers: the sum over its blocks of what random vectors see of each, weighted by its place on its wires.

Equal blocks in an equal order give equal sums; any difference changes them, save with probability zero."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .meaning import Gate, If, Matrix, Measure
from .wires import Item, items_of, reordered

NUMBERS = 3
SUM_TOLERANCE = 1e-8


def fingerprint(items: Sequence[Item]) -> Matrix:
    """(NUMBERS,) complex. Known up to the rounding of matrices; a global phase of a block does not enter."""
    seen: dict[int, int] = {}
    total = np.zeros(NUMBERS, dtype=np.complex128)
    for item in items:
        wires = sorted(item.wires)
        place = [(wire, seen.get(wire, 0)) for wire in wires]
        for wire in wires:
            seen[wire] = seen.get(wire, 0) + 1
        total += _weight(f"{_kind(item)} {place}") * _seen(item)
    return total


def _seen(item: Item) -> Matrix:
    step = item.step
    if isinstance(step, Gate):
        matrix = reordered(step, sorted(step.qubits))
        right, left = _vectors(matrix.shape[0])
        found: Matrix = left @ matrix @ right
        return np.array([abs(found[0]) ** 2, found[1] * found[0].conj(), found[2] * found[0].conj()])
    if isinstance(step, If):
        return fingerprint(items_of(step.then)) + 1j * fingerprint(items_of(step.otherwise)) + 1
    return np.ones(NUMBERS, dtype=np.complex128)


def _kind(item: Item) -> str:
    step = item.step
    if isinstance(step, Gate):
        return "gate"
    if isinstance(step, Measure):
        return f"measure {step.qubit} {step.clbit}"
    if isinstance(step, If):
        bits = sorted((clbit, step.condition.value >> index & 1) for index, clbit in enumerate(step.condition.clbits))
        return f"if {bits}"
    seconds = getattr(step, "seconds", None)
    return f"{type(step).__name__} {getattr(step, 'text', '') if seconds is None else f'{seconds:.9e}'}"


def _weight(text: str) -> Matrix:
    """Fixed by the text: a number of modulus about 1 for each component."""
    words = np.frombuffer(hashlib.blake2b(text.encode(), digest_size=8 * NUMBERS).digest(), dtype=np.uint64)
    weight: Matrix = np.exp(2j * np.pi * words.astype(np.float64) / 2.0**64)
    return weight


@lru_cache(maxsize=16)
def _vectors(size: int) -> tuple[Matrix, Matrix]:
    """(right (size,), left (NUMBERS, size))"""
    drawn = np.random.default_rng(size)
    right = drawn.normal(size=size) + 1j * drawn.normal(size=size)
    left = drawn.normal(size=(NUMBERS, size)) + 1j * drawn.normal(size=(NUMBERS, size))
    return right / np.linalg.norm(right), left
