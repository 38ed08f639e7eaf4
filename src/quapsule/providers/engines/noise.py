"""A noise model as Aer takes it, and circuits whose gates are the ones that it attaches to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from qiskit.circuit import ControlFlowOp, Gate, QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit_aer.noise import (
    NoiseModel,
    QuantumError,
    ReadoutError,
    amplitude_damping_error,
    depolarizing_error,
    phase_damping_error,
    thermal_relaxation_error,
)

from .costs import Noisy
from .expand import NOISY, expand, is_parametric

# Names that a gate goes by which the engines have only as a matrix.
_MATRIX = ("one_qubit_matrix", "two_qubit_matrix")
_ONE_QUBIT = (
    "u1", "u2", "u3", "u", "p", "r", "rx", "ry", "rz", "id", "x", "y", "z", "h", "s", "sdg", "sx", "sxdg", "t", "tdg", _MATRIX[0],
)  # fmt: skip
_TWO_QUBIT = ("swap", "cx", "cy", "cz", "cp", "rxx", "ryy", "rzz", "rzx", "ecr", _MATRIX[1])


@dataclass(frozen=True)
class Noise:
    """`model` for Aer, `known` for the choice of a method, `shown` for the result. `by_name`: it goes by names that write_noisy gives."""

    model: NoiseModel
    known: Noisy
    shown: Any
    by_name: bool = True


def make_noise(given: Mapping[str, Any]) -> Noise:
    """`given`: as quapsule.providers.noise normalises it, already checked."""
    return _made(json.dumps(given, sort_keys=True))


def write_noisy(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same circuit in gates of one and two qubits that every noisy method has, one for each that it had: wider ones are decomposed,
    and a two-qubit gate without a name at the engine becomes its matrix. One with an open input stays, until this is done again."""
    return _with_matrices(expand(circuit, NOISY, widest=2))


@lru_cache(maxsize=64)
def _made(given: str) -> Noise:
    wanted = json.loads(given)
    one, two = _errors(wanted)
    model = NoiseModel()
    # What Aer would otherwise take for the gates that it may be given; nothing is transpiled here.
    model.add_basis_gates([name for name in (*_ONE_QUBIT, *_TWO_QUBIT) if name not in _MATRIX])
    if one is not None:
        model.add_all_qubit_quantum_error(one, list(_ONE_QUBIT))
    if two is not None:
        model.add_all_qubit_quantum_error(two, list(_TWO_QUBIT))
    up, down = wanted["readout"]
    if up or down:
        model.add_all_qubit_readout_error(ReadoutError([[1 - up, up], [down, 1 - down]]))
    return Noise(model, Noisy(stabilizer=_keeps_stabilizers(wanted)), wanted)


def _errors(wanted: Mapping[str, Any]) -> tuple[QuantumError | None, QuantumError | None]:
    """After a gate of one qubit, and of two."""
    if wanted.get("preset") == "device":
        t1, t2 = wanted["t1_us"] * 1e3, wanted["t2_us"] * 1e3
        one, pair = (thermal_relaxation_error(t1, t2, wanted[name]) for name in ("one_qubit_ns", "two_qubit_ns"))
        return one, pair.tensor(pair)
    rates = wanted if wanted.get("preset") == "uniform" else wanted["depolarizing"]
    ones: list[QuantumError] = []
    twos: list[QuantumError] = []
    if rates["one_qubit"]:
        ones.append(depolarizing_error(rates["one_qubit"], 1))
    if rates["two_qubit"]:
        twos.append(depolarizing_error(rates["two_qubit"], 2))
    for name, make in (("amplitude_damping", amplitude_damping_error), ("phase_damping", phase_damping_error)):
        if wanted.get(name):
            single = make(wanted[name])
            ones.append(single)
            twos.append(single.tensor(single))
    return _composed(ones), _composed(twos)


def _composed(errors: list[QuantumError]) -> QuantumError | None:
    """The first acts first."""
    if not errors:
        return None
    found = errors[0]
    for error in errors[1:]:
        found = found.compose(error)
    return found


def _keeps_stabilizers(wanted: Mapping[str, Any]) -> bool:
    """Pauli errors, and with T2 ≤ T1 resets; Kraus matrices leave the stabilizer states."""
    if wanted.get("preset") == "device":
        return bool(wanted["t2_us"] <= wanted["t1_us"])
    return not wanted.get("amplitude_damping") and not wanted.get("phase_damping")


def _with_matrices(circuit: QuantumCircuit) -> QuantumCircuit:
    if all(_is_named(one.operation) for one in circuit.data):
        return circuit
    out = circuit.copy_empty_like()
    for one in circuit.data:
        operation = one.operation
        if isinstance(operation, ControlFlowOp):
            operation = operation.replace_blocks([_with_matrices(block) for block in operation.blocks])
        elif not _is_named(operation):
            matrix = np.asarray(operation.to_matrix(), dtype=np.complex128)
            operation = UnitaryGate(matrix, label=_MATRIX[operation.num_qubits - 1], check_input=False)
        out.append(operation, one.qubits, one.clbits, copy=False)
    return out


def _is_named(operation: Any) -> bool:
    if isinstance(operation, ControlFlowOp):
        return all(_is_named(one.operation) for block in operation.blocks for one in block.data)
    if not isinstance(operation, Gate) or is_parametric(operation):
        return True
    if operation.name == "unitary":
        return operation.label in _MATRIX
    return operation.name in _ONE_QUBIT or operation.name in _TWO_QUBIT
