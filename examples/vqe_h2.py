"""A variational loop through the backend: `quapsule run examples/vqe_h2.py --shots 4000`.

The ground state of H2 (0.735 Angstrom, STO-3G, two qubits) needs one angle. Both measurement circuits are prepared once; each step
of the search only binds them anew. The whole story, with deeper circuits, is the template vqe-h2.
"""

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from scipy.optimize import minimize_scalar

theta = Parameter("theta")


def circuit_in(basis):
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.ry(theta, 1)
    circuit.cx(1, 0)  # cos(theta/2)|01> + sin(theta/2)|10>
    if basis == "X":
        circuit.h([0, 1])
    circuit.measure_all()
    return circuit


def mean(counts, qubits):
    return sum(seen * (-1) ** sum(key[-1 - qubit] == "1" for qubit in qubits) for key, seen in counts.items()) / sum(counts.values())


def run_experiment(device, params):
    circuits = [circuit_in("Z"), circuit_in("X")]

    def energy(angle):
        z, x = (device.run(circuit, parameter_binds=[{theta: [angle]}]).result().get_counts() for circuit in circuits)
        return (
            0.7199689944489797
            - 1.052373245772859
            + 0.39793742484318045 * (mean(z, [0]) - mean(z, [1]))
            - 0.01128010425623538 * mean(z, [0, 1])
            + 0.18093119978423156 * mean(x, [0, 1])
        )

    found = minimize_scalar(energy, bounds=(-1.5, 1.5), method="bounded", options={"maxiter": 20})
    repeated = [energy(found.x) for _ in range(5)]
    return {"energy": sum(repeated) / len(repeated), "exact": -1.1373060357533998, "theta": float(found.x)}
