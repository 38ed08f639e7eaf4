"""What is wrong with a script, written in each framework. {line} marks the line that the error must name."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """`code` in `framework`; the error's `code`; `says`: words of its message; `line`, where the error has one."""

    name: str
    framework: str
    code: str
    error: str
    says: tuple[str, ...] = ()
    line: int | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.framework}-{self.name}"


HEADS = {
    "qiskit": "from qiskit import QuantumCircuit\n",
    "cirq": "import cirq\n",
    "pennylane": "import pennylane as qml\n",
    "openqasm": "import openqasm3\n",
    "marqov": "from marqov.circuits import Circuit\n",
}
# A circuit of 40 qubits whose state fits nowhere: an angle and a controlled turn on every pair.
_QASM_40 = (
    "text = 'OPENQASM 3.0; include \"stdgates.inc\"; qubit[40] q; bit[40] c;' + ''.join(f'ry(0.{1 + n}) q[{n}];' for n in range(40))\n"
    "text += ''.join(f'cu(0.{1 + (a * 7 + b) % 9}, 0.2, 0.3, 0.1) q[{a}], q[{b}];' for a in range(40) for b in range(a))\n"
    "text += 'c = measure q;'\n"
)
DENSE = {
    "qiskit": "circuit = QuantumCircuit(40)\nfor a in range(40):\n    circuit.ry(0.1 + a, a)\n    for b in range(a):\n"
    "        circuit.crx(0.1 * (1 + (a * 7 + b) % 9), a, b)\ncircuit.measure_all()\n",
    "cirq": "q = cirq.LineQubit.range(40)\nops = [cirq.ry(0.1 + a)(q[a]) for a in range(40)]\n"
    "ops += [cirq.rx(0.1 * (1 + (a * 7 + b) % 9))(q[a]).controlled_by(q[b]) for a in range(40) for b in range(a)]\n"
    "circuit = cirq.Circuit(ops, cirq.measure(*q, key='c'))\n",
    "pennylane": "ops = [qml.RY(0.1 + a, a) for a in range(40)]\n"
    "ops += [qml.CRX(0.1 * (1 + (a * 7 + b) % 9), [a, b]) for a in range(40) for b in range(a)]\n"
    "circuit = qml.tape.QuantumScript(ops, [qml.counts()])\n",
    "openqasm": _QASM_40 + "circuit = text\n",
    "marqov": "circuit = Circuit()\nfor a in range(40):\n    circuit = circuit.ry(0.1 + a, a)\n    for b in range(a):\n"
    "        circuit = circuit.cnot(a, b).rz(0.1 * (1 + (a * 7 + b) % 9), b).ry(0.3, b)\n",
}
IMPORT = [
    Case(
        "fails to import",
        name,
        f"{head}\nimport no_such_package\n\ndef main(params):\n    return 1\n",
        "script_error",
        ("no_such_package",),
        3,
    )
    for name, head in HEADS.items()
]
RAISE = [
    Case(
        "raises",
        name,
        f"{head}\ndef inner(found):\n    return found['energy']\n\ndef main(params):\n    return inner({{}})\n",
        "script_error",
        ("KeyError", "energy", "line 4"),
        4,
    )
    for name, head in HEADS.items()
]
TWO_ENTRIES = [
    Case(
        "declares main twice",
        name,
        f"{head}def main(params):\n    return 1\n\ndef main(params):\n    return 2\n",
        "script_error",
        ("main", "2 times", "lines 2, 5"),
    )
    for name, head in HEADS.items()
] + [
    Case(
        "has two workflows",
        "marqov",
        "from marqov import workflow\n\n@workflow\ndef first():\n    return 1\n\n@workflow\ndef second():\n    return 2\n",
        "script_error",
        ("2 workflows", "first", "second"),
    ),
    *(
        Case("has two circuits", name, HEADS[name] + code, "script_error", ("first", "second"))
        for name, code in {
            "qiskit": "first = QuantumCircuit(1)\nsecond = QuantumCircuit(2)\n",
            "cirq": "first = cirq.Circuit(cirq.X(cirq.q(0)))\nsecond = cirq.Circuit(cirq.Y(cirq.q(0)))\n",
            "pennylane": "first = qml.tape.QuantumScript([qml.X(0)])\nsecond = qml.tape.QuantumScript([qml.Y(0)])\n",
            "marqov": "first = Circuit().h(0)\nsecond = Circuit().x(0)\n",
        }.items()
    ),
]
FORTY_QUBITS = [Case("uses 40 qubits", name, HEADS[name] + code, "too_many_qubits", ("40 qubits",)) for name, code in DENSE.items()]
NOT_A_NUMBER = [
    Case(
        "returns NaN",
        name,
        f"{head}def main(params):\n    return {{'energies': [1.0, float('nan')]}}\n",
        "script_error",
        ("energies", "nan"),
    )
    for name, head in HEADS.items()
]
NOTHING = [
    Case("brings nothing", name, f"{head}print('hello')\n", "script_error", ("def main(params)", "circuit")) for name, head in HEADS.items()
]
STATEVECTOR = [
    Case(
        "returns a state vector of 25 qubits",
        "qiskit",
        HEADS["qiskit"] + "from qiskit.quantum_info import Statevector\n\ndef main(params):\n    return Statevector.from_label('+' * 25)\n",
        "",
    ),
    Case(
        "returns a state vector of 25 qubits",
        "cirq",
        HEADS["cirq"]
        + "\ndef main(params):\n    q = cirq.LineQubit.range(25)\n"
        + "    return {'state': cirq.Simulator().simulate(cirq.Circuit(cirq.H.on_each(*q))).final_state_vector}\n",
        "",
    ),
    Case(
        "asks for a state vector of 25 qubits",
        "pennylane",
        HEADS["pennylane"]
        + "\n@qml.qnode(device)\ndef state():\n    for wire in range(25):\n        qml.Hadamard(wire)\n    return qml.state()\n"
        + "\ndef main(params):\n    return {'state': state()}\n",
        "script_error",
        ("params.statevector",),
    ),
    *(
        Case(
            "asks for a state vector of 25 qubits",
            name,
            HEADS[name] + code,
            "",
            params={"statevector": True},
        )
        for name, code in {
            "openqasm": "circuit = 'OPENQASM 3.0; include \"stdgates.inc\"; qubit[25] q; bit[25] c; h q; c = measure q;'\n",
            "marqov": "circuit = Circuit()\nfor n in range(25):\n    circuit = circuit.h(n)\n",
            "qiskit": "circuit = QuantumCircuit(25)\ncircuit.h(range(25))\ncircuit.measure_all()\n",
        }.items()
    ),
]
UNBOUND = [
    Case("leaves a parameter open", name, HEADS[name] + code, "script_error", ("phi",))
    for name, code in {
        "qiskit": "from qiskit.circuit import Parameter\nqc = QuantumCircuit(1)\nqc.rx(Parameter('phi'), 0)\nqc.measure_all()\n",
        "cirq": "import sympy\nq = cirq.q(0)\ncircuit = cirq.Circuit(cirq.rx(sympy.Symbol('phi'))(q), cirq.measure(q, key='c'))\n",
        "openqasm": "circuit = 'OPENQASM 3.0; include \"stdgates.inc\"; input float phi; qubit q; bit c; rx(phi) q; c = measure q;'\n",
    }.items()
]
# Programs without a script: text, what is refused, where.
QASM = [
    ("qasm2", 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n  frob q[0];\nmeasure q -> c;\n', "parse_error", ("frob",), 5),
    ("qasm2", 'OPENQASM 2.0;\ninclude "mine.inc";\nqreg q[1];\n', "", ("mine.inc",), 2),
    ("qasm2", 'OPENQASM 2.0;\ninclude "/etc/passwd";\nqreg q[1];\n', "", ("passwd",), 2),
    ("qasm2", 'OPENQASM 2.0;\ninclude "qelib1.inc";\nopaque frob a;\nqreg q[1];\nfrob q[0];\n', "", ("frob",), None),
    ("qasm3", 'OPENQASM 3.0;\ninclude "mine.inc";\nqubit q;\n', "unsupported", ("mine.inc",), 2),
    ("qasm3", 'OPENQASM 3.0;\ninclude "/etc/passwd";\nqubit q;\n', "unsupported", ("passwd",), 2),
    ("qasm3", 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\narray[int[32], 4] a;\nx q;\n', "", ("array",), 4),
    ("qasm3", 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\ndef twice(int n) -> int { return 2 * n; }\nx q;\n', "", (), 4),
    ("qasm3", 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\nextern parity(bit[4]) -> bit;\nx q;\n', "", (), 4),
    ("qasm3", 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\nfor int i in [0:2000000] { x q; }\n', "unsupported", ("statements",), 4),
    ("qasm3", "OPENQASM 3.0;\nqubit q;\nrx(1/0) q;\n", "", (), 3),
]
