"""Circuits as programs for the door: each structure is prepared once.

Circuits that differ in numbers alone become bindings of one program.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit, qasm3
from qiskit.circuit import CircuitInstruction, Delay, Gate, Instruction, Parameter, ParameterExpression
from qiskit.circuit.controlflow import ControlFlowOp
from qiskit.qasm3 import QASM3ExporterError

from quapsule.integrity.forms.qiskit import read_circuit
from quapsule.integrity.witness import make_witness
from quapsule.runner.door import Door, DoorError, Prepared
from quapsule.runner.names import RESERVED

_MAX_LIFTED = 2000  # numbers of one circuit that are made parameters
_PLAIN = ("measure", "barrier", "reset")
Structure = tuple[Any, ...]


@dataclass(frozen=True)
class Exported:
    """text: OpenQASM 3; names: the input name of each parameter; rewritten: its clbits were put into one register."""

    text: str
    names: Mapping[Parameter, str]
    rewritten: bool


@dataclass(frozen=True)
class Sent:
    """A circuit that ran. counts: by the door's keys, whose bits are the circuit's clbits in order; registers: as its keys are shown."""

    circuit: QuantumCircuit
    registers: tuple[tuple[str, int], ...]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class _Known:
    prepared: Prepared
    names: Mapping[Parameter, str]
    rewritten: bool
    lifted: tuple[Parameter, ...] = ()


class Programs:
    """Remembers what has been prepared, by text and by structure."""

    def __init__(self, door: Door, problem: Callable[..., DoorError]) -> None:
        self._door, self._problem = door, problem
        self._by_text: dict[str, Prepared] = {}
        self._by_structure: dict[Structure, _Known] = {}
        self._seen: set[Structure] = set()

    def run(
        self,
        circuits: Sequence[QuantumCircuit],
        binds: Sequence[Mapping[Any, Any]] | None,
        shots: int,
        seed: int | None,
        by_name: Mapping[str, Any] | None = None,
    ) -> list[Sent]:
        """binds: as Aer takes them, one dict per circuit (a lone circuit may have several); by_name: values that binds leave open.

        Raises DoorError."""
        points = self._points(len(circuits), binds)
        wanted: list[tuple[QuantumCircuit, _Known, dict[str, float]]] = []
        structures = [_structure(circuit) for circuit in circuits]
        keys = [found[0] for found in structures if found]
        for place, circuit in enumerate(circuits):
            found = structures[place]
            lift = found is not None and bool(found[1]) and (keys.count(found[0]) > 1 or found[0] in self._seen)
            structure, own = found or (None, ())
            known = self._prepare(circuit, structure, own, lift)
            numbers = found[1] if found and known.lifted else ()
            fixed = {known.names[parameter]: number for parameter, number in zip(known.lifted, numbers, strict=True)}
            bound = [parameter for parameter in known.names if parameter not in set(known.lifted)]
            wanted += [
                (circuit, known, {**fixed, **{known.names[parameter]: values[parameter.name] for parameter in bound}})
                for values in self._values(circuit, bound, points[place], by_name or {})
            ]
        return self._send(wanted, shots, seed)

    def _send(self, wanted: list[tuple[QuantumCircuit, _Known, dict[str, float]]], shots: int, seed: int | None) -> list[Sent]:
        """Those that share a program go in one call, wherever they stand."""
        groups: dict[int, list[int]] = {}
        for place, (_, known, _) in enumerate(wanted):
            groups.setdefault(id(known.prepared), []).append(place)
        sent: dict[int, Sent] = {}
        for places in groups.values():
            # A later call with the same seed would repeat the first one's draws.
            own = None if seed is None else (seed + places[0]) % (1 << 31)
            found = self._door.run(wanted[places[0]][1].prepared, [wanted[place][2] for place in places], shots, own)
            for place, counts in zip(places, found, strict=True):
                circuit, known, _ = wanted[place]
                sent[place] = Sent(circuit, _shown(circuit, known), counts)
        return [sent[place] for place in range(len(wanted))]

    def _prepare(self, circuit: QuantumCircuit, structure: Structure | None, numbers: tuple[float, ...], lift: bool) -> _Known:
        # Known once, a structure needs no second export: a variational loop pays only the run.
        settled = lift or circuit.num_parameters
        if structure is not None and settled and structure in self._by_structure:
            return self._by_structure[structure]
        lifted: tuple[Parameter, ...] = ()
        if lift:
            given = circuit
            circuit, lifted = _lift(circuit)
            if circuit.assign_parameters(dict(zip(lifted, numbers, strict=True))) != given:
                raise self._problem(f"The circuit {given.name!r} is not what its numbers make of it.", "system", "conversion_mismatch")
        exported = export(circuit, self._problem)
        prepared = self._by_text.get(exported.text)
        if prepared is None:
            witness = make_witness(lambda values: read_circuit(circuit, values, exported.names), tuple(exported.names.values()))
            prepared = self._by_text[exported.text] = self._door.prepare("qasm3", exported.text, witness)
            self._check_names(prepared, exported)
        known = _Known(prepared, exported.names, exported.rewritten, lifted)
        if structure is not None:
            self._seen.add(structure)
            if settled:
                self._by_structure[structure] = known
        return known

    def _check_names(self, prepared: Prepared, exported: Exported) -> None:
        if set(prepared.parameters) != set(exported.names.values()):
            told, asked = ", ".join(prepared.parameters), ", ".join(exported.names.values())
            raise self._problem(
                f"The platform read other parameters ({told}) than the circuit has ({asked}).", "system", "parameters_differ"
            )

    def _points(self, circuits: int, binds: Sequence[Mapping[Any, Any]] | None) -> list[list[Mapping[Any, Any]]]:
        """The points at which each circuit runs: a dict's lists are spread over as many points as they are long."""
        if not binds:
            return [[{}]] * circuits
        spread: list[list[Mapping[Any, Any]]] = [[*_spread(one)] if one else [one] for one in binds]
        if circuits == 1:
            return [[point for points in spread for point in points]]
        if len(spread) != circuits:
            message = f"parameter_binds has {len(spread)} dicts for {circuits} circuits; give one for each."
            raise self._problem(message, "user", "validation_error")
        return spread

    def _values(
        self,
        circuit: QuantumCircuit,
        parameters: Sequence[Parameter],
        points: Sequence[Mapping[Any, Any]],
        by_name: Mapping[str, Any],
    ) -> Iterable[dict[str, float]]:
        if not parameters:
            return [{}]
        found = []
        for one in points:
            named: dict[str, Any] = {**by_name, **{key if isinstance(key, str) else key.name: value for key, value in one.items()}}
            missing = [p.name for p in parameters if not isinstance(named.get(p.name), Real)]
            if missing:
                message = f"The circuit {circuit.name!r} has unbound parameters: {', '.join(missing)}. Give their numbers in params."
                raise self._problem(message, "user", "unbound_parameters")
            values = {p.name: float(named[p.name]) for p in parameters}
            if not all(math.isfinite(value) for value in values.values()):
                raise self._problem(f"The circuit {circuit.name!r} is bound to a number that is not finite.", "user", "validation_error")
            found.append(values)
        return found


