"""Has a series of re-runs moved? Distances with confidence bounds, where it changed, and whether it wanders off, in one family of tests.

Under the hypothesis that every run samples one distribution, each statement here is a two-sample G-test (gtest.py) of one run with the
first, of one run with the run before, or of all runs before a moment with all runs after it; the trend is a permutation test. Holm's
method adjusts them together, so that a series that has not moved gets any of these statements with a probability of at most alpha.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from quapsule.errors import Problem
from quapsule.seal.statistics.compare import check_levels, slack_of
from quapsule.seal.statistics.counts import Counts, read_circuits, seed_of, table_of
from quapsule.seal.statistics.gtest import dice_of, holm, test_table, tvd_of

__all__ = ["Change", "Distance", "Drift", "Run", "Step", "Trend", "drift"]

MOST_RUNS = 200
_FEWEST_FOR_A_TREND = 5
_MOST_PERMUTED = 200_000

Circuits = list[dict[str, int]]


class Run(NamedTuple):
    """One run of a series. at: when, ISO 8601. counts: of one circuit, or of several."""

    id: str
    at: str
    counts: Counts | Sequence[Counts]


@dataclass(frozen=True)
class Distance:
    """Of two runs: the total variation distance of their samples; that of their distributions lies between lower and upper, with
    confidence 1 - alpha (of several circuits: the largest of each). different: the adjusted p-value is at most alpha."""

    tvd: float
    lower: float
    upper: float
    p_value: float
    adjusted_p: float
    different: bool


@dataclass(frozen=True)
class Step:
    """One run beside the first and the one before it; None for the first itself."""

    id: str
    at: str
    shots: int
    to_first: Distance | None
    to_previous: Distance | None


@dataclass(frozen=True)
class Change:
    """The moment that parts the series best: all runs before it beside all runs from it on."""

    from_id: str
    from_at: str
    tvd: float
    p_value: float
    adjusted_p: float
    found: bool


@dataclass(frozen=True)
class Trend:
    """Kendall's tau of the distance to the first run and the order of the runs: 1 when each is further away than the one before."""

    tau: float
    p_value: float
    adjusted_p: float
    found: bool


@dataclass(frozen=True)
class Drift:
    """moved: any of the statements is significant. trend: None with fewer than five runs, and with unequal shots, where a distance
    depends on them. tests: how many were adjusted together."""

    moved: bool
    statement: str
    alpha: float
    false_alarm_rate: float
    tests: int
    runs: tuple[Step, ...]
    change: Change | None
    trend: Trend | None


def drift(series: Sequence[Run | tuple[str, str, Any]], *, alpha: float = 0.01) -> Drift:
    """Two runs or more, oldest first. Problem not_comparable when one has no counts, or not those of the same circuits."""
    check_levels(0.5, alpha)
    runs = [Run(*run) for run in series]
    if not 2 <= len(runs) <= MOST_RUNS:
        raise Problem("not_comparable", f"A series has 2 to {MOST_RUNS} runs; this one has {len(runs)}.")
    counts = [read_circuits(run.counts, f"Run {run.id}") for run in runs]
    for run, circuits in zip(runs, counts, strict=True):
        if len(circuits) != len(counts[0]):
            raise Problem("not_comparable", f"Run {run.id} has {len(circuits)} circuits, the first has {len(counts[0])}.")
    # To the first, to the one before, and before to after: pairs of circuits' counts, by where they stand in the answer.
    pairs: dict[tuple[str, int], tuple[Circuits, Circuits]] = {}
    for index in range(1, len(runs)):
        pairs["first", index] = counts[0], counts[index]
        if index > 1:
            pairs["previous", index] = counts[index - 1], counts[index]
        if len(runs) > 2:
            pairs["change", index] = _pool(counts[:index]), _pool(counts[index:])
    seed = seed_of(*(circuit for circuits in counts for circuit in circuits))
    tests = len(pairs) * len(counts[0]) + 1
    measured = {key: _measure(*pair, alpha, tests, seed, number) for number, (key, pair) in enumerate(pairs.items())}
    trend = _find_trend(runs, counts, [measured["first", index].tvd for index in range(1, len(runs))], alpha, tests, seed)
    # Each pair stands for all of its circuits: its smallest p-value, times their number.
    p_values = [min(1.0, found.p_value * len(counts[0])) for found in measured.values()] + ([trend.p_value] if trend else [])
    adjusted = holm(p_values)
    found = {
        key: replace(distance, adjusted_p=p_value, different=p_value <= alpha)
        for (key, distance), p_value in zip(measured.items(), adjusted, strict=False)
    }
    if trend:
        trend = replace(trend, adjusted_p=adjusted[-1], found=adjusted[-1] <= alpha)
    steps = [
        Step(
            run.id,
            run.at,
            sum(sum(circuit.values()) for circuit in counts[index]),
            found.get(("first", index)),
            found.get(("previous" if index > 1 else "first", index)),
        )
        for index, run in enumerate(runs)
    ]
    change = _find_change(runs, found)
    moved = any(distance.different for distance in found.values()) or bool(trend and trend.found)
    return Drift(
        moved=moved,
        statement=_state(steps, change, trend, alpha),
        alpha=alpha,
        false_alarm_rate=alpha,
        tests=len(pairs) * len(counts[0]) + (trend is not None),
        runs=tuple(steps),
        change=change,
        trend=trend,
    )


