"""Qiskit's circuits, by the matrices that Qiskit's own gates give."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qiskit.circuit import AnnotatedOperation, ClassicalRegister, Clbit, ControlledGate, Parameter, QuantumCircuit
from qiskit.circuit import Gate as QiskitGate
from qiskit.circuit.classical import expr
from qiskit.circuit.exceptions import CircuitError
from qiskit.quantum_info import Operator

from quapsule.integrity.branching import Logic, Test, branch, compare_bits, negated
from quapsule.integrity.meaning import Barrier, Condition, Delay, Gate, Matrix, Meaning, Measure, Reset, Step, Unreadable

from .gates import WIDEST, controlled

_DIRECT = 4  # qubits up to which a gate's own matrix is taken rather than its definition
_DEEPEST = 60
MOST_STEPS = 300_000
_COMPARE = {"EQUAL": "==", "NOT_EQUAL": "!=", "LESS": "<", "LESS_EQUAL": "<=", "GREATER": ">", "GREATER_EQUAL": ">="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}


def read_circuit(circuit: QuantumCircuit, values: Mapping[str, float], names: Mapping[Parameter, str] | None = None) -> Meaning:
    """`values` by input name; `names`: the input name of each Parameter, by default its own. Qubits and clbits keep their index.

    Raises Unreadable for a parameter without a value, a loop that ends by a measurement, and what has neither matrix nor definition."""
    if circuit.parameters:
        wanted = {one: (names or {}).get(one, one.name) for one in circuit.parameters}
        for name in wanted.values():
            if name not in values:
                raise Unreadable(f"the parameter {name!r} has no value")
        circuit = circuit.assign_parameters({one: values[name] for one, name in wanted.items()})
    reading = _Reading(circuit)
    reading.block(circuit, range(circuit.num_qubits), range(circuit.num_clbits), reading.out, 0)
    return Meaning(circuit.num_qubits, _registers(circuit), tuple(reading.out))


def _registers(circuit: QuantumCircuit) -> tuple[tuple[str, int], ...]:
    """As Qiskit declares them; bits outside of a register, or in two of them, make them one nameless register."""
    bits = [bit for register in circuit.cregs for bit in register]
    if bits == list(circuit.clbits):
        return tuple((register.name, register.size) for register in circuit.cregs)
    return (("", circuit.num_clbits),)


class _Reading:
    def __init__(self, circuit: QuantumCircuit) -> None:
        self.out: list[Step] = []
        self._clbit = {bit: index for index, bit in enumerate(circuit.clbits)}
        self._steps = 0

    def block(self, circuit: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int], out: list[Step], depth: int) -> None:
        """`qubits`, `clbits`: the outer number of each of the block's own."""
        if depth > _DEEPEST:
            raise Unreadable("definitions are nested too deeply")
        if depth:
            self._clbit.update(zip(circuit.clbits, clbits, strict=True))
        own_qubits = {bit: qubits[index] for index, bit in enumerate(circuit.qubits)}
        own_clbits = {bit: clbits[index] for index, bit in enumerate(circuit.clbits)}
        for instruction in circuit.data:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise Unreadable(f"the circuit unfolds to more than {MOST_STEPS:,} steps")
            at = tuple(own_qubits[bit] for bit in instruction.qubits)
            bits = tuple(own_clbits[bit] for bit in instruction.clbits)
            self._step(instruction.operation, at, bits, out, depth)

    def _step(self, operation: Any, at: tuple[int, ...], bits: tuple[int, ...], out: list[Step], depth: int) -> None:
        name = operation.name
        if name == "measure":
            out.append(Measure(at[0], bits[0]))
        elif name == "barrier":
            out.append(Barrier(at))
        elif name == "reset":
            out.append(Reset(at[0]))
        elif name == "delay":
            out.append(_delay(operation, at))
        elif name in _CONTROL:
            getattr(self, _CONTROL[name])(operation, at, bits, out, depth)
        elif name == "global_phase":
            return
        elif isinstance(operation, (QiskitGate, AnnotatedOperation)):
            self._gate(operation, at, out, depth)
        elif getattr(operation, "definition", None) is not None:
            self.block(operation.definition, at, bits, out, depth + 1)
        else:
            raise Unreadable(f"the instruction {name!r}")

    def _gate(self, gate: Any, at: tuple[int, ...], out: list[Step], depth: int) -> None:
        written_out = not hasattr(gate, "__array__") and getattr(gate, "definition", None) is not None
        if isinstance(gate, AnnotatedOperation) or (len(at) <= _DIRECT and not written_out):
            if len(at) > WIDEST:
                raise Unreadable(f"an annotated operation on {len(at)} qubits")
            out.append(Gate(gate.name, at, _matrix(gate)))
        elif isinstance(gate, ControlledGate) and len(at) <= WIDEST and gate.base_gate.num_qubits <= _DIRECT:
            out.append(_of_control(gate, at))
        elif gate.definition is not None:
            self.block(gate.definition, at, (), out, depth + 1)
        elif len(at) <= WIDEST:
            out.append(Gate(gate.name, at, _matrix(gate)))
        else:
            raise Unreadable(f"the gate {gate.name!r} on {len(at)} qubits has no definition")

    def _if(self, operation: Any, at: tuple[int, ...], bits: tuple[int, ...], out: list[Step], depth: int) -> None:
        test = self._test(operation.condition)
        branches: list[list[Step]] = []
        for block in operation.blocks:
            steps: list[Step] = []
            self.block(block, at, bits, steps, depth + 1)
            branches.append(steps)
        out.extend(branch(test, branches[0], branches[1] if len(branches) > 1 else ()))

    def _for(self, operation: Any, at: tuple[int, ...], bits: tuple[int, ...], out: list[Step], depth: int) -> None:
        values, parameter, body = operation.params
        if not isinstance(parameter, Parameter | None):
            raise Unreadable("a loop over a variable")
        for value in values:
            bound = body if parameter is None or parameter not in body.parameters else body.assign_parameters({parameter: value})
            self.block(bound, at, bits, out, depth + 1)

    def _switch(self, operation: Any, at: tuple[int, ...], bits: tuple[int, ...], out: list[Step], depth: int) -> None:
        target = self._bits(operation.target)
        last: list[Step] = []
        for values, block in reversed(list(operation.cases_specifier())):
            steps: list[Step] = []
            self.block(block, at, bits, steps, depth + 1)
            for value in values:
                last = list(branch(compare_bits(target, "==", int(value)), steps, last)) if isinstance(value, int) else steps
        out.extend(last)

    def _group(self, operation: Any, at: tuple[int, ...], bits: tuple[int, ...], out: list[Step], depth: int) -> None:
        if operation.name == "box" and getattr(operation, "duration", None) is not None:
            raise Unreadable("a box of a fixed duration")
        for block in operation.blocks:
            self.block(block, at, bits, out, depth + 1)

    def _refuse(self, operation: Any, *_: Any) -> None:
        raise Unreadable(f"the instruction {operation.name!r}, whose course is decided while the program runs")

    def _test(self, condition: Any) -> Test:
        if isinstance(condition, tuple):
            target, value = condition
            return compare_bits(self._bits(target), "==", int(value))
        if isinstance(condition, expr.Value):
            return bool(condition.value)
        if isinstance(condition, expr.Cast):
            return self._test(condition.operand)
        if isinstance(condition, expr.Unary) and condition.op.name in ("LOGIC_NOT", "BIT_NOT"):
            return negated(self._test(condition.operand))
        if isinstance(condition, expr.Binary):
            name = condition.op.name
            if name in ("LOGIC_AND", "LOGIC_OR"):
                return Logic("and" if name == "LOGIC_AND" else "or", self._test(condition.left), self._test(condition.right))
            if name in _COMPARE:
                return self._comparison(condition.left, _COMPARE[name], condition.right)
        if isinstance(condition, (expr.Var, expr.Index)):
            bits = self._bits(condition)
            return Condition(bits, 1) if len(bits) == 1 else negated(Condition(bits, 0))
        raise Unreadable("a condition that is no comparison of bits")

    def _comparison(self, left: Any, operator: str, right: Any) -> Test:
        while isinstance(left, expr.Cast):
            left = left.operand
        while isinstance(right, expr.Cast):
            right = right.operand
        if isinstance(left, expr.Value):
            left, right, operator = right, left, _TURNED.get(operator, operator)
        if not isinstance(right, expr.Value):
            raise Unreadable("a comparison of two registers")
        if isinstance(left, (expr.Unary, expr.Binary)) and isinstance(right.value, bool) and operator in ("==", "!="):
            test = self._test(left)
            return test if right.value == (operator == "==") else negated(test)
        return compare_bits(self._bits(left), operator, int(right.value))

    def _bits(self, target: Any) -> tuple[int, ...]:
        if isinstance(target, expr.Cast):
            return self._bits(target.operand)
        if isinstance(target, expr.Index) and isinstance(target.index, expr.Value):
            return (self._bits(target.target)[int(target.index.value)],)
        if isinstance(target, expr.Var):
            target = target.var
        if isinstance(target, Clbit):
            return (self._clbit[target],)
        if isinstance(target, ClassicalRegister):
            return tuple(self._clbit[bit] for bit in target)
        raise Unreadable("a classical variable")


