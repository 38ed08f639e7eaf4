"""Cirq's circuits on their way to the door: operations in order, each measurement key one register, conditions as comparisons of bits."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cirq
import sympy

from quapsule.integrity.forms import cirq as form
from quapsule.runner.door import DoorError
from quapsule.runner.names import name_plainly
from quapsule.runner.written import Step, Written

from .cirq_gates import NeedsNumbers, number, write_operation

Problem = Callable[..., DoorError]
MOST_CONDITION_BITS = 8
MOST_OPERATIONS = 200_000


@dataclass(frozen=True)
class Asked:
    """A circuit and how its results are shown. `keys`: measurement key → (instances, qubits of each), in the order of the registers."""

    written: Written
    keys: Mapping[str, tuple[int, int]]


def write_circuit(circuit: cirq.AbstractCircuit, resolvers: Sequence[cirq.ParamResolver], problem: Problem) -> list[Asked]:
    """The circuit at each point of a sweep: one structure, as far as its gates can be written with symbols.

    Raises problem (category user) that names the operation, the qubit or the symbol which cannot be expressed."""
    try:
        asked = _Writer(circuit, problem).write()
    except NeedsNumbers:
        resolved = [cirq.resolve_parameters(circuit, resolver) for resolver in resolvers]
        _refuse_symbols([name for one in resolved for name in cirq.parameter_names(one)], problem)
        return [_Writer(one, problem).write() for one in resolved]
    symbolic = any(isinstance(value, sympy.Basic) for value in asked.written.numbers)
    if not symbolic:
        return [asked] * len(resolvers)
    points = [_resolve(asked.written.numbers, resolver, problem) for resolver in resolvers]
    open_ = replace(asked.written, is_open=True)
    return [Asked(open_.at(point), asked.keys) for point in points]


def _resolve(numbers: Sequence[Any], resolver: cirq.ParamResolver, problem: Problem) -> list[float]:
    resolved = [resolver.value_of(value) if isinstance(value, sympy.Basic) else value for value in numbers]
    _refuse_symbols([str(one) for value in resolved if isinstance(value, sympy.Basic) for one in value.free_symbols], problem)
    try:
        return [number(value) for value in resolved]
    except TypeError as refusal:
        raise problem(f"An angle of the circuit cannot be used: {refusal}.", "user", "validation_error") from refusal


def _refuse_symbols(names: Sequence[str], problem: Problem) -> None:
    if names:
        listed = ", ".join(sorted(set(names)))
        raise problem(
            f"The circuit has unresolved symbols: {listed}. Give their values in a resolver, or in params.", "user", "unbound_parameters"
        )


class _Writer:
    def __init__(self, circuit: cirq.AbstractCircuit, problem: Problem) -> None:
        self._circuit, self._problem = circuit, problem
        self._operations = list(_unroll(circuit, problem))
        qubits = sorted({qubit for operation in self._operations for qubit in operation.qubits})
        for qubit in qubits:
            if qubit.dimension != 2:
                raise problem(f"The qudit {qubit} has {qubit.dimension} levels; the backend has qubits.", "user", "unsupported")
        self._places = {qubit: place for place, qubit in enumerate(qubits)}
        self._keys = form.count_keys(self._operations)
        self._names = dict(zip(self._keys, name_plainly(self._keys, "m", taken=("q",)), strict=True))
        self._done = dict.fromkeys(self._keys, 0)

    def write(self) -> Asked:
        steps: list[Step] = []
        try:
            for at, operation in enumerate(self._operations):
                steps += self._steps(operation, at)
        except TypeError as refusal:
            raise self._problem(f"The circuit has a number that cannot be used: {refusal}.", "user", "validation_error") from refusal
        qubits = list(self._places)
        names = list(self._names.values())
        written = Written(
            qubits=len(qubits),
            registers=tuple((name, count * width) for name, (count, width) in zip(names, self._keys.values(), strict=True)),
            steps=tuple(steps),
            numbers=tuple(value for step in steps for value in step.numbers),
            read=lambda operations: form.read_operations(operations, qubits, names),
            original=lambda: form.read_circuit(self._circuit, names=names),
        )
        return Asked(written, self._keys)

    def _steps(self, operation: cirq.Operation, at: int) -> Iterator[Step]:
        bare = operation.untagged
        gate = bare.gate
        if isinstance(bare, cirq.ClassicallyControlledOperation):
            yield from self._conditional(bare)
        elif isinstance(gate, cirq.MeasurementGate):
            yield self._measure(bare, gate, at)
        elif isinstance(gate, cirq.ResetChannel):
            place = self._places[bare.qubits[0]]
            yield _fixed(("reset", place), [f"reset q[{place}];"], bare)
        elif isinstance(gate, cirq.WaitGate):
            yield self._wait(bare, gate)
        elif cirq.is_measurement(bare) and not cirq.has_unitary(bare):
            for part in self._measuring_parts(bare):
                yield from self._steps(part, at)
        elif not cirq.has_unitary(bare) and not cirq.is_parameterized(bare) and cirq.has_kraus(bare) and not _unfolds(bare):
            raise self._problem(
                f"The channel {gate or bare} is noise, which a circuit for a backend cannot hold; the job's noise_model takes it.",
                "user",
                "unsupported",
            )
        else:
            yield from write_operation(bare, self._places, self._problem)

    def _measure(self, operation: cirq.Operation, gate: cirq.MeasurementGate, at: int) -> Step:
        if gate.confusion_map:
            raise self._problem(
                f"The measurement {gate.key!r} has a confusion map, which a backend cannot apply; noise_model takes readout errors.",
                "user",
                "unsupported",
            )
        key = gate.key
        start = self._done[key] * len(operation.qubits)
        self._done[key] += 1
        lines = []
        for offset, (qubit, inverted) in enumerate(zip(operation.qubits, gate.full_invert_mask(), strict=True)):
            place = self._places[qubit]
            turned = [f"x q[{place}];"] if inverted else []
            # The mask turns the record, not the qubit: that is turned back, unless nothing follows.
            back = turned if inverted and form.is_used_later(self._operations, at, qubit) else []
            lines += [*turned, f"{self._names[key]}[{start + offset}] = measure q[{place}];", *back]
        return _fixed(tuple(lines), lines, operation)

    def _measuring_parts(self, operation: cirq.Operation) -> list[cirq.Operation]:
        parts: list[cirq.Operation] | None = cirq.decompose_once(operation, default=None)
        if parts is None:
            raise self._problem(f"The measurement {operation} cannot be expressed in OpenQASM 3.", "user", "unsupported")
        return parts

    def _wait(self, operation: cirq.Operation, gate: cirq.WaitGate) -> Step:
        picos = gate.duration.total_picos()
        if isinstance(picos, sympy.Basic):
            raise NeedsNumbers
        wires = ", ".join(f"q[{self._places[qubit]}]" for qubit in operation.qubits)
        lines = [f"delay[{float(picos) / 1000!r}ns] {wires};"] if operation.qubits else []
        return _fixed(tuple(lines), lines, operation)

    def _conditional(self, operation: cirq.ClassicallyControlledOperation) -> Iterator[Step]:
        inner = [*self._inside(operation.without_classical_controls())]
        conditions = list(operation.classical_controls)
        patterns = self._patterns(conditions)
        for step in inner:

            def write(texts: Sequence[str], step: Step = step) -> list[str]:
                lines = step.write(texts)
                return [line for pattern in patterns for line in _guarded(pattern, lines)]

            def rebuild(numbers: Sequence[float], step: Step = step) -> cirq.Operation:
                return step.rebuild(numbers).with_classical_controls(*conditions)

            yield Step(("if", patterns, step.form), step.numbers, write, rebuild)

    def _inside(self, operation: cirq.Operation) -> Iterator[Step]:
        if isinstance(operation.untagged, cirq.CircuitOperation):
            for one in _unroll(operation.untagged.mapped_circuit(), self._problem):
                yield from self._steps(one, -1)
        else:
            yield from self._steps(operation, -1)

    def _patterns(self, conditions: Sequence[cirq.Condition]) -> tuple[tuple[tuple[str, int], ...], ...]:
        """The values of bits under which all conditions hold, asked of Cirq itself: ((bit or register, value), …) for each way."""
        keys = list(dict.fromkeys(str(key) for condition in conditions for key in condition.keys))
        for key in keys:
            if not self._done.get(key):
                raise self._problem(f"The measurement key {key!r} is asked for before it is measured.", "user", "validation_error")
        widths = [self._done[key] * self._keys[key][1] for key in keys]
        if sum(widths) > MOST_CONDITION_BITS:
            raise self._problem(
                f"The condition {' and '.join(map(str, conditions))} reads {sum(widths)} bits; at most {MOST_CONDITION_BITS} can be.",
                "user",
                "unsupported",
            )
        found = []
        for bits in itertools.product((0, 1), repeat=sum(widths)):
            if form.holds(conditions, keys, [self._keys[key][1] for key in keys], widths, bits):
                rest, terms = list(bits), []
                for key, width in zip(keys, widths, strict=True):
                    own, rest = rest[:width], rest[width:]
                    terms += self._terms(key, own)
                found.append(tuple(terms))
        return tuple(found)

    def _terms(self, key: str, bits: Sequence[int]) -> list[tuple[str, int]]:
        """The whole register where it is measured wholly by now, bit 0 its lowest; else bit by bit."""
        name, (count, width) = self._names[key], self._keys[key]
        if len(bits) == 1 or len(bits) < count * width:
            return [(f"{name}[{place}]", bit) for place, bit in enumerate(bits)]
        return [(name, sum(bit << place for place, bit in enumerate(bits)))]


def _guarded(pattern: Sequence[tuple[str, int]], lines: Sequence[str]) -> list[str]:
    opening = "".join(f"if ({term} == {value}) {{ " for term, value in pattern)
    return [f"{opening}{' '.join(lines)}{' }' * len(pattern)}"] if lines else []


def _fixed(form_: tuple[Any, ...], lines: list[str], operation: cirq.Operation) -> Step:
    return Step(form_, (), lambda _: lines, lambda _: operation)


def _unfolds(operation: cirq.Operation) -> bool:
    return cirq.decompose_once(operation, default=None) is not None


def _unroll(circuit: cirq.AbstractCircuit, problem: Problem) -> Iterator[cirq.Operation]:
    """The operations in order, subcircuits in their place; the platform's limit holds before they fill the memory."""
    try:
        for count, operation in enumerate(form.unroll(circuit)):
            if count > MOST_OPERATIONS:
                raise problem(f"The circuit unrolls to more than {MOST_OPERATIONS:,} operations.", "user", "unsupported")
            yield operation
    except form.Endless as refusal:
        raise problem(
            f"The subcircuit {refusal} repeats until a condition holds, which cannot be expressed.", "user", "unsupported"
        ) from None
