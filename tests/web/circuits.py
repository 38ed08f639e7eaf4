"""What programs mean to the server, for the parser of the pages to be held to.

`python -m tests.web.circuits` writes web/src/circuits/qasm/meanings.json, which the parser's own tests read;
test_circuits.py computes it anew.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from qiskit.circuit import ControlFlowOp
from qiskit.circuit.library import C3SXGate, C3XGate, C4XGate, CU1Gate, CU3Gate, CXGate, PhaseGate, RC3XGate, U1Gate, U2Gate, U3Gate
from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator, Statevector
from tests.web.circuit_programs import programs

from quapsule.integrity.evolve import follow
from quapsule.integrity.sources import of_circuit
from quapsule.providers.engines.qasm2 import read_qasm2
from quapsule.providers.engines.qasm3 import read_qasm3

FILE = Path(__file__).parents[2] / "web/src/circuits/qasm/meanings.json"


def meaning(qasm: str, inputs: dict[str, float]) -> dict[str, Any]:
    """`amplitudes` of a program without measurements (qubit 0 the lowest bit; real and imaginary parts in turns). Of another `records`: for
    what its classical bits (bit 0 leftmost) may hold the probability of each basis state then; they add up to 1 over all records."""
    read = read_qasm2(qasm) if "OPENQASM 2" in qasm else read_qasm3(qasm)
    used = read.circuit.parameters
    circuit = read.circuit.assign_parameters({one: inputs[one.name] for one in read.parameters if one in used})
    if not any(isinstance(one.operation, ControlFlowOp) or one.operation.name in ("measure", "reset") for one in circuit.data):
        return {"amplitudes": _flat(np.asarray(Statevector(circuit)))}
    found = of_circuit(circuit).read({})
    start = np.zeros((2,) * found.qubits, dtype=np.complex128)
    start[(0,) * found.qubits] = 1
    records: dict[str, Any] = {}
    for branch in follow(found.steps, range(found.qubits), found.clbits, start):
        key = "".join(map(str, branch.bits))
        weights = (np.abs(branch.state) ** 2).transpose().reshape(-1)
        records[key] = records.get(key, 0) + weights
    return {"records": {key: [round(float(value), 15) for value in weights] for key, weights in sorted(records.items())}}


def gates() -> dict[str, Any]:
    """Matrices of the gates by name, with the numbers that they were given."""
    numbers = [0.7, -1.1, 2.3, 0.4]
    standard = {name: (type(gate), len(gate.params)) for name, gate in get_standard_gate_name_mapping().items()}
    others = {"u1": (U1Gate, 1), "u2": (U2Gate, 2), "u3": (U3Gate, 3), "cu1": (CU1Gate, 1), "cu3": (CU3Gate, 3), "phase": (PhaseGate, 1)}
    several = {"CX": (CXGate, 0), "c3x": (C3XGate, 0), "c4x": (C4XGate, 0), "c3sqrtx": (C3SXGate, 0), "rc3x": (RC3XGate, 0)}
    names = [
        "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "id", "rx", "ry", "rz", "p", "u", "r", "cx", "cy", "cz", "ch", "cs",
        "csdg", "csx", "cp", "crx", "cry", "crz", "cu", "swap", "iswap", "dcx", "ecr", "rxx", "ryy", "rzz", "rzx", "ccx", "ccz", "cswap",
        "rccx",
    ]  # fmt: skip
    found = {}
    for name, (kind, takes) in ({name: standard[name] for name in names} | others | several).items():
        found[name] = {"params": numbers[:takes], "matrix": _flat(Operator(kind(*numbers[:takes])).data.reshape(-1))}
    return found


def compute() -> dict[str, Any]:
    return {"programs": [{**one, **meaning(one["qasm"], one["inputs"])} for one in programs()], "gates": gates()}


def write() -> None:
    found = compute()
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found["programs"])
    matrices = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found["gates"].items())
    FILE.write_text(f'{{"programs": [\n{lines}\n],\n"gates": {{\n{matrices}\n}}}}\n', encoding="utf-8")


def _flat(values: Any) -> list[float]:
    array = np.asarray(values, dtype=np.complex128)
    return [round(float(part), 15) + 0.0 for value in array for part in (value.real, value.imag)]


if __name__ == "__main__":
    write()
