"""Cirq circuits as what they mean: matrices by `cirq.unitary`, conditions by asking Cirq when they hold."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import cirq
import numpy as np

from quapsule.integrity.meaning import Condition, Delay, Gate, If, Matrix, Meaning, Measure, Reset, Step, Unreadable

WIDEST = 8  # qubits of one gate whose matrix is built; a wider one is read by its decomposition


class Endless(Unreadable):
    """A subcircuit that repeats until a condition holds."""


def read_circuit(circuit: cirq.AbstractCircuit, values: Mapping[str, float] | None = None, names: Sequence[str] | None = None) -> Meaning:
    """`values`: of the circuit's symbols, by name. Qubits are numbered in sorted order; each measurement key is a register, in the order of
    first appearance, `names` its names (else the keys). Raises Unreadable: noise, a gate without a matrix."""
    if values:
        circuit = cirq.resolve_parameters(circuit, dict(values))
    return read_operations(unroll(circuit), sorted(circuit.all_qubits()), names)


def read_operations(operations: Iterable[cirq.Operation], qubits: Sequence[cirq.Qid], names: Sequence[str] | None = None) -> Meaning:
    """Of unrolled operations."""
    given = list(operations)
    keys = count_keys(given)
    reader = _Reader({qubit: place for place, qubit in enumerate(qubits)}, keys)
    steps = tuple(
        step for at, operation in enumerate(given) for step in reader.read(operation, lambda q, at=at: is_used_later(given, at, q))
    )
    widths = [count * width for count, width in keys.values()]
    return Meaning(len(qubits), tuple(zip(names or keys, widths, strict=True)), steps)


def unroll(circuit: cirq.AbstractCircuit) -> Iterator[cirq.Operation]:
    """Every operation in order, those of subcircuits in their place, with their qubits and keys mapped. Raises Endless."""
    for operation in circuit.all_operations():
        inner = operation.untagged
        if isinstance(inner, cirq.CircuitOperation):
            if inner.repeat_until is not None:
                raise Endless(str(inner.repeat_until))
            yield from unroll(inner.mapped_circuit())
        else:
            yield operation


def count_keys(operations: Iterable[cirq.Operation]) -> dict[str, tuple[int, int]]:
    """Measurement key → (how often it is measured, bits of each time), in the order of first appearance."""
    found: dict[str, tuple[int, int]] = {}
    for operation in operations:
        for key in cirq.measurement_key_objs(operation):
            gate = operation.untagged.gate
            width = cirq.num_qubits(gate) if isinstance(gate, cirq.MeasurementGate) else 1
            name = str(key)
            count, before = found.get(name, (0, width))
            if before != width:
                raise ValueError(f"The measurement key {name!r} measures {before} qubits, and then {width}.")
            found[name] = count + 1, width
    return found


def is_used_later(operations: Sequence[cirq.Operation], at: int, qubit: cirq.Qid) -> bool:
    """Whether an operation after the one at `at` acts on the qubit."""
    return any(qubit in later.qubits for later in itertools.islice(operations, at + 1, None))


def holds(
    conditions: Sequence[cirq.Condition], keys: Sequence[str], each: Sequence[int], widths: Sequence[int], bits: Sequence[int]
) -> bool:
    """Whether all conditions hold when the keys' records are `bits`: `widths` of them per key, `each` per time that it was measured."""
    store = cirq.ClassicalDataDictionaryStore()
    rest = list(bits)
    for key, one, width in zip(keys, each, widths, strict=True):
        own, rest = rest[:width], rest[width:]
        for start in range(0, width, one):
            record = own[start : start + one]
            store.record_measurement(cirq.MeasurementKey.parse_serialized(key), record, cirq.LineQubit.range(len(record)))
    return all(condition.resolve(store) for condition in conditions)


class _Reader:
    def __init__(self, places: Mapping[cirq.Qid, int], keys: Mapping[str, tuple[int, int]]) -> None:
        self._places, self._keys = places, keys
        self._starts: dict[str, int] = {}
        start = 0
        for key, (count, width) in keys.items():
            self._starts[key] = start
            start += count * width
        self._done = dict.fromkeys(keys, 0)

    def read(self, operation: cirq.Operation, is_used: Any) -> Iterator[Step]:
        operation = _with_numbers(operation.untagged)
        gate = operation.gate
        if isinstance(operation, cirq.ClassicallyControlledOperation):
            yield from self._conditional(operation)
        elif isinstance(gate, cirq.MeasurementGate):
            yield from self._measure(operation, gate, is_used)
        elif isinstance(gate, cirq.ResetChannel):
            yield Reset(self._places[operation.qubits[0]])
        elif isinstance(gate, cirq.WaitGate):
            if operation.qubits:
                seconds = float(gate.duration.total_picos()) * 1e-12
                yield Delay(tuple(self._places[qubit] for qubit in operation.qubits), seconds)
        elif len(operation.qubits) <= WIDEST and (matrix := cirq.unitary(operation, default=None)) is not None:
            if operation.qubits:
                yield Gate(str(gate or operation)[:80], tuple(self._places[qubit] for qubit in operation.qubits), _as_complex(matrix))
        else:
            parts = cirq.decompose_once(operation, default=None)
            if parts is None:
                raise Unreadable(str(operation)[:200])
            for part in parts:
                yield from self.read(part, is_used)

    def _measure(self, operation: cirq.Operation, gate: cirq.MeasurementGate, is_used: Any) -> Iterator[Step]:
        if gate.confusion_map:
            raise Unreadable(str(operation)[:200])
        start = self._starts[gate.key] + self._done[gate.key] * len(operation.qubits)
        self._done[gate.key] += 1
        for offset, (qubit, inverted) in enumerate(zip(operation.qubits, gate.full_invert_mask(), strict=True)):
            place = self._places[qubit]
            flip = [Gate("X", (place,), cirq.unitary(cirq.X))] if inverted else []
            yield from flip
            yield Measure(place, start + offset)
            if inverted and is_used(qubit):
                yield from flip

    def _conditional(self, operation: cirq.ClassicallyControlledOperation) -> Iterator[Step]:
        inner = operation.without_classical_controls()
        within = inner.untagged
        parts = list(unroll(within.mapped_circuit())) if isinstance(within, cirq.CircuitOperation) else [inner]
        conditions = list(operation.classical_controls)
        keys = list(dict.fromkeys(str(key) for condition in conditions for key in condition.keys))
        each = [self._keys[key][1] for key in keys]
        widths = [self._done[key] * one for key, one in zip(keys, each, strict=True)]
        clbits = tuple(self._starts[key] + place for key, width in zip(keys, widths, strict=True) for place in range(width))
        for part in parts:
            then = tuple(self.read(part, lambda _: True))
            for bits in itertools.product((0, 1), repeat=len(clbits)):
                if then and holds(conditions, keys, each, widths, bits):
                    yield If(Condition(clbits, sum(bit << place for place, bit in enumerate(bits))), then)


def _with_numbers(operation: cirq.Operation) -> cirq.Operation:
    """Control values True and False as 1 and 0: `cirq.unitary` takes booleans for a mask, and gives the identity."""
    if not isinstance(operation, cirq.ControlledOperation):
        return operation
    patterns = [tuple(map(int, pattern)) for pattern in operation.control_values.expand()]
    return cirq.ControlledOperation(operation.controls, operation.sub_operation, cirq.SumOfProducts(patterns))


def _as_complex(matrix: Any) -> Matrix:
    return np.asarray(matrix, dtype=np.complex128)
