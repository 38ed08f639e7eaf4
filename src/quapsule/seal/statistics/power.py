"""What a comparison would have noticed: simulated detection of a change of known size, at the shots that both samples have."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Power", "simulate_power"]

Floats = NDArray[np.float64]

MIX = 0.05
WITH_PROBABILITY = 0.95
_FLAT = 0.1  # nearer to uniform than this, mixing with uniform changes next to nothing
_MOST_LISTED = 1_024
_STEPS = 9


@dataclass(frozen=True)
class Power:
    """The first sample's frequencies are taken for the truth; the second is drawn of the same, mixed with something else.

    mix, detects_mix: the probability to find it DIFFERENT when 5 % of its shots are uniform over all bit strings, as depolarising noise
    leaves them. smallest_mix, smallest_tvd: the smallest mixture `towards` that is found with `with_probability`, as a share of the shots
    and as total variation distance; None when not even the largest is. simulations: pairs per mixture."""

    mix: float
    detects_mix: float
    with_probability: float
    towards: Literal["uniform", "most frequent outcome"]
    smallest_mix: float | None
    smallest_tvd: float | None
    simulations: int


def simulate_power(counts: Mapping[str, int], shots: tuple[int, int], level: float, dice: np.random.Generator) -> Power:
    """`level`: alpha over the number of tests. The critical G comes of the simulated moments of G where nothing differs (a scaled
    chi-squared of these), so the figures are good to a few percent."""
    width, seen = len(next(iter(counts))), sum(counts.values())
    everything = 2.0**width
    truth = np.array([counts[outcome] for outcome in sorted(counts)], dtype=np.float64) / seen
    listed = everything <= _MOST_LISTED
    if listed:
        truth = np.concatenate([truth, np.zeros(int(everything) - len(truth))])
    flat = np.full(len(truth), 1 / everything)
    # In a wide register no two shots of the uniform part meet: they are not listed, and add nothing to G beside their number.
    peak = np.eye(1, len(truth), int(truth.argmax()))[0]
    apart = float(np.maximum(0.0, truth - flat).sum())
    simulations = 200 if len(truth) <= 64 else 100

    def detects(other: Floats, share: float) -> float:
        changed = (1 - share) * truth + share * other
        mean = (shots[0] * truth + shots[1] * changed) / sum(shots)
        same = _draw_g(mean, mean, shots, 2 * simulations, dice)
        found = _draw_g(truth, changed, shots, simulations, dice)
        return float((found > _critical(same, level)).mean())

    towards: Literal["uniform", "most frequent outcome"] = "uniform" if apart >= _FLAT else "most frequent outcome"
    other, distance = (flat, apart) if towards == "uniform" else (peak, 1 - float(truth.max()))
    smallest = _smallest(lambda share: detects(other, share), 1.0 / max(shots)) if distance > 0 else None
    return Power(
        mix=MIX,
        detects_mix=detects(flat, MIX),
        with_probability=WITH_PROBABILITY,
        towards=towards,
        smallest_mix=None if smallest is None else round(smallest, 4),
        smallest_tvd=None if smallest is None else round(smallest * distance, 4),
        simulations=simulations,
    )


def _smallest(detects: Callable[[float], float], least: float) -> float | None:
    if detects(1.0) < WITH_PROBABILITY:
        return None
    low, high = math.log(least), 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if detects(math.exp(middle)) >= WITH_PROBABILITY else (middle, high)
    return math.exp(high)


def _draw_g(first: Floats, second: Floats, shots: tuple[int, int], size: int, dice: np.random.Generator) -> Floats:
    a, b = _draw(first, shots[0], size, dice), _draw(second, shots[1], size, dice)
    inside = (_x_log_x(a) + _x_log_x(b) - _x_log_x(a + b)).sum(axis=1)
    return np.asarray(2.0 * (inside + _x_log_x(sum(shots)) - _x_log_x(shots[0]) - _x_log_x(shots[1])))


def _draw(shares: Floats, shots: int, size: int, dice: np.random.Generator) -> Any:
    rest = max(0.0, 1.0 - float(shares.sum()))
    shares = np.append(shares, rest)
    # Without the last: what is not listed.
    return dice.multinomial(shots, shares / shares.sum(), size=size)[:, :-1]


def _critical(same: Floats, level: float) -> float:
    """The level's quantile of a scaled chi-squared with the mean and variance of `same` (Satterthwaite; Wilson and Hilferty's cube)."""
    mean, variance = float(same.mean()), float(same.var())
    if mean <= 0 or variance <= 0:
        return mean
    freedom = 2 * mean * mean / variance
    spread = 2 / (9 * freedom)
    return mean * max(0.0, 1 - spread + NormalDist().inv_cdf(1 - level) * math.sqrt(spread)) ** 3


def _x_log_x(x: Any) -> Any:
    x = np.asarray(x, dtype=np.float64)
    return x * np.log(np.maximum(x, 1.0))
