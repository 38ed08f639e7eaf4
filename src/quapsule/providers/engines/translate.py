"""A bound program in the OpenQASM of Amazon Braket: its gate names, no include, one bit register, measurements at the end.

Braket measures into one register and takes nothing after a measurement; what it cannot express is refused by name, never dropped. Sources:
the gate set of braket.default_simulator's braket_gates.inc, the serializer of braket.circuits, and the devices' supportedOperations.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from qiskit.circuit import ControlFlowOp, QuantumCircuit

from quapsule.integrity.certify import certify_programs
from quapsule.integrity.sources import Source, of_text

from .expand import STATEVECTOR, WIDEST_MATRIX, expand
from .problems import EngineProblem, unsupported
from .program import Program

HOP = "interchange → braket"
# What every gate-model device and simulator of Braket takes by name; anything more must be named by who asks.
EVERYWHERE = frozenset({"h", "x", "y", "z", "s", "si", "t", "ti", "rx", "ry", "rz", "cnot", "swap"})
# Braket's gate → ours: the same matrix, parameters in the same order.
_NAMES = {
    "i": "id", "h": "h", "x": "x", "y": "y", "z": "z", "s": "s", "si": "sdg", "t": "t", "ti": "tdg", "v": "sx", "vi": "sxdg",
    "rx": "rx", "ry": "ry", "rz": "rz", "phaseshift": "p", "prx": "r", "cnot": "cx", "cy": "cy", "cz": "cz", "cv": "csx",
    "cphaseshift": "cp", "swap": "swap", "ecr": "ecr", "xx": "rxx", "yy": "ryy", "zz": "rzz", "ccnot": "ccx",
    "cswap": "cswap",
}  # fmt: skip
_OTHER_NAMES = {"u1": "p", "cu1": "cp"}
# Without a name of its own at Braket: written as turns, equal but for the global phase.
_AS_TURNS = ("p", "u1", "u", "u2", "u3", "r")
_NOT_THERE = {
    "reset": "a reset",
    "delay": "a delay",
    "store": "a classical assignment",
    "if_else": "a condition on a measured bit",
    "while_loop": "a while loop",
    "for_loop": "a for loop that measures or breaks",
    "switch_case": "a switch",
    "break_loop": "a break",
    "continue_loop": "a continue",
}


@dataclass(frozen=True)
class Measured:
    """A bit of the count keys: register and index within it, the flat index in the text's register `b`, and the qubit measured into it."""

    register: str
    bit: int
    place: int
    qubit: int


