"""The mitigation box's own arithmetic and plans, without a box."""

import math
from typing import Any

import numpy as np
import pytest
from mitiq.rem import generate_tensored_inverse_confusion_matrix
from mitiq.rem.inverse_confusion_matrix import closest_positive_distribution
from qiskit.quantum_info import Statevector

from quapsule.integrity.certify import certify_programs
from quapsule.integrity.sources import of_text
from quapsule.providers.engines.program import read_program
from quapsule.providers.mitigation_engine.extrapolate import extrapolate
from quapsule.providers.mitigation_engine.mitigate import mitigate
from quapsule.providers.mitigation_engine.plan import make_plan
from quapsule.providers.mitigation_engine.problems import MitigationProblem
from quapsule.providers.mitigation_engine.readout import Confusion, Mean, correct, expectation, nearest, read_confusion
from quapsule.providers.mitigation_engine.serve import answer

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'

ANSATZ = f"""{HEAD}input float left;
input float right;
gate pair(t) a, b {{ ry(t) a; cx a, b; }}
qubit[3] q;
bit[1] c;
bit[2] d;
h q;
barrier q;
pair(left) q[0], q[1];
rz(right * 2 - pi / 3) q[1];
cx q[1], q[2];
s q[2];
c[0] = measure q[2];
d[0] = measure q[0];
d[1] = measure q[1];
"""
REGISTERS = [("c", 1), ("d", 2)]


def plan(text: str, registers: list[tuple[str, int]] = REGISTERS, **options: Any) -> dict[str, Any]:
    asked = {"readout": True, "scales": [3.0], "observable": None} | options
    made: dict[str, Any] = make_plan(text, registers, asked["readout"], asked["scales"], asked["observable"])
    return made


def noisy(shots: int, ideal: dict[str, float], confusion: list[Confusion], seed: int) -> dict[str, int]:
    """Counts as such a readout gives them."""
    draw = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    for key, number in zip(ideal, draw.multinomial(shots, list(ideal.values())), strict=True):
        for _ in range(number):
            wrong = [draw.random() < (one.down if bit == "1" else one.up) for bit, one in zip(key, confusion, strict=True)]
            seen = "".join(str(int(bit) ^ flip) for bit, flip in zip(key, wrong, strict=True))
            counts[seen] = counts.get(seen, 0) + 1
    return counts


# Refusals


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("h q[0]; c[0] = measure q[0]; h q[0]; c[1] = measure q[1];", "goes on with a qubit after measuring it"),
        ("h q[0]; reset q[0]; c = measure q;", "'reset'"),
        ("h q[0]; c[0] = measure q[0]; if (c[0]) { x q[1]; } c[1] = measure q[1];", "'if_else'"),
        ("c[0] = measure q[0]; c[0] = measure q[1];", "twice into one classical bit"),
        ("h q[0]; c[0] = measure q[0]; c[1] = measure q[0];", "goes on with a qubit after measuring it"),
    ],
)
def test_a_program_whose_measurements_are_not_its_end_is_refused(body: str, says: str) -> None:
    with pytest.raises(MitigationProblem, match=says) as caught:
        plan(f"{HEAD}qubit[2] q;\nbit[2] c;\n{body}\n", [("c", 2)])
    assert caught.value.code == "mitigation_unavailable"


@pytest.mark.parametrize(("observable", "says"), [("ZZ", "has 2 letters; a count's key has 3 bits"), ("ZZI", "bit 1, which is never")])
def test_an_observable_must_fit_the_bits_that_are_measured(observable: str, says: str) -> None:
    with pytest.raises(MitigationProblem, match=says):
        plan(f"{HEAD}qubit[3] q;\nbit[1] c;\nbit[2] d;\nh q;\nc[0] = measure q[0];\nd[1] = measure q[1];\n", observable=observable)


def test_a_readout_that_tells_next_to_nothing_is_not_corrected() -> None:
    said = mitigate("Z", [{"0": 50, "1": 50}], [[[0, 0]]], [{"0": 52, "1": 48}, {"0": 50, "1": 50}], [[0, 0]], None)
    assert said["readout"]["problem"]["code"] == "mitigation_unavailable"
    assert said["raw"]["value"] == 0.0


def test_a_calibration_that_missed_a_qubit_corrects_nothing() -> None:
    said = mitigate("Z", [{"0": 50, "1": 50}], [[[0, 7]]], [{"0": 100}, {"1": 100}], [[0, 6]], None)
    assert "did not reach the qubit 7" in said["readout"]["problem"]["message"]


def test_values_that_cross_zero_have_no_exponential() -> None:
    with pytest.raises(MitigationProblem, match="change their sign"):
        extrapolate("exponential", [1, 3, 5], [Mean(0.1, 0.01), Mean(-0.02, 0.01), Mean(0.01, 0.01)])


