# name: Grover search
# description: Finds one marked item among 2^graph_size with about the square root of that many looks. marked is its number;
#   layers is the number of Grover steps, the best number when absent.
# category: Algorithms
# qubits: 3
# parameters: {"shots": 1000, "graph_size": 3, "marked": 5}

from math import asin, pi, sin, sqrt

from qiskit import QuantumCircuit


def flip_phase_of(circuit, item):
    """Gives the basis state `item` (qubit 0 is its lowest bit) the sign -1 and leaves all others alone."""
    size = circuit.num_qubits
    zeros = [qubit for qubit in range(size) if not item >> qubit & 1]
    if zeros:
        circuit.x(zeros)
    circuit.mcp(pi, list(range(size - 1)), size - 1)
    if zeros:
        circuit.x(zeros)


def run_experiment(device, params):
    size, marked = int(params.get("graph_size", 3)), int(params.get("marked", 5))
    if not 2 <= size <= 10:
        raise ValueError(f"graph_size must be 2 to 10 here, not {size}")
    if not 0 <= marked < 2**size:
        raise ValueError(f"marked must be 0 to {2**size - 1}, not {marked}")
    angle = asin(1 / sqrt(2**size))
    steps = int(params.get("layers") or max(1, round(pi / (4 * angle) - 0.5)))

    circuit = QuantumCircuit(size)
    circuit.h(range(size))
    for _ in range(steps):
        flip_phase_of(circuit, marked)  # the oracle
        circuit.h(range(size))
        flip_phase_of(circuit, 0)  # the diffuser: reflection about the mean
        circuit.h(range(size))
    circuit.measure_all()

    counts = device.run(circuit).result().get_counts()
    found = max(counts, key=counts.get)
    share = counts.get(format(marked, f"0{size}b"), 0) / sum(counts.values())
    expected = sin((2 * steps + 1) * angle) ** 2
    return {
        "found": int(found, 2),
        "marked": marked,
        "success": share,
        "expected_success": expected,
        "steps": steps,
        "_summary": {
            "Found": f"{int(found, 2)} (marked: {marked})",
            "Success": f"{share:.1%} after {steps} steps (expected {expected:.1%})",
            "Guessing": f"{1 / 2**size:.1%}",
        },
    }
