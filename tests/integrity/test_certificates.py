"""How a certificate comes about: each method where it decides, at any width, and never "equivalent" for what was not compared."""

import json
import random
from math import pi
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3, transpile
from qiskit.circuit import Parameter
from qiskit.transpiler import CouplingMap

from quapsule.integrity import certify, compare, compiled, qcec
from quapsule.integrity.certify import Layout, certify_programs, certify_witness
from quapsule.integrity.forms.qiskit import read_circuit
from quapsule.integrity.meaning import Gate, Meaning, Unreadable
from quapsule.integrity.sources import of_circuit, of_text
from quapsule.integrity.witness import make_witness

from .programs import drawn_program, in_qiskit, of_body, witness_of


def _wide(qubits: int, layers: int = 3, seed: int = 1) -> QuantumCircuit:
    dice = random.Random(seed)
    circuit = QuantumCircuit(qubits, qubits)
    for layer in range(layers):
        for qubit in range(qubits):
            circuit.ry(dice.uniform(-3, 3), qubit)
        for qubit in range(layer % 2, qubits - 1, 2):
            circuit.cx(qubit, qubit + 1)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def _swaps(text: str) -> str:
    """Each CX between two H with its qubits turned: another spelling that no block of gates on two qubits hides at the ends."""
    out = []
    for line in text.splitlines():
        if line.startswith("cx "):
            first, second = line[3:-1].split(", ")
            out.append(f"h {first}; h {second}; cx {second}, {first}; h {first}; h {second};")
        else:
            out.append(line)
    return "\n".join(out)


@pytest.mark.parametrize("text", ["", "garbage {", "OPENQASM 3.0;\ndef f() {}", "OPENQASM 3.0;\nqubit[2] q;\nmystery q[0], q[1];"])
def test_a_text_that_cannot_be_read_is_not_checked(text: str) -> None:
    witness = witness_of(in_qiskit(drawn_program(1)))
    certificate = certify_witness(text, "qasm3", witness, hop="x")
    if text:
        assert (certificate.result, certificate.method) == ("not_checked", "none")
        assert certificate.not_covered[0].startswith("line")
    else:
        assert certificate.result == "mismatch"  # an empty text is read, and is not what was asked for


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(version=2),
        lambda found: found.update(kind="other"),
        lambda found: found.pop("meanings"),
        lambda found: found.update(values=[]),
        lambda found: found.update(values=[{"a": "b"}]),
        lambda found: found["meanings"][0]["steps"].append(["g", "x", [99], 0]),
        lambda found: found["meanings"][0]["steps"].append(["g", "x", [0], 10_000]),
        lambda found: found["meanings"][0]["steps"].append(["?"]),
        lambda found: found["meanings"][0]["matrices"].__setitem__(0, "AAAA"),
        lambda found: found["meanings"][0].update(qubits="many"),
        lambda found: found["meanings"][0]["steps"].append(None),
    ],
)
def test_a_damaged_witness_is_not_checked(change: Any) -> None:
    circuit = in_qiskit(drawn_program(2))
    witness = json.loads(json.dumps(witness_of(circuit)))
    change(witness)
    certificate = certify_witness(qasm3.dumps(circuit), "qasm3", witness, hop="x")
    assert (certificate.result, certificate.not_covered != ()) == ("not_checked", True)


def test_what_cannot_be_reduced_leaves_no_witness() -> None:
    def build(values: Any) -> Meaning:
        raise Unreadable("a noise channel")

    assert make_witness(build) is None


def test_a_witness_is_small_and_plain_json() -> None:
    for circuit in (in_qiskit(drawn_program(3)), _wide(12, 6), _wide(30, 40), _wide(100, 60)):
        text = json.dumps(witness_of(circuit))
        assert len(text) < 256_000


@pytest.mark.parametrize(("qubits", "layers"), [(30, 40), (60, 40)])
def test_a_program_too_large_for_a_whole_witness_is_compared_by_its_blocks(qubits: int, layers: int) -> None:
    circuit = _wide(qubits, layers)
    witness = witness_of(circuit)
    assert witness["kind"] == "sum"
    text = qasm3.dumps(circuit)
    certificate = certify_witness(text.replace("cx ", "ctrl @ x "), "qasm3", witness, hop="x")
    assert (certificate.method, certificate.result) == ("structure", "equivalent")
    lines = [line for line in text.splitlines() if line.startswith("cx")]
    changed = text.replace(lines[40], lines[40].replace("cx", "cz"), 1)
    assert certify_witness(changed, "qasm3", witness, hop="x").result == "not_checked"


def test_equal_steps_in_another_order_are_identical() -> None:
    certificate = certify_programs(
        of_body("qubit[3] q; h q[0]; x q[2]; cx q[0], q[1];"), of_body("qubit[3] q; x q[2]; h q[0]; cx q[0], q[1];"), hop="x"
    )
    assert (certificate.method, certificate.result, certificate.not_covered) == ("identical", "equivalent", ())
    assert certificate.asked_sha256 != certificate.given_sha256


