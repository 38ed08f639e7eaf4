"""What runs is what was written: asymmetric circuits against an independent simulation."""

from math import pi

import numpy as np
import pytest

from . import reference as ref
from .box import HEAD, SHOTS, EngineInProcess
from .reference import Reference, controlled, distance, phase, rotation

CLOSE = 0.015


@pytest.fixture(scope="module")
def engine() -> EngineInProcess:
    return EngineInProcess()


def test_clbit_zero_is_leftmost_and_registers_follow_in_declaration_order(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[5] q; bit[2] b; bit lone; bit[2] a;\nx q[3]; ry(0.7) q[0]; ry(1.9) q[4];\n"
    text += "a[1] = measure q[0]; b[0] = measure q[3]; lone = measure q[4]; a[0] = measure q[1]; b[1] = measure q[2];"
    assert engine.prepare(text)["registers"] == [["b", 2], ["lone", 1], ["a", 2]]
    expected = Reference(5, 5).gate(ref.X, 3).gate(rotation(ref.Y, 0.7), 0).gate(rotation(ref.Y, 1.9), 4)
    expected.measure(0, 4).measure(3, 0).measure(4, 2).measure(1, 3).measure(2, 1)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_qasm2_registers_are_not_swapped(engine: EngineInProcess) -> None:
    text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3]; creg m[2]; creg k[1];\nx q[2]; rx(1.1) q[0]; h q[1]; rzz(0.4) q[0],q[1]; h q[1];\n'  # noqa: E501
    text += "measure q[2] -> m[1]; measure q[0] -> k[0]; measure q[1] -> m[0];"
    zz = np.diag(np.exp(-0.2j * np.array([1, -1, -1, 1])))
    expected = Reference(3, 3).gate(ref.X, 2).gate(rotation(ref.X, 1.1), 0).gate(ref.H, 1).gate(zz, 0, 1).gate(ref.H, 1)
    expected.measure(2, 1).measure(0, 2).measure(1, 0)
    assert distance(engine.counts(text, "qasm2"), expected.distribution()) < CLOSE
    prepared = engine.prepare(text, "qasm2")
    assert prepared["registers"] == [["m", 2], ["k", 1]]
    assert distance(engine.counts(prepared["interchange"]), expected.distribution()) < CLOSE


