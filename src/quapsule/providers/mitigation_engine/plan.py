"""The programs that mitigation runs beside the asked one: two that calibrate the readout, and one per scale of noise."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit, ControlFlowOp, QuantumCircuit, QuantumRegister

from quapsule.integrity.certify import certify_programs
from quapsule.integrity.meaning import Barrier, Meaning, Step
from quapsule.integrity.sources import Source, of_text
from quapsule.providers.engines.expand import STATEVECTOR, expand
from quapsule.providers.engines.problems import EngineProblem
from quapsule.providers.engines.program import export, read_program

from .folding import NOT_GATES, fold, weigh
from .problems import MitigationProblem

HOP = "interchange → folded"
MOST_GATES = 100_000


@dataclass(frozen=True)
class Asked:
    """The asked circuit, in elementary gates, with the classical bits of the count keys alone. `measured`: clbit → qubit."""

    circuit: QuantumCircuit
    measured: dict[int, int]
    width: int


def look_at(text: str, registers: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Of a program as a device runs it: {"places": [[clbit, the device's qubit]], "qubits", "weight"}; registers: of the count keys.

    Raises MitigationProblem."""
    program, clbits = _read(text, registers)
    qubits = {bit: place for place, bit in enumerate(program.qubits)}
    measures = (instruction for instruction in program.data if instruction.operation.name == "measure")
    places = {clbits[instruction.clbits[0]]: qubits[instruction.qubits[0]] for instruction in measures}
    return {"places": sorted(map(list, places.items())), "qubits": len(qubits), "weight": weigh(program)}


def calibrate_all(qubits: int) -> list[str]:
    """Every qubit of a device as 0, and as 1, for where a smaller program would be placed elsewhere than the asked one."""
    circuit = QuantumCircuit(qubits, qubits)
    return [export(_calibration(Asked(circuit, {place: place for place in range(qubits)}, qubits), flipped)) for flipped in (False, True)]


def make_plan(text: str, registers: Sequence[tuple[str, int]], readout: bool, scales: Sequence[float], observable: str | None) -> Any:
    """registers: of the count keys, as the provider told them. scales: those beyond 1.

    {"observable", "places": [[clbit, qubit]], "calibration": [text of all 0, text of all 1], "folded": [{"scale_factor", "reached", "text",
    "sha256", "gates", "two_qubit_gates", "certificate"}]}. Raises MitigationProblem."""
    asked = read_asked(text, registers)
    return {
        "observable": _observable(asked, observable),
        "places": sorted(map(list, asked.measured.items())),
        "calibration": [export(_calibration(asked, flipped)) for flipped in (False, True)] if readout else [],
        "folded": [_folded(asked, text, scale) for scale in scales],
    }


def read_asked(text: str, registers: Sequence[tuple[str, int]]) -> Asked:
    """Raises MitigationProblem for a program whose measurements are not its end."""
    circuit, clbits = _read(text, registers)
    if len(circuit.data) > MOST_GATES:
        raise MitigationProblem(f"Programs of more than {MOST_GATES:,} operations are not mitigated.")
    qubits = {bit: place for place, bit in enumerate(circuit.qubits)}
    taken = {name for name, _ in registers} | {parameter.name for parameter in circuit.parameters}
    wires = "qubits"
    while wires in taken:
        wires += "_"
    own = QuantumCircuit(QuantumRegister(len(qubits), wires), global_phase=circuit.global_phase)
    for name, width in registers:
        own.add_register(ClassicalRegister(width, name))
    measured: dict[int, int] = {}
    for instruction in circuit.data:
        operation = instruction.operation
        places = [qubits[bit] for bit in instruction.qubits]
        if isinstance(operation, ControlFlowOp) or operation.name in ("reset", "store"):
            raise MitigationProblem(f"A program with {operation.name!r} is not mitigated: what runs must not depend on what was measured.")
        if operation.name != "barrier" and set(places) & set(measured.values()):
            raise MitigationProblem("A program that goes on with a qubit after measuring it is not mitigated.")
        if operation.name == "measure":
            clbit = clbits[instruction.clbits[0]]
            if clbit in measured:
                raise MitigationProblem("A program that measures twice into one classical bit is not mitigated.")
            measured[clbit] = places[0]
        own.append(operation, places, [clbits[bit] for bit in instruction.clbits])
    return Asked(own, measured, len(clbits))


