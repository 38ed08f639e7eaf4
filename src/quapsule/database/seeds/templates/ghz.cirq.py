# name: GHZ state
# description: All qubits 0 or all qubits 1, and nothing between. graph_size is the number of qubits, 2 to 20.
# category: Fundamentals
# qubits: 5
# parameters: {"shots": 1000, "graph_size": 5}

import cirq


def run_experiment(device, params):
    size = int(params.get("graph_size", 5))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")

    qubits = cirq.LineQubit.range(size)
    circuit = cirq.Circuit(
        cirq.H(qubits[0]),
        [cirq.CNOT(one, other) for one, other in zip(qubits, qubits[1:])],  # each qubit copies the one before it
        cirq.measure(*qubits, key="all"),
    )

    seen = device.run(circuit).histogram(key="all")
    zeros, ones = seen[0] / seen.total(), seen[2**size - 1] / seen.total()
    return {
        "all_zero": zeros,
        "all_one": ones,
        "_summary": {"Qubits": str(size), "All 0": f"{zeros:.1%}", "All 1": f"{ones:.1%}", "Anything else": f"{1 - zeros - ones:.1%}"},
    }
