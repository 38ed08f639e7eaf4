"""OpenQASM 3 → circuit: the reference parser, and syntax errors with line and column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import openqasm3
from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorListener import ErrorListener
from openqasm3._antlr.qasm3Lexer import qasm3Lexer
from openqasm3._antlr.qasm3Parser import qasm3Parser
from openqasm3.parser import QASM3ParsingError
from qiskit.circuit import ClassicalRegister, Parameter, QuantumCircuit

from .problems import EngineProblem, parse_error, unsupported
from .reading import Reader

_PLACE = re.compile(r"^L(\d+):C(\d+): ")
_VERSIONS = (None, "3", "3.0", "3.1")


@dataclass(frozen=True)
class Qasm3Program:
    """`registers` and `qubits`: (declared name, width) in declaration order; a lone qubit's width is None. `names`: all that are declared."""  # noqa: E501

    circuit: QuantumCircuit
    registers: tuple[tuple[str, int], ...]
    qubits: tuple[tuple[str, int | None], ...]
    parameters: tuple[Parameter, ...]
    names: frozenset[str]


def read_qasm3(text: str) -> Qasm3Program:
    """Raises EngineProblem parse_error or unsupported."""
    try:
        tree = openqasm3.parse(text)
    except QASM3ParsingError as problem:
        raise _syntax_problem(text, str(problem)) from problem
    except RecursionError as problem:
        raise parse_error("the program is nested too deeply") from problem
    if tree.version not in _VERSIONS:
        raise unsupported(f"this is OpenQASM {tree.version}; as qasm3 the versions 3, 3.0 and 3.1 are read", 1)
    reader = Reader(text, phase_of_u=tree.version == "3.1")
    try:
        state = reader.convert(tree)
    except RecursionError as problem:
        raise parse_error("the program is nested too deeply") from problem
    qubits = reader.qubits or [(f"${index}", None) for index in range(state.circuit.num_qubits)]
    names = frozenset(symbol.name for symbol in state.symbol_table.globals())
    circuit = _with_registers(state.circuit, reader.registers)
    return Qasm3Program(circuit, tuple(reader.registers), tuple(qubits), tuple(reader.inputs), names)


def _with_registers(circuit: QuantumCircuit, registers: Sequence[tuple[str, int]]) -> QuantumCircuit:
    """The importer leaves `bit c;` outside of every register; here each bit is in one, in the order declared."""
    held = {register.name: register for register in circuit.cregs}
    if len(held) == len(registers):
        return circuit
    whole = QuantumCircuit(circuit.qubits, circuit.clbits, global_phase=circuit.global_phase)
    for register in circuit.qregs:
        whole.add_register(register)
    first = 0
    for name, width in registers:
        whole.add_register(held.get(name) or ClassicalRegister(name=name, bits=circuit.clbits[first : first + width]))
        first += width
    for instruction in circuit.data:
        whole.append(instruction)
    return whole


class _FirstError(ErrorListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.problem: EngineProblem | None = None

    def syntaxError(self, recognizer: Any, offendingSymbol: Any, line: int, column: int, msg: str, e: Any) -> None:  # noqa: ARG002, N802, N803
        if self.problem is not None:
            return
        if msg.startswith("no viable alternative") and offendingSymbol is not None:
            msg = f"unexpected {offendingSymbol.text!r}"
        self.problem = parse_error(msg.replace("'<EOF>'", "the end of the program"), line, column + 1)


def _syntax_problem(text: str, message: str) -> EngineProblem:
    """The fast parse gives up without saying where; this one goes over the text again and keeps the first complaint."""
    place = _PLACE.match(message)
    if place is not None:
        return parse_error(message[place.end() :], int(place[1]), int(place[2]) + 1)
    listener = _FirstError()
    lexer = qasm3Lexer(InputStream(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(listener)
    parser = qasm3Parser(CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(listener)
    parser.program()
    return listener.problem or parse_error(message or "the program does not parse")