def export(circuit: QuantumCircuit, problem: Callable[..., DoorError]) -> Exported:
    """Raises problem (category user) that names the instruction which OpenQASM 3 cannot express."""
    circuit = _expressible(circuit, problem)
    circuit, rewritten = _one_row_of_bits(circuit, problem)
    circuit, names = _plain_names(circuit)
    try:
        text = qasm3.dumps(circuit)
    except QASM3ExporterError as refusal:
        raise problem(f"The circuit {circuit.name!r} cannot be written as OpenQASM 3: {refusal}", "user", "unsupported") from refusal
    return Exported(text, names, rewritten)


def _expressible(circuit: QuantumCircuit, problem: Callable[..., DoorError]) -> QuantumCircuit:
    """The circuit without composite instructions that are no gates (initialize, measured subcircuits): OpenQASM 3 has no call for them."""
    for _ in range(32):
        composite = set()
        for instruction in circuit.data:
            operation = instruction.operation
            if isinstance(operation, ControlFlowOp | Delay) or operation.name in (*_PLAIN, "store"):
                continue
            if isinstance(operation, Instruction) and (isinstance(operation, Gate) or operation.definition is not None):
                if isinstance(operation, Gate):
                    _refuse_opaque(operation, problem)
                else:
                    composite.add(operation.name)
                continue
            raise problem(f"The instruction {operation.name!r} has no definition that OpenQASM 3 could express.", "user", "unsupported")
        if not composite:
            return circuit
        circuit = circuit.decompose(gates_to_decompose=list(composite))
    raise problem(f"The instruction {min(composite)!r} is defined by itself.", "user", "unsupported")


def _refuse_opaque(gate: Gate, problem: Callable[..., DoorError]) -> None:
    if gate._standard_gate is not None or gate.name in ("U", "u3", "gphase"):
        return
    if gate.definition is None:
        raise problem(f"The gate {gate.name!r} has no definition that OpenQASM 3 could express.", "user", "unsupported")
    for inner in gate.definition.data:
        if isinstance(inner.operation, Gate):
            _refuse_opaque(inner.operation, problem)


