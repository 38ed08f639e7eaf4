"""Programs in the words of Amazon Braket: refusals by name first; then what Amazon's own parser reads out of the text."""

import math
from typing import Any

import numpy as np
import pytest
from braket.circuits import Circuit
from braket.default_simulator.openqasm.interpreter import Interpreter
from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator, random_unitary

from quapsule.providers.engines.binding import bind
from quapsule.providers.engines.problems import EngineProblem
from quapsule.providers.engines.program import read_program
from quapsule.providers.engines.translate import EVERYWHERE, write_braket

from .box import HEAD


def text_of(source: str, verbatim: bool = False, gates: frozenset[str] = EVERYWHERE, **inputs: float) -> str:
    program = read_program("qasm3", HEAD + source)
    return write_braket(program, bind(program.circuit, program.parameters, inputs), gates, verbatim)[0]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("qubit[2] q; bit[2] c; c[0] = measure q[0]; x q[0]; c[1] = measure q[1];", "mid-circuit measurement: x acts on qubit 0"),
        ("qubit q; bit[2] c; c[0] = measure q; c[1] = measure q;", "measured twice"),
        ("qubit q; bit c; reset q; c = measure q;", "a reset"),
        ("qubit q; bit c; x q; delay[100ns] q; c = measure q;", "a delay"),
        ("qubit[2] q; bit[2] c; c[0] = measure q[0]; if (c[0]) { x q[1]; } c[1] = measure q[1];", "a condition on a measured bit"),
        ("qubit[2] q; bit[2] c; c[0] = measure q[0]; barrier q; c[1] = measure q[1];", "a barrier after a measurement"),
        ("qubit q; bit c; while (!c) { h q; c = measure q; }", "a while loop"),
    ],
)
def test_what_braket_has_no_word_for_is_refused_by_its_name(source: str, named: str) -> None:
    with pytest.raises(EngineProblem, match=named) as caught:
        text_of(source)
    assert (caught.value.category, caught.value.code) == ("user", "unsupported")


def test_a_verbatim_program_is_refused_when_a_gate_is_not_the_devices() -> None:
    with pytest.raises(EngineProblem, match="has no gate cy"):
        text_of("qubit[2] q; bit c; cy q[0], q[1]; c = measure q[0];", verbatim=True)


def test_the_text_has_no_include_and_one_register_and_measures_at_the_end() -> None:
    text = text_of("qubit[3] q; bit[2] a; bit b; h q[0]; cx q[0], q[2]; a[1] = measure q[0]; x q[1]; b = measure q[2];")
    assert text == (
        "OPENQASM 3.0;\nbit[3] b;\nqubit[3] q;\nh q[0];\ncnot q[0], q[2];\nx q[1];\nb[1] = measure q[0];\nb[2] = measure q[2];\n"
    )


def test_verbatim_is_written_only_when_asked_for() -> None:
    source = "qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;"
    assert "verbatim" not in text_of(source)
    assert text_of(source, verbatim=True) == (
        "OPENQASM 3.0;\nbit[2] b;\n#pragma braket verbatim\nbox {\n  h $0;\n  cnot $0, $1;\n}\nb[0] = measure $0;\nb[1] = measure $1;\n"
    )


def test_numbers_keep_every_digit() -> None:
    angle = math.pi / 3 + 1e-13
    assert f"rz({angle!r}) q[0];" in text_of("input float turn; qubit q; bit c; rz(turn) q; c = measure q;", turn=angle)


def test_barriers_are_kept() -> None:
    text = text_of("qubit[3] q; bit c; h q[0]; barrier q[0], q[2]; h q[0]; c = measure q[0];")
    assert "h q[0];\nbarrier q[0], q[2];\nh q[0];\n" in text


GATES = [
    ("id", 0, 1), ("h", 0, 1), ("x", 0, 1), ("y", 0, 1), ("z", 0, 1), ("s", 0, 1), ("sdg", 0, 1), ("t", 0, 1), ("tdg", 0, 1),
    ("sx", 0, 1), ("sxdg", 0, 1), ("rx", 1, 1), ("ry", 1, 1), ("rz", 1, 1), ("p", 1, 1), ("u", 3, 1), ("r", 2, 1), ("cx", 0, 2),
    ("cy", 0, 2), ("cz", 0, 2), ("ch", 0, 2), ("csx", 0, 2), ("cp", 1, 2), ("crx", 1, 2), ("cry", 1, 2), ("crz", 1, 2), ("cu", 4, 2),
    ("swap", 0, 2), ("iswap", 0, 2), ("dcx", 0, 2), ("ecr", 0, 2), ("rxx", 1, 2), ("ryy", 1, 2), ("rzz", 1, 2), ("rzx", 1, 2),
    ("ccx", 0, 3), ("ccz", 0, 3), ("cswap", 0, 3),
]  # fmt: skip
ALL_GATES = EVERYWHERE | {
    "i", "v", "vi", "phaseshift", "prx", "cy", "cz", "cv", "cphaseshift", "ecr", "xx", "yy", "zz", "ccnot", "cswap",
}  # fmt: skip


@pytest.mark.parametrize("gates", [EVERYWHERE, ALL_GATES], ids=["least", "all"])
@pytest.mark.parametrize(("name", "parameters", "qubits"), GATES, ids=[name for name, _, _ in GATES])
def test_each_gate_means_the_same_to_amazons_parser(name: str, parameters: int, qubits: int, gates: frozenset[str]) -> None:
    circuit = QuantumCircuit(qubits, qubits)
    getattr(circuit, name)(*[0.3 + 0.7 * index for index in range(parameters)], *range(qubits)[::-1])
    _assert_same(circuit, gates)


def test_a_gate_that_is_a_matrix_is_written_in_gates() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.append(UnitaryGate(random_unitary(4, seed=7)), [1, 0])
    circuit.append(UnitaryGate(random_unitary(2, seed=8)), [1])
    _assert_same(circuit, EVERYWHERE)


def _assert_same(circuit: QuantumCircuit, gates: frozenset[str]) -> None:
    """Up to the global phase; qubit 0 is the most significant for Braket, the least for Qiskit."""
    asked = Operator(circuit.remove_final_measurements(inplace=False) or circuit).reverse_qargs().data
    measured = circuit.copy()
    measured.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    program = _program_of(measured)
    text, _ = write_braket(program, measured, gates)
    used = {line.split("(")[0].split(" ")[0] for line in text.splitlines()[3:] if not line.startswith("b[")}
    assert used <= gates, used - gates
    read = _unitary(text, circuit.num_qubits)
    assert abs(abs(np.vdot(asked, read)) - 2**circuit.num_qubits) < 1e-8


def _program_of(circuit: QuantumCircuit) -> Any:
    from quapsule.providers.engines.program import Program

    return Program(circuit, (("c", circuit.num_clbits),), 0, (), "as_written", "")


def _unitary(text: str, qubits: int) -> Any:
    """By the matrices of Amazon's own reading."""
    Circuit.from_ir(text)  # and the SDK takes it
    matrix = np.eye(2**qubits, dtype=complex).reshape([2] * (2 * qubits))
    for gate in Interpreter().build_circuit(text).instructions:
        width = len(gate.targets)
        operator = gate.matrix.reshape([2] * (2 * width))
        matrix = np.tensordot(operator, matrix, axes=(range(width, 2 * width), gate.targets))
        matrix = np.moveaxis(matrix, range(width), gate.targets)
    return matrix.reshape(2**qubits, 2**qubits)
