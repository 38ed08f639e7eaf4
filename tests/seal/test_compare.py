"""The comparison's refusals, its p-values beside independent ones, its false alarms and its power."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from bench.compare import CIRCUITS, MOST, count_alarms, count_found, sample, shares_of
from bench.compare import main as bench
from scipy.stats import chi2, fisher_exact

from quapsule.errors import Problem
from quapsule.seal.statistics.compare import compare
from quapsule.seal.statistics.counts import counts_of_file, table_of
from quapsule.seal.statistics.gtest import _bound_p_value, dice_of, g_of, holm, test_table
from quapsule.seal.statistics.power import simulate_power

GOOD = {"00": 500, "11": 500}


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({}, "no shots"),
        ({"00": 0, "11": 0}, "no shots"),
        ({"00": -1, "11": 500}, "no whole number"),
        ({"00": 1.5, "11": 500}, "no whole number"),
        ({"00": float("nan")}, "no whole number"),
        ({"00": float("inf")}, "no whole number"),
        ({"00": True}, "no whole number"),
        ({"00": "500"}, "no whole number"),
        ({"00": None}, "no whole number"),
        ({"00": 500, "111": 500}, "different widths"),
        ({"0x3": 500}, "no bit string"),
        ({"": 500}, "no bit string"),
        ({"00\n": 500}, "no bit string"),
        ({"٠١": 500}, "no bit string"),
        ({3: 500}, "no bit string"),
        ({"00": 10**9}, "more than 100,000,000 shots"),
        ({"000": 500}, "3 and 2 bits"),
        ([], "no counts"),
        ([{}], "no shots"),
        ([GOOD, {"00": -1}], "circuit 1"),
        ([GOOD, GOOD], "circuits"),
        ("00", "no counts"),
        (None, "no counts"),
        (7, "no counts"),
        ([None], "no counts"),
        ([GOOD] * 1001, "at most 1,000"),
    ],
)
def test_what_is_no_counts_or_does_not_pair_is_refused_by_name(bad: Any, named: str) -> None:
    for pair in ((bad, GOOD), (GOOD, bad)):
        with pytest.raises(Problem) as refused:
            compare(*pair)
        assert refused.value.code == "not_comparable"
        assert named in refused.value.message or named == "3 and 2 bits"


@pytest.mark.parametrize(
    "levels", [{"epsilon": 0.0}, {"epsilon": 1.0}, {"epsilon": float("nan")}, {"alpha": 0.0}, {"alpha": 0.6}, {"alpha": 1e-9}]
)
def test_levels_that_mean_nothing_are_refused(levels: dict[str, Any]) -> None:
    with pytest.raises(Problem) as refused:
        compare(GOOD, GOOD, **levels)
    assert refused.value.code == "validation_error"


@pytest.mark.parametrize("data", [b"", b"[", b"[]", b"{}", b"7", b'[{"counts": null}]', b'{"00": NaN}', b"[" * 100_000, b"\xff"])
def test_a_file_of_counts_that_holds_none_is_refused(data: bytes) -> None:
    with pytest.raises(Problem) as refused:
        counts_of_file(data, "The file")
    assert refused.value.code == "not_comparable"


def test_a_file_of_counts_is_read_in_each_of_its_shapes() -> None:
    for data in (b'[{"circuit_index": 0, "counts": {"00": 3, "11": 0}}]', b'{"counts": {"00": 3}}', b'{"00": 3}'):
        assert counts_of_file(data, "The file") == [{"00": 3}]


def test_equivalence_is_the_published_standards() -> None:
    published = import_module("marqov_capsule.verifier").CapsuleVerifier()
    dice = np.random.default_rng(1)
    for shots in (200, 5_000, 40_000):
        for epsilon in (0.02, 0.05, 0.3):
            first, second = (sample(np.array([0.5, 0.1, 0.1, 0.3]), shots, dice) for _ in range(2))
            theirs = published.verify_statistical(first, second, {"epsilon": epsilon, "alpha": 0.01})
            ours = compare(first, second, epsilon=epsilon, alpha=0.01, state_power=False)
            assert ours.equivalence == theirs["verdict"]
            assert ours.tvd == pytest.approx(theirs["metrics"]["total_variation_distance"])
            assert ours.bound == pytest.approx(theirs["metrics"]["tvd_ucb"])


def test_the_answer_says_all_that_it_rests_on() -> None:
    found = compare(GOOD, {"00": 490, "11": 500, "01": 10})
    assert found.verdict in found.statement or found.verdict in ("INCONCLUSIVE", "DIFFERENT")
    assert (found.shots_first, found.shots_second, found.outcomes, found.false_alarm_rate) == (1_000, 1_000, 3, 0.01)
    assert found.method == "permutation"
    assert 50 <= found.resamples <= 1_999
    assert len(found.seed) == 32
    assert found.power is not None
    assert found.power.detects_mix > 0.9
    assert found.power.smallest_tvd is not None
    assert 0 < found.power.smallest_tvd < 0.05


def test_the_same_counts_get_the_same_answer_either_way_round_and_in_any_order() -> None:
    dice = np.random.default_rng(2)
    first, second = sample(np.full(16, 1 / 16), 500, dice), sample(np.full(16, 1 / 16), 700, dice)
    one = compare(first, second)
    assert compare(dict(reversed(first.items())), second) == one
    other = compare(second, first, state_power=False)
    assert (other.p_value, other.tvd, other.verdict, other.seed) == (one.p_value, one.tvd, one.verdict, one.seed)


def test_more_shots_verify_and_a_significant_difference_below_epsilon_is_said_to_be_small() -> None:
    assert compare({"00": 25_000, "11": 25_000}, {"00": 25_010, "11": 24_990}).verdict == "VERIFIED"
    found = compare({"00": 250_000, "11": 250_000}, {"00": 252_500, "11": 247_500})
    assert (found.verdict, found.equivalence) == ("DIFFERENT", "VERIFIED")
    assert "smaller than 0.02" in found.statement


def test_outcomes_that_share_nothing_differ_and_a_single_shared_outcome_does_not() -> None:
    apart = compare({"0": 100}, {"1": 100})
    assert (apart.verdict, apart.tvd, apart.bound) == ("DIFFERENT", 1.0, 1.0)
    assert compare({"0": 100}, {"0": 90}).p_value == 1.0
    assert compare({"0": 1}, {"1": 1}).p_value == 1.0


def test_two_outcomes_are_counted_exactly() -> None:
    # For equal shots the ways at least as extreme are the same by G and by Fisher's own order.
    for a, b in ((10, 18), (3, 4), (0, 6), (12, 12), (29, 11)):
        found = test_table(table_of({"0": a, "1": 30 - a}, {"0": b, "1": 30 - b}), 0.01, 1, dice_of(1))
        assert found.method == "exact"
        assert found.p_value == pytest.approx(fisher_exact([[a, 30 - a], [b, 30 - b]]).pvalue, abs=1e-9)


def test_permutations_agree_with_chi_squared_where_that_is_valid() -> None:
    dice = np.random.default_rng(3)
    for _ in range(12):
        table = table_of(sample(np.full(8, 1 / 8), 4_000, dice), sample(np.full(8, 1 / 8), 4_000, dice))
        found = test_table(table, 1e-4, 1, dice_of(4))
        expected = float(chi2.sf(found.g, 7))
        assert found.p_value == pytest.approx(expected, rel=0.6, abs=0.02)


def test_the_bound_is_never_below_the_exact_p_value() -> None:
    for shots, others in ((40, 40), (200, 50), (4_000, 1_000)):
        for share in range(11):
            table = table_of({"0": shots // 2 + 1, "1": shots // 2}, {"0": 1 + others * share // 11, "1": others - others * share // 11})
            found = test_table(table, 0.01, 1, dice_of(1))
            assert _bound_p_value(table, found.g) >= found.p_value * (1 - 1e-9)


def test_the_bound_is_used_only_where_a_simulation_would_say_the_same() -> None:
    found = compare({"00": 2_000, "11": 2_000}, {"00": 1_900, "11": 1_900, "01": 100, "10": 100})
    assert found.method == "bound"
    assert found.p_value < 1e-4
    assert "at most" in found.statement


def test_g_is_the_textbooks() -> None:
    first, second = np.array([10, 20, 30]), np.array([20, 20, 20])
    expected = (first + second) / 2
    by_hand = 2 * float((first * np.log(first / expected)).sum() + (second * np.log(second / expected)).sum())
    assert float(g_of(first, second)) == pytest.approx(by_hand)


def test_holm_adjusts_as_published() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])


def test_one_circuit_among_fifty_that_differs_is_named() -> None:
    dice = np.random.default_rng(5)
    even, steep = np.full(4, 0.25), np.array([0.4, 0.2, 0.2, 0.2])
    firsts = [sample(even, 2_000, dice) for _ in range(50)]
    seconds = [sample(steep if index == 17 else even, 2_000, dice) for index in range(50)]
    found = compare(firsts, seconds, state_power=False)
    assert found.verdict == "DIFFERENT"
    assert [circuit.index for circuit in found.circuits if circuit.verdict == "DIFFERENT"] == [17]
    assert "most in circuit 17" in found.statement


def test_many_equal_circuits_raise_no_more_alarms_than_one() -> None:
    dice = np.random.default_rng(6)
    shares = np.array([0.3, 0.3, 0.2, 0.2])
    alarms = 0
    for _ in range(40):
        firsts, seconds = ([sample(shares, 300, dice) for _ in range(25)] for _ in range(2))
        alarms += compare(firsts, seconds, alpha=0.05, state_power=False).verdict == "DIFFERENT"
    assert alarms <= 7  # expected at most 2; more than 7 comes once in a thousand


def test_sparse_tables_of_equal_distributions_raise_no_alarm_where_chi_squared_would() -> None:
    dice = np.random.default_rng(7)
    shares = dice.dirichlet(np.ones(1024))
    wrong = alarms = 0
    for _ in range(60):
        found = compare(sample(shares, 1_000, dice), sample(shares, 1_000, dice), state_power=False)
        alarms += found.verdict == "DIFFERENT"
        wrong += float(chi2.sf(found.g, found.outcomes - 1)) <= 0.01
    assert alarms <= 4
    assert wrong >= 30


def test_the_stated_power_is_what_comparisons_find() -> None:
    dice = np.random.default_rng(8)
    bell = np.array([0.5, 0.0, 0.0, 0.5])
    for mix, shots in ((0.006, (4_000, 4_000)), (0.03, (300, 900))):
        stated = simulate_power(sample(bell, 100_000, dice), shots, 0.01, dice_of(1))
        assert stated.smallest_mix is not None
        noisy = (1 - stated.smallest_mix) * bell + stated.smallest_mix / 4
        pairs = [(sample(bell, shots[0], dice), sample(noisy, shots[1], dice)) for _ in range(200)]
        found = sum(compare(*pair, state_power=False).verdict == "DIFFERENT" for pair in pairs)
        assert found >= 175, (mix, stated)
        assert stated.smallest_mix < 0.1


def test_uniform_counts_are_said_to_hide_uniform_noise() -> None:
    found = compare(dict.fromkeys(("00", "01", "10", "11"), 1_000), dict.fromkeys(("00", "01", "10", "11"), 1_000))
    assert found.power is not None
    assert found.power.towards == "most frequent outcome"
    assert found.power.detects_mix < 0.1


def test_equal_distributions_raise_few_alarms() -> None:
    # The whole of 10,000 pairs is bench/compare and the slow test below.
    assert 0 <= count_alarms(1_500, seed=1) / 1_500 <= MOST + 0.006


@pytest.mark.parametrize("name", CIRCUITS)
def test_depolarising_after_each_two_qubit_gate_is_detected(name: str) -> None:
    ideal, noisy = shares_of(CIRCUITS[name], 0.0), shares_of(CIRCUITS[name], 0.05)
    assert count_found(ideal, noisy, 100, seed=1) >= 95


@pytest.mark.slow
def test_ten_thousand_pairs_and_all_circuits_hold_the_wanted_figures() -> None:
    assert bench(10_000, 20_261_123) == 0
