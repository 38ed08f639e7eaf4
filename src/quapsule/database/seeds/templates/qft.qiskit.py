# name: Quantum Fourier transform
# description: Reads a frequency: each basis state |k> gets the phase k*theta, and the inverse transform turns theta into a number.
#   graph_size is the number of qubits, 2 to 20: more of them read theta more finely.
# category: Algorithms
# qubits: 4
# parameters: {"shots": 1000, "graph_size": 4, "theta": 1.1780972450961724}

from math import pi

from qiskit import QuantumCircuit


def inverse_qft(size):
    """Qubit 0 is the lowest bit, before and after."""
    circuit = QuantumCircuit(size)
    for low in range(size // 2):
        circuit.swap(low, size - 1 - low)
    for target in range(size):
        for control in range(target):
            circuit.cp(-pi / 2 ** (target - control), control, target)
        circuit.h(target)
    return circuit


def run_experiment(device, params):
    size, theta = int(params.get("graph_size", 4)), float(params.get("theta", 3 * pi / 8))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")

    circuit = QuantumCircuit(size)
    circuit.h(range(size))
    for qubit in range(size):
        circuit.p(theta * 2**qubit, qubit)
    circuit.compose(inverse_qft(size), inplace=True)
    circuit.measure_all()

    counts = device.run(circuit).result().get_counts()
    peak = max(counts, key=counts.get)
    number = int(peak, 2)
    read, share = 2 * pi * number / 2**size, counts[peak] / sum(counts.values())
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
