"""Circuits in the gates that an engine knows: others are replaced by their definitions, exactly, and never by their name alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from qiskit.circuit import AnnotatedOperation, ControlFlowOp, Gate, Instruction, QuantumCircuit, Qubit
from qiskit.circuit import library as gates
from qiskit.circuit.exceptions import CircuitError
from qiskit.circuit.library import UnitaryGate
from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

from .problems import unsupported

MOST_OPERATIONS = 300_000
WIDEST_MATRIX = 8

_NOT_GATES = {
    "measure", "reset", "barrier", "delay", "store", "if_else", "while_loop", "for_loop", "switch_case", "break_loop", "continue_loop",
}  # fmt: skip
_STANDARD: Mapping[str, tuple[type, ...]] = {
    **{name: (gate.base_class,) for name, gate in get_standard_gate_name_mapping().items() if isinstance(gate, Gate)},
    "mcx": (gates.C3XGate, gates.C4XGate, gates.MCXGate),
    "mcphase": (gates.MCPhaseGate,),
    "u1": (gates.U1Gate,),
    "u2": (gates.U2Gate,),
    "u3": (gates.U3Gate,),
    "cu1": (gates.CU1Gate,),
    "cu3": (gates.CU3Gate,),
    "unitary": (UnitaryGate,),
}


def _known(names: str) -> Mapping[str, tuple[type, ...]]:
    return {name: _STANDARD[name] for name in names.split()}


STATEVECTOR = _known(
    "u1 u2 u3 u p r rx ry rz id x y z h s sdg sx sxdg t tdg swap cx cy cz csx cp cu cu1 cu3 rxx ryy rzz rzx ccx ccz"
    " crx cry crz cswap mcx mcphase unitary ecr"
)
TENSORS = _known("u1 u2 u3 u p r rx ry rz id x y z h s sdg sx sxdg t tdg swap cx cy cz csx cp rxx ryy rzz rzx unitary ecr")
CLIFFORD = _known("id x y z h s sdg sx sxdg cx cy cz swap ecr")
DENSITY = _known("u1 u2 u3 u p r rx ry rz id x y z h s sdg sx sxdg t tdg swap cx cy cz cp cu1 rxx ryy rzz rzx ccx unitary ecr")
# Of one and two qubits, as programs write them; engines that lack one take its matrix, so that it stays one gate with one error.
NOISY = _known(
    "u1 u2 u3 u p r rx ry rz id x y z h s sdg sx sxdg t tdg swap cx cy cz ch cs csdg csx cp cu cu1 cu3 rxx ryy rzz rzx crx cry crz"
    " unitary ecr dcx iswap"
)


def expand(circuit: QuantumCircuit, known: Mapping[str, tuple[type, ...]], widest: int = WIDEST_MATRIX) -> QuantumCircuit:
    """The same circuit in `known` gates; the very object when it is so already. Bits keep their places. `widest`: qubits of a matrix.

    Raises EngineProblem unsupported for a gate without definition, or when definitions unfold beyond MOST_OPERATIONS."""
    if all(_is_known(instruction.operation, known, widest) for instruction in circuit.data):
        return circuit
    return _Expansion(known, widest).expand(circuit)


def check_size(circuit: QuantumCircuit) -> None:
    """Before anything walks through nested definitions, which can be exponentially large. Raises EngineProblem unsupported."""
    _Expansion(STATEVECTOR).check(circuit)


def is_parametric(operation: Instruction) -> bool:
    return any(getattr(parameter, "parameters", None) for parameter in operation.params)


def _is_known(operation: Any, known: Mapping[str, tuple[type, ...]], widest: int) -> bool:
    name = operation.name
    if isinstance(operation, ControlFlowOp):
        return all(_is_known(inner.operation, known, widest) for block in operation.blocks for inner in block.data)
    if isinstance(operation, Gate):
        # The engine goes by name, and a program may define its own "h"; only the standard class of that name means it.
        return name in known and operation.base_class in known[name] and not (name == "unitary" and operation.num_qubits > widest)
    return name in _NOT_GATES


class _Expansion:
    def __init__(self, known: Mapping[str, tuple[type, ...]], widest: int = WIDEST_MATRIX) -> None:
        self._known, self._widest = known, widest
        self._sizes: dict[tuple[str, int], int] = {}
        self._definitions: dict[str, QuantumCircuit | None] = {}

    def expand(self, circuit: QuantumCircuit) -> QuantumCircuit:
        self.check(circuit)
        out = circuit.copy_empty_like()
        for instruction in circuit.data:
            self._emit(out, instruction.operation, instruction.qubits, instruction.clbits)
        return out

    def check(self, circuit: QuantumCircuit) -> None:
        if sum(self._size(instruction.operation) for instruction in circuit.data) > MOST_OPERATIONS:
            raise unsupported(f"the gate definitions unfold to more than {MOST_OPERATIONS:,} operations")

    def _emit(self, out: QuantumCircuit, operation: Any, qubits: Sequence[Qubit], clbits: Sequence[Any]) -> None:
        if isinstance(operation, ControlFlowOp):
            operation = operation.replace_blocks([self.expand(block) for block in operation.blocks])
        elif not _is_known(operation, self._known, self._widest):
            definition = self._definition(operation)
            if definition is None:
                operation = _matrix(operation)
            else:
                out.global_phase += definition.global_phase
                place = dict(zip(definition.qubits, qubits, strict=True))
                for inner in definition.data:
                    self._emit(out, inner.operation, [place[qubit] for qubit in inner.qubits], ())
                return
        out.append(operation, qubits, clbits, copy=False)

    def _size(self, operation: Any) -> int:
        """Operations that it unfolds to, found without unfolding: each named gate is looked at once."""
        if _is_known(operation, self._known, self._widest) or isinstance(operation, ControlFlowOp):
            return 1
        key = operation.name, operation.num_qubits
        if key not in self._sizes:
            definition = self._definition(operation)
            self._sizes[key] = 1 if definition is None else 1 + sum(self._size(inner.operation) for inner in definition.data)
        return self._sizes[key]

    def _definition(self, operation: Any) -> QuantumCircuit | None:
        # A gate of an OpenQASM 2 program makes its definition anew each time; without parameters its name says all.
        if operation.params or not str(type(operation).__module__).startswith("qiskit.qasm2"):
            return _definition(operation)
        if operation.name not in self._definitions:
            self._definitions[operation.name] = _definition(operation)
        return self._definitions[operation.name]


def _definition(operation: Any) -> QuantumCircuit | None:
    if isinstance(operation, AnnotatedOperation):
        return None
    definition = getattr(operation, "definition", None)
    return definition if isinstance(definition, QuantumCircuit) and not definition.num_clbits else None


def _matrix(operation: Any) -> UnitaryGate:
    if operation.num_qubits <= WIDEST_MATRIX:
        try:
            return UnitaryGate(Operator(operation), check_input=False)
        except (CircuitError, TypeError, ValueError) as problem:
            raise unsupported(f"the gate {operation.name!r} has neither a definition nor a matrix here") from problem
    raise unsupported(f"the gate {operation.name!r} on {operation.num_qubits} qubits has no definition in known gates")
