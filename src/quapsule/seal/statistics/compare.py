"""Do two runs say the same? A verdict with its false-alarm rate and its power.

Two questions are asked. Equivalence, as the published capsule standard asks it: with confidence 1 - alpha, is the total variation
distance (TVD) of the two distributions at most epsilon? Difference, by the two-sample G-test of gtest.py: would samples of one
distribution lie so far apart? Over several circuits the first needs no adjustment, since every circuit has to pass it; the second is
adjusted by Holm's method, so that among circuits that are all the same one alarm at all comes with a probability of at most alpha.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quapsule.errors import Problem
from quapsule.seal.statistics.counts import Counts, Table, read_circuits, seed_of, table_of
from quapsule.seal.statistics.gtest import Method, dice_of, holm, test_table, tvd_of
from quapsule.seal.statistics.power import Power, simulate_power

__all__ = ["CircuitComparison", "Comparison", "Equivalence", "Verdict", "compare", "slack_of"]

Equivalence = Literal["VERIFIED", "INCONCLUSIVE"]
Verdict = Literal["VERIFIED", "DIFFERENT", "INCONCLUSIVE"]

_MOST_POWERS, _MOST_POWER_OUTCOMES = 20, 5_000  # as much as takes a second or two
_LEAST_ALPHA, _MOST_ALPHA = 1e-6, 0.5


@dataclass(frozen=True)
class CircuitComparison:
    """One circuit of both runs. bound: the TVD is at most this, with confidence 1 - alpha. outcomes: that either run had."""

    index: int
    verdict: Verdict
    equivalence: Equivalence
    tvd: float
    bound: float
    g: float
    p_value: float
    adjusted_p: float
    method: Method
    resamples: int
    outcomes: int
    width: int
    shots_first: int
    shots_second: int
    power: Power | None


@dataclass(frozen=True)
class Comparison:
    """Of several circuits: the largest tvd and bound, the p-value and G of the one that differs most, and the power of the one where a
    change is hardest to see, as if only that one had changed. false_alarm_rate: at most this share of pairs that are the same is called
    DIFFERENT. seed: hex, of the counts' own digest. resamples: random tables drawn. `statement` says it in words."""

    verdict: Verdict
    equivalence: Equivalence
    statement: str
    epsilon: float
    alpha: float
    tvd: float
    bound: float
    g: float
    p_value: float
    adjusted_p: float
    false_alarm_rate: float
    method: Method
    resamples: int
    seed: str
    outcomes: int
    shots_first: int
    shots_second: int
    power: Power | None
    circuits: tuple[CircuitComparison, ...]


def compare(
    first: Counts | Sequence[Counts],
    second: Counts | Sequence[Counts],
    *,
    epsilon: float = 0.02,
    alpha: float = 0.01,
    state_power: bool = True,
) -> Comparison:
    """Counts of one circuit, or of several, paired by their places. The same counts always get the same answer; the other way round, too,
    but for the power, which takes the first for the truth.

    Problem not_comparable for what is no counts or does not pair; validation_error for epsilon outside (0, 1) and alpha outside
    [1e-6, 0.5]. `state_power` costs most of the time: milliseconds for a few outcomes, half a second for a thousand and more; of many
    circuits it is stated for those, at most 20, that have the fewest shots for their outcomes."""
    check_levels(epsilon, alpha)
    firsts, seconds = read_circuits(first, "The first"), read_circuits(second, "The second")
    if len(firsts) != len(seconds):
        raise Problem("not_comparable", f"The first has {len(firsts)} circuits, the second {len(seconds)}.")
    one = len(firsts) == 1
    tables = [table_of(*pair, "The two" if one else f"Circuits {index}") for index, pair in enumerate(zip(firsts, seconds, strict=True))]
    seed = seed_of(*firsts, *seconds)
    tested = [test_table(table, alpha, len(tables), dice_of(seed, index)) for index, table in enumerate(tables)]
    adjusted = holm([found.p_value for found in tested])
    meagre = sorted(range(len(tables)), key=lambda index: min(tables[index].shots) / len(tables[index].outcomes))
    asked = _few(meagre, tables) if state_power else set()
    circuits = []
    for index, (table, found, p_value) in enumerate(zip(tables, tested, adjusted, strict=True)):
        tvd = tvd_of(table)
        bound = min(1.0, tvd + slack_of(table.shots, alpha))
        equivalence: Equivalence = "VERIFIED" if bound <= epsilon else "INCONCLUSIVE"
        level = alpha / len(tables)
        power = simulate_power(firsts[index], table.shots, level, dice_of(seed, index, 1)) if index in asked else None
        circuits.append(
            CircuitComparison(
                index=index,
                verdict="DIFFERENT" if p_value <= alpha else equivalence,
                equivalence=equivalence,
                tvd=tvd,
                bound=bound,
                g=found.g,
                p_value=found.p_value,
                adjusted_p=p_value,
                method=found.method,
                resamples=found.resamples,
                outcomes=len(table.outcomes),
                width=table.width,
                shots_first=table.shots[0],
                shots_second=table.shots[1],
                power=power,
            )
        )
    unresolved = sum(found.is_least and p_value > alpha for found, p_value in zip(tested, adjusted, strict=True))
    return _sum_up(circuits, epsilon, alpha, seed, unresolved)