def _one_row_of_bits(circuit: QuantumCircuit, problem: Callable[..., DoorError]) -> tuple[QuantumCircuit, bool]:
    """The circuit itself when its registers hold its clbits in order, once each; else one with a single register for all of them."""
    if [bit for register in circuit.cregs for bit in register] == circuit.clbits:
        return circuit, False
    if any(isinstance(instruction.operation, ControlFlowOp) for instruction in circuit.data):
        raise problem("A circuit with control flow needs each classical bit in exactly one register, in order.", "user", "unsupported")
    row = QuantumCircuit(*circuit.qregs, name=circuit.name, global_phase=circuit.global_phase)
    row.add_bits([bit for bit in circuit.qubits if bit not in set(row.qubits)])
    register = ClassicalRegister(len(circuit.clbits), "c")
    row.add_register(register)
    places = {bit: register[place] for place, bit in enumerate(circuit.clbits)}
    for instruction in circuit.data:
        row.append(instruction.operation, instruction.qubits, [places[bit] for bit in instruction.clbits])
    return row, True


def _plain_names(circuit: QuantumCircuit) -> tuple[QuantumCircuit, dict[Parameter, str]]:
    """Parameters whose names are OpenQASM identifiers and nothing else's name; returned by the parameter as the caller knows it."""
    taken = {register.name for register in (*circuit.qregs, *circuit.cregs)} | {instruction.operation.name for instruction in circuit.data}
    names: dict[Parameter, str] = {}
    renamed: dict[Parameter, Parameter] = {}
    for place, parameter in enumerate(circuit.parameters):
        name = parameter.name
        if not (name.isascii() and name.isidentifier()) or name in taken or name in RESERVED or name.startswith("_"):
            name = f"input_{place}"
            while name in taken:
                name += "_"
            renamed[parameter] = Parameter(name)
        taken.add(name)
        names[parameter] = name
    return (circuit.assign_parameters(renamed) if renamed else circuit), names


def _structure(circuit: QuantumCircuit) -> tuple[Structure, tuple[float, ...]] | None:
    """What stays equal between circuits that differ in numbers alone, and those numbers; None when only the text can tell. The numbers of
    a circuit with parameters of its own belong to its structure: it varies by what is bound to them."""
    is_open = circuit.num_parameters > 0
    key: list[Any] = [_name_of(circuit.global_phase), circuit.num_qubits]
    key += [(register.name, register.size) for register in (*circuit.qregs, *circuit.cregs)]
    places = {bit: place for place, bit in enumerate((*circuit.qubits, *circuit.clbits))}
    # Also bits outside of registers, and which register holds which.
    key.append(tuple(places[bit] for register in (*circuit.qregs, *circuit.cregs) for bit in register))
    key.append((len(circuit.qubits), len(circuit.clbits)))
    numbers: list[float] = []
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name not in _PLAIN and (not isinstance(operation, Gate) or operation._standard_gate is None):
            return None
        state = getattr(operation, "ctrl_state", None)
        key.append((operation.name, state, *(places[bit] for bit in (*instruction.qubits, *instruction.clbits))))
        if is_open:
            key += map(_name_of, operation.params)
        else:
            numbers += map(float, operation.params)
    return (tuple(key), tuple(numbers)) if len(numbers) <= _MAX_LIFTED else None


def _name_of(value: Any) -> Any:
    """Equal for equal numbers and for equal expressions of the same parameters."""
    return (str(value), frozenset(value.parameters)) if isinstance(value, ParameterExpression) else float(value)


def _lift(circuit: QuantumCircuit) -> tuple[QuantumCircuit, tuple[Parameter, ...]]:
    """The circuit with each of its numbers made a parameter."""
    lifted = circuit.copy_empty_like()
    parameters: list[Parameter] = []
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.params:
            own = [Parameter(f"angle_{len(parameters) + place}") for place in range(len(operation.params))]
            parameters += own
            operation = operation.to_mutable()
            operation.params = own
            instruction = CircuitInstruction(operation, instruction.qubits, instruction.clbits)
        lifted.append(instruction)
    return lifted, tuple(parameters)


def _shown(circuit: QuantumCircuit, known: _Known) -> tuple[tuple[str, int], ...]:
    """The registers by which Qiskit shows the counts."""
    if known.rewritten:
        return (("c", len(circuit.clbits)),)
    return known.prepared.registers


def _spread(bind: Mapping[Any, Any]) -> list[dict[Any, Any]]:
    """Aer's form: each parameter has a list of values, all of one length."""
    length = max((len(value) for value in bind.values() if hasattr(value, "__len__")), default=0)
    if not length:
        return [dict(bind)]
    return [{key: value[place] if hasattr(value, "__len__") else value for key, value in bind.items()} for place in range(length)]
