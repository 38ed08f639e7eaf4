"""The drawing of a program, for people: plain text in lines short enough to print."""

import warnings
from collections.abc import Iterable, Iterator

from qiskit.circuit import CircuitInstruction, ControlFlowOp, QuantumCircuit

from .program import read_program

MOST_QUBITS = 60
MOST_CLBITS = 128
MOST_GATES = 2_000
# Long names and formulas make few gates wide; and what is drawn has to pass the door.
MOST_CHARACTERS = 2_000_000
LINE_WIDTH = 120


def draw(format: str, text: str) -> str | None:
    """As Qiskit's text drawer has it, folded at 120 columns; None when it is larger than anybody would read, or than the drawer can draw.

    Raises EngineProblem when the program cannot be read."""
    circuit = read_program(format, text).circuit
    if circuit.num_qubits > MOST_QUBITS or circuit.num_clbits > MOST_CLBITS or not _is_readable(circuit):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawing = str(circuit.draw("text", fold=LINE_WIDTH))
    except Exception:  # noqa: BLE001  the drawer knows less than the parser does, and nothing depends on a drawing
        return None
    lines = "\n".join(line.rstrip() for line in drawing.rstrip().splitlines()) + "\n"
    return lines if len(lines) <= MOST_CHARACTERS else None


def _is_readable(circuit: QuantumCircuit) -> bool:
    """Stops at the first gate too many: nested loops are short to write and long to go through."""
    characters = 0
    lines = 2 * circuit.num_qubits + 1
    # Names that fill the line leave room for one gate beside them.
    name = max((len(register.name) for register in circuit.qregs + circuit.cregs), default=0)
    beside = name if 2 * name > LINE_WIDTH else 0
    for gates, instruction in enumerate(_each(circuit.data), 1):
        operation = instruction.operation
        shown = [] if isinstance(operation, ControlFlowOp) else operation.params
        characters += lines * (beside + len(operation.label or operation.name) + sum(len(str(one)) for one in shown))
        if gates > MOST_GATES or characters > MOST_CHARACTERS:
            return False
    return True


def _each(instructions: Iterable[CircuitInstruction]) -> Iterator[CircuitInstruction]:
    """Those inside of branches and loops too, each once."""
    for instruction in instructions:
        yield instruction
        if isinstance(instruction.operation, ControlFlowOp):
            for block in instruction.operation.blocks:
                yield from _each(block.data)
