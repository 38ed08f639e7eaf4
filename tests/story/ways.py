"""The same three circuits in each framework, at each entry point, and what their counts must be: told by arithmetic of its own."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FRAMEWORKS = ("qiskit", "cirq", "pennylane", "openqasm", "marqov")
CIRCUITS = ("bell", "ghz", "asymmetric")
ENTRIES = ("main", "run_experiment", "circuit", "printed")
ALL_CELLS = [
    (framework, entry) for framework in FRAMEWORKS for entry in (*ENTRIES, "workflow") if entry != "workflow" or framework == "marqov"
]

# X on qubit 1, an angle of its own on each qubit, one CX; register a holds qubit 2, register b qubits 0 and 1.
ANGLES = (0.5, 0.9, 1.3)
_QISKIT = {
    "bell": "circuit = QuantumCircuit(2, 2)\ncircuit.h(0)\ncircuit.cx(0, 1)\ncircuit.measure([0, 1], [0, 1])\n",
    "ghz": "circuit = QuantumCircuit(4)\ncircuit.h(0)\nfor n in range(3):\n    circuit.cx(n, n + 1)\ncircuit.measure_all()\n",
    "asymmetric": """a, b = ClassicalRegister(1, "a"), ClassicalRegister(2, "b")
circuit = QuantumCircuit(QuantumRegister(3, "q"), a, b)
circuit.ry(0.5, 0)
circuit.x(1)
circuit.ry(0.9, 1)
circuit.ry(1.3, 2)
circuit.cx(0, 2)
circuit.measure(2, a[0])
circuit.measure(0, b[0])
circuit.measure(1, b[1])
""",
}
_CIRQ = {
    "bell": "circuit = cirq.Circuit(cirq.H(q[0]), cirq.CNOT(q[0], q[1]), cirq.measure(q[0], q[1], key='c'))\n",
    "ghz": "circuit = cirq.Circuit(cirq.H(q[0]), [cirq.CNOT(q[n], q[n + 1]) for n in range(3)], cirq.measure(*q, key='c'))\n",
    "asymmetric": "circuit = cirq.Circuit(cirq.ry(0.5)(q[0]), cirq.X(q[1]), cirq.ry(0.9)(q[1]), cirq.ry(1.3)(q[2]),\n"
    "                       cirq.CNOT(q[0], q[2]), "
    "cirq.Moment(cirq.measure(q[2], key='a')), cirq.Moment(cirq.measure(q[0], q[1], key='b')))\n",
}
_PENNYLANE = {
    "bell": "operations, wires = [qml.Hadamard(0), qml.CNOT([0, 1])], [0, 1]\n",
    "ghz": "operations, wires = [qml.Hadamard(0)] + [qml.CNOT([n, n + 1]) for n in range(3)], [0, 1, 2, 3]\n",
    "asymmetric": "operations = [qml.RY(0.5, 0), qml.X(1), qml.RY(0.9, 1), qml.RY(1.3, 2), qml.CNOT([0, 2])]\nwires = [2, 0, 1]\n",
}
_QASM = {
    "bell": "qubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n",
    "ghz": "qubit[4] q;\nbit[4] c;\nh q[0];\ncx q[0], q[1];\ncx q[1], q[2];\ncx q[2], q[3];\nc = measure q;\n",
    "asymmetric": "qubit[3] q;\nbit[1] a;\nbit[2] b;\nry(0.5) q[0];\nx q[1];\nry(0.9) q[1];\nry(1.3) q[2];\ncx q[0], q[2];\n"
    "a[0] = measure q[2];\nb[0] = measure q[0];\nb[1] = measure q[1];\n",
}
# The SDK's circuits have neither registers nor a choice of what is measured: the permutation is made by the qubits themselves.
_MARQOV = {
    "bell": "circuit = Circuit().h(0).cnot(0, 1)\n",
    "ghz": "circuit = Circuit().h(0).cnot(0, 1).cnot(1, 2).cnot(2, 3)\n",
    "asymmetric": "circuit = Circuit().ry(0.5, 1).x(2).ry(0.9, 2).ry(1.3, 0).cnot(1, 0)\n",
}
_HEADS = {
    "qiskit": "from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister\n",
    "cirq": "import cirq\nq = cirq.LineQubit.range(4)\n",
    "pennylane": "import pennylane as qml\n",
    "openqasm": "import openqasm3\n",
    "marqov": "from marqov import task, workflow\nfrom marqov.circuits import Circuit\n",
}
_MADE = {
    "qiskit": _QISKIT,
    "cirq": _CIRQ,
    "pennylane": {
        name: text + "circuit = qml.tape.QuantumScript(operations, [qml.counts(wires=wires)])\n" for name, text in _PENNYLANE.items()
    },
    "openqasm": {name: f"circuit = '''OPENQASM 3.0;\ninclude \"stdgates.inc\";\n{text}'''\n" for name, text in _QASM.items()},
    "marqov": _MARQOV,
}
_RUN = {
    "qiskit": "device.run(circuit).result().get_counts()",
    "cirq": "device.run(circuit)",
    "pennylane": "qml.execute([circuit], device)",
    "openqasm": "device.run(circuit)",
    "marqov": "device.run(circuit)",
}


_FLOW = """@task
def tell(done, shots):
    return {"shots": shots * done}