def _pool(runs: Sequence[Circuits]) -> Circuits:
    pooled: Circuits = []
    for circuits in zip(*runs, strict=True):
        whole: Counter[str] = Counter()
        for circuit in circuits:
            whole.update(circuit)
        pooled.append(dict(whole))
    return pooled


def _measure(first: Circuits, second: Circuits, alpha: float, tests: int, seed: int, number: int) -> Distance:
    tvd = lower = upper = 0.0
    least = 1.0
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        table = table_of(one, other, "Two runs")
        apart, slack = tvd_of(table), slack_of(table.shots, alpha / 2)
        tvd, upper = max(tvd, apart), max(upper, min(1.0, apart + slack))
        lower = max(lower, apart - slack - _bias(table.width, table.shots))
        least = min(least, test_table(table, alpha, tests, dice_of(seed, number, index)).p_value)
    return Distance(tvd, lower, upper, least, 1.0, False)


def _bias(width: int, shots: tuple[int, int]) -> float:
    """How much larger than the distributions' own the samples' distance is on average, at most: the outcomes are all of that width, and
    not those that happened to be seen. In a wide register this leaves no lower bound."""
    others = 2.0 ** min(width, 100) - 1
    return 0.5 * (math.sqrt(others / shots[0]) + math.sqrt(others / shots[1]))


def _find_change(runs: Sequence[Run], found: Mapping[tuple[str, int], Distance]) -> Change | None:
    splits = [(distance, index) for (kind, index), distance in found.items() if kind == ("change" if len(runs) > 2 else "first")]
    distance, index = min(splits, key=lambda split: (split[0].p_value, -split[0].tvd))
    return Change(runs[index].id, runs[index].at, distance.tvd, distance.p_value, distance.adjusted_p, distance.different)


def _find_trend(
    runs: Sequence[Run], counts: Sequence[Circuits], distances: Sequence[float], alpha: float, tests: int, seed: int
) -> Trend | None:
    shots = {tuple(sum(circuit.values()) for circuit in circuits) for circuits in counts[1:]}
    if len(runs) < _FEWEST_FOR_A_TREND or len(shots) > 1:
        return None
    values = np.asarray(distances)
    # All orders of the later runs are equally likely when nothing moved.
    size = min(_MOST_PERMUTED, math.ceil(20 * tests / alpha) - 1)
    number = len(values)
    later = np.triu_indices(number, 1)
    tau = float(np.sign(values[later[1]] - values[later[0]]).mean())
    dice, extreme = dice_of(seed, len(runs), len(runs), len(runs)), 0
    for start in range(0, size, 2_000):
        shuffled = dice.permuted(np.tile(values, (min(2_000, size - start), 1)), axis=1)
        taus = np.zeros(len(shuffled))
        for column in range(number - 1):
            taus += np.sign(shuffled[:, column + 1 :] - shuffled[:, column, None]).sum(axis=1)
        extreme += int((taus / len(later[0]) >= tau - 1e-9).sum())
    return Trend(tau, (1 + extreme) / (1 + size), 1.0, False)


def _state(steps: Sequence[Step], change: Change | None, trend: Trend | None, alpha: float) -> str:
    said = []
    if change and change.found:
        said.append(f"It changed with the run of {change.from_at} ({change.from_id}): TVD {change.tvd:.4f} between before and after.")
    if trend and trend.found:
        said.append(f"It moves away from the first run, further each time (tau {trend.tau:.2f}).")
    first = sum(bool(step.to_first and step.to_first.different) for step in steps)
    previous = sum(bool(step.to_previous and step.to_previous.different) for step in steps)
    if first or previous:
        said.append(f"Of {len(steps) - 1} later runs {first} differ from the first, {previous} from the one before.")
    if not said:
        said.append("No run differs from the first or from the one before, and no change was found.")
    return " ".join([*said, f"Of series that have not moved at most a share of {alpha:g} is said to have."])
