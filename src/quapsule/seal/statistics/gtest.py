"""Two-sample G-test whose p-value holds for sparse tables too.

Given how often each outcome was seen in both samples together, and if both came of one distribution, every way to deal these shots out to
the two samples is equally likely. The p-value is the share of the ways whose G is at least the one found: counted (two outcomes), or
estimated on random ways (multivariate hypergeometric), or bounded from above where it is so small that no simulation would resolve it.
Nothing rests on large numbers. Random ways are drawn until `_ENOUGH` of them were as extreme, which is where Besag and Clifford's
sequential p-value stops (Biometrika 78, 1991, 301): it is right at every level, as the plain (1 + #)/(1 + B) is.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from quapsule.seal.statistics.counts import Integers, Table

__all__ = ["Method", "Tested", "deal", "dice_of", "g_of", "holm", "test_table", "tvd_of"]

Method = Literal["exact", "permutation", "bound"]
Floats = NDArray[np.float64]

_ENOUGH = 50  # extreme ways after which a p-value is known well enough: to a seventh
_RESOLUTION = 20  # ways as extreme that a p-value at the level itself still has
_MOST_EXACT = 250_000  # shots up to which two outcomes are counted, and a bound is summed
_MOST_CELLS = 1_000_000  # numbers drawn at a time
_MOST_DRAWN = 200_000_000  # numbers drawn for all tests of a comparison: half a minute; the p-values stay right, and resolve less


@dataclass(frozen=True)
class Tested:
    """g: G of the table. p_value: exact, estimated on `resamples` random tables, or (method bound) no larger than this."""

    g: float
    p_value: float
    method: Method
    resamples: int

    @property
    def is_least(self) -> bool:
        """No random table was as extreme: more of them might have found a smaller p-value."""
        return self.method == "permutation" and self.p_value * (1 + self.resamples) < 1.5


def test_table(table: Table, alpha: float, tests: int, dice: np.random.Generator) -> Tested:
    """One of `tests` tests, among which Holm's adjustment is to be able to find what is significant at `alpha`."""
    level = alpha / tests
    g = float(g_of(table.first, table.second))
    if len(table.outcomes) == 1:
        return Tested(0.0, 1.0, "exact", 0)
    few = sum(table.shots) <= _MOST_EXACT
    if few and len(table.outcomes) == 2:
        return Tested(g, _count_ways(table), "exact", 0)
    # So far below the level a simulation would say the same: the chance that it did not is below 1e-13.
    hopeful = few and g > len(table.outcomes) + 2.0 * math.log(10.0 / level)
    if hopeful and (bound := _bound_p_value(table, g)) <= level / 10.0:
        return Tested(g, bound, "bound", 0)
    most = min(math.ceil(_RESOLUTION / level) - 1, max(1, _MOST_DRAWN // (tests * len(table.outcomes))))
    p_value, resamples = _simulate(table, most, dice)
    return Tested(g, p_value, "permutation", resamples)


test_table.__test__ = False  # type: ignore[attr-defined]  # pytest takes the name for a test


def g_of(first: Integers, second: Integers) -> Any:
    """2 Σ o ln(o/e) over both samples; the last axis holds the outcomes."""
    shots = first.sum(axis=-1), second.sum(axis=-1)
    whole = _x_log_x(shots[0] + shots[1]) - _x_log_x(shots[0]) - _x_log_x(shots[1])
    found = (_x_log_x(first) + _x_log_x(second) - _x_log_x(first + second)).sum(axis=-1) + whole
    return np.maximum(0.0, 2.0 * found)


def tvd_of(table: Table) -> float:
    """Total variation distance of the two samples' frequencies: 0 for equal ones, 1 where no outcome is shared."""
    shots = table.shots
    return float(0.5 * np.abs(table.first / shots[0] - table.second / shots[1]).sum())


def holm(p_values: list[float]) -> list[float]:
    """Adjusted for their number (Holm 1979): rejecting those ≤ alpha errs anywhere with a probability ≤ alpha."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def dice_of(seed: int, *part: int) -> np.random.Generator:
    """Dice of their own for each part of a comparison."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *part])))


def deal(both: Integers, shots: int, size: int, dice: np.random.Generator) -> Integers:
    """`size` random ways to put `shots` of the shots `both` into the first sample; (size, outcomes)."""
    # One costs by the outcome, the other by the shot.
    method: Literal["count", "marginals"] = "count" if 10 * len(both) > shots else "marginals"
    return dice.multivariate_hypergeometric(both, shots, size=size, method=method)


def _simulate(table: Table, most: int, dice: np.random.Generator) -> tuple[float, int]:
    """p-value and how many random tables it took, `most` at the most."""
    both, shots = table.first + table.second, table.shots
    # The smaller sample is dealt: the same table the other way round then meets the same dice.
    dealt = table.first if (shots[0], tuple(table.first)) <= (shots[1], tuple(table.second)) else table.second
    size = int(dealt.sum())
    at_least = _score(dealt, both) * (1 - 1e-12)
    drawn = extreme = 0
    while drawn < most:
        chunk = min(most - drawn, max(2 * _ENOUGH, drawn), max(1, _MOST_CELLS // len(both)))
        hits = np.flatnonzero(_score(deal(both, size, chunk, dice), both) >= at_least)
        if extreme + len(hits) >= _ENOUGH:
            taken = drawn + int(hits[_ENOUGH - extreme - 1]) + 1
            return _ENOUGH / taken, taken
        extreme, drawn = extreme + len(hits), drawn + chunk
    return (1 + extreme) / (1 + most), most


def _score(dealt: Integers, both: Integers) -> Any:
    """What of G changes from way to way."""
    return (_x_log_x(dealt) + _x_log_x(both - dealt)).sum(axis=-1)


def _count_ways(table: Table) -> float:
    """The exact p-value of two outcomes: one number says the whole table."""
    both, (shots, others) = table.first + table.second, table.shots
    ways = np.arange(max(0, int(both[0]) - others), min(shots, int(both[0])) + 1)
    weight = _log_choose(int(both[0]), ways) + _log_choose(int(both[1]), shots - ways)
    weight = np.exp(weight - weight.max())
    scores = _score(np.stack([ways, shots - ways], axis=-1), both)
    extreme = scores >= float(_score(table.first, both)) * (1 - 1e-12)
    return min(1.0, float(weight[extreme].sum() / weight.sum()))


def _bound_p_value(table: Table, g: float) -> float:
    """Chernoff's bound for G ≥ g over all ways to deal the shots, by their exact weights; so it holds for sparse tables too.

    A way has the weight Π C(t, a) / C(N, n), and G is 2 (N H(n/N) - Σ t H(a/t)) with H the entropy in nats. For every 0 < s < 1
    P(G ≥ g) ≤ exp(-s g / 2) E[exp(s G / 2)]; the expectation grows when the ways need not add up to n, and is a product then."""
    shots, whole = table.shots[0], sum(table.shots)
    totals, times = np.unique(table.first + table.second, return_counts=True)
    entropy = -math.fsum(share * math.log(share) for share in (shots / whole, 1 - shots / whole))
    ways = float(_log_choose(whole, np.array([shots]))[0])
    odds = math.log(shots / (whole - shots))
    least = 1.0
    for s in (0.5, 0.65, 0.75, 0.85, 0.9, 0.95, 0.98):
        # Any tilt per shot of the first sample is right, since theirs add up to n; this one centres the products.
        tilt = (1 - s) * odds
        log_p = s * (whole * entropy - 0.5 * g) - ways - tilt * shots
        for total, number in zip(totals.tolist(), times.tolist(), strict=True):
            dealt = np.arange(total + 1)
            exponents = _log_choose(total, dealt) - s * (_x_log_x(np.array([total]))[0] - _score_of(dealt, total)) + tilt * dealt
            top = float(exponents.max())
            log_p += number * (top + math.log(float(np.exp(exponents - top).sum())))
        least = min(least, math.exp(min(0.0, log_p)))
    return least


def _score_of(dealt: Integers, total: int) -> Any:
    return _x_log_x(dealt) + _x_log_x(total - dealt)


def _x_log_x(x: Any) -> Any:
    x = np.asarray(x, dtype=np.float64)
    return x * np.log(np.maximum(x, 1.0))


def _log_choose(total: int, chosen: Integers) -> Floats:
    table = _log_factorials(1 << max(10, total.bit_length()))
    return np.asarray(table[total] - table[chosen] - table[total - chosen])


@lru_cache(maxsize=4)
def _log_factorials(size: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size, dtype=np.float64)))])
