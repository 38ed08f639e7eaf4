"""Random programs, as lists of operations that each framework can spell in its own way."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from quapsule.integrity.meaning import Meaning
from quapsule.integrity.sources import Source, of_circuit, of_text
from quapsule.integrity.witness import make_witness

FIXED = {"h": 1, "x": 1, "y": 1, "z": 1, "s": 1, "t": 1, "cx": 2, "cz": 2, "swap": 2}
TURNS = ("rx", "ry", "rz")


@dataclass(frozen=True)
class Asked:
    """`operations`: (name, qubits, angle or None). Every qubit is touched; `measured`: qubit of each classical bit."""

    qubits: int
    operations: tuple[tuple[str, tuple[int, ...], float | None], ...]
    measured: tuple[int, ...]


@st.composite
def asked_programs(draw: Any, most_qubits: int = 5, most_operations: int = 14) -> Asked:
    qubits = draw(st.integers(1, most_qubits))
    names = [name for name, width in FIXED.items() if width <= qubits]
    operations: list[tuple[str, tuple[int, ...], float | None]] = [("h", (qubit,), None) for qubit in range(qubits)]
    for _ in range(draw(st.integers(1, most_operations))):
        name = draw(st.sampled_from([*names, *TURNS]))
        at = tuple(draw(st.permutations(range(qubits)))[: FIXED.get(name, 1)])
        angle = draw(st.floats(-6.3, 6.3, allow_subnormal=False)) if name in TURNS else None
        operations.append((name, at, angle))
    return Asked(qubits, tuple(operations), tuple(draw(st.permutations(range(qubits)))))


def drawn_program(seed: int, most_qubits: int = 5, most_operations: int = 14) -> Asked:
    """As above, but by number: for thousands of them."""
    dice = random.Random(seed)
    qubits = dice.randint(1, most_qubits)
    names = [name for name, width in FIXED.items() if width <= qubits]
    operations: list[tuple[str, tuple[int, ...], float | None]] = [("h", (qubit,), None) for qubit in range(qubits)]
    for _ in range(dice.randint(1, most_operations)):
        name = dice.choice([*names, *TURNS])
        angle = dice.uniform(-6.3, 6.3) if name in TURNS else None
        operations.append((name, tuple(dice.sample(range(qubits), FIXED.get(name, 1))), angle))
    return Asked(qubits, tuple(operations), tuple(dice.sample(range(qubits), qubits)))


def in_qiskit(asked: Asked) -> Any:
    """Measured into two registers, where there are two bits."""
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    half = max(1, asked.qubits // 2)
    registers = [ClassicalRegister(half, "first")] + ([ClassicalRegister(asked.qubits - half, "second")] if asked.qubits > half else [])
    circuit = QuantumCircuit(QuantumRegister(asked.qubits, "q"), *registers)
    for name, qubits, angle in asked.operations:
        getattr(circuit, name)(*([] if angle is None else [angle]), *qubits)
    circuit.measure(list(asked.measured), range(asked.qubits))
    return circuit


def in_cirq(asked: Asked) -> Any:
    import cirq

    line = cirq.LineQubit.range(asked.qubits)
    named = {
        "h": cirq.H,
        "x": cirq.X,
        "y": cirq.Y,
        "z": cirq.Z,
        "s": cirq.S,
        "t": cirq.T,
        "cx": cirq.CNOT,
        "cz": cirq.CZ,
        "swap": cirq.SWAP,
    }
    turns = {"rx": cirq.rx, "ry": cirq.ry, "rz": cirq.rz}
    operations = [
        (named[name] if angle is None else turns[name](angle))(*(line[qubit] for qubit in qubits))
        for name, qubits, angle in asked.operations
    ]
    return cirq.Circuit(operations, cirq.measure(*(line[qubit] for qubit in asked.measured), key="c"))


def in_pennylane(asked: Asked) -> Any:
    """PennyLane measures its wires in ascending order."""
    import pennylane as qml

    named = {
        "h": qml.Hadamard, "x": qml.PauliX, "y": qml.PauliY, "z": qml.PauliZ, "s": qml.S, "t": qml.T, "cx": qml.CNOT, "cz": qml.CZ,
        "swap": qml.SWAP, "rx": qml.RX, "ry": qml.RY, "rz": qml.RZ,
    }  # fmt: skip
    operators = [named[name](*([] if angle is None else [angle]), wires=qubits) for name, qubits, angle in asked.operations]
    return qml.tape.QuantumScript(operators, [qml.counts(wires=range(asked.qubits))], shots=100)


def in_marqov(asked: Asked) -> Any:
    """A Circuit holds gates alone."""
    from marqov import Circuit

    circuit = Circuit()
    for name, qubits, angle in asked.operations:
        arguments = (*qubits, angle) if angle is not None else qubits
        call = getattr(circuit, name)
        circuit = call(angle, *qubits) if name in TURNS else call(*arguments)
    return circuit


def text_of(framework: str, circuit: Any) -> str:
    """As the framework's circuits cross the door."""
    if framework == "qiskit":
        from qiskit import qasm3

        return str(qasm3.dumps(circuit))
    from importlib import import_module

    program = import_module(f"quapsule.runner.frameworks.{framework}").program_of(circuit)
    return str(program["text"])


def reader_of(framework: str) -> Callable[..., Meaning]:
    from importlib import import_module

    found: Callable[..., Meaning] = import_module(f"quapsule.integrity.forms.{framework}").read_circuit
    return found


BUILDERS: dict[str, Callable[[Asked], Any]] = {"qiskit": in_qiskit, "cirq": in_cirq, "pennylane": in_pennylane, "marqov": in_marqov}


def witness_of(circuit: Any, framework: str = "qiskit") -> Any:
    read = reader_of(framework)
    return make_witness(lambda values: read(circuit, values))


def of_qiskit(circuit: Any) -> Source:
    return of_circuit(circuit)


HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def of_body(body: str) -> Source:
    return of_text(HEAD + body)
