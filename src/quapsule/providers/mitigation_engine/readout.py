"""Readout errors: what calibration tells of them, and counts as they would be without them.

Each bit has a confusion matrix of its own (column: prepared, row: read); that of all bits is their tensor product, which is applied
bit by bit and never written out. mitiq.rem writes it out, and its nearest distribution is a minimiser's; both agree at few bits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problems import MitigationProblem

Floats = NDArray[np.float64]
MOST_BITS = 12
MOST_SEEN = 2_000
_LEAST_TOLD = 0.05


@dataclass(frozen=True)
class Confusion:
    """Of one bit: P(read 1 | was 0) and P(read 0 | was 1), from `shots` of each."""

    up: float
    down: float
    shots: int

    @property
    def matrix(self) -> Floats:
        return np.array([[1 - self.up, self.down], [self.up, 1 - self.down]])

    @property
    def errors(self) -> tuple[float, float]:
        """Standard errors of `up` and `down`; a frequency of 0 is known to about one in its shots."""
        return _spread(self.up, self.shots), _spread(self.down, self.shots)


@dataclass(frozen=True)
class Mean:
    value: float
    error: float


def read_confusion(zeros: Mapping[str, int], ones: Mapping[str, int], places: Sequence[Sequence[int]]) -> dict[int, Confusion]:
    """By qubit; `places`: (clbit of the calibration's keys, qubit)."""
    low, high = _marginals(zeros), _marginals(ones)
    shots = min(sum(zeros.values()), sum(ones.values()))
    return {qubit: Confusion(float(low[clbit]), float(1 - high[clbit]), shots) for clbit, qubit in places}


def confusion_of(found: Mapping[int, Confusion], places: Sequence[Sequence[int]], width: int) -> list[Confusion | None]:
    """Per bit of a program's keys, None where it measures nothing. Raises MitigationProblem when a bit tells next to nothing."""
    confusion: list[Confusion | None] = [None] * width
    for clbit, qubit in places:
        one = found.get(qubit)
        if one is None:
            raise MitigationProblem(f"The calibration did not reach the qubit {qubit} on which bit {clbit} is measured.")
        if 1 - one.up - one.down < _LEAST_TOLD:
            raise MitigationProblem(
                f"The readout of bit {clbit} cannot be corrected: 0 reads as 1 in {one.up:.0%} of the shots and 1 as 0 in {one.down:.0%}."
            )
        confusion[clbit] = one
    return confusion


def correct(counts: Mapping[str, int], confusion: Sequence[Confusion | None]) -> tuple[dict[str, float], dict[str, float], str]:
    """Quasi-probabilities (they sum to 1, some may be negative), the probability distribution nearest to them, and over which keys:
    "all", or "seen" where all would be too many."""
    width, shots = len(confusion), sum(counts.values())
    inverses = [None if one is None else np.linalg.inv(one.matrix) for one in confusion]
    if width <= MOST_BITS:
        vector = np.zeros(1 << width)
        for key, seen in counts.items():
            vector[int(key, 2)] = seen / shots
        shaped = vector.reshape((2,) * width)
        for axis, inverse in enumerate(inverses):
            if inverse is not None:
                shaped = np.moveaxis(np.tensordot(inverse, shaped, axes=(1, axis)), 0, axis)
        keys = [format(index, f"0{width}b") for index in range(1 << width)]
        return _shown(keys, shaped.reshape(-1)), _shown(keys, nearest(shaped.reshape(-1))), "all"
    keys = sorted(counts)
    if len(keys) > MOST_SEEN:
        raise MitigationProblem(
            f"{len(keys):,} different keys of {width} bits were seen; a corrected distribution is made for up to {MOST_SEEN:,} of them."
        )
    quasi = _correct_seen(keys, np.array([counts[key] / shots for key in keys]), confusion)
    return _shown(keys, quasi), _shown(keys, nearest(quasi)), "seen"


def nearest(quasi: Floats) -> Floats:
    """The probability distribution at the least Euclidean distance: the same amount is taken from each, and negative ones become 0."""
    falling = np.sort(quasi)[::-1]
    excess = (np.cumsum(falling) - 1) / np.arange(1, len(quasi) + 1)
    last = int(np.flatnonzero(falling > excess)[-1])
    return np.asarray(np.maximum(quasi - excess[last], 0.0))


def expectation(counts: Mapping[str, int], observable: str, confusion: Sequence[Confusion | None] | None = None) -> Mean:
    """Of I and Z per bit, with the standard error of its shots and of the calibration. Exact at any width: a product over bits."""
    keys = list(counts)
    shots = sum(counts.values())
    share = np.array([counts[key] / shots for key in keys])
    read = np.array([[bit == "1" for bit in key] for key in keys])
    places = [place for place, letter in enumerate(observable) if letter == "Z"]
    factors = np.ones((len(keys), len(places)))
    slopes: list[tuple[int, Confusion, Floats, Floats]] = []
    for column, place in enumerate(places):
        one = confusion[place] if confusion else None
        weights, by_up, by_down = _weights(one)
        bits = read[:, place].astype(int)
        factors[:, column] = weights[bits]
        if one is not None:
            slopes.append((column, one, by_up[bits], by_down[bits]))
    product = factors.prod(axis=1)
    value = float(share @ product)
    # One shot more or less of the other sign: a mean of ±1 is no more certain than that.
    variance = max(float(share @ product**2) - value**2, 1.0 / shots) / shots
    for column, one, by_up, by_down in slopes:
        others = np.delete(factors, column, axis=1).prod(axis=1)
        up_error, down_error = one.errors
        variance += (float(share @ (others * by_up)) * up_error) ** 2 + (float(share @ (others * by_down)) * down_error) ** 2
    return Mean(value, math.sqrt(variance))


def _weights(one: Confusion | None) -> tuple[Floats, Floats, Floats]:
    """What a read 0 and a read 1 add to Z, (1, -1) times the inverse matrix, and its derivatives by `up` and by `down`."""
    if one is None:
        return np.array([1.0, -1.0]), np.zeros(2), np.zeros(2)
    told = 1 - one.up - one.down
    weights = np.array([1 + one.up - one.down, -(1 - one.up + one.down)]) / told
    return weights, (weights + 1) / told, (weights - 1) / told


def _correct_seen(keys: Sequence[str], share: Floats, confusion: Sequence[Confusion | None]) -> Floats:
    bits = np.array([[bit == "1" for bit in key] for key in keys]).astype(int)
    matrix = np.ones((len(keys), len(keys)))
    for place, one in enumerate(confusion):
        if one is not None:
            matrix *= one.matrix[bits[:, place][:, None], bits[:, place][None, :]]
    matrix /= matrix.sum(axis=0)
    return np.asarray(np.linalg.solve(matrix, share))


def _marginals(counts: Mapping[str, int]) -> Floats:
    """Per bit, the share of shots that read it as 1."""
    seen = np.array(list(counts.values()))
    return np.asarray(seen @ np.array([[bit == "1" for bit in key] for key in counts]) / seen.sum())


def _spread(frequency: float, shots: int) -> float:
    return math.sqrt(max(frequency * (1 - frequency), 1 / shots) / shots)


def _shown(keys: Sequence[str], values: Floats) -> dict[str, float]:
    return {key: round(float(value), 12) for key, value in zip(keys, values, strict=True) if abs(value) > 1e-12}
