"""Bugs that shipped in client libraries elsewhere, each planted here: every one is a mismatch, with words for the person who asked."""

from math import pi

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3
from qiskit.circuit import Parameter

from quapsule.integrity.certificate import Certificate
from quapsule.integrity.certify import certify_programs, certify_witness
from quapsule.integrity.forms.qiskit import read_circuit
from quapsule.integrity.sources import of_circuit, of_text
from quapsule.integrity.witness import make_witness

from .programs import of_body

HOP = "script → interchange"


def _two_registers() -> QuantumCircuit:
    """Asymmetric: another angle on each qubit, measured permuted into two registers."""
    qubits, first, second = QuantumRegister(4, "q"), ClassicalRegister(3, "first"), ClassicalRegister(1, "second")
    circuit = QuantumCircuit(qubits, first, second)
    circuit.x(3)
    circuit.ry(0.4, 0)
    circuit.ry(0.9, 1)
    circuit.ry(1.7, 2)
    circuit.cx(0, 1)
    circuit.measure([2, 0, 3, 1], [0, 1, 2, 3])
    return circuit


def _check(circuit: QuantumCircuit, text: str) -> Certificate:
    """The text against the circuit's witness, and, for the same verdict, against the circuit itself."""
    witness = make_witness(lambda values: read_circuit(circuit, values), [parameter.name for parameter in circuit.parameters])
    assert witness is not None
    certificate = certify_witness(text, "qasm3", witness, hop=HOP)
    assert certify_programs(of_circuit(circuit), of_text(text), hop=HOP).result == certificate.result
    return certificate


def _plant(circuit: QuantumCircuit, right: str, wrong: str) -> str:
    """The mismatch's words. The unchanged text is equivalent."""
    text = qasm3.dumps(circuit)
    assert right in text, text
    assert _check(circuit, text).result == "equivalent"
    certificate = _check(circuit, text.replace(right, wrong))
    assert certificate.result == "mismatch", certificate
    return str(certificate.detail["where"])


def test_the_halves_of_two_registers_swapped() -> None:
    """Rigetti through qBraid, 1314."""
    told = _plant(_two_registers(), "bit[3] first;\nbit[1] second;", "bit[1] second;\nbit[3] first;")
    assert "is measured from another qubit" in told


def test_the_bits_reversed() -> None:
    """qiskit-braket-provider 190."""
    circuit = _two_registers()
    text = qasm3.dumps(circuit)
    lines = [line for line in text.splitlines() if "measure" in line]
    targets, sources = zip(*(line.split(" = ") for line in lines), strict=True)
    for line, target, source in zip(lines, targets, reversed(sources), strict=True):
        text = text.replace(line, f"{target} = {source}")
    certificate = _check(circuit, text)
    assert certificate.result == "mismatch"
    assert certificate.detail["where"] == "classical bit first[0] is measured from another qubit: 1, where 2 was asked for"


def test_a_measured_subset_relabelled() -> None:
    circuit = QuantumCircuit(4, 2)
    circuit.x(3)
    circuit.ry(0.9, 1)
    circuit.measure([1, 3], [0, 1])
    assert "classical bit c[1] is measured from another qubit" in _plant(circuit, "c[1] = measure q[3]", "c[1] = measure q[2]")
    assert "is not measured" in _plant(circuit, "c[1] = measure q[3];\n", "")


def test_controlled_phases_rounded_to_twelfths_of_pi() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.h([0, 1, 2])
    circuit.cp(pi / 8, 0, 1)
    circuit.cp(pi / 4, 1, 2)
    circuit.h([0, 1, 2])
    circuit.measure([0, 1, 2], [0, 1, 2])
    assert "gate cp on qubits 0, 1 has another angle" in _plant(circuit, "cp(pi/8) q[0]", "cp(pi/12) q[0]")


