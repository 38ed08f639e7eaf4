"""A Bell state with the marqov SDK: `quapsule run examples/bell_marqov.py --shots 1000 --watch`.

A circuit at the top level, named `circuit`, is run on the chosen backend with the shots that were asked for.
"""

from marqov.circuits import Circuit

circuit = Circuit().h(0).cnot(0, 1)
