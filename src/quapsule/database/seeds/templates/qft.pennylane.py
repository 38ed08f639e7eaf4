# name: Quantum Fourier transform
# description: Reads a frequency: each basis state |k> gets the phase k*theta, and the inverse transform turns theta into a number.
#   graph_size is the number of qubits, 2 to 20: more of them read theta more finely.
# category: Algorithms
# qubits: 4
# parameters: {"shots": 1000, "graph_size": 4, "theta": 1.1780972450961724}

from math import pi

import pennylane as qml


def run_experiment(device, params):
    size, theta = int(params.get("graph_size", 4)), float(params.get("theta", 3 * pi / 8))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")
    wires = range(size)

    @qml.qnode(device)
    def transform():
        for wire in wires:
            qml.Hadamard(wires=wire)
            qml.PhaseShift(theta * 2 ** (size - 1 - wire), wires=wire)  # wire 0 is the highest bit
        qml.adjoint(qml.QFT)(wires=wires)
        return qml.counts()

    counts = transform()
    peak = max(counts, key=counts.get)
    number = int(peak, 2)
    read, share = 2 * pi * number / 2**size, int(counts[peak]) / int(sum(counts.values()))
    return {
        "peak": number,
        "theta_read": read,
        "theta": theta % (2 * pi),
        "resolution": 2 * pi / 2**size,
        "peak_share": share,
        "_summary": {
            "Read": f"theta = {read:.4f} (set: {theta % (2 * pi):.4f})",
            "Peak": f"{number} of {2**size}, {share:.1%} of the shots",
        },
    }
