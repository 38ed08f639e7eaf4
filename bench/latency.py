"""Bell, 1,000 shots, HTTP submit → result pushed, one job at a time, in each framework; beside a cold `python bell.py` of the same program
on the framework's own simulator, in the same run.

The clock stops when the pushed event with the result has arrived. Cold runs are spread between the jobs, so that both meet the same noise.
A job meets a platform at rest, as a person's does and as the cold run meets its machine: after a job a new box is made ready, which takes
some 20 ms of a core, so the next is sent `--pause` later. With `--pause 0` they come back to back.
"""

import argparse
import queue
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from bench.figures import machine, summary, verdict
from bench.place import BELL_QASM, BELL_QISKIT, Place, started


@dataclass(frozen=True)
class Script:
    """`job` is what the platform runs, `bare` the same program as a person runs it at home."""

    job: str
    bare: str
    wanted: float


_AER = "from qiskit_aer import AerSimulator\nprint(AerSimulator().run(circuit, shots=1000).result().get_counts())\n"
_CIRQ = """import cirq

a, b = cirq.LineQubit.range(2)
circuit = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key="c"))
"""
_PENNYLANE = """import pennylane as qml


def bell():
    qml.Hadamard(0)
    qml.CNOT([0, 1])
    return qml.counts()


"""
_MARQOV = """from marqov.circuits import Circuit

circuit = Circuit().h(0).cnot(0, 1)
"""
SCRIPTS = {
    "openqasm": Script(BELL_QASM, BELL_QISKIT + _AER, 20),  # OpenQASM has no simulator of its own: beside the same circuit in Qiskit
    "qiskit": Script(BELL_QISKIT, BELL_QISKIT + _AER, 20),
    "cirq": Script(_CIRQ, _CIRQ + "print(cirq.Simulator().run(circuit, repetitions=1000).histogram(key='c'))\n", 25),
    "pennylane": Script(
        _PENNYLANE + "def main(params):\n    return {'seen': qml.QNode(bell, device)()}\n",
        _PENNYLANE + "print(qml.QNode(bell, qml.device('default.qubit', wires=2), shots=1000)())\n",
        30,
    ),
    "marqov": Script(
        _MARQOV,
        "import asyncio\nfrom marqov.executors import LocalExecutor\n"
        + _MARQOV
        + "print(asyncio.run(LocalExecutor().execute(circuit, shots=1000)).counts)\n",
        25,
    ),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=200, help="per framework")
    arguments.add_argument("--cold", type=int, default=10, help="per framework")
    arguments.add_argument("--pause", type=float, default=0.05, help="seconds between a result and the next job")
    arguments.add_argument("--frameworks", nargs="+", choices=SCRIPTS, default=list(SCRIPTS))
    given = arguments.parse_args()
    print(machine())
    cold: dict[str, list[float]] = {name: [] for name in given.frameworks}
    hot: dict[str, list[float]] = {name: [] for name in given.frameworks}
    with started() as place:
        pushed = _listen(place)
        for name in given.frameworks:
            for _ in range(10):
                _run_one(place, pushed, name)
            run_cold(SCRIPTS[name].bare)  # its pages are read once, as a person's second run finds them
            place.wake()
        for number in range(given.jobs):
            for name in given.frameworks:
                time.sleep(given.pause)
                hot[name].append(_run_one(place, pushed, name))
                if number % max(1, given.jobs // given.cold) == 0:
                    cold[name].append(run_cold(SCRIPTS[name].bare))
                    place.wake()
    for name in given.frameworks:
        print(summary(f"cold {name}", cold[name]))
        print(summary(f"job, {name}", hot[name]))
    for name in given.frameworks:
        ratio = statistics.median(cold[name]) / statistics.median(hot[name])
        print(verdict(f"cold / job, {name}", ratio, SCRIPTS[name].wanted))


def _run_one(place: Place, pushed: "queue.Queue[tuple[str, float]]", name: str) -> float:
    code = SCRIPTS[name].job
    body = {"circuit": {"format": "qasm3", "payload": code}} if name == "openqasm" else {"inline_code": code}
    began = time.perf_counter()
    job = str(place.ask("POST", "/api/jobs/submit", body | {"framework": name, "backend": "local", "params": {"shots": 1000}})["job_id"])
    while True:
        finished, arrived = pushed.get(timeout=60)
        if finished == job:
            return (arrived - began) * 1e3


def _listen(place: Place) -> "queue.Queue[tuple[str, float]]":
    """Ids of completed jobs with a result, as their events arrive."""
    pushed: queue.Queue[tuple[str, float]] = queue.Queue()

    def read() -> None:
        for name, data, arrived in place.events():
            if name == "job.failed":
                print(data["row"]["result"]["error"])
            if name == "job.completed" and data["row"]["result"]["counts"]:
                pushed.put((data["row"]["id"], arrived))

    threading.Thread(target=read, daemon=True).start()
    time.sleep(0.5)  # the subscription stands before the first job
    return pushed


def run_cold(code: str = SCRIPTS["qiskit"].bare) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
