"""Quarter turns written as Clifford gates, for the stabilizer engine."""

from collections.abc import Sequence
from typing import Any

from qiskit.circuit import ControlFlowOp, Gate, QuantumCircuit, Qubit
from qiskit.circuit.library import CZGate, HGate, IGate, SdgGate, SGate, SXdgGate, SXGate, XGate, YGate, ZGate

from .expand import CLIFFORD
from .facts import quarter_turns

# In the order of application, up to a global phase, by quarter turns.
_ABOUT_Z: tuple[tuple[type[Gate], ...], ...] = ((), (SGate,), (ZGate,), (SdgGate,))
_ABOUT_X: tuple[tuple[type[Gate], ...], ...] = ((), (SXGate,), (XGate,), (SXdgGate,))
_ABOUT_Y: tuple[tuple[type[Gate], ...], ...] = ((), (ZGate, HGate), (YGate,), (HGate, ZGate))


def write_clifford(circuit: QuantumCircuit) -> QuantumCircuit:
    """`circuit` is one whose facts say clifford. Measurement statistics are the same; the global phase is not kept."""
    if all(instruction.operation.name in CLIFFORD for instruction in circuit.data if isinstance(instruction.operation, Gate)) and not any(
        isinstance(instruction.operation, ControlFlowOp) for instruction in circuit.data
    ):
        return circuit
    out = circuit.copy_empty_like()
    for instruction in circuit.data:
        operation = instruction.operation
        if isinstance(operation, ControlFlowOp):
            operation = operation.replace_blocks([write_clifford(block) for block in operation.blocks])
        elif isinstance(operation, Gate) and operation.name not in CLIFFORD:
            _write(out, operation, instruction.qubits)
            continue
        out.append(operation, instruction.qubits, instruction.clbits, copy=False)
    return out


def name_cliffords(circuit: QuantumCircuit) -> QuantumCircuit:
    """One Clifford gate for each gate that is one, so that each keeps the one error that noise gives it; the others stay."""
    out = circuit.copy_empty_like()
    for instruction in circuit.data:
        operation = instruction.operation
        if isinstance(operation, ControlFlowOp):
            operation = operation.replace_blocks([name_cliffords(block) for block in operation.blocks])
        elif isinstance(operation, Gate) and operation.name not in CLIFFORD:
            steps = _steps(operation)
            if len(steps) < 2 and operation.num_qubits == 1:
                operation = steps[0]() if steps else IGate()
        out.append(operation, instruction.qubits, instruction.clbits, copy=False)
    return out


def _write(out: QuantumCircuit, operation: Any, qubits: Sequence[Qubit]) -> None:
    for step in _steps(operation):
        out.append(step(), qubits, (), copy=False)


def _steps(operation: Any) -> tuple[type[Gate], ...]:
    turns = [quarter_turns(angle) or 0 for angle in operation.params]
    name = operation.name
    if name in ("cp", "cu1"):
        return (CZGate,) if turns[0] == 2 else ()
    if name in ("rz", "p", "u1"):
        return _ABOUT_Z[turns[0]]
    if name == "rx":
        return _ABOUT_X[turns[0]]
    if name == "ry":
        return _ABOUT_Y[turns[0]]
    theta, phi, lam = (1, *turns) if name == "u2" else turns
    return _ABOUT_Z[lam] + _ABOUT_Y[theta] + _ABOUT_Z[phi]
