"""The checker where it works: in the engine's box, which lets a process have children but not much else."""

from qiskit import QuantumCircuit, qasm3, transpile
from tests.providers.boxes import Boxes, ask
from tests.providers.conftest import boxes

__all__ = ["boxes"]


def test_qcec_decides_inside_of_the_engines_box(boxes: Boxes) -> None:
    circuit = QuantumCircuit(24, 24)
    for layer in range(2):
        for qubit in range(24):
            circuit.ry(0.1 + 0.2 * qubit + layer, qubit)
        for qubit in range(layer % 2, 23, 2):
            circuit.cx(qubit, qubit + 1)
    circuit.ccx(3, 4, 5)
    circuit.measure(range(24), range(24))
    spelled = transpile(circuit, basis_gates=["cz", "sx", "rz", "x"], optimization_level=3)
    with boxes.engines.take() as engine:
        ask(engine, {"verb": "configure", "id": 1, "memory_bytes": 1 << 30, "max_qubits": 32})
        prepared = ask(engine, {"verb": "prepare", "id": 2, "program": {"format": "qasm3", "text": qasm3.dumps(circuit)}})
        executed = {"format": "qasm3", "text": qasm3.dumps(spelled)}
        said = ask(engine, {"verb": "certify", "id": 3, "handle": prepared["handle"], "bindings": {}, "executed": executed})
        (certificate,) = said["certificates"]
        assert (certificate["method"], certificate["result"], said["flags"]) == ("qcec", "equivalent", []), certificate
