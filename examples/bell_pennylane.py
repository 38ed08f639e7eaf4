"""A Bell state in PennyLane: `quapsule run examples/bell_pennylane.py --shots 1000 --watch`.

`device` is the job's backend; a QNode on it runs with the shots that were asked for.
"""

import pennylane as qml


@qml.qnode(device)
def bell():
    qml.Hadamard(wires=0)
    qml.CNOT(wires=[0, 1])
    return qml.counts()


def main(params):
    return {key: int(seen) for key, seen in bell().items()}