_CONTROL = {
    "if_else": "_if", "for_loop": "_for", "switch_case": "_switch", "box": "_group", "while_loop": "_refuse", "break_loop": "_refuse",
    "continue_loop": "_refuse", "store": "_refuse",
}  # fmt: skip


def _matrix(gate: Any) -> Matrix:
    try:
        found = gate.to_matrix()
    except CircuitError:
        try:
            found = Operator(gate).data
        except Exception as problem:
            raise Unreadable(f"the gate {gate.name!r} has no matrix") from problem
    return _turned(np.asarray(found, dtype=np.complex128))


def _turned(matrix: Matrix) -> Matrix:
    """Qiskit's matrices have their first qubit as the least significant bit, ours as the most."""
    width = matrix.shape[0].bit_length() - 1
    if width < 2:
        return matrix
    axes = [*range(width - 1, -1, -1), *range(2 * width - 1, width - 1, -1)]
    return matrix.reshape((2,) * (2 * width)).transpose(axes).reshape(matrix.shape)


def _of_control(gate: Any, at: tuple[int, ...]) -> Gate:
    """The controls first; each that is open (on 0) between two flips of it."""
    controls = gate.num_ctrl_qubits
    base = _matrix(gate.base_gate)
    size = base.shape[0]
    matrix = controlled(base, controls)
    matrix[-size:, -size:] = np.eye(size)
    # ctrl_state counts the first control as its least significant bit; in `matrix` the first control is the most significant.
    state = int(format(gate.ctrl_state, f"0{controls}b")[::-1], 2)
    matrix[state * size : (state + 1) * size, state * size : (state + 1) * size] = base
    return Gate(gate.name, at, matrix)


def _delay(operation: Any, at: tuple[int, ...]) -> Delay:
    try:
        length = float(operation.duration)
    except (TypeError, ValueError) as problem:
        raise Unreadable("a delay of a length that is not known beforehand") from problem
    if not math.isfinite(length):
        raise Unreadable("a delay without end")
    unit = operation.unit
    return Delay(at, length * _SECONDS[unit] if unit in _SECONDS else None, f"{length:g}{unit}")
