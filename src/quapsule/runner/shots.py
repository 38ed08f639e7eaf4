"""Shots from counts, for frameworks whose results hold every shot."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def draw_shots(counts: Mapping[str, int], random: np.random.Generator) -> NDArray[np.uint8]:
    """Shots × bits (0 or 1), in random order: shots are independent, so counts say all that there is. Bits are in the keys' order."""
    rows = np.frombuffer("".join(counts).encode(), dtype=np.uint8).reshape(len(counts), -1) - ord("0")
    order = np.repeat(np.arange(len(counts)), list(counts.values()))
    random.shuffle(order)
    found: NDArray[np.uint8] = rows[order]
    return found