def test_noise_that_did_not_grow_is_not_extrapolated() -> None:
    counts = [{"0": 90, "1": 10}] * 3
    said = mitigate("Z", counts, [[[0, 0]]] * 3, [], [], {"extrapolation": "linear", "scales": [1.0, 1.0, 1.0]})
    assert "compiled the folded gates away" in said["zne"]["problem"]["message"]
    assert "expectation" not in said["zne"]


def test_a_malformed_frame_is_answered_and_not_raised() -> None:
    assert answer({"id": 3, "verb": "dance"})["error"]["code"] == "validation_error"
    assert answer({"id": 4, "verb": "mitigate"})["error"] == {
        "category": "system",
        "code": "mitigation_failed",
        "message": "The mitigation failed: KeyError: 'observable'",
    }


# Folding


@pytest.mark.parametrize("scale", [1.7, 2.0, 3.0, 5.0])
def test_a_folded_program_does_the_same_at_any_input(scale: float) -> None:
    made = plan(ANSATZ, scales=[scale])["folded"][0]
    assert made["certificate"]["result"] == "equivalent", made["certificate"]
    asked, folded = (read_program("qasm3", text).circuit.remove_final_measurements(inplace=False) for text in (ANSATZ, made["text"]))
    for left, right in ((0.3, -1.1), (2.0, 0.7)):
        values = {"left": left, "right": right}
        bound = [circuit.assign_parameters({p: values[p.name] for p in circuit.parameters}) for circuit in (asked, folded)]
        assert Statevector(bound[0]).equiv(Statevector(bound[1]))
    assert made["reached"] == pytest.approx(scale, abs=0.4)


def test_an_odd_scale_folds_every_gate_and_barriers_stand_between() -> None:
    made = plan(ANSATZ)["folded"][0]
    assert made["gates"] == 3 * 8
    assert made["two_qubit_gates"] == 3 * 2
    assert made["reached"] == pytest.approx(3.0)
    lines = made["text"].splitlines()
    for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
        if line.startswith("sdg"):
            assert before.startswith("barrier")
            assert after.startswith("barrier")
    assert sum(line.startswith("barrier") for line in lines) == 1 + 2 * 8


def test_an_input_that_no_gate_uses_stays_an_input() -> None:
    text = f"{HEAD}input float spare;\ninput float turn;\nqubit q;\nbit c;\nrx(turn) q;\nc = measure q;\n"
    made = plan(text, [("c", 1)])["folded"][0]
    assert made["certificate"]["result"] == "equivalent", made["certificate"]
    assert {parameter.name for parameter in read_program("qasm3", made["text"]).parameters} == {"spare", "turn"}


def test_a_fold_that_lost_a_gate_would_be_seen() -> None:
    def bare(text: str) -> str:
        return "".join(line + "\n" for line in text.splitlines() if not line.startswith("barrier"))

    asked, folded = of_text(bare(ANSATZ)), bare(plan(ANSATZ)["folded"][0]["text"])
    assert certify_programs(asked, of_text(folded), hop="test").result == "equivalent"
    for line in ("sdg qubits[2];\n", "cx qubits[1], qubits[2];\n"):
        assert certify_programs(asked, of_text(folded.replace(line, "", 1)), hop="test").result == "mismatch"


def test_folded_and_calibration_programs_keep_the_registers_of_the_keys() -> None:
    made = plan(ANSATZ)
    assert made["observable"] == "ZZZ"
    assert made["places"] == [[0, 2], [1, 0], [2, 1]]
    for text in (*made["calibration"], made["folded"][0]["text"]):
        assert list(read_program("qasm3", text).registers) == REGISTERS
    flipped = read_program("qasm3", made["calibration"][1]).circuit.count_ops()
    assert (flipped["x"], flipped["measure"]) == (3, 3)


def test_a_bit_that_is_never_written_is_no_part_of_the_keys_that_were_added() -> None:
    text = f"{HEAD}qubit[2] q;\nbit[4] unused;\nh q[0];\nbit[2] meas;\nmeas[0:1] = measure q;\n"
    made = plan(text, [("meas", 2)])
    assert made["observable"] == "ZZ"
    assert read_program("qasm3", made["folded"][0]["text"]).registers == (("meas", 2),)


# Readout