def test_an_angle_that_is_a_millionth_off() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.ry(0.5, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    assert "differ by" in _plant(circuit, "ry(0.5)", "ry(0.500001)")


def test_a_delay_dropped() -> None:
    """qBraid 1270."""
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.delay(200, 0, unit="ns")
    circuit.delay(64, 1, unit="dt")
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    assert "a delay of 200ns on qubit 0 is lost" in _plant(circuit, "delay[200ns] q[0];\n", "")
    assert "a delay on qubit 0 is 200us" in _plant(circuit, "delay[200ns]", "delay[200us]")
    assert "a delay of 64dt on qubit 1 is lost" in _plant(circuit, "delay[64dt] q[1];\n", "")


def test_a_barrier_dropped_or_moved() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h([0, 1])
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.cx(0, 1)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    text = qasm3.dumps(circuit)
    assert "barrier" in _plant(circuit, "barrier q[0], q[1];\n", "")
    moved = text.replace("barrier q[0], q[1];\n", "", 1).replace("cx q[0], q[1];\n", "barrier q[0], q[1];\ncx q[0], q[1];\n", 1)
    certificate = _check(circuit, moved)
    assert (certificate.result, "barrier" in certificate.detail["where"]) == ("mismatch", True)


def test_a_program_emptied() -> None:
    circuit = _two_registers()
    text = "\n".join(line for line in qasm3.dumps(circuit).splitlines() if not line.startswith(("x ", "ry", "cx")))
    assert _check(circuit, text).result == "mismatch"


def test_a_reset_in_the_midst_lost() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.ry(0.7, 0)
    circuit.cx(0, 1)
    circuit.reset(0)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    assert "every reset is lost" in _plant(circuit, "reset q[0];\n", "")


def test_a_conditional_lost_or_on_another_value() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.ry(0.7, 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    assert "every conditional is lost" in _plant(circuit, "if (c[0]) {\n  x q[1];\n}\n", "x q[1];\n")
    assert "branches" in _plant(circuit, "if (c[0]) {", "if (!c[0]) {")


def test_a_measurement_in_the_midst_lost() -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.h(0)
    circuit.measure(0, 1)
    assert "every measurement in its midst is lost" in _plant(circuit, "c[0] = measure q[0];\n", "")


def test_a_global_phase_under_a_control_turned_into_none_or_into_another() -> None:
    """gphase under a control is a relative phase; leaving it out, or keeping a phase that was none, is another program."""
    body = "gate turn(a) t {{ {phase} rz(2 * a) t; }}\nqubit[2] q; bit[2] c;\nh q[0]; ctrl @ turn(0.7) q[0], q[1]; h q[0]; c = measure q;"
    asked = of_body(body.format(phase="gphase(a);"))
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cp(1.4, 0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    assert certify_programs(asked, of_circuit(circuit), hop=HOP).result == "equivalent"
    for phase in ("", "gphase(-a);", "gphase(a / 2);"):
        assert certify_programs(asked, of_body(body.format(phase=phase)), hop=HOP).result == "mismatch"


def test_a_global_phase_alone_is_no_difference() -> None:
    body = "qubit[2] q; bit[2] c; {phase} h q[0]; cx q[0], q[1]; c = measure q;"
    certificate = certify_programs(of_body(body.format(phase="")), of_body(body.format(phase="gphase(0.7);")), hop=HOP)
    assert certificate.result == "equivalent"


@pytest.mark.parametrize("names", [("a", "b"), ("beta", "alpha")])
def test_parameters_bound_in_another_order(names: tuple[str, str]) -> None:
    first, second = (Parameter(name) for name in names)
    circuit = QuantumCircuit(2, 2)
    circuit.ry(first, 0)
    circuit.rz(second, 0)
    circuit.cx(0, 1)
    circuit.ry(2 * second + first, 1)
    circuit.measure([0, 1], [0, 1])
    text = qasm3.dumps(circuit)
    assert _check(circuit, text).result == "equivalent"
    one, other = names
    mixed = text.replace(f"ry({one}) q[0]", f"ry({other}) q[0]").replace(f"rz({other}) q[0]", f"rz({one}) q[0]")
    assert mixed != text
    assert _check(circuit, mixed).result == "mismatch"
    swapped = text.replace(f"ry({one})", "ry(#)").replace(f"rz({other})", f"rz({one})").replace("ry(#)", f"ry({other})")
    swapped = swapped.replace(f"ry({one} + 2*{other})", f"ry({other} + 2*{one})").replace(
        f"ry(2*{other} + {one})", f"ry(2*{one} + {other})"
    )
    certificate = certify_programs(of_circuit(circuit), of_text(swapped), hop=HOP)
    assert (certificate.result, "have changed places" in certificate.detail["where"]) == ("mismatch", True), swapped


def test_an_input_lost() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.ry(Parameter("theta"), 0)
    circuit.measure(0, 0)
    assert "theta missing" in _plant(circuit, "input float[64] theta;\n", "const float theta = 0.3;\n")
