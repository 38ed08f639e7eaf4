"""Seven atoms in a line on QuEra's Aquila: the detuning is swept until every other atom is in its Rydberg state.

quapsule run examples/ahs_aquila.py --backend quera-aquila --emulate
"""

from braket.ahs import AnalogHamiltonianSimulation, AtomArrangement, DrivingField
from braket.timings import TimeSeries


def series(*points):
    drawn = TimeSeries()
    for time, value in points:
        drawn.put(time, value)
    return drawn


ramp, end = 2e-7, 4e-6
atoms = AtomArrangement()
for row in range(7):
    atoms.add((0.0, 6.1e-6 * row))
drive = DrivingField(
    amplitude=series((0.0, 0.0), (ramp, 1.5e7), (end - ramp, 1.5e7), (end, 0.0)),
    detuning=series((0.0, -3e7), (ramp, -3e7), (end - ramp, 4e7), (end, 4e7)),
    phase=series((0.0, 0.0), (end, 0.0)),
)
program = AnalogHamiltonianSimulation(register=atoms, hamiltonian=drive)


def run_experiment(device, params):
    counts = device.run(program, shots=params["shots"]).result().measurement_counts
    return {"most_frequent": max(counts, key=counts.get)}
