"""Which gates are folded, by mitiq. It works on Cirq circuits and would convert ours there and back, losing parameters, registers and
barriers; it is given a stand-in instead, whose gates know no more than their place in the program."""

from collections import Counter
from typing import Any

import cirq
from mitiq.zne.scaling import fold_gates_at_random
from qiskit.circuit import QuantumCircuit

# Gates on two qubits make most of the noise: where a scale factor needs only some gates folded, their share of it decides.
ERRORS = {"single": 0.001, "double": 0.01, "triple": 0.03}
_FIDELITIES = {name: 1 - error for name, error in ERRORS.items()}
_SEED = 20_261
NOT_GATES = frozenset({"barrier", "delay", "measure"})


class _Place(cirq.Gate):  # type: ignore[misc]
    def __init__(self, place: int, qubits: int, inverted: bool = False) -> None:
        self.place, self.qubits, self.inverted = place, qubits, inverted

    def _num_qubits_(self) -> int:
        return self.qubits

    def __pow__(self, power: Any) -> Any:
        return _Place(self.place, self.qubits, not self.inverted) if power == -1 else NotImplemented


def count_folds(circuit: QuantumCircuit, scale_factor: float) -> dict[int, int]:
    """place in circuit.data → how often G is followed by G⁻¹ G; the same for the same circuit and factor."""
    wires = {bit: cirq.LineQubit(place) for place, bit in enumerate(circuit.qubits)}
    gates = [
        _Place(place, len(instruction.qubits)).on(*(wires[bit] for bit in instruction.qubits))
        for place, instruction in enumerate(circuit.data)
        if instruction.qubits and instruction.operation.name not in NOT_GATES
    ]
    folded = fold_gates_at_random(cirq.Circuit(gates), scale_factor, seed=_SEED, fidelities=_FIDELITIES)
    return Counter(operation.gate.place for operation in folded.all_operations() if operation.gate.inverted)


def fold(circuit: QuantumCircuit, scale_factor: float) -> tuple[QuantumCircuit, frozenset[int]]:
    """The circuit with its gates folded in place, its bits, parameters and order as they were; and which of its barriers are new, by their
    number in the text. They stand between a gate and its inverse, so that a compiler which honours barriers leaves both."""
    folds = count_folds(circuit, scale_factor)
    out = circuit.copy_empty_like()
    barriers, added = 0, set()
    for place, instruction in enumerate(circuit.data):
        out.append(instruction)
        barriers += instruction.operation.name == "barrier"
        for _ in range(folds.get(place, 0)):
            for operation in (instruction.operation.inverse(), instruction.operation):
                out.barrier(instruction.qubits)
                out.append(operation, instruction.qubits)
                added.add(barriers)
                barriers += 1
    return out, frozenset(added)


def weigh(circuit: QuantumCircuit) -> float:
    """The noise of a circuit in the terms by which gates were chosen."""
    sizes = Counter(len(instruction.qubits) for instruction in circuit.data if instruction.operation.name not in NOT_GATES)
    of_size = {1: ERRORS["single"], 2: ERRORS["double"], 3: ERRORS["triple"]}
    return sum(number * of_size.get(size, 1 - 0.99**size) for size, number in sizes.items() if size)
