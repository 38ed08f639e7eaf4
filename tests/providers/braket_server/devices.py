"""What the protocol server's devices do: read a program by Amazon's own parser, compile it where it is a QPU, run it, and report in
the real format of results. The simulation is Aer's."""

import json
import re
from dataclasses import dataclass
from typing import Any

from braket.circuits import Circuit
from braket.ir.openqasm import Program
from braket.task_result import AdditionalMetadata, GateModelTaskResult, IqmMetadata, RigettiMetadata, SimulatorMetadata, TaskMetadata
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import UnitaryGate
from qiskit_aer import AerSimulator

MANY = [
    "ccnot", "cnot", "cphaseshift", "cswap", "cy", "cz", "ecr", "h", "i", "phaseshift", "prx", "rx", "ry", "rz", "s", "si", "swap", "t",
    "ti", "v", "vi", "x", "xx", "y", "yy", "z", "zz",
]  # fmt: skip
DEVICES: dict[str, dict[str, Any]] = {
    "amazon/sv1": {"name": "SV1", "provider": "Amazon Braket", "type": "SIMULATOR", "gates": MANY},
    "iqm/Garnet": {"name": "Garnet", "provider": "IQM", "type": "QPU", "gates": MANY},
    "rigetti/Ankaa-3": {"name": "Ankaa-3", "provider": "Rigetti", "type": "QPU", "gates": [g for g in MANY if g not in ("xx", "yy", "zz")]},
    "ionq/Forte-1": {
        "name": "Forte 1",
        "provider": "IonQ",
        "type": "QPU",
        "gates": ["x", "y", "z", "h", "s", "si", "t", "ti", "v", "vi", "rx", "ry", "rz", "cnot", "swap", "xx", "yy", "zz"],
    },
}
FAULTS = ("executed_empty", "executed_one_cx_less", "executed_barrier_lost")
_MEASURE = re.compile(r"\w+\[(\d+)\] = measure (?:\w+\[|\$)(\d+)\]?;")
_BITS = re.compile(r"bit\[(\d+)\] \w+;")
_FIRST_QUBIT = 1  # as on Garnet, whose qubits are numbered from 1
_PLAIN = {
    "H": "h", "X": "x", "Y": "y", "Z": "z", "S": "s", "Si": "sdg", "T": "t", "Ti": "tdg", "V": "sx", "Vi": "sxdg", "I": "id",
    "Rx": "rx", "Ry": "ry", "Rz": "rz", "PhaseShift": "p", "CNot": "cx", "CY": "cy", "CZ": "cz", "Swap": "swap", "CCNot": "ccx",
    "CSwap": "cswap", "CPhaseShift": "cp", "ECR": "ecr", "XX": "rxx", "YY": "ryy", "ZZ": "rzz", "PRx": "r",
}  # fmt: skip


class Refused(Exception):  # noqa: N818
    """What the service would call a ValidationException."""


@dataclass
class Read:
    """A program as Braket reads it: its gates, the measured qubits in the order of their bits, and the bit of each (of so many)."""

    circuit: QuantumCircuit
    measured: list[int]
    bits: dict[int, int]
    width: int


def find_device(arn: str) -> dict[str, Any] | None:
    found = re.search(r"device/(?:qpu|quantum-simulator)/(.+)$", arn)
    return DEVICES.get(found[1]) if found else None


def read_program(source: str) -> Read:
    """Raises Refused for what Amazon's parser refuses."""
    if "include" in source:
        raise Refused("include statements are not supported")
    try:
        given = Circuit.from_ir(source)
    except Exception as problem:
        raise Refused(str(problem) or type(problem).__name__) from problem
    measured: list[int] = []
    width = max((int(qubit) for qubit in given.qubits), default=0) + 1
    circuit = QuantumCircuit(width)
    for instruction in given.instructions:
        name, targets = instruction.operator.name, [int(qubit) for qubit in instruction.target]
        if name == "Measure":
            measured += targets
        elif measured:
            raise Refused(f"{name} after a measurement")
        elif name in ("StartVerbatimBox", "EndVerbatimBox"):
            continue
        elif name == "Barrier":
            circuit.barrier(targets)
        elif name in _PLAIN:
            angles = [float(value) for value in getattr(instruction.operator, "parameters", [])]
            getattr(circuit, _PLAIN[name])(*angles, *targets)
        else:
            circuit.append(UnitaryGate(instruction.operator.to_matrix()), targets[::-1])
    if not measured:
        raise Refused("nothing is measured")
    bits = {int(qubit): int(bit) for bit, qubit in _MEASURE.findall(source)} or dict(zip(measured, range(len(measured)), strict=True))
    declared = _BITS.search(source)
    return Read(circuit, sorted(measured, key=lambda qubit: bits[qubit]), bits, int(declared[1]) if declared else len(bits))


