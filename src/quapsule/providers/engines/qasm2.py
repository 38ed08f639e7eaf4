"""OpenQASM 2, with every gate that its legacy libraries define."""

import re

from qiskit import qasm2

from .expand import check_size
from .problems import EngineProblem, parse_error, unsupported
from .qasm3 import Qasm3Program
from .reading import WIDEST_REGISTER

_PLACE = re.compile(r"^<input>:(\d+),(\d+): ")
_INCLUDE = re.compile(r'^\s*include\s*"([^"]*)"', re.MULTILINE)

_REGISTER = re.compile(r"\b[qc]reg\s+\w+\s*\[\s*(\d+)")


def read_qasm2(text: str) -> Qasm3Program:
    for include in _INCLUDE.finditer(text):
        if include[1] != "qelib1.inc":
            line = text.count("\n", 0, include.start(1)) + 1
            raise unsupported(f"only qelib1.inc can be included, not {include[1]!r}", line)
    for size in _REGISTER.finditer(text):
        if len(size[1]) > 6 or int(size[1]) > WIDEST_REGISTER:
            line = text.count("\n", 0, size.start()) + 1
            raise EngineProblem(
                "too_many_qubits", f"line {line}: a register of {size[1]}; the engines take at most {WIDEST_REGISTER:,}", line=line
            )
    try:
        # No include path: a program must not read files, not even inside the box.
        circuit = qasm2.loads(text, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    except qasm2.QASM2ParseError as problem:
        raise _placed(str(problem.message)) from problem
    except RecursionError as problem:
        raise parse_error("the program is nested too deeply") from problem
    check_size(circuit)
    registers = tuple((register.name, register.size) for register in circuit.cregs)
    qubits = tuple((register.name, register.size) for register in circuit.qregs)
    return Qasm3Program(circuit, registers, qubits, (), frozenset())


def _placed(message: str) -> EngineProblem:
    place = _PLACE.match(message)
    if place is None:
        return parse_error(message)
    return parse_error(message[place.end() :], int(place[1]), int(place[2]) + 1)
