"""Counts drawn from the probabilities of a final state."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def draw_counts(
    probabilities: NDArray[np.float64], qubits: int, measures: Mapping[int, int], first: int, width: int, shots: int, seed: list[int] | None
) -> dict[str, int]:
    """`probabilities` of 2^qubits outcomes, qubit 0 the most significant bit of the index; they are overwritten. `measures`: clbit → qubit;
    kept are `width` clbits from `first` on, the first leftmost; a bit that nothing measures is 0. The same seed draws the same counts."""
    chance = np.random.default_rng(seed)
    if len(probabilities) <= shots:
        seen = chance.multinomial(shots, probabilities / probabilities.sum())
        outcomes = np.flatnonzero(seen)
        seen = seen[outcomes]
    else:
        limits = np.cumsum(probabilities, out=probabilities)
        found = np.searchsorted(limits, chance.random(shots) * limits[-1], side="right")
        # Rounding may reach the very end; what has no probability is never drawn.
        np.minimum(found, np.searchsorted(limits, limits[-1]), out=found)
        outcomes, seen = np.unique(found, return_counts=True)
    bits = np.full((len(outcomes), width), ord("0"), dtype=np.uint8)
    for clbit, qubit in measures.items():
        if first <= clbit < first + width:
            bits[:, clbit - first] += (outcomes >> (qubits - 1 - qubit) & 1).astype(np.uint8)
    text = bits.tobytes().decode("ascii")
    counts: dict[str, int] = {}
    for number, times in enumerate(seen.tolist()):
        key = text[number * width : (number + 1) * width]
        counts[key] = counts.get(key, 0) + times
    return counts