def slack_of(shots: tuple[int, int], alpha: float) -> float:
    """How far the distributions' TVD may lie above that of the samples, with confidence 1 - alpha, for any number of outcomes.

    McDiarmid's inequality, one-sided; the samples' TVD is on average not below the true one."""
    return math.sqrt(0.5 * math.log(1 / alpha) * (1 / shots[0] + 1 / shots[1]))


def check_levels(epsilon: float, alpha: float) -> None:
    if not 0 < epsilon < 1:
        raise Problem("validation_error", f"epsilon must lie between 0 and 1, not {epsilon}.")
    if not _LEAST_ALPHA <= alpha <= _MOST_ALPHA:
        raise Problem("validation_error", f"alpha must lie between {_LEAST_ALPHA:g} and {_MOST_ALPHA:g}, not {alpha}.")


def _few(meagre: Sequence[int], tables: Sequence[Table]) -> set[int]:
    asked, outcomes = set[int](), 0
    for index in meagre[:_MOST_POWERS]:
        outcomes += len(tables[index].outcomes)
        if asked and outcomes > _MOST_POWER_OUTCOMES:
            break
        asked.add(index)
    return asked


def _sum_up(circuits: list[CircuitComparison], epsilon: float, alpha: float, seed: int, unresolved: int) -> Comparison:
    # Of equal p-values the larger distance says more.
    worst = min(circuits, key=lambda circuit: (circuit.adjusted_p, circuit.p_value, -circuit.tvd))
    equivalence: Equivalence = "VERIFIED" if all(circuit.equivalence == "VERIFIED" for circuit in circuits) else "INCONCLUSIVE"
    verdict: Verdict = "DIFFERENT" if worst.adjusted_p <= alpha else equivalence
    powers = [circuit.power for circuit in circuits if circuit.power is not None]
    return Comparison(
        verdict=verdict,
        equivalence=equivalence,
        statement=_state(verdict, equivalence, worst, circuits, epsilon, alpha) + _say_unresolved(unresolved),
        epsilon=epsilon,
        alpha=alpha,
        tvd=max(circuit.tvd for circuit in circuits),
        bound=max(circuit.bound for circuit in circuits),
        g=worst.g,
        p_value=worst.p_value,
        adjusted_p=worst.adjusted_p,
        false_alarm_rate=alpha,
        method=worst.method,
        resamples=sum(circuit.resamples for circuit in circuits),
        seed=f"{seed:032x}",
        outcomes=max(circuit.outcomes for circuit in circuits),
        shots_first=sum(circuit.shots_first for circuit in circuits),
        shots_second=sum(circuit.shots_second for circuit in circuits),
        power=min(powers, key=lambda power: (power.detects_mix, -(power.smallest_tvd or 1.0)), default=None),
        circuits=tuple(circuits),
    )


def _say_unresolved(unresolved: int) -> str:
    if not unresolved:
        return ""
    return f" Of {unresolved} circuits a smaller p-value could not be resolved: compare fewer circuits, or narrower ones, at a time."


def _state(
    verdict: Verdict, equivalence: Equivalence, worst: CircuitComparison, circuits: list[CircuitComparison], epsilon: float, alpha: float
) -> str:
    tvd, bound = max(circuit.tvd for circuit in circuits), max(circuit.bound for circuit in circuits)
    within = f"total variation distance {tvd:.4f}, at most {bound:.4f} with {100 * (1 - alpha):.6g} % confidence"
    many = len(circuits) > 1
    if verdict == "DIFFERENT":
        number = sum(circuit.verdict == "DIFFERENT" for circuit in circuits)
        which = f" in {number} of {len(circuits)} circuits, most in circuit {worst.index}" if many else ""
        at_most = "at most " if worst.method == "bound" else ""
        text = f"They differ{which}: samples of one distribution lie this far apart with a probability of {at_most}{worst.adjusted_p:.2g}"
        text += f" (G = {worst.g:.1f}{', adjusted for the number of circuits' if many else ''}); {within}."
        return f"{text} The difference is smaller than {epsilon:g}, though." if equivalence == "VERIFIED" else text
    if verdict == "VERIFIED":
        return f"They agree within {epsilon:g}: {within}."
    fewest = min(min(circuit.shots_first, circuit.shots_second) for circuit in circuits)
    enough = math.ceil(math.log(1 / alpha) / epsilon**2)
    more = f" That takes more than {enough:,} shots of each." if fewest <= enough else ""
    return f"No difference was found (p = {worst.adjusted_p:.2g}), nor is it shown that they agree within {epsilon:g}: {within}.{more}"