def translate(program: Program, bound: QuantumCircuit, binding: Mapping[str, float], message: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to the door's `translate`: {"text", "certificates", "clbits", "width"}.

    `bound`: program.circuit with the numbers of `binding`. `message` may name the device's "gates" (Braket's names) and ask for "verbatim":
    the gates as they are, on physical qubits. "clbits": [{"register", "bit", "place", "qubit"}] of what is measured; "width" of the count
    keys, where bits that nothing measures stay 0. Raises EngineProblem unsupported, which names what Braket has no word for."""
    if message.get("to") != "braket":
        raise EngineProblem("validation_error", f"Programs are translated to braket, not to {message.get('to')!r}.")
    verbatim = message.get("verbatim") is True
    text, measured = write_braket(program, bound, _gates(message.get("gates")), verbatim)
    certificate = certify_programs(bind_source(program, binding), of_text(text, "braket"), hop=HOP)
    return {
        "text": text,
        "certificates": [certificate.as_json()],
        "clbits": [{"register": one.register, "bit": one.bit, "place": one.place, "qubit": one.qubit} for one in measured],
        "width": program.width,
    }


def bind_source(program: Program, binding: Mapping[str, float]) -> Source:
    """What was asked, with its inputs at these numbers."""
    asked = of_text(program.interchange)
    return Source(lambda _: asked.read(binding), (), program.interchange)


def write_braket(
    program: Program, circuit: QuantumCircuit, gates: Collection[str] = EVERYWHERE, verbatim: bool = False
) -> tuple[str, list[Measured]]:
    """The text of a circuit without open parameters, and what it measures in the order of the count keys. Raises EngineProblem."""
    names = {_NAMES[gate]: gate for gate in gates if gate in _NAMES}
    names |= {ours: names[same] for ours, same in _OTHER_NAMES.items() if same in names}
    if not verbatim:
        circuit = _spelled(circuit, names)
    body, measures = _write(circuit, names, verbatim)
    lines = ["OPENQASM 3.0;", f"bit[{max(1, circuit.num_clbits)}] b;"]
    if verbatim:
        lines += ["#pragma braket verbatim", "box {", *(f"  {line}" for line in body), "}"]
    else:
        lines += [f"qubit[{circuit.num_qubits}] q;", *body]
    lines += [f"b[{clbit}] = measure {_qubit(qubit, verbatim)};" for clbit, qubit in sorted(measures.items())]
    return "\n".join(lines) + "\n", _places(program, measures)


def _spelled(circuit: QuantumCircuit, names: Mapping[str, str]) -> QuantumCircuit:
    mapping = {name: STATEVECTOR[name] for name in sorted({*names, *_AS_TURNS}) if name in STATEVECTOR}
    spelled = expand(circuit, mapping)
    # A gate that had nothing but a matrix is now one; its synthesis is what remains.
    return expand(spelled, mapping) if any(one.operation.name == "unitary" for one in spelled.data) else spelled


def _write(circuit: QuantumCircuit, names: Mapping[str, str], verbatim: bool) -> tuple[list[str], dict[int, int]]:
    place = {bit: index for index, bit in enumerate(circuit.qubits)}
    clbit_place = {bit: index for index, bit in enumerate(circuit.clbits)}
    lines: list[str] = []
    measures: dict[int, int] = {}
    done: set[int] = set()
    for instruction in circuit.data:
        operation = instruction.operation
        name, qubits = operation.name, [place[bit] for bit in instruction.qubits]
        if isinstance(operation, ControlFlowOp) or name in _NOT_THERE:
            raise unsupported(f"Braket has no word for {_NOT_THERE.get(name, name)}, which this program uses.")
        if name == "measure":
            clbit = clbit_place[instruction.clbits[0]]
            if qubits[0] in done or clbit in measures:
                raise unsupported(f"Braket measures each qubit once, at the end: qubit {qubits[0]} or its bit is measured twice.")
            measures[clbit] = qubits[0]
            done.add(qubits[0])
            continue
        if name == "barrier" and measures:
            raise unsupported("Braket measures at the end of a program: a barrier after a measurement cannot be kept.")
        if done.intersection(qubits):
            raise unsupported(f"Braket has no mid-circuit measurement: {name} acts on qubit {qubits[0]} after it was measured.")
        targets = ", ".join(_qubit(qubit, verbatim) for qubit in qubits)
        if name == "barrier":
            lines.append(f"barrier {targets};")
        elif name in names:
            lines.append(f"{names[name]}{_values(operation.params)} {targets};")
        elif verbatim:
            raise unsupported(f"Verbatim programs keep their gates, and the device has no gate {name}.")
        else:
            lines += [f"{turn}({_number(angle)}) {targets};" for turn, angle in _turns(name, operation.params) if angle != 0.0]
    if not measures:
        raise unsupported("Braket needs at least one measurement, and this program has none.")
    return lines, measures


def _turns(name: str, params: Sequence[Any]) -> list[tuple[str, float]]:
    """In the order in which they act."""
    values = [float(value) for value in params]
    match name:
        case "p" | "u1":
            return [("rz", values[0])]
        case "u" | "u3":
            return [("rz", values[2]), ("ry", values[0]), ("rz", values[1])]
        case "u2":
            return [("rz", values[1]), ("ry", 1.5707963267948966), ("rz", values[0])]
        case "r":
            return [("rz", -values[1]), ("rx", values[0]), ("rz", values[1])]
    raise unsupported(f"Braket has no word for the gate {name} on as many as {WIDEST_MATRIX} qubits.")


def _places(program: Program, measures: Mapping[int, int]) -> list[Measured]:
    found: list[Measured] = []
    at = program.first_clbit
    for register, width in program.registers:
        found += [
            Measured(register, bit, at + bit - program.first_clbit, measures[at + bit]) for bit in range(width) if at + bit in measures
        ]
        at += width
    return found


def _values(params: Sequence[Any]) -> str:
    return f"({', '.join(_number(float(value)) for value in params)})" if params else ""


def _number(value: float) -> str:
    """The shortest text that reads back as the same number: no angle is rounded."""
    if not isfinite(value):
        raise unsupported("An angle must be a finite number.")
    return repr(value)


def _qubit(index: int, verbatim: bool) -> str:
    return f"${index}" if verbatim else f"q[{index}]"


def _gates(given: object) -> frozenset[str]:
    if given is None:
        return EVERYWHERE
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise EngineProblem("validation_error", '"gates" must be a list of names.')
    return EVERYWHERE | frozenset(given)
