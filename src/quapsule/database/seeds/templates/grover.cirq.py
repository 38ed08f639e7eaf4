# name: Grover search
# description: Finds one marked item among 2^graph_size with about the square root of that many looks. marked is its number;
#   layers is the number of Grover steps, the best number when absent.
# category: Algorithms
# qubits: 3
# parameters: {"shots": 1000, "graph_size": 3, "marked": 5}

from math import asin, pi, sin, sqrt

import cirq


def flip_phase_of(qubits, item):
    """Gives the basis state `item` (qubit 0 is its highest bit, as Cirq reads it) the sign -1 and leaves all others alone."""
    *bits, last = cirq.big_endian_int_to_bits(item, bit_count=len(qubits))
    flip = cirq.Z(qubits[-1]).controlled_by(*qubits[:-1], control_values=bits)
    return flip if last else [cirq.X(qubits[-1]), flip, cirq.X(qubits[-1])]


def run_experiment(device, params):
    size, marked = int(params.get("graph_size", 3)), int(params.get("marked", 5))
    if not 2 <= size <= 10:
        raise ValueError(f"graph_size must be 2 to 10 here, not {size}")
    if not 0 <= marked < 2**size:
        raise ValueError(f"marked must be 0 to {2**size - 1}, not {marked}")
    angle = asin(1 / sqrt(2**size))
    steps = int(params.get("layers") or max(1, round(pi / (4 * angle) - 0.5)))

    qubits = cirq.LineQubit.range(size)
    circuit = cirq.Circuit(cirq.H.on_each(*qubits))
    for _ in range(steps):
        circuit.append(flip_phase_of(qubits, marked))  # the oracle
        circuit.append([cirq.H.on_each(*qubits), flip_phase_of(qubits, 0), cirq.H.on_each(*qubits)])  # reflection about the mean
    circuit.append(cirq.measure(*qubits, key="item"))

    seen = device.run(circuit).histogram(key="item")
    found, share = max(seen, key=seen.get), seen[marked] / seen.total()
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
