# name: Bell state
# description: Two entangled qubits that always agree. theta sets how much of |11> there is: pi/2 is the Bell state, 0 none.
# category: Fundamentals
# qubits: 2
# parameters: {"shots": 1000, "theta": 1.5707963267948966}

from math import pi, sin

import pennylane as qml


def run_experiment(device, params):
    theta = float(params.get("theta", pi / 2))

    @qml.qnode(device)
    def bell():
        qml.RY(theta, wires=0)  # cos(theta/2)|0> + sin(theta/2)|1>
        qml.CNOT(wires=[0, 1])  # cos(theta/2)|00> + sin(theta/2)|11>
        return qml.probs(wires=[0, 1])

    zeros, _, _, ones = (float(share) for share in bell())
    return {
        "agreement": zeros + ones,
        "share_of_11": ones,
        "expected_share_of_11": round(sin(theta / 2) ** 2, 6),
        "_summary": {"Qubits agree": f"{zeros + ones:.1%}", "Share of |11>": f"{ones:.1%} (expected {sin(theta / 2) ** 2:.1%})"},
    }
