"""Every gate of Cirq's standard set, alone and under controls: the text that the engine reads has the matrix that Cirq gives."""

import cirq
import numpy as np
import pytest
from qiskit.quantum_info import Operator

from quapsule.integrity.certify import certify_witness
from quapsule.integrity.witness import make_witness as witness_of
from quapsule.providers.engines.qasm3 import read_qasm3
from quapsule.runner.frameworks.cirq import Problem
from quapsule.runner.frameworks.cirq_circuits import write_circuit
from quapsule.runner.programs import make_witness, name_inputs
from quapsule.runner.written import Written

RANDOM = np.random.RandomState(5)
Q = cirq.LineQubit.range(4)
FAR, FARTHER = cirq.LineQubit(9), cirq.LineQubit(-1)


def unitary(qubits: int) -> cirq.MatrixGate:
    return cirq.MatrixGate(cirq.testing.random_unitary(1 << qubits, random_state=RANDOM))


POWERS = [
    base**exponent
    for base in (cirq.X, cirq.Y, cirq.Z, cirq.H, cirq.CZ, cirq.CX, cirq.CCX, cirq.CCZ, cirq.SWAP, cirq.ISWAP, cirq.XX, cirq.YY, cirq.ZZ)
    for exponent in (1, -1, 0.5, -0.5, 0.25, -0.25, 0.3, -1.7, 2, 1e-7)
]
GATES = [
    *POWERS,
    cirq.rx(0.3), cirq.rx(np.pi), cirq.ry(-2.0), cirq.rz(5), cirq.ms(0.3), cirq.CSWAP, cirq.I, cirq.IdentityGate(3),
    cirq.PhasedXPowGate(phase_exponent=0.3, exponent=0.7), cirq.PhasedXZGate(x_exponent=0.2, z_exponent=0.5, axis_phase_exponent=0.9),
    cirq.FSimGate(0.3, 0.8), cirq.PhasedFSimGate(0.1, 0.2, 0.3, 0.4, 0.5), cirq.PhasedISwapPowGate(phase_exponent=0.2, exponent=0.6),
    cirq.givens(0.4), cirq.riswap(0.3), cirq.cphase(0.7), cirq.XPowGate(exponent=0.3, global_shift=0.7), cirq.XPowGate(global_shift=0.7),
    cirq.ZPowGate(exponent=0.3, global_shift=0.7), unitary(1), unitary(2), unitary(3), unitary(4), cirq.MatrixGate(np.diag([1, 1j])),
    cirq.MatrixGate(np.array([[0, 1], [1j, 0]])), cirq.DiagonalGate([0.1, 0.2, 0.3, 0.4]), cirq.TwoQubitDiagonalGate([0.1, 0.2, 0.3, 0.4]),
    cirq.ThreeQubitDiagonalGate([0.1 * place for place in range(8)]), cirq.QubitPermutationGate([2, 0, 1]),
    cirq.QuantumFourierTransformGate(3), cirq.PhaseGradientGate(num_qubits=3, exponent=0.3), cirq.DensePauliString("XYZ", coefficient=1j),
    cirq.SingleQubitCliffordGate.X_sqrt, cirq.CliffordGate.from_op_list([cirq.H(Q[0]), cirq.CX(Q[0], Q[1])], Q[:2]),
    cirq.ParallelGate(cirq.X**0.3, 3), cirq.BooleanHamiltonianGate(["a", "b"], ["a ^ b"], 0.3), cirq.UniformSuperpositionGate(3, 2),
    cirq.PauliInteractionGate(cirq.X, True, cirq.Z, False, exponent=0.3), cirq.ControlledGate(cirq.ControlledGate(cirq.H)),
]  # fmt: skip
PLAIN = [gate.on(*Q[: cirq.num_qubits(gate)]) for gate in GATES] + [
    cirq.X(Q[0]) * cirq.Z(Q[1]) * 1j,
    cirq.PauliStringPhasor(cirq.X(Q[0]) * cirq.Z(Q[1]), exponent_neg=0.3, exponent_pos=0.1),
]
CONTROLLED = [
    controlled
    for one in PLAIN
    if len(one.qubits) <= 2
    for controlled in (one.controlled_by(FAR), one.controlled_by(FAR, FARTHER, control_values=[0, 1]))
] + [
    cirq.global_phase_operation(np.exp(0.3j)).controlled_by(Q[0]),
    cirq.global_phase_operation(np.exp(0.3j)).controlled_by(Q[0], Q[1], control_values=[1, 0]),
    cirq.X(Q[2]).controlled_by(Q[0], Q[1], control_values=cirq.SumOfProducts([(0, 1), (1, 0)])),
    cirq.ry(0.3)(Q[2]).controlled_by(Q[0], Q[1], control_values=[(0, 1), 1]),
    unitary(1).on(Q[3]).controlled_by(*Q[:3]),
]


def write(operation: cirq.Operation, measured: bool) -> Written:
    circuit = cirq.Circuit(operation, cirq.measure(*operation.qubits, key="m") if measured else [])
    return write_circuit(circuit, [cirq.ParamResolver()], Problem)[0].written


@pytest.mark.parametrize("operation", PLAIN + CONTROLLED, ids=lambda one: str(one)[:50].replace("\n", " "))
def test_the_engine_reads_the_matrix_that_cirq_gives(operation: cirq.Operation) -> None:
    made = Operator(read_qasm3(write(operation, False).text()).circuit.reverse_bits()).data
    asked = cirq.Circuit(operation).unitary()
    assert abs(np.vdot(made.ravel(), asked.ravel())) / len(asked) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("operation", PLAIN + CONTROLLED, ids=lambda one: str(one)[:50].replace("\n", " "))
def test_the_certificate_says_equivalent_with_numbers_and_with_inputs(operation: cirq.Operation) -> None:
    written = write(operation, True)
    for names in ((), name_inputs(written)) if written.numbers else ((),):
        witness = make_witness(written, names)
        assert witness is not None
        assert certify_witness(written.text(names), "qasm3", witness, hop="script → interchange").result == "equivalent"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rx(pi*0.3) q[0]", "rx(pi*0.3) q[1]"),
        ("rx(pi*0.3)", "rx(pi*0.3000001)"),
        ("cx q[0], q[1];\n", ""),
        ("m[0] = measure q[0];\nm[1] = measure q[1]", "m[0] = measure q[1];\nm[1] = measure q[0]"),
        ("cp(pi*0.25)", "cp(pi*-0.25)"),
    ],
)
def test_a_planted_mistake_of_the_writer_is_a_mismatch(before: str, after: str) -> None:
    a, b = Q[:2]
    circuit = cirq.Circuit(cirq.X(a) ** 0.3, cirq.CX(a, b), cirq.H(a), cirq.CZ(a, b) ** 0.25, cirq.H(b), cirq.measure(a, b, key="m"))
    written = write_circuit(circuit, [cirq.ParamResolver()], Problem)[0].written
    witness, text = make_witness(written, ()), written.text()
    assert witness is not None and before in text
    assert certify_witness(text.replace(before, after), "qasm3", witness, hop="x").result == "mismatch"


def test_control_values_that_are_booleans_mean_what_the_text_says() -> None:
    # cirq.unitary takes True and False for a mask, and gives another matrix: the witness must not.
    operation = cirq.ControlledOperation([Q[0]], cirq.H(Q[1]), control_values=[False])
    written = write(operation, True)
    witness = witness_of(lambda _: written.original(), ())
    assert witness is not None
    assert certify_witness(written.text(), "qasm3", witness, hop="x").result == "equivalent" and "negctrl @ h" in written.text()