def test_correction_agrees_with_mitiqs_matrices() -> None:
    confusion = [Confusion(0.05, 0.08, 1000), Confusion(0.02, 0.1, 1000), Confusion(0.0, 0.03, 1000)]
    counts = {"000": 380, "011": 120, "101": 60, "110": 40, "111": 400}
    quasi, near, over = correct(counts, confusion)
    vector = np.array([counts.get(format(index, "03b"), 0) / 1000 for index in range(8)])
    theirs = generate_tensored_inverse_confusion_matrix(3, [one.matrix for one in confusion]) @ vector
    assert [quasi.get(format(index, "03b"), 0.0) for index in range(8)] == pytest.approx(theirs, abs=1e-9)
    assert [near.get(format(index, "03b"), 0.0) for index in range(8)] == pytest.approx(closest_positive_distribution(theirs), abs=1e-4)
    assert over == "all"
    assert min(theirs) < 0  # else the nearest distribution would be the same
    assert sum(near.values()) == pytest.approx(1)


def test_the_expectation_is_that_of_the_corrected_distribution() -> None:
    confusion = [Confusion(0.05, 0.08, 1000), Confusion(0.02, 0.1, 1000), None]
    counts = {"000": 500, "010": 100, "100": 50, "110": 350}
    quasi, _, _ = correct(counts, confusion)
    for observable in ("ZII", "IZI", "ZZI"):
        there = sum(
            share * math.prod((-1) ** int(bit) for bit, letter in zip(key, observable, strict=True) if letter == "Z")
            for key, share in quasi.items()
        )
        assert expectation(counts, observable, confusion).value == pytest.approx(there, abs=1e-9)


def test_the_stated_error_is_the_spread_of_repeated_runs() -> None:
    """400 seeded repeats with fresh calibrations: the pulls have a spread of 1, ± 15 % (4 sigma at 400)."""
    truth = [Confusion(0.05, 0.1, 0), Confusion(0.08, 0.03, 0)]
    ideal = {"00": 0.7, "11": 0.2, "10": 0.1}
    pulls = []
    for seed in range(400):
        low, high = (noisy(300, {key: 1.0}, truth, 10_000 * (1 + int(key[0])) + seed) for key in ("00", "11"))
        found = read_confusion(low, high, [[0, 0], [1, 1]])
        mean = expectation(noisy(500, ideal, truth, seed), "ZZ", [found[0], found[1]])
        pulls.append((mean.value - 0.8) / mean.error)
    assert abs(np.mean(pulls)) < 0.2
    assert 0.85 < np.std(pulls) < 1.15


def test_wide_keys_are_corrected_over_those_that_were_seen() -> None:
    truth = [Confusion(0.03, 0.06, 4000)] * 20
    counts = noisy(4000, {"0" * 20: 0.5, "1" * 20: 0.5}, truth, 5)
    quasi, near, over = correct(counts, truth)
    assert over == "seen"
    assert sum(quasi.values()) == pytest.approx(1)
    raw = counts.get("0" * 20, 0) + counts.get("1" * 20, 0)
    assert near["0" * 20] + near["1" * 20] > 0.9 > 2 * raw / 4000
    assert expectation(counts, "Z" * 20, truth).value == pytest.approx(1.0, abs=6 * expectation(counts, "Z" * 20, truth).error)


def test_the_nearest_distribution_of_a_distribution_is_itself() -> None:
    shares = np.array([0.1, 0.0, 0.9])
    assert nearest(shares) == pytest.approx(shares)
    assert nearest(np.array([1.2, -0.2])) == pytest.approx([1.0, 0.0])


# Extrapolation


def test_each_extrapolation_is_exact_where_its_model_holds() -> None:
    scales = [1.0, 2.0, 3.0, 5.0]
    line = [Mean(0.9 - 0.1 * scale, 0.01) for scale in scales]
    assert extrapolate("linear", scales, line).value == pytest.approx(0.9)
    curve = [Mean(0.9 - 0.1 * scale + 0.02 * scale**2 - 0.001 * scale**3, 0.01) for scale in scales]
    assert extrapolate("richardson", scales, curve).value == pytest.approx(0.9)
    decay = [Mean(-0.9 * math.exp(-0.2 * scale), 0.01) for scale in scales]
    assert extrapolate("exponential", scales, decay).value == pytest.approx(-0.9)


def test_the_error_of_an_extrapolation_grows_with_how_much_it_bends() -> None:
    scales, means = [1.0, 3.0, 5.0], [Mean(0.8, 0.01), Mean(0.6, 0.01), Mean(0.45, 0.01)]
    linear, richardson = (extrapolate(method, scales, means).error for method in ("linear", "richardson"))
    # Lagrange's weights at 0 for the scales 1, 3, 5: 15/8, -5/4, 3/8.
    assert richardson == pytest.approx(0.01 * math.sqrt(15**2 + 10**2 + 3**2) / 8, rel=1e-4)
    assert 0 < linear < richardson
