"""The final state of a program, on request."""

from collections.abc import Mapping, Sequence

from qiskit.circuit import QuantumCircuit

from . import aer
from .binding import bind
from .prepared import Prepared
from .problems import EngineProblem

MOST_QUBITS = 16
MOST_BYTES = 6 << 20
_AMPLITUDE_BYTES = 44  # as JSON


def find_statevectors(prepared: Prepared, bindings: Sequence[Mapping[str, float]], memory_bytes: int) -> list[list[list[float]]]:
    """[[re, im], …] per binding, qubit 0 the most significant bit of the index, over all the program's qubits; the measurements at its end
    are left out.

    Raises EngineProblem statevector_too_large, or statevector_unavailable where there is no one final state."""
    qubits = prepared.program.circuit.num_qubits
    if prepared.noise is not None:
        raise EngineProblem("statevector_unavailable", "With noise there is no one final state; leave out the noise or the state vector.")
    if prepared.facts.dynamic or prepared.facts.mid_circuit:
        message = "The program measures, resets or branches before its end, so that every shot ends in a state of its own."
        raise EngineProblem("statevector_unavailable", message)
    if qubits > MOST_QUBITS:
        raise EngineProblem("statevector_too_large", f"State vectors are given up to {MOST_QUBITS} qubits; the program has {qubits}.")
    if len(bindings) * (_AMPLITUDE_BYTES << qubits) > MOST_BYTES:
        message = f"The state vectors of {len(bindings)} bindings of {qubits} qubits take more than {MOST_BYTES >> 20} MiB."
        raise EngineProblem("statevector_too_large", message)
    open_ended = _without_measurements(prepared.circuit)
    circuits = [bind(open_ended, prepared.program.parameters, binding) for binding in bindings]
    states = aer.find_states(circuits, memory_bytes)
    return [[[float(one.real), float(one.imag)] for one in state] for state in states]


def _without_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    out = circuit.copy_empty_like()
    for one in circuit.data:
        if one.operation.name != "measure":
            out.append(one.operation, one.qubits, one.clbits, copy=False)
    return out