def _observable(asked: Asked, observable: str | None) -> str:
    if observable is None:
        return "".join("Z" if clbit in asked.measured else "I" for clbit in range(asked.width))
    if len(observable) != asked.width:
        raise MitigationProblem(
            f"mitigation.zne.observable has {len(observable)} letters; a count's key has {asked.width} bits.", "validation_error"
        )
    for clbit, letter in enumerate(observable):
        if letter == "Z" and clbit not in asked.measured:
            raise MitigationProblem(f"mitigation.zne.observable asks for Z of bit {clbit}, which is never measured.", "validation_error")
    return observable


def _calibration(asked: Asked, flipped: bool) -> QuantumCircuit:
    """Every measured qubit prepared as 0, or as 1, and measured into the bits where the program measures it."""
    circuit = QuantumCircuit(*asked.circuit.qregs, *asked.circuit.cregs)
    if flipped:
        circuit.x(sorted(asked.measured.values()))
    for clbit, qubit in sorted(asked.measured.items()):
        circuit.measure(qubit, clbit)
    return circuit


def _folded(asked: Asked, text: str, scale: float) -> dict[str, Any]:
    circuit, added = fold(asked.circuit, scale)
    if len(circuit.data) > MOST_GATES:
        raise MitigationProblem(f"Folded {scale:g} times the program has more than {MOST_GATES:,} operations.")
    source = of_text(text)
    folded = _write(circuit, source.parameters)
    read, _ = _read(folded, ())
    before = weigh(asked.circuit)
    return {
        "scale_factor": scale,
        # Where only some gates can be folded the factor that is reached differs a little from the one asked for.
        "reached": round(weigh(read) / before, 9) if before else scale,
        "text": folded,
        "sha256": hashlib.sha256(folded.encode()).hexdigest(),
        **_sizes(read),
        "certificate": certify_programs(source, _without(of_text(folded), added), hop=HOP).as_json(),
    }


def _write(circuit: QuantumCircuit, inputs: Sequence[str]) -> str:
    """As OpenQASM 3 with all the inputs of the asked program: the exporter forgets those that no gate uses."""
    try:
        text = export(circuit)
    except EngineProblem as problem:
        raise MitigationProblem(problem.message, problem.code) from problem
    used = {parameter.name for parameter in circuit.parameters}
    unused = "".join(f"input float[64] {name};\n" for name in inputs if name not in used)
    head, include, rest = text.partition('include "stdgates.inc";\n')
    return head + include + unused + rest


def _without(source: Source, barriers: frozenset[int]) -> Source:
    """The program but for those barriers, so that its own are still compared with the asked ones."""

    def read(values: Mapping[str, float]) -> Meaning:
        meaning, number, kept = source.read(values), 0, list[Step]()
        for step in meaning.steps:
            if not isinstance(step, Barrier):
                kept.append(step)
                continue
            if number not in barriers:
                kept.append(step)
            number += 1
        return replace(meaning, steps=tuple(kept))

    return replace(source, read=read)


def _read(text: str, registers: Sequence[tuple[str, int]]) -> tuple[QuantumCircuit, dict[Clbit, int]]:
    """In elementary gates; and the classical bits of the count keys by their place there."""
    try:
        program = read_program("qasm3", text)
        circuit = expand(program.circuit, STATEVECTOR)
    except EngineProblem as problem:
        raise MitigationProblem(problem.message, problem.code) from problem
    bits: dict[str, list[Clbit]] = {}
    first = program.first_clbit
    for name, width in program.registers:
        bits[name] = circuit.clbits[first : first + width]
        first += width
    if any(len(bits.get(name, ())) != width for name, width in registers):
        raise MitigationProblem("The program has other registers than its counts.")
    return circuit, {bit: place for place, bit in enumerate(bit for name, _ in registers for bit in bits[name])}


def _sizes(circuit: QuantumCircuit) -> dict[str, int]:
    gates = [len(instruction.qubits) for instruction in circuit.data if instruction.operation.name not in NOT_GATES]
    return {"gates": len(gates), "two_qubit_gates": sum(size > 1 for size in gates)}
