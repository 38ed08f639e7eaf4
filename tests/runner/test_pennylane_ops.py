"""PennyLane's operators, alone, inverted and under controls: the text that the engine reads has the matrix that PennyLane gives."""

from typing import Any

import cirq
import numpy as np
import pennylane as qml
import pytest
from qiskit.quantum_info import Operator

from quapsule.integrity.certify import certify_witness
from quapsule.providers.engines.qasm3 import read_qasm3
from quapsule.runner.frameworks.pennylane import Problem
from quapsule.runner.frameworks.pennylane_tapes import write_tape
from quapsule.runner.programs import make_witness, name_inputs
from quapsule.runner.written import Written

RANDOM = np.random.RandomState(5)
NAMES = """
    PauliX PauliY PauliZ Hadamard S T SX RX RY RZ PhaseShift U1 U2 U3 Rot CNOT CY CZ CH SWAP ISWAP SISWAP ECR Toffoli CSWAP CCZ CRX CRY CRZ
    CRot ControlledPhaseShift CPhaseShift00 CPhaseShift01 CPhaseShift10 IsingXX IsingYY IsingZZ IsingXY PSWAP SingleExcitation
    SingleExcitationPlus SingleExcitationMinus DoubleExcitation DoubleExcitationPlus DoubleExcitationMinus OrbitalRotation FermionicSWAP
    Identity
""".split()  # noqa: SIM905 - read as a text, not as a list


def unitary(qubits: int) -> Any:
    return cirq.testing.random_unitary(1 << qubits, random_state=RANDOM)


def standard(name: str) -> Any:
    kind = getattr(qml, name)
    return kind(*RANDOM.uniform(-3, 3, kind.num_params), wires=range(kind.num_wires or 1))


STANDARD = [standard(name) for name in NAMES]
DERIVED = [
    derived
    for one in STANDARD
    for derived in (qml.adjoint(one), *((qml.ctrl(one, 7), qml.ctrl(one, [7, 8], control_values=[0, 1])) if len(one.wires) < 3 else ()))
]
COMPOSITE = [
    qml.MultiRZ(0.3, [0, 1, 2]), qml.PauliRot(0.3, "XYZ", [0, 1, 2]), qml.DiagonalQubitUnitary(np.exp(1j * RANDOM.rand(8)), [0, 1, 2]),
    *(qml.QubitUnitary(unitary(count), range(count)) for count in (1, 2, 3, 4)), qml.QFT([0, 1, 2]), qml.GroverOperator([0, 1, 2]),
    qml.MultiControlledX([0, 1, 2, 3], control_values=[0, 1, 1]), qml.exp(qml.X(0) @ qml.Y(1), 0.3j), qml.Permute([1, 2, 0], [0, 1, 2]),
    qml.TrotterProduct(qml.dot([0.3, 0.2], [qml.X(0), qml.Z(0) @ qml.Z(1)]), 0.4, n=2), qml.ControlledQubitUnitary(unitary(2), [0, 1, 2]),
    qml.pow(qml.X(0), 0.3), qml.pow(qml.RX(0.3, 0), 2.5), qml.pow(qml.SWAP([0, 1]), 0.5), qml.ctrl(qml.prod(qml.X(0), qml.RY(0.3, 1)), 2),
    qml.StronglyEntanglingLayers(RANDOM.rand(2, 3, 3), [0, 1, 2]), qml.IQPEmbedding([0.1, 0.2], [0, 1]), qml.FlipSign(2, [0, 1]),
    qml.ctrl(qml.GlobalPhase(0.3), [0, 1], control_values=[1, 0]), qml.ctrl(qml.QubitUnitary(unitary(1), 0), [1, 2, 3]),
    qml.Select([qml.X(2), qml.RZ(0.3, 2)], [0]), qml.evolve(qml.Z(0) @ qml.Z(1), 0.4),
]  # fmt: skip
ALL = [*STANDARD, *DERIVED, *COMPOSITE]


def write(operator: Any, measurement: Any) -> Written:
    return write_tape(qml.tape.QuantumScript([operator], [measurement], shots=10), Problem).written


@pytest.mark.parametrize("operator", ALL, ids=lambda one: one.name)
def test_the_engine_reads_the_matrix_that_pennylane_gives(operator: Any) -> None:
    lines = [line for line in write(operator, qml.sample()).text().splitlines() if "c[" not in line and not line.startswith("bit[")]
    made = Operator(read_qasm3("\n".join(lines)).circuit.reverse_bits()).data
    tape = qml.tape.QuantumScript([operator]).map_to_standard_wires()
    asked = qml.matrix(tape[0], wire_order=range(len(operator.wires)))
    assert abs(np.vdot(made.ravel(), asked.ravel())) / len(asked) == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize("operator", ALL, ids=lambda one: one.name)
def test_the_certificate_says_equivalent_with_numbers_and_with_inputs(operator: Any) -> None:
    written = write(operator, qml.expval(qml.prod(*(qml.Y(wire) for wire in operator.wires))))
    for names in ((), name_inputs(written)) if written.numbers else ((),):
        witness = make_witness(written, names)
        assert witness is not None
        assert certify_witness(written.text(names), "qasm3", witness, hop="script → interchange").result == "equivalent"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rx(0.3) q[0]", "rx(0.3) q[1]"),
        ("rx(0.3)", "rx(0.3000001)"),
        ("cx q[0], q[1];\n", ""),
        ("c[0] = measure q[0];\nc[1] = measure q[1]", "c[0] = measure q[1];\nc[1] = measure q[0]"),
        ("if (mid[0] == 1)", "if (mid[0] == 0)"),
        ("h q[1];", ""),  # the basis that is measured
    ],
)
def test_a_planted_mistake_of_the_writer_is_a_mismatch(before: str, after: str) -> None:
    middle = qml.ops.MidMeasure(2, meas_uid="m")
    operators = [qml.RX(0.3, 0), qml.RY(1.1, 1), qml.RX(0.8, 2), qml.CNOT([0, 1]), middle]
    operators.append(qml.ops.Conditional(qml.ops.MeasurementValue([middle]), qml.RZ(0.4, 1)))
    written = write_tape(qml.tape.QuantumScript(operators, [qml.expval(qml.Z(0) @ qml.X(1))], shots=10), Problem).written
    witness, text = make_witness(written, ()), written.text()
    assert witness is not None and before in text
    assert certify_witness(text, "qasm3", witness, hop="x").result == "equivalent"
    assert certify_witness(text.replace(before, after), "qasm3", witness, hop="x").result == "mismatch"
