"""Program text → a circuit, its registers and parameters. What cannot be honoured is refused, never dropped."""

from dataclasses import dataclass

from qiskit import qasm3 as exporter
from qiskit.circuit import ClassicalRegister, ControlFlowOp, Parameter, QuantumCircuit
from qiskit.qasm3 import QASM3ExporterError

from .problems import parse_error, unsupported
from .qasm2 import read_qasm2
from .qasm3 import Qasm3Program, read_qasm3

AS_WRITTEN = "as_written"
ALL_ADDED = "all, added"


@dataclass(frozen=True)
class Program:
    """`registers`: (name, width) of the counts in key order; `first_clbit`: where they begin. `interchange`: OpenQASM 3 of what runs."""

    circuit: QuantumCircuit
    registers: tuple[tuple[str, int], ...]
    first_clbit: int
    parameters: tuple[Parameter, ...]
    measured: str
    interchange: str

    @property
    def width(self) -> int:
        return sum(width for _, width in self.registers)


def read_program(format: str, text: str) -> Program:
    """Raises EngineProblem parse_error (with line and column) or unsupported."""
    if not text.strip():
        raise parse_error("the program is empty")
    if format == "qasm3":
        program = read_qasm3(text)
    elif format == "qasm2":
        program = read_qasm2(text)
    else:
        raise unsupported(f"The local engines read qasm3 and qasm2, not {format!r}.")
    circuit = program.circuit
    if circuit.num_qubits == 0:
        raise parse_error("the program declares no qubit")
    if measures(circuit):
        interchange = text if format == "qasm3" else export(circuit)
        return Program(circuit, program.registers, 0, program.parameters, AS_WRITTEN, interchange)
    return _measure_all(program, text if format == "qasm3" else None)


def measures(circuit: QuantumCircuit) -> bool:
    """Does anything, also inside a branch or loop, measure?"""
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name == "measure":
            return True
        if isinstance(operation, ControlFlowOp) and any(measures(block) for block in operation.blocks):
            return True
    return False


def export(circuit: QuantumCircuit) -> str:
    try:
        return str(exporter.dumps(circuit, allow_aliasing=True))
    except QASM3ExporterError as problem:
        raise unsupported(f"The program cannot be written as OpenQASM 3: {problem.message}") from problem


def _measure_all(program: Qasm3Program, text: str | None) -> Program:
    """The counts are of the added register alone: bits that the program declares but never writes say nothing."""
    circuit, name = program.circuit, "meas"
    taken = {name for name, _ in program.registers} | {register.name for register in circuit.qregs + circuit.cregs} | program.names
    while name in taken:
        name += "_"
    first, width = circuit.num_clbits, circuit.num_qubits
    added = ClassicalRegister(width, name)
    circuit.add_register(added)
    circuit.measure(circuit.qubits, added)
    interchange = export(circuit) if text is None else text.rstrip() + "\n" + _measure_text(program, name, width)
    return Program(circuit, ((name, width),), first, program.parameters, ALL_ADDED, interchange)


def _measure_text(program: Qasm3Program, name: str, width: int) -> str:
    lines, at = [f"bit[{width}] {name};"], 0
    for qubit, size in program.qubits:
        target = f"{name}[{at}]" if size is None else f"{name}[{at}:{at + size - 1}]"
        lines.append(f"{target} = measure {qubit};")
        at += size or 1
    return "\n".join(lines) + "\n"