@workflow
def flow(shots):
    return tell(measure(), shots)
"""


def write_script(framework: str, entry: str, circuit: str) -> str:
    """A script of that framework with that circuit and that entry point; its counts cross the door."""
    head, made, run = _HEADS[framework], _MADE[framework][circuit], _RUN[framework]
    body = "".join(f"    {line}\n" for line in made.splitlines()) if "'''" not in made else ""
    outside = "" if body else made
    inside = f"{body}    {run}\n"
    match entry:
        case "main":
            return f"{head}{outside}def main(params):\n{inside}    return {{'shots': params['shots']}}\n"
        case "run_experiment":
            return f"{head}{outside}def run_experiment(device, params):\n{inside}    return {{'shots': params['shots']}}\n"
        case "circuit":
            return head + made
        case "printed":
            return f"{head}import json\n{made}{run}\nprint('some words')\nprint(json.dumps({{'shots': params['shots']}}))\n"
        case "workflow":
            return f"{head}@task\ndef measure():\n{inside}    return 1\n\n{_FLOW}"
    raise ValueError(entry)


def ideal_of(circuit: str, framework: str = "qiskit") -> dict[str, float]:
    """Key → probability. Of the asymmetric one by products of sines and cosines: qubit 2 first, then 0 and 1.

    PennyLane has no classical bits: there the keys are by wire, whatever order a measurement names them in."""
    if circuit != "asymmetric":
        width = {"bell": 2, "ghz": 4}[circuit]
        return {"0" * width: 0.5, "1" * width: 0.5}
    up = [math.sin(angle / 2) ** 2 for angle in ANGLES]
    up[1] = 1 - up[1]  # RY turns 1 towards 0
    found = {}
    for first, second, third in itertools.product((0, 1), repeat=3):
        before = third ^ first  # CX has flipped qubit 2 where qubit 0 is 1
        share = math.prod(chance if bit else 1 - chance for bit, chance in zip((first, second, before), up, strict=True))
        found[f"{first}{second}{third}" if framework == "pennylane" else f"{third}{first}{second}"] = share
    return found


def misread(ideal: Mapping[str, float], up: float, down: float) -> dict[str, float]:
    """What a readout that takes 0 for 1 with `up` and 1 for 0 with `down` shows."""
    width = len(next(iter(ideal)))
    found: dict[str, float] = {}
    for shown in map("".join, itertools.product("01", repeat=width)):
        chances = {("0", "0"): 1 - up, ("0", "1"): up, ("1", "1"): 1 - down, ("1", "0"): down}
        found[shown] = sum(share * math.prod(chances[pair] for pair in zip(was, shown, strict=True)) for was, share in ideal.items())
    return found


def distance(counts: Mapping[str, int], expected: Mapping[str, float]) -> float:
    """Total variation."""
    shots = sum(counts.values())
    return sum(abs(counts.get(key, 0) / shots - expected.get(key, 0.0)) for key in counts.keys() | expected.keys()) / 2


@dataclass(frozen=True)
class Permuted:
    order: Sequence[int]
    expected: dict[str, float]


def permutations_of(expected: Mapping[str, float]) -> list[Permuted]:
    """The same with its bits in every other order that shows a difference."""
    width = len(next(iter(expected)))
    found = []
    for order in itertools.permutations(range(width)):
        other = {"".join(key[place] for place in order): share for key, share in expected.items()}
        if any(abs(other.get(key, 0.0) - share) > 1e-9 for key, share in expected.items()):
            found.append(Permuted(order, other))
    return found


def chi_square_exceeds(counts: Mapping[str, int], expected: Mapping[str, float], sigmas: float = 6.0) -> bool:
    """Wilson and Hilferty's normal form of chi-square beyond `sigmas`; also when something was seen that cannot be.

    At 6 a false alarm comes once in 10⁹ honest runs; cells expected less than 5 times are pooled."""
    shots = sum(counts.values())
    if any(seen and expected.get(key, 0.0) < 1e-12 for key, seen in counts.items()):
        return True
    large = {key: share * shots for key, share in expected.items() if share * shots >= 5}
    pairs = [(counts.get(key, 0), wanted) for key, wanted in large.items()]
    rest = shots - sum(large.values())
    if rest >= 5:
        pairs.append((shots - sum(seen for seen, _ in pairs), rest))
    freedom = len(pairs) - 1
    if freedom < 1:
        return False
    statistic = sum((seen - wanted) ** 2 / wanted for seen, wanted in pairs)
    normal = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return bool(np.isfinite(normal) and normal > sigmas)
