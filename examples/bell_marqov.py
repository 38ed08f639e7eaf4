"""A Bell state with the marqov SDK: `quapsule run examples/bell_marqov.py --shots 1000`.

A circuit at the top level, named `circuit`, is run on the chosen backend. `theta` is a symbol: `-p theta=0.8` gives it a number.
"""

import sympy
from marqov.circuits import Circuit

circuit = Circuit().ry(sympy.Symbol("theta"), 0).cnot(0, 1)
