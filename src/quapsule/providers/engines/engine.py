"""Prepared programs and their runs: what the door's prepare and run mean here."""

import math
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiskit.circuit import Parameter, QuantumCircuit

from . import aer
from .choose import NOMINAL_SHOTS, Choice, Limits, choose
from .clifford import write_clifford
from .counts import key_counts, measure_answer
from .expand import STATEVECTOR, TENSORS, expand
from .facts import Facts, read_bond, read_facts
from .problems import EngineProblem, unsupported
from .program import Program, read_program

MOST_HANDLES = 2000
MOST_REMEMBERED = 32
MOST_SHOTS = 1_000_000
MOST_BINDINGS = 10_000
MOST_ANSWER_BYTES = 7 << 20
# What the interpreter, the libraries and the answer need beside the simulation itself.
OWN_BYTES = 256 << 20
# Below this a state vector is so quick that looking for a better engine costs more than it saves.
_TENSOR_QUBITS = 12
_WORTH_ALL_CORES = 0.02


@dataclass
class Prepared:
    """A program with its facts; `forms` are its circuits as each engine takes them, made when first used."""

    program: Program
    circuit: QuantumCircuit
    facts: Facts
    forms: dict[str, QuantumCircuit] = field(default_factory=dict)

    def form(self, method: str) -> QuantumCircuit:
        if method not in self.forms:
            if method == "stabilizer":
                self.forms[method] = write_clifford(self.circuit)
            else:
                self.forms[method] = self.circuit if method == "statevector" else expand(self.circuit, TENSORS)
        return self.forms[method]


