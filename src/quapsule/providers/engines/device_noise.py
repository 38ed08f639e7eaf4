"""The noise of a device, as its calibration tells it: decay during gates and waits, the rest of each gate's error, and readout."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from qiskit.circuit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate, iSwapGate
from qiskit_aer.noise import NoiseModel, QuantumError, ReadoutError, depolarizing_error, thermal_relaxation_error

from .device_native import ROUTED, Operation, is_open

Times = tuple[float, float]

# Native gate → the simulator's, where a pulse stands behind it; turns about z (rz) are the frame's, and free.
_SIMULATED: Mapping[str, str] = {"prx": "r", "gpi": "r", "gpi2": "r", "rx": "rx", "sx": "sx", "x": "x"}
_KNOWN = ("r", "rx", "rz", "sx", "x", "cz", "cx", "ecr", "rzz", "rxx", "delay")
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "ps": 1e-12}


def noise_of(device: Mapping[str, Any], physical: Sequence[int]) -> NoiseModel:
    """For a circuit whose qubit i is qubit `physical[i]` of the device.

    A gate's channel has the reported error (average gate infidelity): thermal relaxation for the gate's time, and depolarization for the
    rest. Where relaxation alone would be worse than what was reported (T2 is measured without the echoes that a gate has), less of it is
    taken. Readout flips each bit by itself."""
    model = NoiseModel(basis_gates=[*_KNOWN, "unitary"])
    natives = device["native_gates"]
    ones = list(dict.fromkeys(_SIMULATED[name] for name in natives["one"] if name in _SIMULATED))
    twos = list(dict.fromkeys(ROUTED[name] for name in natives["two"] if name in ROUTED))
    for place, qubit in enumerate(physical):
        error = _gate_error((_times(device, qubit),), device["one_qubit_error"][qubit], device["one_qubit_ns"])
        if error is not None:
            model.add_quantum_error(error, ones, [place])
        up, down = device["readout_error"][qubit]
        if up or down:
            model.add_readout_error(ReadoutError([[1 - up, up], [down, 1 - down]]), [place])
    for first, left in enumerate(physical):
        for second, right in enumerate(physical):
            reported = _edge_error(device, left, right)
            if first == second or reported is None:
                continue
            error = _gate_error((_times(device, left), _times(device, right)), reported, device["two_qubit_ns"])
            if error is not None:
                model.add_quantum_error(error, twos, [first, second])
    return model


def simulated(operations: Sequence[Operation], physical: Sequence[int], asked: QuantumCircuit, device: Mapping[str, Any]) -> QuantumCircuit:
    """The native operations on the used qubits, in gates that the simulator has; classical bits and registers are those of `asked`.
    A wait becomes the decay that it costs."""
    place = {qubit: index for index, qubit in enumerate(physical)}
    circuit = QuantumCircuit(len(physical))
    circuit.add_bits(asked.clbits)
    for register in asked.cregs:
        circuit.add_register(register)
    for operation in operations:
        qubits = [place[qubit] for qubit in operation.qubits if qubit in place]
        if not qubits:
            continue  # a barrier or wait of qubits that nothing else touches
        _append(circuit, operation, qubits, device)
    return circuit


def _append(circuit: QuantumCircuit, operation: Operation, qubits: list[int], device: Mapping[str, Any]) -> None:
    params = operation.params
    match operation.name:
        case "prx":
            circuit.r(*params, *qubits)
        case "gpi":
            circuit.r(math.pi, params[0], *qubits)
        case "gpi2":
            circuit.r(math.pi / 2, params[0], *qubits)
        case "rx" | "rz" | "sx" | "x" | "cz" | "cx" | "ecr":
            getattr(circuit, operation.name)(*params, *qubits)
        case "zz" | "rzz":
            circuit.rzz(*params, *qubits)
        case "iswap" | "xy":
            circuit.append(UnitaryGate(iSwapGate().to_matrix(), label="iswap", check_input=False), qubits)
        case "ms":
            for qubit, phase in zip(qubits, params, strict=False):
                circuit.rz(-phase, qubit)
            circuit.rxx(params[2], *qubits)
            for qubit, phase in zip(qubits, params, strict=False):
                circuit.rz(phase, qubit)
        case "measure":
            circuit.measure(qubits[0], operation.clbit)
        case "barrier":
            circuit.barrier(qubits)
        case "delay":
            decay = None if is_open(params[0]) else _relaxation(_times(device, operation.qubits[0]), _seconds(*params) * 1e9)
            if decay is not None:
                circuit.append(decay.to_instruction(), qubits)
        case name:
            raise AssertionError(f"no simulator's gate stands for {name}")


def _seconds(length: float, unit: str) -> float:
    return float(length) * _SECONDS.get(unit, 0.0)


def _edge_error(device: Mapping[str, Any], left: int, right: int) -> float | None:
    """Of the edge in this direction; an undirected one counts for both."""
    errors = device["two_qubit_error"]
    found = errors.get(f"{left}-{right}")
    if found is None and not device["directed"]:
        found = errors.get(f"{right}-{left}")
    return None if found is None else float(found)


@lru_cache(maxsize=4096)
def _gate_error(times: tuple[Times, ...], reported: float, nanoseconds: float) -> QuantumError | None:
    """Of a gate on as many qubits as there are `times`."""
    if reported <= 0:
        return None
    fidelity = _fidelity(times, nanoseconds)
    if 1 - fidelity > reported:
        nanoseconds = _shorten(times, reported, nanoseconds)
        fidelity = _fidelity(times, nanoseconds)
    dimension = 2 ** len(times)
    # Depolarization of strength p after fidelity F leaves (1 - p) F + p / d.
    strength = (fidelity - (1 - reported)) / (fidelity - 1 / dimension)
    rest = depolarizing_error(min(strength, dimension**2 / (dimension**2 - 1)), len(times)) if strength > 0 else None
    decays = [_relaxation(one, nanoseconds) for one in times]
    if all(decay is None for decay in decays):
        return rest
    error, *others = [decay or thermal_relaxation_error(math.inf, math.inf, 0) for decay in decays]
    for other in others:
        error = error.expand(other)
    return error if rest is None else error.compose(rest)


def _shorten(times: Sequence[Times], reported: float, nanoseconds: float) -> float:
    """The time after which relaxation alone has the reported error."""
    short, long = 0.0, nanoseconds
    for _ in range(50):
        middle = (short + long) / 2
        short, long = (short, middle) if 1 - _fidelity(times, middle) > reported else (middle, long)
    return short


def _fidelity(times: Sequence[Times], nanoseconds: float) -> float:
    """Average gate fidelity that relaxation leaves: of one qubit the transfer matrix has the diagonal 1, x, x, z with x = exp(-t/T2) and
    z = exp(-t/T1); the process fidelity of several is the product."""
    process = 1.0
    for t1, t2 in times:
        process *= (1 + 2 * math.exp(-nanoseconds / (t2 * 1e3)) + math.exp(-nanoseconds / (t1 * 1e3))) / 4
    dimension = 2 ** len(times)
    return float((dimension * process + 1) / (dimension + 1))


def _relaxation(times: Times, nanoseconds: float) -> QuantumError | None:
    """None where nothing decays."""
    t1, t2 = times
    if nanoseconds <= 0 or (math.isinf(t1) and math.isinf(t2)):
        return None
    return thermal_relaxation_error(t1 * 1e3, t2 * 1e3, nanoseconds)


def _times(device: Mapping[str, Any], qubit: int) -> Times:
    """T1 and T2 in microseconds, infinite where none is told. T2 is at most twice T1, which measurements may exceed by their own error."""
    t1, t2 = (math.inf if times is None else times[qubit] or math.inf for times in (device["t1_us"], device["t2_us"]))
    return t1, min(t2, 2 * t1)
