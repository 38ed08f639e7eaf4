# name: VQE for the hydrogen molecule
# description: Ground-state energy of H2 by a variational loop: about -1.137 Hartree. layers is the depth of the ansatz, theta the
#   angle that every parameter starts from.
# category: Chemistry
# qubits: 2
# parameters: {"shots": 4000, "layers": 1, "theta": 0.3}

from math import atan2, pi

import cirq
import sympy

# H2 at its equilibrium distance of 0.735 Angstrom in the STO-3G basis, parity mapping with two qubits tapered off: the Hamiltonian
# that Qiskit Nature's PySCF driver gives and its tutorials use. In Hartree.
FIRST, SECOND = cirq.LineQubit.range(2)
HAMILTONIAN = [
    (0.39793742484318045, "Z", [0]),
    (-0.39793742484318045, "Z", [1]),
    (-0.01128010425623538, "Z", [0, 1]),
    (0.18093119978423156, "X", [0, 1]),
]
CONSTANT = -1.052373245772859 + 0.7199689944489797  # of the Hamiltonian, and the repulsion of the nuclei
EXACT = -1.1373060357533998  # the lowest eigenvalue and the repulsion together
SWEEPS = 3


def ansatz(names, layers):
    angles = sympy.symbols(names)
    circuit = cirq.Circuit()
    for layer in range(layers + 1):
        circuit.append([cirq.ry(angles[2 * layer]).on(FIRST), cirq.ry(angles[2 * layer + 1]).on(SECOND)])
        if layer < layers:
            circuit.append(cirq.CNOT(FIRST, SECOND))
    return circuit


def run_experiment(device, params):
    layers = int(params.get("layers", 1))
    if not 1 <= layers <= 10:
        raise ValueError(f"layers must be 1 to 10, not {layers}")
    names = [f"angle_{place}" for place in range(2 * (layers + 1))]
    measured = cirq.measure(FIRST, SECOND, key="bits")
    in_z = ansatz(names, layers) + measured
    in_x = ansatz(names, layers) + [cirq.H.on_each(FIRST, SECOND), measured]

    def energies(points):
        """All points in one call for each basis: a circuit is prepared once, and then only bound."""
        sweep = [dict(zip(names, point)) for point in points]
        signs = {
            basis: [1 - 2 * result.measurements["bits"].astype(int) for result in device.run_sweep(circuit, sweep)]
            for basis, circuit in (("Z", in_z), ("X", in_x))
        }
        return [
            CONSTANT + sum(weight * float(signs[basis][place][:, qubits].prod(axis=1).mean()) for weight, basis, qubits in HAMILTONIAN)
            for place in range(len(points))
        ]

    # Along one angle the energy is a sine: three points give its minimum (Rotosolve).
    point = [float(params.get("theta", 0.3))] * len(names)
    trace = energies([point])
    for _ in range(SWEEPS):
        for place in range(len(names)):
            three = [[*point[:place], point[place] + turn, *point[place + 1 :]] for turn in (0.0, pi / 2, -pi / 2)]
            here, above, below = energies(three)
            best = point[place] - pi / 2 - atan2(2 * here - above - below, above - below)
            point[place] = (best + pi) % (2 * pi) - pi
        trace += energies([point])

    repeated = energies([point] * 8)
    energy = sum(repeated) / len(repeated)
    return {
        "energy": energy,
        "exact": EXACT,
        "error": energy - EXACT,
        "angles": point,
        "trace": trace,
        "_summary": {"Energy": f"{energy:.4f} Ha", "Exact": f"{EXACT:.4f} Ha", "Error": f"{1000 * (energy - EXACT):.1f} mHa"},
    }