def run(device: dict[str, Any], arn: str, device_arn: str, body: dict[str, Any], faults: list[str], created: str, ended: str) -> bytes:
    """results.json of a task."""
    action = json.loads(body["action"])
    read, shots = read_program(action["source"]), int(body["shots"])
    metadata: dict[str, Any] = {"action": Program(source=action["source"])}
    circuit, measured = read.circuit, read.measured
    if device["type"] == "SIMULATOR":
        metadata["simulatorMetadata"] = SimulatorMetadata(executionDuration=17)
    else:
        circuit = _compile(circuit, faults)
        measured = sorted(measured)  # a device reports its qubits in its own order
        compiled = _write(circuit, read)
        if device["provider"] == "IQM":
            metadata["iqmMetadata"] = IqmMetadata(compiledProgram=compiled)
        elif device["provider"] == "Rigetti":
            metadata["rigettiMetadata"] = RigettiMetadata(compiledProgram=_quil(circuit, read))
    rows = _sample(circuit, measured, shots)
    result: dict[str, Any] = {"measurements": rows}
    if device["provider"] == "IonQ":  # tells shares, not shots
        keys = ["".join(map(str, row)) for row in rows]
        result = {"measurementProbabilities": {key: keys.count(key) / shots for key in set(keys)}}
    told = GateModelTaskResult(
        **result,
        measuredQubits=measured,
        taskMetadata=TaskMetadata(id=arn, shots=shots, deviceId=device_arn, createdAt=created, endedAt=ended, status="COMPLETED"),
        additionalMetadata=AdditionalMetadata(**metadata),
    )
    return str(told.json(exclude_none=True)).encode()


def _compile(circuit: QuantumCircuit, faults: list[str]) -> QuantumCircuit:
    """In the gates of an IQM device; and what a bad compiler would do to it. Without its barriers, what they kept apart is cancelled."""
    if "executed_barrier_lost" in faults:
        bare = circuit.copy_empty_like()
        for one in circuit.data:
            if one.operation.name != "barrier":
                bare.append(one)
        circuit = bare
    compiled = transpile(circuit, basis_gates=["r", "cz"], optimization_level=1, seed_transpiler=1)
    if "executed_empty" in faults:
        return QuantumCircuit(circuit.num_qubits)
    if "executed_one_cx_less" in faults:
        less, dropped = compiled.copy_empty_like(), False
        for one in compiled.data:
            if one.operation.name == "cz" and not dropped:
                dropped = True
                continue
            less.append(one)
        return less
    return compiled


def _write(circuit: QuantumCircuit, read: Read) -> str:
    place = {qubit: index + _FIRST_QUBIT for index, qubit in enumerate(circuit.qubits)}
    lines = ["OPENQASM 3.0;", f"bit[{read.width}] b;", "#pragma braket verbatim", "box {"]
    for one in circuit.data:
        name = {"r": "prx"}.get(one.operation.name, one.operation.name)
        values = f"({', '.join(repr(float(value)) for value in one.operation.params)})" if one.operation.params else ""
        lines.append(f"{name}{values} {', '.join(f'${place[qubit]}' for qubit in one.qubits)};")
    lines.append("}")
    lines += [f"b[{read.bits[qubit]}] = measure ${qubit + _FIRST_QUBIT};" for qubit in read.measured]
    return "\n".join(lines) + "\n"


def _quil(circuit: QuantumCircuit, read: Read) -> str:
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    lines = [f"DECLARE ro BIT[{read.width}]"]
    for one in circuit.data:
        targets = " ".join(str(place[qubit]) for qubit in one.qubits)
        if one.operation.name == "r":
            angle, axis = (float(value) for value in one.operation.params)
            lines += [f"RZ({-axis!r}) {targets}", f"RX({angle!r}) {targets}", f"RZ({axis!r}) {targets}"]
        else:
            lines.append({"cz": "CZ", "barrier": "FENCE"}[one.operation.name] + f" {targets}")
    return "\n".join([*lines, *(f"MEASURE {qubit} ro[{read.bits[qubit]}]" for qubit in read.measured)]) + "\n"


def _sample(circuit: QuantumCircuit, measured: list[int], shots: int) -> list[list[int]]:
    whole = QuantumCircuit(circuit.num_qubits, len(measured))
    whole.compose(circuit, inplace=True)
    for clbit, qubit in enumerate(measured):
        whole.measure(qubit, clbit)
    memory = AerSimulator(method="statevector").run(whole, shots=shots, memory=True).result().get_memory()
    return [[int(bit) for bit in reversed(shot)] for shot in memory]
