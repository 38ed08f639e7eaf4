"""A workflow of the marqov SDK: `quapsule run examples/workflow_marqov.py --shots 1000 -p layers=3 --watch`.

The tasks that do not wait for each other run side by side; the job's page shows the graph and when each task ran. `device` is the job's
backend, as an executor of the SDK.
"""

from marqov import task, workflow
from marqov.circuits import ghz_state


@task(retries=1, timeout=30)
async def measure(size, shots):
    result = await device.execute(ghz_state(size), shots=shots)
    return {"qubits": size, "all_equal": result.probabilities.get("0" * size, 0) + result.probabilities.get("1" * size, 0)}


@task
def summarise(measured):
    return {"sizes": [one["qubits"] for one in measured], "worst": min(one["all_equal"] for one in measured)}


@workflow
def ghz_sizes(layers=3, shots=1000):
    measured = [measure(size, shots) for size in range(2, 2 + layers)]
    return {"measured": measured, "summary": summarise(measured)}
