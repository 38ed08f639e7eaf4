# name: Bell state
# description: Two entangled qubits that always agree. theta sets how much of |11> there is: pi/2 is the Bell state, 0 none.
# category: Fundamentals
# qubits: 2
# parameters: {"shots": 1000, "theta": 1.5707963267948966}

from math import pi, sin

from marqov.circuits import Circuit


async def run_experiment(device, params):
    theta = float(params.get("theta", pi / 2))

    circuit = Circuit()
    circuit.ry(theta, 0)  # cos(theta/2)|0> + sin(theta/2)|1>
    circuit.cnot(0, 1)  # cos(theta/2)|00> + sin(theta/2)|11>

    result = await device.execute(circuit, shots=params["shots"])  # the SDK measures every qubit
    agree = result.probabilities.get("00", 0) + result.probabilities.get("11", 0)
    ones = result.probabilities.get("11", 0)
    return {
        "agreement": agree,
        "share_of_11": ones,
        "expected_share_of_11": round(sin(theta / 2) ** 2, 6),
        "_summary": {"Qubits agree": f"{agree:.1%}", "Share of |11>": f"{ones:.1%} (expected {sin(theta / 2) ** 2:.1%})"},
    }
