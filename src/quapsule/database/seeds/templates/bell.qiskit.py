# name: Bell state
# description: Two entangled qubits that always agree. theta sets how much of |11> there is: pi/2 is the Bell state, 0 none.
# category: Fundamentals
# qubits: 2
# parameters: {"shots": 1000, "theta": 1.5707963267948966}

from math import pi, sin

from qiskit import QuantumCircuit


def run_experiment(device, params):
    theta = float(params.get("theta", pi / 2))

    circuit = QuantumCircuit(2, 2)
    circuit.ry(theta, 0)  # cos(theta/2)|0> + sin(theta/2)|1>
    circuit.cx(0, 1)  # cos(theta/2)|00> + sin(theta/2)|11>
    circuit.measure([0, 1], [0, 1])

    counts = device.run(circuit).result().get_counts()
    shots = sum(counts.values())
    agree = (counts.get("00", 0) + counts.get("11", 0)) / shots
    ones = counts.get("11", 0) / shots
    return {
        "agreement": agree,
        "share_of_11": ones,
        "expected_share_of_11": round(sin(theta / 2) ** 2, 6),
        "_summary": {"Qubits agree": f"{agree:.1%}", "Share of |11>": f"{ones:.1%} (expected {sin(theta / 2) ** 2:.1%})"},
    }