def test_a_subset_keeps_its_own_labels(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[4] q; bit[2] c;\nx q[3]; ry(0.9) q[1]; c[0] = measure q[1]; c[1] = measure q[3];"
    expected = Reference(4, 2).gate(ref.X, 3).gate(rotation(ref.Y, 0.9), 1).measure(1, 0).measure(3, 1)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_the_last_measurement_into_a_bit_counts(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[3] q; bit[2] c;\nx q[0]; ry(0.8) q[1];\nc[0] = measure q[0]; c[1] = measure q[0]; c[0] = measure q[1];"
    expected = Reference(3, 2).gate(ref.X, 0).gate(rotation(ref.Y, 0.8), 1).measure(0, 0).measure(0, 1).measure(1, 0)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_a_program_that_measures_nothing_is_measured_whole(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[2] q; qubit r; bit[2] meas;\nx q[1]; ry(0.6) r;"
    prepared = engine.prepare(text)
    assert (prepared["measured"], prepared["registers"]) == ("all, added", [["meas_", 3]])
    expected = Reference(3, 3).gate(ref.X, 1).gate(rotation(ref.Y, 0.6), 2).measure(0, 0).measure(1, 1).measure(2, 2).distribution()
    assert distance(engine.counts(text), expected) < CLOSE
    again = engine.prepare(prepared["interchange"])
    assert again["measured"] == "as_written"
    padded = {"00" + key: chance for key, chance in expected.items()}
    assert distance(engine.counts(prepared["interchange"]), padded) < CLOSE


def test_a_control_makes_a_global_phase_relative(engine: EngineInProcess) -> None:
    text = HEAD + "gate turn(a) t { gphase(a); rz(2 * a) t; }\nqubit[2] q; bit[2] c;\nh q[0]; ry(0.5) q[1];\n"
    text += "ctrl @ gphase(0.6) q[0]; ctrl @ turn(0.7) q[0], q[1]; negctrl @ gphase(-0.3) q[1];\nh q[0]; rx(0.4) q[1]; c = measure q;"
    turn = np.exp(0.7j) * rotation(ref.Z, 1.4)
    expected = Reference(2, 2).gate(ref.H, 0).gate(rotation(ref.Y, 0.5), 1).gate(phase(0.6), 0).gate(controlled(turn), 0, 1)
    expected.gate(np.diag([np.exp(-0.3j), 1]), 1).gate(ref.H, 0).gate(rotation(ref.X, 0.4), 1).measure(0, 0).measure(1, 1)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


@pytest.mark.parametrize(("version", "extra"), [("3.0", 0.0), ("3.1", 0.55)])
def test_the_phase_of_u_is_that_of_its_version(engine: EngineInProcess, version: str, extra: float) -> None:
    text = HEAD.replace("3.0", version) + "gate mine(a, b, l) t { U(a, b, l) t; }\nqubit[2] q; bit[2] c;\nh q[0]; ry(0.4) q[1];\n"
    text += "ctrl @ U(1.1, 0.3, 0.9) q[0], q[1]; ctrl @ mine(1.1, 0.2, 0.5) q[0], q[1]; "
    text += "ctrl @ u3(0.5, 0.7, 0.4) q[0], q[1];\nh q[0]; c = measure q;"
    expected = Reference(2, 2).gate(ref.H, 0).gate(rotation(ref.Y, 0.4), 1)
    expected.gate(controlled(np.exp(1j * extra) * ref.u(1.1, 0.3, 0.9)), 0, 1).gate(
        controlled(np.exp(1j * extra) * ref.u(1.1, 0.2, 0.5)), 0, 1
    )
    expected.gate(controlled(np.exp(-0.55j) * ref.u(0.5, 0.7, 0.4)), 0, 1).gate(ref.H, 0).measure(0, 0).measure(1, 1)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_gate_parameters_are_bound_in_the_order_written_not_by_alphabet(engine: EngineInProcess) -> None:
    text = HEAD + "input float a; input angle b;\ngate two(zz, aa, unused) b { ry(zz) b; rz(aa) b; rx(aa * 2) b; }\n"
    text += "qubit q; bit c;\ntwo(a, b, 9.0) q; c = measure q;"
    for a, z in ((0.4, 1.3), (1.7, 0.2)):
        expected = Reference(1, 1).gate(rotation(ref.Y, a), 0).gate(rotation(ref.Z, z), 0).gate(rotation(ref.X, 2 * z), 0).measure(0, 0)
        assert distance(engine.counts(text, a=a, b=z), expected.distribution()) < CLOSE


def test_inputs_are_bound_by_name_in_any_order(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "input float zeta; input float alpha; input float idle;\nqubit[2] q; bit[2] c;\nry(zeta) q[0]; ry(alpha / 2 + 0.1) q[1]; c = measure q;"  # noqa: E501
    )
    prepared = engine.prepare(text)
    assert prepared["parameters"] == ["zeta", "alpha", "idle"]
    bindings = [{"alpha": 0.6, "zeta": 2.0, "idle": 1.0}, {"zeta": 0.3, "idle": 2.0, "alpha": 1.4}]
    results = engine.run(prepared["handle"], bindings)["results"]
    for binding, result in zip(bindings, results, strict=True):
        expected = Reference(2, 2).gate(rotation(ref.Y, binding["zeta"]), 0).gate(rotation(ref.Y, binding["alpha"] / 2 + 0.1), 1)
        assert distance(result["counts"], expected.measure(0, 0).measure(1, 1).distribution()) < CLOSE


def test_modifiers_mean_their_matrices(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "input float a;\ngate mix(t) x1, x2 { ry(t) x1; cx x1, x2; rz(t) x2; }\nqubit[4] q; bit[4] c;\nh q[0]; ry(0.8) q[1]; ry(0.5) q[2]; h q[3];\n"  # noqa: E501
    )
    text += "pow(1/3.0) @ x q[0]; inv @ t q[0]; pow(-2) @ mix(a) q[1], q[2]; ctrl @ inv @ mix(0.9) q[3], q[0], q[2];\n"
    text += "negctrl @ ctrl @ ry(a) q[1], q[0], q[3]; ctrl(2) @ pow(0.5) @ x q[0], q[1], q[2]; h q[0]; h q[3]; c = measure q;"

    def mix(angle: float) -> ref.Matrix:
        return np.kron(ref.I2, rotation(ref.Z, angle)) @ controlled(ref.X) @ np.kron(rotation(ref.Y, angle), ref.I2)

    root = np.exp(1j * pi / 6) * rotation(ref.X, pi / 3)
    expected = Reference(4, 4).gate(ref.H, 0).gate(rotation(ref.Y, 0.8), 1).gate(rotation(ref.Y, 0.5), 2).gate(ref.H, 3).gate(root, 0)
    expected.gate(ref.T.conj(), 0).gate(np.linalg.matrix_power(mix(0.7).conj().T, 2), 1, 2).gate(controlled(mix(0.9).conj().T), 3, 0, 2)
    expected.gate(ref.X, 1).gate(controlled(rotation(ref.Y, 0.7), 2), 1, 0, 3).gate(ref.X, 1)
    expected.gate(controlled(np.exp(1j * pi / 4) * rotation(ref.X, pi / 2), 2), 0, 1, 2).gate(ref.H, 0).gate(ref.H, 3)
    for bit in range(4):
        expected.measure(bit, bit)
    assert distance(engine.counts(text, a=0.7), expected.distribution()) < 0.02


def test_a_program_may_define_its_own_gate_of_a_standard_name(engine: EngineInProcess) -> None:
    text = "OPENQASM 3.0;\ngate h t { U(0.7, 0, 0) t; }\ngate cx a, b { ctrl @ U(pi, 0, pi) b, a; }\nqubit[2] q; "
    text += "bit[2] c;\nh q[1]; cx q[0], q[1]; c = measure q;"
    expected = Reference(2, 2).gate(rotation(ref.Y, 0.7), 1).gate(controlled(ref.X), 1, 0).measure(0, 0).measure(1, 1)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_an_angle_of_a_billionth_is_neither_rounded_nor_called_clifford(engine: EngineInProcess) -> None:
    facts = engine.prepare(HEAD + "qubit q;\nrz(pi / 2 + 1e-9) q;")["facts"]
    assert facts["clifford"] is False
    tiny = engine.prepare(HEAD + "qubit q;\nrx(1e-9) q; p(0.1 + 1e-9) q;")
    kept = engine.engine._prepared[tiny["handle"]].circuit
    assert [instruction.operation.params for instruction in kept.data[:2]] == [[1e-9], [0.1 + 1e-9]]
    text = HEAD + "gate mine t { rx(1e-4) t; }\nqubit q; bit c;\nfor int i in [1:80] { pow(100) @ mine q; }\nc = measure q;"
    expected = Reference(1, 1).gate(rotation(ref.X, 0.8), 0).measure(0, 0)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_cphase_angles_are_kept_exactly(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[2] q; bit[2] c;\nh q[0]; h q[1]; cp(0.987654321) q[0], q[1]; h q[0]; h q[1]; c = measure q;"
    expected = Reference(2, 2).gate(ref.H, 0).gate(ref.H, 1).gate(controlled(phase(0.987654321)), 0, 1).gate(ref.H, 0).gate(ref.H, 1)
    assert distance(engine.counts(text), expected.measure(0, 0).measure(1, 1).distribution()) < CLOSE


def test_delays_and_barriers_are_accepted_and_change_nothing(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "qubit[2] q; bit[2] c;\nry(0.9) q[0]; barrier q; delay[100ns] q[0]; cx q[0], q[1]; barrier q[1]; ry(0.3) q[1]; c = measure q;"
    )
    expected = (
        Reference(2, 2)
        .gate(rotation(ref.Y, 0.9), 0)
        .gate(controlled(ref.X), 0, 1)
        .gate(rotation(ref.Y, 0.3), 1)
        .measure(0, 0)
        .measure(1, 1)
    )
    prepared = engine.prepare(text)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE
    assert "delay[100ns] q[0];" in prepared["interchange"] and "barrier q;" in prepared["interchange"]


def test_hardware_qubits_are_counted_from_zero(engine: EngineInProcess) -> None:
    text = HEAD + "bit[2] c;\nx $2; ry(0.5) $0; c[0] = measure $2; c[1] = measure $0;"
    expected = Reference(3, 2).gate(ref.X, 2).gate(rotation(ref.Y, 0.5), 0).measure(2, 0).measure(0, 1)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_aliases_and_constants_and_functions(engine: EngineInProcess) -> None:
    text = HEAD + "const int n = 3; const float step = sqrt(2.0) / 4;\nqubit[n] q; bit[n] c;\nlet pair = q[{2, 0}];\n"
    text += "for int i in [0:n - 1] { ry(step * (i + 1)) q[i]; }\ncx pair[0], pair[1]; rx(arccos(0.3) ** 2) pair[0]; c = measure q;"
    expected = Reference(3, 3)
    for qubit in range(3):
        expected.gate(rotation(ref.Y, 2**0.5 / 4 * (qubit + 1)), qubit)
    expected.gate(controlled(ref.X), 2, 0).gate(rotation(ref.X, float(np.arccos(0.3) ** 2)), 2).measure(0, 0).measure(1, 1).measure(2, 2)
    assert distance(engine.counts(text), expected.distribution()) < CLOSE


def test_a_seed_repeats_the_counts_and_no_seed_does_not(engine: EngineInProcess) -> None:
    prepared = engine.prepare(HEAD + "qubit[6] q;\nh q;")
    first, again = (engine.run(prepared["handle"], seed=5)["results"] for _ in range(2))
    assert first == again
    assert engine.run(prepared["handle"], seed=6)["results"] != first
    assert engine.run(prepared["handle"], seed=None)["results"] != engine.run(prepared["handle"], seed=None)["results"]


def test_each_circuit_of_a_batch_keeps_its_own_width_and_shots(engine: EngineInProcess) -> None:
    prepared = engine.prepare(HEAD + "input float turn; qubit[3] q; bit[2] c;\nry(turn) q[2]; c[1] = measure q[2];")
    results = engine.run(prepared["handle"], [{"turn": pi}, {"turn": 0.0}])["results"]
    assert results == [{"counts": {"01": SHOTS}, "shots": SHOTS}, {"counts": {"00": SHOTS}, "shots": SHOTS}]
