"""A circuit without branches, as the list of steps that a plain state vector takes; engines differ only in how they do a step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter, ParameterExpression, QuantumCircuit

from quapsule.integrity.meaning import Barrier, Delay, Gate, Meaning, Measure, Step

Matrix = NDArray[np.complex128]
# A gate of more qubits is a matrix that takes longer than its pieces.
WIDEST_GATE = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One gate. `qubits` are places among the plan's; `params` numbers or expressions of inputs. `make`: the gate's class, or the gate
    itself where it is a matrix only."""

    name: str
    qubits: tuple[int, ...]
    params: tuple[Any, ...]
    make: Any

    def matrix(self, values: tuple[float, ...]) -> Matrix:
        """qubits[0] is the most significant bit of the index."""
        if self.name in ("mcx", "mcphase"):
            matrix = np.eye(1 << len(self.qubits), dtype=np.complex128)
            matrix[-2:, -2:] = [[0, 1], [1, 0]] if self.name == "mcx" else [[1, 0], [0, np.exp(1j * values[0])]]
            return matrix
        gate = self.make(*values) if isinstance(self.make, type) else self.make
        return turned(np.asarray(gate.to_matrix(), dtype=np.complex128))


@dataclass(frozen=True)
class Plan:
    """`calls` act on `qubits` qubits, those of the circuit that anything acts on; `places`: their numbers in the circuit. `measures`:
    clbit → place that it is measured from, the last word of each bit. `names`: how inputs are bound."""

    circuit: QuantumCircuit
    qubits: int
    places: tuple[int, ...]
    calls: tuple[Call, ...]
    measures: Mapping[int, int]
    names: Mapping[Parameter, str]

    def values(self, binding: Mapping[str, float]) -> Iterator[tuple[Call, tuple[float, ...]]]:
        """Each call with its numbers. The binding was checked."""
        numbers = {parameter: float(binding[name]) for parameter, name in self.names.items()}
        for call in self.calls:
            yield call, tuple(_number(one, numbers) for one in call.params)


def make_plan(circuit: QuantumCircuit) -> Plan:
    """`circuit` is in statevector gates, none wider than WIDEST_GATE, and measures at the end alone: its facts say so."""
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    clbit = {bit: index for index, bit in enumerate(circuit.clbits)}
    acts = [one for one in circuit.data if one.operation.name not in ("barrier", "delay")]
    places = sorted({place[qubit] for one in acts for qubit in one.qubits}) or [0]
    near = {number: index for index, number in enumerate(places)}
    calls: list[Call] = []
    measures: dict[int, int] = {}
    for one in acts:
        operation, qubits = one.operation, tuple(near[place[qubit]] for qubit in one.qubits)
        if operation.name == "measure":
            measures[clbit[one.clbits[0]]] = qubits[0]
        elif operation.name == "unitary":
            calls.append(Call("unitary", qubits, (), operation))
        elif operation.name != "id":
            calls.append(Call(operation.name, qubits, tuple(operation.params), operation.base_class))
    names = {parameter: parameter.name for parameter in circuit.parameters}
    return Plan(circuit, len(places), tuple(places), tuple(calls), measures, names)


def turned(matrix: Matrix) -> Matrix:
    """The matrix with the order of its qubits turned round: Qiskit's first is the least significant, ours the most."""
    width = matrix.shape[0].bit_length() - 1
    if width < 2:
        return matrix
    axes = [*reversed(range(width)), *reversed(range(width, 2 * width))]
    return np.ascontiguousarray(matrix.reshape((2,) * (2 * width)).transpose(axes).reshape(matrix.shape))


def read_plan(plan: Plan, matrices: Iterator[Matrix]) -> Meaning:
    """What the engine does, by its own `matrices`, one per call and in their order; barriers and delays where the circuit has them."""
    place = {qubit: index for index, qubit in enumerate(plan.circuit.qubits)}
    calls = iter(plan.calls)
    steps: list[Step] = []
    for one in plan.circuit.data:
        operation, qubits = one.operation, tuple(place[qubit] for qubit in one.qubits)
        if operation.name == "barrier":
            steps.append(Barrier(qubits))
        elif operation.name == "delay":
            steps.append(_delay(operation, qubits))
        elif operation.name not in ("measure", "id"):
            call = next(calls)
            steps.append(Gate(call.name, tuple(plan.places[near] for near in call.qubits), next(matrices)))
    steps += [Measure(plan.places[near], clbit) for clbit, near in plan.measures.items()]
    registers = tuple((register.name, register.size) for register in plan.circuit.cregs)
    return Meaning(plan.circuit.num_qubits, registers, tuple(steps))


def _number(value: Any, numbers: Mapping[Parameter, float]) -> float:
    if isinstance(value, Parameter):
        return numbers[value]
    if isinstance(value, ParameterExpression):
        return float(value.bind({one: numbers[one] for one in value.parameters}))
    return float(value)


_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "ps": 1e-12}


def _delay(operation: Any, qubits: tuple[int, ...]) -> Delay:
    scale = _SECONDS.get(operation.unit)
    if scale is None:
        return Delay(qubits, None, f"{operation.duration}{operation.unit}")
    return Delay(qubits, float(operation.duration) * scale)
