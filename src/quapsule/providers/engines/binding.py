"""Numbers for a program's inputs, by name: the order in which a program or a caller lists them means nothing."""

import math
from collections.abc import Mapping, Sequence

from qiskit.circuit import Parameter, QuantumCircuit

from .problems import unsupported


def check_binding(parameters: Sequence[Parameter], binding: Mapping[str, float]) -> None:
    """Raises EngineProblem when an input has no value, or a value that is no number, or no such input is there."""
    names = {parameter.name for parameter in parameters}
    missing, extra = sorted(names - binding.keys()), sorted(binding.keys() - names)
    if missing:
        raise unsupported(f"No value was given for the input {', '.join(missing)}.")
    if extra:
        known = ", ".join(parameter.name for parameter in parameters) or "none"
        raise unsupported(f"The program has no input {', '.join(extra)}; it has {known}.")
    if not all(math.isfinite(value) for value in binding.values()):
        raise unsupported("An input must be a finite number.")


def bind(circuit: QuantumCircuit, parameters: Sequence[Parameter], binding: Mapping[str, float]) -> QuantumCircuit:
    """The circuit with its inputs at these numbers, which were checked; itself when it has none."""
    used = circuit.parameters
    values = {parameter: float(binding[parameter.name]) for parameter in parameters if parameter in used}
    return circuit.assign_parameters(values) if values else circuit
