"""A Bell state in Qiskit: `quapsule run examples/bell_qiskit.py --shots 1000 --watch`.

A circuit at the top level, named `circuit`, is run on the chosen backend with the shots that were asked for.
"""

from qiskit import QuantumCircuit

circuit = QuantumCircuit(2, 2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])
