# name: Quantum Fourier transform
# description: Reads a frequency: each basis state |k> gets the phase k*theta, and the inverse transform turns theta into a number.
#   graph_size is the number of qubits, 2 to 20: more of them read theta more finely.
# category: Algorithms
# qubits: 4
# parameters: {"shots": 1000, "graph_size": 4, "theta": 1.1780972450961724}

from math import pi

import cirq


def run_experiment(device, params):
    size, theta = int(params.get("graph_size", 4)), float(params.get("theta", 3 * pi / 8))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")

    qubits = cirq.LineQubit.range(size)  # qubit 0 is the highest bit
    circuit = cirq.Circuit(
        cirq.H.on_each(*qubits),
        [cirq.ZPowGate(exponent=theta / pi * 2 ** (size - 1 - place)).on(qubit) for place, qubit in enumerate(qubits)],
        cirq.qft(*qubits, inverse=True),
        cirq.measure(*qubits, key="number"),
    )

    seen = device.run(circuit).histogram(key="number")
    peak = max(seen, key=seen.get)
    read, share = 2 * pi * peak / 2**size, seen[peak] / seen.total()
    return {
        "peak": peak,
        "theta_read": read,
        "theta": theta % (2 * pi),
        "resolution": 2 * pi / 2**size,
        "peak_share": share,
        "_summary": {
            "Read": f"theta = {read:.4f} (set: {theta % (2 * pi):.4f})",
            "Peak": f"{peak} of {2**size}, {share:.1%} of the shots",
        },
    }
