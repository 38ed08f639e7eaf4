"""A variational loop inside one job: 200 iterations of a 4-qubit VQE, beside the same script run bare on the framework's own simulator.

Counted: the programs that the job prepared and the certificates that it got, in a job of 200 iterations and in one of a single iteration; a
loop that pays for its circuits once has the same number in both. Timed: the loop alone, by the script's own clock, in both places.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.figures import machine, verdict
from bench.place import Place, started

ITERATIONS = 200
SHOTS = 1000
WANTED = 1.5

# Simultaneous perturbation: two energies per iteration, whatever the number of angles. The field of 4 spins in a row, -ZZ - 0.7 X.
_LOOP = """
import time

import numpy as np

QUBITS, LAYERS, FIELD = 4, 2, 0.7


def descend(energy, params):
    draw = np.random.default_rng(5)
    theta = draw.uniform(-0.3, 0.3, QUBITS * LAYERS)
    found = [energy(theta)]
    began = time.perf_counter()
    for step in range(params["iterations"]):
        way = draw.choice([-1.0, 1.0], theta.size) * 0.15 / (step + 1) ** 0.101
        up, down = energy(theta + way), energy(theta - way)
        theta = theta - 0.1 / (step + 20) ** 0.602 * (up - down) / way
    seconds = time.perf_counter() - began
    return {"first": found[0], "last": float(np.mean([energy(theta) for _ in range(5)])), "seconds": seconds}
"""
_QISKIT = f"""from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
{_LOOP}

def circuit_in(basis, angles):
    circuit = QuantumCircuit(QUBITS)
    for layer in range(LAYERS):
        for qubit in range(QUBITS):
            circuit.ry(angles[layer * QUBITS + qubit], qubit)
        for qubit in range(QUBITS - 1):
            circuit.cx(qubit, qubit + 1)
    if basis == "X":
        circuit.h(range(QUBITS))
    circuit.measure_all()
    return circuit


def mean(counts, qubits):
    return sum(seen * (-1) ** sum(key[-1 - qubit] == "1" for qubit in qubits) for key, seen in counts.items()) / sum(counts.values())


def run_experiment(device, params):
    angles = ParameterVector("angle", QUBITS * LAYERS)
    circuits = [circuit_in("Z", angles), circuit_in("X", angles)]

    def energy(theta):
        bound = {{angle: [value] for angle, value in zip(angles, theta)}}
        z, x = device.run(circuits, parameter_binds=[bound, bound], shots=params["shots"]).result().get_counts()
        bonds = sum(mean(z, [qubit, qubit + 1]) for qubit in range(QUBITS - 1))
        return -bonds - FIELD * sum(mean(x, [qubit]) for qubit in range(QUBITS))

    return descend(energy, params)
"""
_PENNYLANE = f"""import pennylane as qml
{_LOOP}

def run_experiment(device, params):
    bonds = [qml.Z(qubit) @ qml.Z(qubit + 1) for qubit in range(QUBITS - 1)]
    field = [qml.X(qubit) for qubit in range(QUBITS)]
    hamiltonian = qml.Hamiltonian([-1.0] * len(bonds) + [-FIELD] * len(field), bonds + field)

    def circuit(theta):
        for layer in range(LAYERS):
            for qubit in range(QUBITS):
                qml.RY(theta[layer * QUBITS + qubit], qubit)
            for qubit in range(QUBITS - 1):
                qml.CNOT([qubit, qubit + 1])
        return qml.expval(hamiltonian)

    node = qml.QNode(circuit, device, shots=params["shots"])
    return descend(lambda theta: float(node(theta)), params)
"""


@dataclass(frozen=True)
class Script:
    """`job` is submitted; `bare` is the same with a device of the framework's own in front of its call."""

    job: str
    own_device: str

    def bare(self, iterations: int) -> str:
        params = json.dumps({"iterations": iterations, "shots": SHOTS})
        return f"{self.job}\nimport json\n{self.own_device}\nprint(json.dumps(run_experiment(own, {params})))\n"


SCRIPTS = {
    "qiskit": Script(_QISKIT, "from qiskit_aer import AerSimulator\nown = AerSimulator()"),
    "pennylane": Script(_PENNYLANE, "own = qml.device('default.qubit', wires=QUBITS)"),
}


@dataclass(frozen=True)
class Told:
    """Of one job: `seconds` of the loop, `whole` from submit to its end; what was prepared and certified."""

    seconds: float
    whole: float
    last: float
    programs: int
    certificates: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--iterations", type=int, default=ITERATIONS)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--frameworks", nargs="+", choices=SCRIPTS, default=list(SCRIPTS))
    given = arguments.parse_args()
    print(machine())
    with started() as place:
        for name in given.frameworks:
            _compare(place, name, given.iterations, given.repeats)


def _compare(place: Place, name: str, iterations: int, repeats: int) -> None:
    once = _run_job(place, name, 1)
    jobs, bare = [], []
    for _ in range(repeats):
        jobs.append(_run_job(place, name, iterations))
        bare.append(_run_bare(name, iterations))
    loop, own = (statistics.median(one.seconds for one in jobs), statistics.median(one["seconds"] for one in bare))
    print(f"{name}: {iterations} iterations of two energies; energy {jobs[0].last:.3f} as a job, {bare[0]['last']:.3f} bare")
    print(f"  in the job {loop / iterations * 1e3:.2f} ms an iteration, bare {own / iterations * 1e3:.2f} ms;", end=" ")
    print(f"added {(loop - own) / iterations * 1e3:+.2f} ms; whole job {statistics.median(one.whole for one in jobs):.2f} s,", end=" ")
    print(f"whole bare script {statistics.median(one['whole'] for one in bare):.2f} s")
    print(f"  prepared {once.programs} programs in 1 iteration, {jobs[0].programs} in {iterations};", end=" ")
    print(f"certificates {once.certificates} and {jobs[0].certificates}")
    print(verdict(f"  {name}, prepared in the loop", jobs[0].programs - once.programs, 0, at_least=False))
    print(verdict(f"  {name}, certified in the loop", jobs[0].certificates - once.certificates, 0, at_least=False))
    print(verdict(f"  {name}, loop / bare", loop / own, WANTED, at_least=False))


def _run_job(place: Place, name: str, iterations: int) -> Told:
    body = {
        "inline_code": SCRIPTS[name].job,
        "framework": name,
        "backend": "local",
        "params": {"shots": SHOTS, "iterations": iterations, "seed": 7},
    }
    place.wake()
    began = time.perf_counter()
    job = place.ask("POST", "/api/jobs/submit", body)["job_id"]
    while (shown := place.ask("GET", f"/api/jobs/{job}/status?wait=20"))["status"] not in ("completed", "failed", "cancelled"):
        pass
    whole = time.perf_counter() - began
    if shown["status"] != "completed":
        raise SystemExit(f"the job of {name} {shown['status']}: {shown['result']}")
    detail = place.ask("GET", f"/api/jobs/{job}")
    value = shown["result"]["value"]
    prepared = {program["seq"] for program in detail["programs"] if program["kind"] == "interchange"}
    return Told(value["seconds"], whole, value["last"], len(prepared), len(detail["certificates"]))


def _run_bare(name: str, iterations: int) -> dict[str, Any]:
    began = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", SCRIPTS[name].bare(iterations)], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found | {"whole": time.perf_counter() - began}


if __name__ == "__main__":
    main()
