"""Bell, 1,000 shots, HTTP submit → result pushed, one job at a time, beside a cold `python bell.py` in the same run.

The clock stops when the pushed event with the result has arrived. Cold runs are spread between the jobs, so that both meet the same noise.
"""

import argparse
import queue
import statistics
import subprocess
import sys
import threading
import time

from bench.figures import machine, summary, verdict
from bench.place import Place, started

COLD = """from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
circuit = QuantumCircuit(2, 2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])
print(AerSimulator().run(circuit, shots=1000).result().get_counts())
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=300)
    arguments.add_argument("--cold", type=int, default=20)
    given = arguments.parse_args()
    print(machine())
    with started() as place:
        pushed = _listen(place)
        for framework in ("openqasm", "qiskit"):
            for _ in range(10):
                _run_one(place, pushed, framework)
        cold, hot = [], {"openqasm": list[float](), "qiskit": list[float]()}
        for number in range(given.jobs):
            for framework, times in hot.items():
                times.append(_run_one(place, pushed, framework))
            if number % max(1, given.jobs // given.cold) == 0:
                cold.append(run_cold())
        print(summary("cold `python bell.py`", cold))
        for framework, times in hot.items():
            print(summary(f"job, {framework}", times))
        for framework, times in hot.items():
            print(verdict(f"cold / {framework}", statistics.median(cold) / statistics.median(times), 20))


def _run_one(place: Place, pushed: "queue.Queue[tuple[str, float]]", framework: str) -> float:
    began = time.perf_counter()
    job = place.submit(framework)
    while True:
        finished, arrived = pushed.get(timeout=30)
        if finished == job:
            return (arrived - began) * 1e3


def _listen(place: Place) -> "queue.Queue[tuple[str, float]]":
    """Ids of completed jobs with a result, as their events arrive."""
    pushed: queue.Queue[tuple[str, float]] = queue.Queue()

    def read() -> None:
        for name, data, arrived in place.events():
            if name == "job.completed" and data["row"]["result"]["counts"]:
                pushed.put((data["row"]["id"], arrived))

    threading.Thread(target=read, daemon=True).start()
    time.sleep(0.5)  # the subscription stands before the first job
    return pushed


def run_cold() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", COLD], check=True, capture_output=True)
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
