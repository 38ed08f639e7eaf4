"""A program whose meaning can be read at any values of its inputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .forms.qasm import read_program
from .meaning import Meaning


@dataclass(frozen=True)
class Source:
    """`read`: values of the inputs, by name → meaning; raises Unreadable. `parameters`: the names of the inputs, in the order declared.
    `text`: as it was given, None where the program is an object. `tells_barriers`: whether its language has barriers at all."""

    read: Callable[[Mapping[str, float]], Meaning]
    parameters: tuple[str, ...]
    text: str | None
    tells_barriers: bool = True

    def bound(self, values: Mapping[str, float]) -> "Source":
        """With these values for some or all of its inputs."""
        fixed = {name: float(value) for name, value in values.items()}
        left = tuple(name for name in self.parameters if name not in fixed)
        return Source(lambda more: self.read({**more, **fixed}), left, self.text, self.tells_barriers)


def of_text(text: str, format: str = "qasm3") -> Source:
    """`format`: qasm3, qasm2, or braket for OpenQASM 3 in Amazon Braket's gate names. The text is split into words once, read per call.

    What cannot be read is told by `read`, never here."""
    program = read_program(text, format)
    return Source(program.read, program.parameters, text, tells_barriers=format != "braket")


def of_circuit(circuit: Any, names: Mapping[Any, str] | None = None) -> Source:
    """A qiskit QuantumCircuit. `names`: the input name of each Parameter; without it each goes by its own name."""
    from .forms.qiskit import read_circuit  # qiskit is imported only where a circuit of it is read

    own = {parameter: names[parameter] if names else parameter.name for parameter in circuit.parameters}
    return Source(lambda values: read_circuit(circuit, values, own), tuple(own.values()), None)
