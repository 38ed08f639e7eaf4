"""Reading off a text what it is written for."""

import pytest

from quapsule.errors import Problem
from quapsule.scripts.framework import detect_framework, read_text


@pytest.mark.parametrize(
    ("code", "framework", "format"),
    [
        ("print(1)", None, None),
        ("OPENQASM 4.0;", None, None),
        ("OPENQASM 3.0;", "qiskit", None),
        ("OPENQASM 2.0;", None, "qasm3"),
        ("import qiskit", "qiskit", "qasm3"),
    ],
)
def test_a_text_that_is_unclear_or_contradicts_what_is_said_is_refused(code, framework, format):
    with pytest.raises(Problem) as refusal:
        read_text(code, framework, format)
    assert refusal.value.code == "validation_error"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import qiskit", "qiskit"),
        ("    from qiskit.circuit import Parameter", "qiskit"),
        ("import numpy as np, pennylane as qml", "pennylane"),
        ("import qiskit\nimport cirq", "qiskit"),
        ("import qiskit\nfrom marqov import workflow", "marqov"),
        ("from braket.circuits import Circuit", "openqasm"),
        ("import numpy\nimport braket.ahs", "openqasm"),
        ("from braket.circuits import Circuit\nfrom marqov import task", "marqov"),
        ("import openqasm3", "openqasm"),
        ("import qiskit_aer", None),
        ("import openqasm", None),
        ("# import cirq\nx = 'import qiskit'", None),
        ("'''\nimport cirq\n'''\n", None),
        ("from . import cirq", None),
        ("((((" * 20_000 + "\nimport cirq", "cirq"),
    ],
)
def test_the_framework_is_what_is_imported(code, found):
    assert detect_framework(code) == found


@pytest.mark.parametrize(
    ("code", "qubits"),
    [
        ("OPENQASM 3.0;\nqubit[3] q; qubit r; // qubit[9] s;\n", 4),
        ("OPENQASM 2.0;\nqreg q[3];\nqreg r[2];\n", 5),
        ("OPENQASM 3.0;\nconst int n = 3; qubit[n] q;\n", None),
        ("OPENQASM 3.0;\ndef f(qubit[2] a) { }\n", None),
    ],
)
def test_the_qubits_of_a_program_are_those_that_it_declares(code, qubits):
    assert read_text(code).qubits == qubits


@pytest.mark.parametrize(
    ("code", "framework", "format"),
    [
        ("circuit = 'OPENQASM 3; qubit q;'", None, "python"),
        ("circuit = 'OPENQASM 3; qubit q;'", "openqasm", "python"),
        ("# OPENQASM by its device\ndef main(params):\n    return device.run('OPENQASM 3; qubit q;')\n", "openqasm", "python"),
        ("from braket.circuits import Circuit\ncircuit = Circuit().h(0)\n", "openqasm", "python"),
        ("async def main(params): return 1", "openqasm", "python"),
        ("def turn(qubit a) { h a; }\nqubit q;\nturn(q);", "openqasm", "qasm3"),
        ("// import cirq\nqubit q;", "openqasm", "qasm3"),
        ("/* def main(params): */ OPENQASM 2.0; qreg q[1];", "openqasm", "qasm2"),
    ],
)
def test_a_script_that_holds_openqasm_is_told_from_openqasm_itself(code, framework, format):
    text = read_text(code, framework)
    assert (text.framework, text.format) == ("openqasm", format)


def test_openqasm_without_a_header_is_version_three():
    assert read_text("qubit q;", "openqasm").format == "qasm3"


@pytest.mark.parametrize(
    "code",
    [
        "OPENQASM 3; qubit" + " " * 490_000,
        "OPENQASM 2.0; qreg a" + " " * 490_000,
        "OPENQASM 3;" + "/* " * 160_000,
        "OPENQASM 3; qubit " + "a" * 490_000,
    ],
    ids=["qubit", "qreg", "comments", "name"],
)
def test_the_longest_hostile_program_is_read_in_one_go(code):
    assert read_text(code).qubits is None


@pytest.mark.parametrize("line", ["def a(" + ":#" * 240_000, "def a(" + ": " * 240_000, "x" * 490_000 + " = ", "from a" + ".a" * 240_000])
def test_the_longest_hostile_line_is_told_from_python_in_one_go(line):
    assert read_text(line, "openqasm").framework == "openqasm"


def test_the_longest_script_of_quotes_without_an_end_is_read_in_one_go():
    for quotes in ('"""\\' * 120_000, "'''" + '"""' * 160_000, '"""' + "'''\\" * 120_000):
        assert detect_framework(quotes) is None
    assert detect_framework('# """ is never closed\nimport cirq') == "cirq"


def test_qubits_are_counted_however_the_program_is_spaced():
    assert read_text("OPENQASM 3; qubit[3] a; qubit b; qubit [ 2 ]c ;").qubits == 6
    assert read_text("OPENQASM 2.0; qreg q[5]; qreg r [2] ;").qubits == 7