def test_other_gates_in_the_same_blocks_are_one_structure_at_any_width() -> None:
    for qubits in (4, 30, 200):
        text = qasm3.dumps(_wide(qubits))
        certificate = certify_programs(of_text(text), of_text(_swaps(text)), hop="x")
        assert (certificate.method, certificate.result) == ("structure", "equivalent")


def test_other_blocks_are_compared_as_unitaries() -> None:
    toffoli = "qubit[3] q; h q; ccx q[0], q[1], q[2]; ry(0.3) q[1];"
    circuit = QuantumCircuit(3)
    circuit.h([0, 1, 2])
    circuit.ccx(0, 1, 2)
    circuit.ry(0.3, 1)
    spelled = transpile(circuit, basis_gates=["cx", "u"], optimization_level=1)
    certificate = certify_programs(of_body(toffoli), of_circuit(spelled), hop="x")
    assert (certificate.method, certificate.result) == ("unitary", "equivalent")
    assert certificate.detail["distance"] < 1e-9


def test_beyond_its_time_the_unitary_gives_way_to_probes_that_decide_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = _wide(9, 6)
    circuit.remove_final_measurements()
    for qubit in range(7):
        circuit.ccx(qubit, qubit + 1, qubit + 2)
    spelled = transpile(circuit, basis_gates=["cx", "u"], optimization_level=3)
    wrong = spelled.copy()
    wrong.rz(1e-4, 3)
    for seconds, method in ((60.0, "unitary"), (0.0, "probes")):
        monkeypatch.setattr(compare, "UNITARY_SECONDS", {10: seconds})
        right = certify_programs(of_circuit(circuit), of_circuit(spelled), hop="x")
        assert (right.method, right.result) == (method, "equivalent")
        assert certify_programs(of_circuit(circuit), of_circuit(wrong), hop="x").result == "mismatch"


@pytest.mark.parametrize("qubits", [30, 120])
def test_one_wrong_gate_in_a_wide_program_is_found_and_named(qubits: int) -> None:
    text = qasm3.dumps(_wide(qubits))
    certificate = certify_programs(of_text(text), of_text(text.replace("cx q[4], q[5]", "cx q[5], q[4]", 1)), hop="x")
    assert (certificate.result, certificate.detail["compared_qubits"]) == ("mismatch", [4, 5])
    assert "gate cx on qubits 4, 5 was asked for, gate cx on qubits 5, 4 stands there" in certificate.detail["where"]


def test_wide_clifford_programs_are_told_apart_by_stabilizers() -> None:
    body = "qubit[40] q; for int i in [0:38] { cx q[i], q[i+1]; } for int i in [0:37] { cz q[i], q[i+2]; }"
    turned = "qubit[40] q; for int i in [0:38] { h q[i]; h q[i+1]; cx q[i+1], q[i]; h q[i]; h q[i+1]; }"
    turned += " for int i in [37:-1:0] { cz q[i+2], q[i]; }"
    certificate = certify_programs(of_body(body), of_body(turned), hop="x")
    assert (certificate.method, certificate.result) == ("probes", "equivalent")
    wrong = certify_programs(of_body(body), of_body(turned + " z q[20];"), hop="x")
    assert wrong.result == "mismatch"


def _routed(qubits: int) -> tuple[QuantumCircuit, QuantumCircuit, Layout]:
    circuit = _wide(qubits, 2)
    circuit.remove_final_measurements()
    circuit.cx(3, 6)
    circuit.measure_all()
    given = transpile(
        circuit, basis_gates=["cz", "sx", "rz", "x"], coupling_map=CouplingMap.from_line(qubits), optimization_level=2, seed_transpiler=1
    )
    return circuit, given, Layout(dict(enumerate(given.layout.initial_index_layout(filter_ancillas=True))))


def test_a_wide_routed_program_is_decided_by_qcec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "QCEC_SECONDS", 60.0)  # a busy machine decides it too
    circuit, given, layout = _routed(24)
    certificate = certify_programs(of_circuit(circuit), of_circuit(given), hop="interchange → executed", layout=layout)
    assert (certificate.method, certificate.result) == ("qcec", "equivalent"), certificate


def test_qcec_is_stopped_when_its_time_is_over() -> None:
    dice = random.Random(4)
    gates = []
    for _ in range(60):
        matrix, _ = np.linalg.qr(np.array([[complex(dice.gauss(0, 1), dice.gauss(0, 1)) for _ in range(4)] for _ in range(4)]))
        first, second = dice.sample(range(24), 2)
        gates.append(Gate("random", (first, second), matrix))
    assert qcec.same_unitary(gates, gates[1:] + gates[:1], range(24), 0.3) is None


