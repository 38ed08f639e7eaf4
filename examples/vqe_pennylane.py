"""A variational loop with gradients: `quapsule run examples/vqe_pennylane.py --shots 4000`.

The ground state of H2 (0.735 Angstrom, STO-3G, two qubits) needs one angle. The gradient goes by the parameter-shift rule: the shifted
circuits of a step cross to the backend as one batch, and only their numbers do. The whole story, with deeper circuits, is the template
vqe-h2.
"""

import pennylane as qml
from pennylane import numpy as np

CONSTANT = 0.7199689944489797 - 1.052373245772859
HAMILTONIAN = qml.Hamiltonian(
    [0.39793742484318045, -0.39793742484318045, -0.01128010425623538, 0.18093119978423156],
    [qml.Z(0), qml.Z(1), qml.Z(0) @ qml.Z(1), qml.X(0) @ qml.X(1)],
)


def run_experiment(device, params):
    @qml.qnode(device)
    def energy_of(theta):
        qml.PauliX(wires=0)
        qml.RY(theta, wires=1)
        qml.CNOT(wires=[1, 0])  # cos(theta/2)|10> + sin(theta/2)|01>
        return qml.expval(HAMILTONIAN)

    theta, optimizer = np.array(0.0, requires_grad=True), qml.GradientDescentOptimizer(stepsize=0.6)
    for step in range(20):
        theta = optimizer.step(energy_of, theta)
        device.progress(f"step {step + 1} of 20", (step + 1) / 20)

    repeated = [float(energy_of(theta)) + CONSTANT for _ in range(5)]
    return {"energy": sum(repeated) / len(repeated), "exact": -1.1373060357533998, "theta": float(theta)}
