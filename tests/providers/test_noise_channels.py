"""Noise as it runs, against exact density matrices: channels written down as Kraus operators here, applied after each gate of the text."""

from collections.abc import Sequence
from itertools import product
from math import exp, pi, sqrt
from typing import Any

import numpy as np
import pytest

from quapsule.providers.engines.choose import Choice
from quapsule.providers.engines.prepared import Task
from quapsule.providers.noise import read_noise

from . import reference as ref
from .box import HEAD, EngineInProcess
from .reference import Matrix, controlled, distance, rotation

SHOTS = 40_000
CLOSE = 0.02
PAULIS = (ref.I2, ref.X, ref.Y, ref.Z)


class Density:
    """Exact: qubit i is axis i of the rows and axis n + i of the columns."""

    def __init__(self, qubits: int, one: Sequence[Matrix], two: Sequence[Matrix]) -> None:
        self.qubits, self._errors = qubits, {1: one, 2: two}
        self.state = np.zeros((2,) * (2 * qubits), dtype=np.complex128)
        self.state[(0,) * (2 * qubits)] = 1

    def gate(self, matrix: Matrix, *qubits: int) -> "Density":
        """With the errors that follow a gate of so many qubits."""
        self._apply([matrix], qubits)
        self._apply(self._errors[len(qubits)], qubits)
        return self

    def reset(self, qubit: int) -> "Density":
        self._apply([np.diag([1, 0]).astype(complex), np.array([[0, 1], [0, 0]], dtype=complex)], (qubit,))
        return self

    def distribution(self, readout: tuple[float, float] = (0, 0)) -> dict[str, float]:
        chances = np.real(np.diag(self.state.reshape(1 << self.qubits, -1))).reshape((2,) * self.qubits)
        wrong = np.array([[1 - readout[0], readout[1]], [readout[0], 1 - readout[1]]])
        for qubit in range(self.qubits):
            chances = np.moveaxis(np.tensordot(wrong, chances, axes=(1, qubit)), 0, qubit)
        return {"".join(map(str, bits)): float(chances[bits]) for bits in product((0, 1), repeat=self.qubits)}

    def _apply(self, operators: Sequence[Matrix], qubits: tuple[int, ...]) -> None:
        done = np.zeros_like(self.state)
        for operator in operators:
            rows = ref._apply(self.state, operator, qubits)
            done += ref._apply(rows, operator.conj(), tuple(self.qubits + qubit for qubit in qubits))
        self.state = done


def depolarizing(strength: float, qubits: int) -> list[Matrix]:
    """(1 − p) ρ + p · 1/2^k."""
    words = [np.array([[1]], dtype=complex)]
    for _ in range(qubits):
        words = [np.kron(word, pauli) for word in words for pauli in PAULIS]
    share = strength / 4**qubits
    return [sqrt(1 - strength + share) * words[0], *(sqrt(share) * word for word in words[1:])]


def amplitude(gamma: float) -> list[Matrix]:
    return [np.diag([1, sqrt(1 - gamma)]).astype(complex), np.array([[0, sqrt(gamma)], [0, 0]], dtype=complex)]


def dephasing(lam: float) -> list[Matrix]:
    return [np.diag([1, sqrt(1 - lam)]).astype(complex), np.diag([0, sqrt(lam)]).astype(complex)]


def relaxation(t1: float, t2: float, time: float) -> list[Matrix]:
    """Populations decay with T1, coherences with T2: amplitude damping, then what dephasing is missing."""
    gamma = 1 - exp(-time / t1)
    lam = 1 - exp(-2 * time / t2) / (1 - gamma)
    return after(amplitude(gamma), dephasing(lam))


def after(first: Sequence[Matrix], second: Sequence[Matrix]) -> list[Matrix]:
    return [later @ earlier for later in second for earlier in first]


def both(single: Sequence[Matrix]) -> list[Matrix]:
    return [np.kron(one, other) for one in single for other in single]


