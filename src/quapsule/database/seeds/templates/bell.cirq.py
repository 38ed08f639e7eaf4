# name: Bell state
# description: Two entangled qubits that always agree. theta sets how much of |11> there is: pi/2 is the Bell state, 0 none.
# category: Fundamentals
# qubits: 2
# parameters: {"shots": 1000, "theta": 1.5707963267948966}

from math import pi, sin

import cirq


def run_experiment(device, params):
    theta = float(params.get("theta", pi / 2))

    a, b = cirq.LineQubit.range(2)
    circuit = cirq.Circuit(
        cirq.ry(theta).on(a),  # cos(theta/2)|0> + sin(theta/2)|1>
        cirq.CNOT(a, b),  # cos(theta/2)|00> + sin(theta/2)|11>
        cirq.measure(a, b, key="pair"),
    )

    seen = device.run(circuit).histogram(key="pair")  # Cirq reads the two bits as a number: 3 is |11>
    shots = seen.total()
    agree, ones = (seen[0] + seen[3]) / shots, seen[3] / shots
    return {
        "agreement": agree,
        "share_of_11": ones,
        "expected_share_of_11": round(sin(theta / 2) ** 2, 6),
        "_summary": {"Qubits agree": f"{agree:.1%}", "Share of |11>": f"{ones:.1%} (expected {sin(theta / 2) ** 2:.1%})"},
    }