class Engine:
    """Holds prepared programs by handle. Every method raises EngineProblem and nothing else that a program can cause."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._prepared: dict[str, Prepared] = {}
        self._remembered: OrderedDict[tuple[str, str], Prepared] = OrderedDict()
        self._count = 0

    def configure(self, memory_bytes: int | None, max_qubits: int | None) -> None:
        memory = self._limits.memory_bytes if memory_bytes is None else max(16, memory_bytes - OWN_BYTES)
        self._limits = Limits(memory, max_qubits)

    def prepare(self, format: str, text: str) -> dict[str, Any]:
        if len(self._prepared) >= MOST_HANDLES:
            raise unsupported(f"More than {MOST_HANDLES:,} programs were prepared in one job; bind parameters instead of preparing anew.")
        prepared = self._read(format, text)
        choice = self._choose(prepared.facts, NOMINAL_SHOTS)
        self._count += 1
        handle = f"p{self._count}"
        self._prepared[handle] = prepared
        program, facts = prepared.program, prepared.facts
        return {
            "handle": handle,
            "registers": [list(register) for register in program.registers],
            "parameters": [parameter.name for parameter in program.parameters],
            "qubits": program.circuit.num_qubits,
            "measured": program.measured,
            "interchange": program.interchange,
            "facts": _shown(facts, choice),
        }

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> dict[str, Any]:
        prepared = self._prepared.get(handle)
        if prepared is None:
            raise unsupported(f"There is no prepared program {handle!r}.")
        choice = self._choose(prepared.facts, shots * len(bindings))
        if choice is None:
            raw, seconds, choice = self._run_open(prepared, bindings, shots, seed)
        else:
            circuit = prepared.form(choice.method)
            circuits = [_bind(circuit, prepared.program.parameters, binding) for binding in bindings]
            parallel = choice.seconds > _WORTH_ALL_CORES
            raw, seconds = aer.run_circuits(circuits, choice.method, shots, seed, self._limits.memory_bytes, parallel)
        first, width = prepared.program.first_clbit, prepared.program.width
        keyed = [key_counts(counts, first, width) for counts in raw]
        if measure_answer(keyed) > MOST_ANSWER_BYTES:
            raise EngineProblem(
                "result_too_large", f"The counts take more than {MOST_ANSWER_BYTES >> 20} MiB; ask for fewer shots or bindings."
            )
        return {
            "results": [{"counts": counts, "shots": shots} for counts in keyed],
            "engine": {
                "name": aer.NAME,
                "method": choice.method,
                "version": aer.VERSION,
                "why": choice.why,
                "seconds": round(seconds, 6),
                "memory_bytes_predicted": choice.memory_bytes,
            },
        }

    def forget(self, handle: str | None) -> None:
        if handle is None:
            self._prepared.clear()
        else:
            self._prepared.pop(handle, None)

    def _choose(self, facts: Facts, shots: int) -> Choice | None:
        """None: it depends on the inputs. Raises EngineProblem when nothing holds the circuit, whatever they are."""
        try:
            return choose(facts, shots, self._limits)
        except EngineProblem:
            if facts.open and (self._limits.max_qubits is None or facts.qubits <= self._limits.max_qubits):
                return None
            raise

    def _run_open(
        self, prepared: Prepared, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None
    ) -> tuple[list[dict[str, int]], float, Choice]:
        """Each binding on its own: too wide for anything but the stabilizer, and Clifford only if its numbers make it so."""
        raw: list[dict[str, int]] = []
        seconds = 0.0
        for number, binding in enumerate(bindings):
            circuit = _bind(prepared.circuit, prepared.program.parameters, binding)
            choice = choose(read_facts(circuit), shots, self._limits)
            form = write_clifford(circuit) if choice.method == "stabilizer" else circuit
            found, took = aer.run_circuits([form], choice.method, shots, seed and seed + number, self._limits.memory_bytes, parallel=True)
            raw += found
            seconds += took
        return raw, seconds, choice

    def _read(self, format: str, text: str) -> Prepared:
        key = (format, text)
        if key in self._remembered:
            self._remembered.move_to_end(key)
            return self._remembered[key]
        program = read_program(format, text)
        circuit = expand(program.circuit, STATEVECTOR)
        facts = read_facts(circuit)
        if facts.active_qubits > _TENSOR_QUBITS:
            read_bond(expand(circuit, TENSORS) if facts.matrices else circuit, facts)
        prepared = Prepared(program, circuit, facts)
        if len(circuit.data) < 10_000:
            self._remembered[key] = prepared
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return prepared


def _bind(circuit: QuantumCircuit, parameters: Sequence[Parameter], binding: Mapping[str, float]) -> QuantumCircuit:
    """By name: the order in which a program or a caller lists them means nothing."""
    names = {parameter.name: parameter for parameter in parameters}
    missing, extra = sorted(names.keys() - binding.keys()), sorted(binding.keys() - names.keys())
    if missing:
        raise unsupported(f"No value was given for the input {', '.join(missing)}.")
    if extra:
        raise unsupported(f"The program has no input {', '.join(extra)}; it has {', '.join(names) or 'none'}.")
    if not names:
        return circuit
    used = circuit.parameters
    values = {parameter: float(binding[name]) for name, parameter in names.items() if parameter in used}
    if not all(math.isfinite(value) for value in values.values()):
        raise unsupported("An input must be a finite number.")
    return circuit.assign_parameters(values)


def _shown(facts: Facts, choice: Choice | None) -> dict[str, Any]:
    return {
        "qubits": facts.qubits,
        "active_qubits": facts.active_qubits,
        "clbits": facts.clbits,
        "gates": facts.gates,
        "two_qubit_gates": facts.two_qubit_gates,
        "depth": facts.depth,
        "measurements": facts.measurements,
        "clifford": facts.clifford,
        "mid_circuit": facts.mid_circuit,
        "bond_dimension": None if facts.bond_bits is None else 1 << min(facts.bond_bits, 53),
        "method": choice and choice.method,
        "why": choice.why
        if choice
        else "the engine is chosen when the inputs are bound: their numbers decide whether the circuit is Clifford",
        "memory_bytes_predicted": choice and min(choice.memory_bytes, sys.maxsize),
    }