DAMPED = after(amplitude(0.08), dephasing(0.12))
MODELS: list[tuple[dict[str, Any], list[Matrix], list[Matrix], tuple[float, float]]] = [
    (
        {"preset": "uniform", "one_qubit": 0.03, "two_qubit": 0.1, "readout": 0.04},
        depolarizing(0.03, 1),
        depolarizing(0.1, 2),
        (0.04, 0.04),
    ),
    ({"depolarizing": {"one_qubit": 0.2}}, depolarizing(0.2, 1), [np.eye(4, dtype=complex)], (0, 0)),
    ({"amplitude_damping": 0.3}, amplitude(0.3), both(amplitude(0.3)), (0, 0)),
    ({"phase_damping": 0.4}, dephasing(0.4), both(dephasing(0.4)), (0, 0)),
    ({"readout": [0.02, 0.3]}, [ref.I2], [np.eye(4, dtype=complex)], (0.02, 0.3)),
    (
        {"depolarizing": {"one_qubit": 0.05, "two_qubit": 0.1}, "amplitude_damping": 0.08, "phase_damping": 0.12, "readout": [0.01, 0.06]},
        after(depolarizing(0.05, 1), DAMPED),
        after(depolarizing(0.1, 2), both(DAMPED)),
        (0.01, 0.06),
    ),
    (
        {"preset": "device", "t1_us": 2.0, "t2_us": 1.5, "one_qubit_ns": 100, "two_qubit_ns": 300, "readout": 0.01},
        relaxation(2.0, 1.5, 0.1),
        both(relaxation(2.0, 1.5, 0.3)),
        (0.01, 0.01),
    ),
    (
        {"preset": "device", "t1_us": 1.0, "t2_us": 1.9, "one_qubit_ns": 80, "two_qubit_ns": 200},
        relaxation(1.0, 1.9, 0.08),
        both(relaxation(1.0, 1.9, 0.2)),
        (0, 0),
    ),
]
NAMES = ["uniform", "depolarizing", "amplitude", "phase", "readout", "channels", "device", "device, T2 above T1"]

# Gates of one and two qubits that the engines call by many names, some as matrices alone.
TEXT = (
    "qubit[3] q; bit[3] c;\nry(0.9) q[0]; U(1.2, 0.3, 0.5) q[2]; cx q[0], q[1]; crx(0.8) q[1], q[2]; ch q[2], q[0]; id q[1]; x q[1];\n"
    "cu(0.7, 0.2, 0.4, 0.3) q[1], q[0]; rx(0.6) q[2]; swap q[1], q[2]; pow(0.5) @ x q[0]; c = measure q;"
)


def run_text(one: Density) -> Density:
    u, half = ref.u(1.2, 0.3, 0.5), np.exp(0.25j * pi) * rotation(ref.X, pi / 2)
    one.gate(rotation(ref.Y, 0.9), 0).gate(u, 2).gate(controlled(ref.X), 0, 1).gate(controlled(rotation(ref.X, 0.8)), 1, 2)
    one.gate(controlled(ref.H), 2, 0).gate(ref.I2, 1).gate(ref.X, 1).gate(controlled(np.exp(0.3j) * ref.u(0.7, 0.2, 0.4)), 1, 0)
    return one.gate(rotation(ref.X, 0.6), 2).gate(np.eye(4)[[0, 2, 1, 3]].astype(complex), 1, 2).gate(half, 0)


def counts_of(text: str, noise: dict[str, Any], method: str, shots: int = SHOTS, **inputs: float) -> dict[str, int]:
    engine = EngineInProcess()
    said = engine({"verb": "prepare", "program": {"format": "qasm3", "text": HEAD + text}, "noise": read_noise(noise).as_json()})
    assert "error" not in said, said
    form = engine.engine._prepared[said["handle"]].form(Choice("aer", method, "", 0.0, 0))
    return form.run(Task([inputs], shots, 17, 1 << 30, parallel=True))[0]


@pytest.mark.parametrize(("noise", "one", "two", "readout"), MODELS, ids=NAMES)
def test_every_channel_follows_every_gate_as_exact_mathematics_has_it(
    noise: dict[str, Any], one: list[Matrix], two: list[Matrix], readout: tuple[float, float]
) -> None:
    expected = run_text(Density(3, one, two)).distribution(readout)
    assert distance(counts_of(TEXT, noise, "density_matrix"), expected) < CLOSE
    quiet = run_text(Density(3, [ref.I2], [np.eye(4, dtype=complex)])).distribution()
    assert sum(abs(expected[key] - quiet[key]) for key in quiet) / 2 > 2 * CLOSE  # the test would see noise that is missing


@pytest.mark.parametrize("index", [0, 5, 6, 7], ids=["uniform", "channels", "device", "device, T2 above T1"])
@pytest.mark.parametrize("method", ["statevector", "matrix_product_state"])
def test_trajectories_agree_with_the_density_matrix(method: str, index: int) -> None:
    noise, one, two, readout = MODELS[index]
    expected = run_text(Density(3, one, two)).distribution(readout)
    assert distance(counts_of(TEXT, noise, method, shots=8000), expected) < 0.035


