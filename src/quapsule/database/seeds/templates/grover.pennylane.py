# name: Grover search
# description: Finds one marked item among 2^graph_size with about the square root of that many looks. marked is its number;
#   layers is the number of Grover steps, the best number when absent.
# category: Algorithms
# qubits: 3
# parameters: {"shots": 1000, "graph_size": 3, "marked": 5}

from math import asin, pi, sin, sqrt

import pennylane as qml


def run_experiment(device, params):
    size, marked = int(params.get("graph_size", 3)), int(params.get("marked", 5))
    if not 2 <= size <= 10:
        raise ValueError(f"graph_size must be 2 to 10 here, not {size}")
    if not 0 <= marked < 2**size:
        raise ValueError(f"marked must be 0 to {2**size - 1}, not {marked}")
    angle = asin(1 / sqrt(2**size))
    steps = int(params.get("layers") or max(1, round(pi / (4 * angle) - 0.5)))
    wires = range(size)

    @qml.qnode(device)
    def search():
        for wire in wires:
            qml.Hadamard(wires=wire)
        for _ in range(steps):
            qml.FlipSign(marked, wires=wires)  # the oracle; wire 0 is the highest bit of the item
            qml.GroverOperator(wires=wires)  # reflection about the mean
        return qml.probs(wires=wires)

    shares = search()
    found, share = int(shares.argmax()), float(shares[marked])
    expected = sin((2 * steps + 1) * angle) ** 2
    return {
        "found": found,
        "marked": marked,
        "success": share,
        "expected_success": expected,
        "steps": steps,
        "_summary": {
            "Found": f"{found} (marked: {marked})",
            "Success": f"{share:.1%} after {steps} steps (expected {expected:.1%})",
            "Guessing": f"{1 / 2**size:.1%}",
        },
    }
