"""What a circuit is made of, as far as the choice of an engine and an honest estimate need it."""

from dataclasses import dataclass, field
from math import log2, pi
from typing import Any

from qiskit.circuit import ControlFlowOp, QuantumCircuit

from .expand import CLIFFORD, is_parametric

_QUARTER_TURNS = {"rz", "p", "u1", "rx", "ry", "u", "u3", "u2"}
_TURNS = {*_QUARTER_TURNS, "cp", "cu1"}
_DENSE = {"unitary", "cu", "cu3", "rzx", "ecr"}
_SCHMIDT_TWO_BITS = {"swap", "unitary", "ecr"}


@dataclass
class Facts:
    """`gates` counts unitary operations, `depth` circuit layers; `bond_bits`: log2 of a bound on the matrix-product bond dimension.
    `written_clifford`: in gates that are Clifford by name. `dense_gates`: those on several qubits that no engine knows to be sparse;
    `open_numbers`: how many gates have inputs. `open`: whether it is Clifford depends on the inputs alone, so that it is not known (and
    `clifford` is False) before they are bound."""

    qubits: int
    active_qubits: int
    clbits: int
    gates: int = 0
    two_qubit_gates: int = 0
    depth: int = 0
    measurements: int = 0
    clifford: bool = True
    open: bool = False
    first_non_clifford: str | None = None
    written_clifford: bool = True
    dynamic: bool = False
    mid_circuit: bool = False
    widest_gate: int = 1
    dense_gates: int = 0
    open_numbers: int = 0
    bond_bits: int | None = None
    bond_work: float = 0.0
    bond_numbers: float = 0.0
    _closed: set[int] = field(default_factory=set, repr=False)


def quarter_turns(angle: object) -> int | None:
    """The angle as a whole number of quarter turns, or None. An angle that is off by 1e-9 is not one."""
    try:
        turns = float(angle) / (pi / 2)  # type: ignore[arg-type]
    except TypeError:
        return None
    whole = round(turns)
    return whole % 4 if abs(turns - whole) <= 4e-15 * max(1.0, abs(turns)) else None


def read_facts(circuit: QuantumCircuit) -> Facts:
    """`circuit` is in statevector gates. Costs about a microsecond per operation."""
    facts = Facts(circuit.num_qubits, 0, circuit.num_clbits)
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    active: set[int] = set()
    _walk(circuit, [place[qubit] for qubit in circuit.qubits], facts, active)
    facts.active_qubits = max(1, len(active))
    facts.depth = circuit.depth()
    if facts.open:
        facts.open, facts.clifford = facts.clifford, False
        facts.first_non_clifford = facts.first_non_clifford or "of an input"
    return facts


def read_bond(circuit: QuantumCircuit, facts: Facts) -> None:
    """Fills bond_bits, bond_work (sum of cubed bonds over the two-qubit gates) and bond_numbers (complex numbers kept).

    Each cut of the chain gains at most the operator-Schmidt rank of a gate across it, and at most a factor 2 over its neighbours, and
    never has more than all gates between its two sides made. Distant qubits are brought together by swaps, as the engine does. A bound,
    so that memory is not found missing later."""
    if facts.dynamic and any(isinstance(instruction.operation, ControlFlowOp) for instruction in circuit.data):
        return
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    order = list(range(circuit.num_qubits))
    at = list(order)
    bits = [0] * (circuit.num_qubits + 1)
    made = [0] * (circuit.num_qubits + 1)
    between: list[dict[int, int]] = [{} for _ in order]
    work = 0.0

    def grow(cut: int, rank_bits: int) -> None:
        nonlocal work
        bits[cut] = min(bits[cut] + rank_bits, bits[cut - 1] + 1, bits[cut + 1] + 1, made[cut])
        work += 8.0 ** min(bits[cut], 100)

    def change_sides(cut: int, left: int, right: int) -> None:
        """Two neighbours across a cut change places: the gates that each shares with either side begin or cease to cross it."""
        for qubit, other, side in ((left, right, 1), (right, left, -1)):
            for third, rank_bits in between[qubit].items():
                if third != other:
                    made[cut] += rank_bits * (side if at[third] < cut else -side)

    for instruction in circuit.data:
        qubits = [place[qubit] for qubit in instruction.qubits]
        if len(qubits) < 2 or instruction.operation.name in ("barrier", "delay"):
            continue
        if len(qubits) > 2:
            return
        low, high = sorted((at[qubits[0]], at[qubits[1]]))
        while high > low + 1:
            change_sides(high, order[high - 1], order[high])
            order[high - 1], order[high] = order[high], order[high - 1]
            at[order[high - 1]], at[order[high]] = high - 1, high
            grow(high, 2)
            high -= 1
        rank_bits = 2 if instruction.operation.name in _SCHMIDT_TWO_BITS else 1
        one, other = qubits
        between[one][other] = between[other][one] = between[one].get(other, 0) + rank_bits
        made[high] += rank_bits
        grow(high, rank_bits)
    facts.bond_bits = max(bits)
    facts.bond_work = work
    facts.bond_numbers = sum(2.0 ** min(bits[index] + bits[index + 1] + 1, 1000) for index in range(circuit.num_qubits))


def _walk(circuit: QuantumCircuit, places: list[int], facts: Facts, active: set[int]) -> None:
    place = dict(zip(circuit.qubits, places, strict=True))
    for instruction in circuit.data:
        operation, name = instruction.operation, instruction.operation.name
        qubits = [place[qubit] for qubit in instruction.qubits]
        if name in ("barrier", "delay"):
            continue
        active.update(qubits)
        if isinstance(operation, ControlFlowOp):
            facts.dynamic = facts.mid_circuit = True
            for block in operation.blocks:
                _walk(block, qubits, facts, active)
            continue
        if name == "measure":
            facts.measurements += 1
            facts.mid_circuit = facts.mid_circuit or qubits[0] in facts._closed
            facts._closed.update(qubits)
            continue
        if facts._closed and not facts._closed.isdisjoint(qubits):
            facts.dynamic = facts.mid_circuit = True
        if name == "reset":
            facts.dynamic = True
            continue
        if name in ("store", "break_loop", "continue_loop"):
            facts.dynamic = True
            continue
        facts.gates += 1
        facts.two_qubit_gates += len(qubits) == 2
        facts.widest_gate = max(facts.widest_gate, len(qubits))
        facts.dense_gates += len(qubits) > 1 and name in _DENSE
        facts.open_numbers += is_parametric(operation)
        facts.written_clifford = facts.written_clifford and name in CLIFFORD
        if name in _TURNS and is_parametric(operation):
            facts.open = True
        elif facts.clifford and name not in CLIFFORD and not _is_quarter(operation):
            facts.clifford, facts.first_non_clifford = False, name


def _is_quarter(operation: Any) -> bool:
    name, params = operation.name, operation.params
    if name == "cp" or name == "cu1":
        return quarter_turns(params[0]) in (0, 2)
    return name in _QUARTER_TURNS and all(quarter_turns(angle) is not None for angle in params)


def statevector_bytes(qubits: int) -> int:
    return 16 << qubits


def most_qubits(memory_bytes: int) -> int:
    return max(0, int(log2(max(memory_bytes, 16) / 16)))
