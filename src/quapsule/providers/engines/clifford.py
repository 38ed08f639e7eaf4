"""Quarter turns written as Clifford gates, for the stabilizer engine."""

from collections.abc import Sequence
from typing import Any

from qiskit.circuit import ControlFlowOp, Gate, QuantumCircuit, Qubit
from qiskit.circuit.library import CZGate, HGate, SdgGate, SGate, SXdgGate, SXGate, XGate, YGate, ZGate

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


def _write(out: QuantumCircuit, operation: Any, qubits: Sequence[Qubit]) -> None:
    turns = [quarter_turns(angle) or 0 for angle in operation.params]
    name = operation.name
    if name in ("cp", "cu1"):
        steps: tuple[type[Gate], ...] = (CZGate,) if turns[0] == 2 else ()
    elif name in ("rz", "p", "u1"):
        steps = _ABOUT_Z[turns[0]]
    elif name == "rx":
        steps = _ABOUT_X[turns[0]]
    elif name == "ry":
        steps = _ABOUT_Y[turns[0]]
    else:
        theta, phi, lam = (1, *turns) if name == "u2" else turns
        steps = _ABOUT_Z[lam] + _ABOUT_Y[theta] + _ABOUT_Z[phi]
    for step in steps:
        out.append(step(), qubits, (), copy=False)