@pytest.mark.parametrize("index", [0, 6], ids=["Pauli", "reset"])
def test_clifford_circuits_keep_one_error_a_gate_on_the_stabilizer(index: int) -> None:
    noise, one, two, readout = MODELS[index]
    text = "qubit[3] q; bit[3] c;\nh q[0]; cx q[0], q[1]; id q[2]; rz(pi / 2) q[1]; h q[1]; x q[2]; cz q[1], q[2]; h q[1]; c = measure q;"
    exact = Density(3, one, two).gate(ref.H, 0).gate(controlled(ref.X), 0, 1).gate(ref.I2, 2).gate(ref.S, 1).gate(ref.H, 1).gate(ref.X, 2)
    expected = exact.gate(controlled(ref.Z), 1, 2).gate(ref.H, 1).distribution(readout)
    assert distance(counts_of(text, noise, "stabilizer", shots=20_000), expected) < 0.025


def test_a_gate_of_three_qubits_has_the_errors_of_its_pieces() -> None:
    noise, one, two, readout = MODELS[0]
    errors = counts_of("qubit[3] q; bit[3] c;\nx q[0]; x q[1]; ccx q[0], q[1], q[2]; c = measure q;", noise, "density_matrix")
    # The usual decomposition into six controlled-nots, each followed by the errors of its own.
    exact = Density(3, one, two).gate(ref.X, 0).gate(ref.X, 1)
    t, tdg = ref.T, ref.T.conj()
    exact.gate(ref.H, 2).gate(controlled(ref.X), 1, 2).gate(tdg, 2).gate(controlled(ref.X), 0, 2).gate(t, 2).gate(controlled(ref.X), 1, 2)
    exact.gate(tdg, 2).gate(controlled(ref.X), 0, 2).gate(t, 1).gate(t, 2).gate(ref.H, 2).gate(controlled(ref.X), 0, 1).gate(t, 0)
    exact.gate(tdg, 1).gate(controlled(ref.X), 0, 1)
    assert distance(errors, exact.distribution(readout)) < CLOSE


@pytest.mark.parametrize("method", ["density_matrix", "statevector"])
def test_noise_follows_a_gate_with_an_input_too(method: str) -> None:
    text = "input float a; input float b;\nqubit[2] q; bit[2] c;\nry(a) q[0]; crx(a * b) q[0], q[1]; c = measure q;"
    noise, one, two, readout = MODELS[5]
    exact = Density(2, one, two).gate(rotation(ref.Y, 1.1), 0).gate(controlled(rotation(ref.X, 1.1 * 0.7)), 0, 1)
    assert distance(counts_of(text, noise, method, shots=20_000, a=1.1, b=0.7), exact.distribution(readout)) < CLOSE


def test_noise_follows_gates_in_branches_and_comes_before_a_reset() -> None:
    text = "qubit[2] q; bit[1] m; bit[2] c;\nx q[0]; m[0] = measure q[0]; if (m[0]) { ry(0.8) q[1]; } reset q[0]; c = measure q;"
    flip = 0.25
    noise = {"amplitude_damping": flip}
    exact = Density(2, amplitude(flip), both(amplitude(flip))).gate(rotation(ref.Y, 0.8), 1).distribution()
    counts = counts_of(text, noise, "density_matrix", shots=4000)
    assert {key[1] for key in counts} == {"0"}
    measured = sum(seen for key, seen in counts.items() if key[0] == "1") / 4000
    assert abs(measured - (1 - flip)) < 0.03
    turned = sum(seen for key, seen in counts.items() if key == "101") / sum(seen for key, seen in counts.items() if key[0] == "1")
    assert abs(turned - exact["01"]) < 0.03


def test_the_route_under_noise_is_told_and_follows_the_size() -> None:
    engine = EngineInProcess()
    pauli = read_noise({"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01}).as_json()
    damping = read_noise({"amplitude_damping": 0.01}).as_json()

    def route(text: str, noise: dict[str, Any]) -> tuple[str, str]:
        said = engine({"verb": "prepare", "program": {"format": "qasm3", "text": HEAD + text}, "noise": noise})
        return said["facts"]["method"], said["facts"]["why"]

    small = "qubit[4] q;\nfor int i in [0:2] { ry(0.3) q[i]; cx q[i], q[i + 1]; }"
    assert route(small, damping) == (
        "density_matrix", "4 qubits fit a density matrix (4 KiB), which holds all that noise can do, in one run"
    )  # fmt: skip
    ghz = "qubit[40] q;\nh q[0];\nfor int i in [0:38] { cx q[i], q[i + 1]; }"
    assert route(ghz, pauli)[0] == "stabilizer" and "every shot draws its own noise" in route(ghz, pauli)[1]
    assert route(ghz, damping)[0] == "matrix_product_state"
    wide = "qubit[16] q;\nfor int d in [0:2] { ry(0.3) q; for int i in [0:15] { for int j in [i + 1:15] { cp(0.3) q[i], q[j]; } } }"
    assert route(wide, damping)[0] == "statevector"
