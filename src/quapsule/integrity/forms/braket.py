"""Amazon Braket's circuits and what they mean, by Braket's own matrices."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quapsule.integrity.meaning import Gate, Matrix, Meaning, Measure, Step, Unreadable


def read_circuit(circuit: Any, values: Mapping[str, float] | None = None) -> Meaning:
    """A braket.circuits.Circuit whose free parameters are bound to `values` by name. Without a measurement of its own every qubit that it
    uses is measured, as Braket does. Raises Unreadable for what is neither gate nor measurement."""
    from braket.circuits import Gate as BraketGate
    from braket.circuits.measure import Measure as BraketMeasure

    if circuit.parameters:
        circuit = circuit.make_bound_circuit({parameter.name: (values or {})[parameter.name] for parameter in circuit.parameters})
    steps: list[Step] = []
    measured = 0
    for instruction in circuit.instructions:
        qubits = tuple(int(qubit) for qubit in instruction.target)
        if isinstance(instruction.operator, BraketMeasure):
            for qubit in qubits:
                steps.append(Measure(qubit, measured))
                measured += 1
        elif isinstance(instruction.operator, BraketGate):
            steps += _read_gate(instruction, qubits)
        else:
            raise Unreadable(f"{instruction.operator.name} is neither gate nor measurement")
    used = sorted(int(qubit) for qubit in circuit.qubits)
    if not measured:
        steps += [Measure(qubit, place) for place, qubit in enumerate(used)]
        measured = len(used)
    return Meaning(qubits=max(used, default=-1) + 1, registers=(("b", measured),), steps=tuple(steps))


def _read_gate(instruction: Any, qubits: tuple[int, ...]) -> list[Gate]:
    name = str(instruction.operator.name)
    matrix: Matrix = np.asarray(instruction.operator.to_matrix(), dtype=np.complex128)
    if instruction.power != 1:
        matrix = _power(matrix, float(instruction.power))
    controls = tuple(int(qubit) for qubit in instruction.control)
    if controls:
        # The state says for each control at which value it acts; they stand before the gate's own qubits, the first one highest.
        size, own = 2 ** (len(controls) + len(qubits)), 2 ** len(qubits)
        start = int("".join(str(int(bit)) for bit in instruction.control_state), 2) * own
        whole = np.eye(size, dtype=np.complex128)
        whole[start : start + own, start : start + own] = matrix
        matrix = whole
    return [Gate(name, controls + qubits, matrix)] if controls + qubits else []


def _power(matrix: Matrix, power: float) -> Matrix:
    if power == int(power):
        return np.linalg.matrix_power(matrix, int(power))
    # Unitary, so that its Schur form is diagonal; each eigenvalue's principal power, as Braket's simulator takes it.
    from scipy.linalg import schur

    form, vectors = schur(matrix, output="complex")
    phases = np.angle(np.diag(form))
    phases[phases < -np.pi + 1e-9] += 2 * np.pi  # -1 belongs to the upper edge, whatever its rounding says
    found: Matrix = (vectors * np.exp(1j * power * phases)) @ vectors.conj().T
    return found
