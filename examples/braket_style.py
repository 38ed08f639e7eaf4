"""Amazon Braket's SDK on any backend of the platform: `quapsule run examples/braket_style.py --shots 1000`.

`device.run` takes Braket's circuits and gives a task, as an AwsDevice does; no AWS account is needed for a local backend.
"""

from math import pi

from braket.circuits import Circuit, FreeParameter

theta = FreeParameter("theta")
circuit = Circuit().rx(0, theta).cnot(0, 1).iswap(1, 2)


def main(params):
    shots = params["shots"]
    counts = device.run(circuit, shots=shots, inputs={"theta": pi / 2}).result().measurement_counts
    sweep = device.run_batch(circuit, shots=shots, inputs=[{"theta": step * pi / 4} for step in range(5)])
    return {"counts": dict(counts), "share_of_000": [one.measurement_probabilities.get("000", 0) for one in sweep.results()]}
