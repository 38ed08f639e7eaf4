"""A series of re-runs: what is said of one that moved, and how seldom of one that has not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from bench.compare import sample

from quapsule.errors import Problem
from quapsule.seal.statistics.drift import drift

BELL = np.array([0.5, 0.0, 0.0, 0.5])


def series(mixes: Sequence[float], seed: int = 1, shots: int = 4_000) -> list[tuple[str, str, Any]]:
    dice = np.random.default_rng(seed)
    return [
        (f"run-{index}", f"2026-03-{index + 1:02d}T00:00:00Z", sample((1 - mix) * BELL + mix / 4, shots, dice))
        for index, mix in enumerate(mixes)
    ]


def test_a_series_of_one_run_or_of_different_circuits_is_refused() -> None:
    good = series([0.0, 0.0])
    bad: list[Any] = [good[:1], [], [*good, ("x", "2026", {"0": 5})], [*good, ("x", "2026", [good[0][2]] * 2)], [*good, ("x", "2026", {})]]
    for runs in bad:
        with pytest.raises(Problem) as refused:
            drift(runs)
        assert refused.value.code == "not_comparable"


def test_a_steady_series_has_not_moved() -> None:
    found = drift(series([0.02] * 8))
    assert not found.moved
    assert found.change is not None
    assert not found.change.found
    assert "No run differs" in found.statement
    assert found.runs[0].to_first is None
    assert found.runs[1].to_first == found.runs[1].to_previous


def test_a_step_is_found_where_it_happened() -> None:
    found = drift(series([0.02] * 5 + [0.07] * 5))
    assert found.moved
    assert found.change is not None
    assert found.change.found
    assert found.change.from_id == "run-5"
    assert "run-5" in found.statement


def test_a_creep_is_a_trend() -> None:
    found = drift(series(list(np.linspace(0.0, 0.12, 12))))
    assert found.trend is not None
    assert found.trend.found
    assert found.trend.tau > 0.8


def test_unequal_shots_have_no_trend_and_still_a_change() -> None:
    runs = [*series([0.02] * 4), *series([0.12] * 4, seed=2, shots=2_000)]
    found = drift(runs)
    assert found.trend is None
    assert found.change is not None
    assert found.change.found


def test_the_true_distance_lies_within_the_bounds() -> None:
    found = drift(series([0.0, 0.4, 0.4]), alpha=0.01)
    for step in found.runs[1:]:
        assert step.to_first is not None
        assert 0 < step.to_first.lower < 0.2 < step.to_first.upper  # 0.4 of the shots uniform: 0.2 apart
    last = found.runs[2].to_previous
    assert last is not None
    assert last.lower == 0.0


def test_runs_of_several_circuits_are_paired_by_their_places() -> None:
    runs = [(name, at, [counts, {"0": 100, "1": 100}]) for name, at, counts in series([0.0, 0.0, 0.3])]
    found = drift(runs)
    assert found.moved
    assert found.change is not None
    assert found.change.from_id == "run-2"


def test_series_that_have_not_moved_are_seldom_said_to_have() -> None:
    alarms = sum(drift(series([0.05] * 6, seed=seed, shots=1_000), alpha=0.05).moved for seed in range(120))
    assert alarms <= 14  # expected at most 6; more than 14 comes once in a thousand