def test_a_wide_program_that_nothing_decides_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qcec, "MOST_GATES", 0)
    circuit, given, layout = _routed(24)
    certificate = certify_programs(of_circuit(circuit), of_circuit(given), hop="x", layout=layout)
    assert (certificate.method, certificate.result) == ("none", "not_checked")
    assert "24 qubits" in certificate.not_covered[0]


def test_branches_are_compared_as_a_whole() -> None:
    start = "qubit[2] q; bit[2] c; ry(0.7) q[0]; ry(0.4) q[1]; c[0] = measure q[0]; "
    one = start + "if (c[0]) { x q[1]; } reset q[0]; h q[0]; c[1] = measure q[1];"
    other = start + "if (!c[0]) { } else { h q[1]; z q[1]; h q[1]; } reset q[0]; ry(pi/2) q[0]; x q[0]; c[1] = measure q[1];"
    certificate = certify_programs(of_body(one), of_body(other), hop="x")
    assert (certificate.method, certificate.result) == ("branches", "equivalent"), certificate
    for right, wrong in (
        ("h q[1]; z q[1]; h q[1];", "h q[1]; z q[1];"),
        ("if (!c[0])", "if (c[0])"),
        ("c[1] = measure q[1]", "c[1] = measure q[0]"),
    ):
        assert certify_programs(of_body(one), of_body(other.replace(right, wrong)), hop="x").result == "mismatch"


def test_a_measurement_that_was_added_to_all_is_allowed_for_and_nothing_else() -> None:
    body = "qubit[2] q; bit unused; h q[0]; cx q[0], q[1]; "
    for added, result in (
        ("bit[2] all; all = measure q;", "equivalent"),
        ("bit[2] all; all[1] = measure q[0]; all[0] = measure q[1];", "mismatch"),
        ("bit all; all = measure q[0];", "mismatch"),
        ("bit[2] all; unused = measure q[0]; all[1] = measure q[1];", "mismatch"),
        ("x q[0]; bit[2] all; all = measure q;", "mismatch"),
    ):
        certificate = certify_programs(of_body(body), of_body(body + added), hop="x", measured_all=True)
        assert certificate.result == result, (added, certificate)


def test_an_unmeasured_program_of_other_width_is_a_mismatch() -> None:
    certificate = certify_programs(of_body("qubit[2] q; h q;"), of_body("qubit[3] q; h q[0]; h q[1];"), hop="x")
    assert (certificate.result, certificate.detail["where"]) == ("mismatch", "the program asked for has 2 qubits, the one given 3")


def test_parameters_are_compared_at_values_that_no_two_share() -> None:
    theta, phi = Parameter("theta"), Parameter("phi")
    circuit = QuantumCircuit(2, 2)
    circuit.ry(theta, 0)
    circuit.cp(phi, 0, 1)
    circuit.measure([0, 1], [0, 1])
    witness = make_witness(lambda values: read_circuit(circuit, values), ["theta", "phi"])
    assert witness is not None
    assert len({number for values in witness["values"] for number in values.values()}) == 4
    text = qasm3.dumps(circuit)
    assert certify_witness(text, "qasm3", witness, hop="x").result == "equivalent"
    assert certify_witness(text.replace("ry(theta)", "ry(theta + 1e-6)"), "qasm3", witness, hop="x").result == "mismatch"
    assert certify_witness(
        text.replace("float[64] theta", "float[64] other").replace("ry(theta)", "ry(other)"), "qasm3", witness, hop="x"
    ).result == ("mismatch")


def test_a_compiled_program_that_measures_nothing_needs_to_say_where_its_qubits_end() -> None:
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 2)
    given = transpile(
        circuit, basis_gates=["cz", "sx", "rz"], coupling_map=CouplingMap.from_line(4), optimization_level=1, seed_transpiler=2
    )
    initial = dict(enumerate(given.layout.initial_index_layout(filter_ancillas=True)))
    final = dict(enumerate(given.layout.final_index_layout(filter_ancillas=True)))
    assert certify_programs(of_circuit(circuit), of_circuit(given), hop="x", layout=Layout(initial)).result == "not_checked"
    assert certify_programs(of_circuit(circuit), of_circuit(given), hop="x", layout=Layout(initial, final)).result == "equivalent"


def test_a_certificate_is_plain_json_and_says_how_long_it_took() -> None:
    certificate = certify_programs(of_body(f"qubit q; rx({pi}) q;"), of_body("qubit q; x q;"), hop="a → b")
    written = json.loads(json.dumps(certificate.as_json()))
    assert (written["hop"], written["result"], written["qubits"]) == ("a → b", "equivalent", 1)
    assert len(written["asked_sha256"]) == 64
    assert written["seconds"] > 0
    assert certify.SEED == 20261123
