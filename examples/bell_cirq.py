"""A Bell state in Cirq: `quapsule run examples/bell_cirq.py --shots 1000 --watch`.

A circuit at the top level, named `circuit`, is run on the chosen backend with the shots that were asked for.
"""

import cirq

a, b = cirq.LineQubit.range(2)
circuit = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key="pair"))
