# name: GHZ state
# description: All qubits 0 or all qubits 1, and nothing between. graph_size is the number of qubits, 2 to 20.
# category: Fundamentals
# qubits: 5
# parameters: {"shots": 1000, "graph_size": 5}

import pennylane as qml


def run_experiment(device, params):
    size = int(params.get("graph_size", 5))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")

    @qml.qnode(device)
    def ghz():
        qml.Hadamard(wires=0)
        for qubit in range(size - 1):
            qml.CNOT(wires=[qubit, qubit + 1])  # each qubit copies the one before it
        return qml.counts()

    counts = ghz()
    shots = sum(counts.values())
    zeros, ones = counts.get("0" * size, 0) / shots, counts.get("1" * size, 0) / shots
    return {
        "all_zero": zeros,
        "all_one": ones,
        "_summary": {"Qubits": str(size), "All 0": f"{zeros:.1%}", "All 1": f"{ones:.1%}", "Anything else": f"{1 - zeros - ones:.1%}"},
    }
