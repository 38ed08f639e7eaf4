"""A batch of programs of different widths: each keeps its own, nothing is padded to the widest."""

import pytest

QISKIT = """
from qiskit import QuantumCircuit

def main(params):
    circuits = []
    for width in (1, 3, 2):
        circuit = QuantumCircuit(width, width)
        circuit.x(0)
        circuit.measure(range(width), range(width))
        circuits.append(circuit)
    return {"own": [list(counts) for counts in device.run(circuits).result().get_counts()]}
"""
CIRQ = """
import cirq

def main(params):
    circuits = []
    for width in (1, 3, 2):
        qubits = cirq.LineQubit.range(width)
        circuits.append(cirq.Circuit(cirq.X(qubits[0]), cirq.measure(*qubits, key="m")))
    results = device.run_batch(circuits, repetitions=params["shots"])
    return {"own": [["".join(map(str, result[0].measurements["m"][0]))] for result in results]}
"""
PENNYLANE = """
import pennylane as qml

def main(params):
    tapes = []
    for width in (1, 3, 2):
        tapes.append(qml.tape.QuantumScript([qml.X(0)], [qml.counts(wires=range(width))], shots=params["shots"]))
    return {"own": [[str(key) for key in counts] for counts in device.execute(tapes)]}
"""
MARQOV = """
import asyncio
from marqov.circuits import Circuit

async def main(params):
    circuits = [Circuit().x(0), Circuit().x(0).x(2).x(2).x(1).x(1), Circuit().x(0).x(1).x(1)]
    found = await asyncio.gather(*(device.execute(circuit, shots=params["shots"]) for circuit in circuits))
    return {"own": [list(one.counts) for one in found]}
"""
BRAKET = """
from braket.circuits import Circuit

def main(params):
    circuits = [Circuit().x(0), Circuit().x(0).i(1).i(2), Circuit().x(0).i(1)]
    batch = device.run_batch(circuits, shots=params["shots"])
    return {"own": [list(result.measurement_counts) for result in batch.results()]}
"""
OWN = [["1"], ["100"], ["10"]]


@pytest.mark.parametrize(
    ("framework", "code", "own"),
    [
        ("qiskit", QISKIT, [["1"], ["001"], ["01"]]),  # Qiskit shows clbit 0 rightmost
        ("cirq", CIRQ, OWN),
        ("pennylane", PENNYLANE, OWN),
        ("marqov", MARQOV, OWN),
        ("openqasm", BRAKET, OWN),
    ],
)
def test_counts_of_a_batch_keep_each_programs_own_width(run_in_box, framework, code, own):
    told = run_in_box(framework, code)
    assert "error" not in told.finish, told.finish
    assert [list(counts) for counts in told.counts] == OWN
    assert told.value["own"] == own
