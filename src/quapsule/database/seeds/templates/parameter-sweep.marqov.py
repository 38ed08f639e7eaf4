# name: Parameter sweep
# description: How the correlation of two qubits follows an angle: one task for each of graph_size angles, all of them side by side,
#   and one that compares what they measured with theory.
# category: Workflows
# qubits: 2
# parameters: {"shots": 1000, "graph_size": 9}

from math import cos, pi

from marqov import task, workflow
from marqov.circuits import Circuit


@task(retries=1)
async def measure(angle, shots):
    """<Z0 Z1> after a turn, a CNOT and the turn back on the other qubit: in theory the cosine of the angle."""
    circuit = Circuit().ry(angle, 0).cnot(0, 1).ry(-angle, 1)
    result = await device.execute(circuit, shots=shots)
    agree = result.probabilities.get("00", 0) + result.probabilities.get("11", 0)
    return {"angle": angle, "correlation": 2 * agree - 1}


@task
def fit(points):
    """How far the points lie from theory, and where the correlation is largest."""
    worst = max(abs(point["correlation"] - cos(point["angle"])) for point in points)
    best = max(points, key=lambda point: point["correlation"])
    return {
        "points": points,
        "best_angle": best["angle"],
        "largest_error": worst,
        "_summary": {"Points": str(len(points)), "Largest distance from cos": f"{worst:.3f}"},
    }


@workflow
def sweep(graph_size=9, shots=1000):
    angles = [2 * pi * step / (graph_size - 1) for step in range(graph_size)]
    return fit([measure(angle, shots) for angle in angles])
