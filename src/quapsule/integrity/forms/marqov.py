"""The SDK's circuits and what they mean, by the SDK's own matrices (QuantumFlow's)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quapsule.integrity.meaning import Gate, Meaning, Unreadable


def read_circuit(circuit: Any, values: Mapping[str, float] | None = None) -> Meaning:
    """A marqov.circuits.Circuit, whose symbols are bound to `values` by name. It measures nothing: a Circuit holds gates alone.

    Raises Unreadable for an operation that is no gate, and for a symbol without a value."""
    steps = tuple(_read_gate(operation, values or {}) for operation in circuit._qf)
    return Meaning(qubits=circuit.num_qubits, registers=(), steps=steps)


def is_symbolic(parameter: Any) -> bool:
    """Whether a gate's parameter holds a symbol."""
    return bool(getattr(parameter, "free_symbols", None))


def _read_gate(operation: Any, values: Mapping[str, float]) -> Gate:
    import quantumflow

    if not isinstance(operation, quantumflow.Gate):
        raise Unreadable(f"{operation.name} is no gate")
    if any(is_symbolic(parameter) for parameter in operation.params):
        operation = type(operation)(*(_number(parameter, values) for parameter in operation.params), *operation.qubits)
    size = 2 ** len(operation.qubits)
    # QuantumFlow's first axis is the gate's first qubit, so that this one is the most significant bit of the index.
    matrix = np.asarray(operation.tensor, dtype=np.complex128).reshape(size, size)
    return Gate(operation.name, tuple(int(qubit) for qubit in operation.qubits), matrix)


def _number(parameter: Any, values: Mapping[str, float]) -> float:
    if not is_symbolic(parameter):
        return float(parameter)
    missing = [str(symbol) for symbol in parameter.free_symbols if str(symbol) not in values]
    if missing:
        raise Unreadable(f"no value for {', '.join(missing)}")
    return float(parameter.subs({symbol: values[str(symbol)] for symbol in parameter.free_symbols}))
