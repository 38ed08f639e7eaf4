"""A GHZ state of any size: `quapsule run examples/ghz_qiskit.py --shots 1000 -p graph_size=8`.

`run_experiment` gets a Qiskit backend and the parameters; what it returns is the job's value.
"""

from qiskit import QuantumCircuit


def run_experiment(device, params):
    size = int(params.get("graph_size", 3))
    circuit = QuantumCircuit(size, size)
    circuit.h(0)
    for qubit in range(size - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(size), range(size))

    counts = device.run(circuit).result().get_counts()
    whole = counts.get("0" * size, 0) + counts.get("1" * size, 0)
    return {"qubits": size, "all_equal": whole / sum(counts.values())}
