# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""What a script's author is told, and what a script may return."""

import pytest

from .scripts import run


def test_a_syntax_error_has_line_and_column():
    error = run("x = 1\ny = (2,\n").error
    assert (error["type"], error["line"], error["column"]) == ("SyntaxError", 2, 5) and error["traceback"] == []


def test_nul_in_the_script_is_the_users_error():
    assert run("x = 1\0").error["category"] == "user"


def test_a_traceback_holds_the_scripts_frames_alone():
    error = run("import json\ndef parse(text):\n    return json.loads(text)\ndef main(params):\n    return parse('{')\n").error
    assert [(f["line"], f["name"], f["text"]) for f in error["traceback"]] == [
        (5, "main", "return parse('{')"),
        (3, "parse", "return json.loads(text)"),
    ]
    assert error["type"] == "JSONDecodeError" and error["line"] == 3


def test_a_missing_package_says_what_is_installed_and_how_it_is_added():
    error = run("import tensorflow_quantum\n").error
    assert "'tensorflow_quantum' is not installed" in error["message"] and "qiskit 2" in error["message"] and "operator" in error["message"]
    assert error["line"] == 1


def test_endless_recursion_keeps_both_ends_of_the_traceback():
    error = run("def f(n):\n    return f(n + 1)\ndef main(params):\n    return f(0)\n").error
    assert error["type"] == "RecursionError" and len(error["traceback"]) == 20 and error["traceback"][0]["name"] == "main"


def test_an_exception_that_cannot_describe_itself_is_described():
    error = run("class Bad(Exception):\n    def __str__(self):\n        raise ValueError\ndef main(params):\n    raise Bad()\n").error
    assert error["type"] == "Bad" and error["line"] == 5


def test_a_refusal_of_the_backend_keeps_its_category_and_the_scripts_line():
    error = run(
        "from qiskit import QuantumCircuit\ndef main(params):\n    qc = QuantumCircuit(60)\n    for n in range(60): qc.rx(0.1 * n, n)\n    for n in range(59): qc.rxx(0.3, n, (7 * n + 5) % 60) if n != (7 * n + 5) % 60 else None\n    return backend.run(qc).result()\n"
    ).error
    assert error["category"] == "user" and error["traceback"][-1]["line"] == 6


def test_a_refusal_can_be_caught_as_the_frameworks_own():
    code = """
        from qiskit import QuantumCircuit
        from qiskit.exceptions import QiskitError
        from qiskit.circuit import Gate
        def main(params):
            qc = QuantumCircuit(1)
            qc.append(Gate('mystery', 1, []), [0])
            try:
                backend.run(qc)
            except QiskitError as problem:
                return str(problem)
    """
    assert "mystery" in run(code).value


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("float('nan')", "value is nan"),
        ("{'a': [1, float('inf')]}", "value['a'][1] is inf"),
        ("__import__('numpy').array([1.0, float('nan')])", "value[1] is nan"),
        ("{'a': complex(0, float('nan'))}", "value['a'] is nan"),
        ("{'f': open}", "value['f'] is a "),
        ("b'bytes'", "value is a builtins.bytes"),
        ("{1: 'a', '1': 'b'}", "two keys that both become '1'"),
        ("'x' * (9 << 20)", "at most 8 MiB"),
        ("10 ** 5000", "digits"),
    ],
)
def test_a_value_that_json_cannot_hold_is_refused_by_its_path(expression, path):
    error = run(f"def main(params):\n    return {expression}\n").error
    assert error["category"] == "user" and path in error["message"]


def test_a_value_that_contains_itself_is_refused():
    assert "contains itself" in run("def main(params):\n    a = []\n    a.append(a)\n    return a\n").error["message"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("None", None),
        ("(1, 2)", [1, 2]),
        ("{3, 1, 2}", [1, 2, 3]),
        ("1 + 2j", [1.0, 2.0]),
        ("__import__('numpy').float32(0.5)", 0.5),
        ("__import__('numpy').arange(4).reshape(2, 2)", [[0, 1], [2, 3]]),
        ("__import__('numpy').bool_(True)", True),
        ("{(0, 1): 2, 3: 4}", {"(0, 1)": 2, "3": 4}),
        ("2 ** 70", "1180591620717411303424"),
        ("range(3)", [0, 1, 2]),
        ("[True, 1, 1.0]", [True, 1, 1.0]),
    ],
)
def test_values_become_json(expression, value):
    assert run(f"def main(params):\n    return {expression}\n").value == value


def test_a_circuit_inside_a_value_becomes_its_program():
    value = run("from qiskit import QuantumCircuit\ndef main(params):\n    return {'best': QuantumCircuit(1)}\n").value
    assert value["best"]["format"] == "qasm3" and value["best"]["text"].startswith("OPENQASM 3")


def test_analysing_never_runs_the_script():
    ran = run(
        "import os, absent_thing\nopen('/tmp/quapsule-was-here', 'w')\nraise SystemExit\ndef main(params):\n    return 1\n", task="analyse"
    )
    analysis = ran.finish["analysis"]
    assert ran.verbs() == ["hello", "finish"]
    assert {check["id"]: check["level"] for check in analysis["checks"]} == {
        "syntax": "ok",
        "import:absent_thing": "warn",
        "entry_point": "ok",
    }
    assert analysis["entry_points"] == [{"kind": "main", "name": "main", "line": 4}]
    assert {item["name"]: item["installed"] for item in analysis["imports"]} == {"os": True, "absent_thing": False}
    import pathlib

    assert not pathlib.Path("/tmp/quapsule-was-here").exists()


def test_analysing_tells_syntax_errors_and_ambiguous_beginnings():
    assert run("x = (", task="analyse").finish["analysis"]["checks"][0] == {
        "id": "syntax",
        "level": "block",
        "message": "'(' was never closed",
        "line": 1,
        "column": 5,
    }
    twice = run("def workflow(f): return f\n@workflow\ndef a(): pass\n@workflow\ndef b(): pass\n", task="analyse").finish["analysis"]
    assert twice["checks"][-1]["level"] == "block"


def test_analysing_openqasm_prepares_and_does_not_run():
    text = 'OPENQASM 3;\ninclude "stdgates.inc";\ninput float tilt;\nqubit[2] q;\nrx(tilt) q[0];\n'
    ran = run(text, framework="openqasm", format="qasm3", task="analyse")
    assert "run" not in ran.verbs() and ran.finish["analysis"]["program"]["qubits"] == 2
    assert ran.finish["analysis"]["checks"][-1]["id"] == "parameters"
    bad = run("OPENQASM 3;\nqubit q\n", framework="openqasm", format="qasm3", task="analyse").finish["analysis"]["checks"][0]
    assert bad["level"] == "block" and bad["line"] >= 2


def test_a_name_that_has_left_its_package_is_told_without_the_places_of_this_machine():
    error = run("from qiskit import Aer\n").error
    assert error["type"] == "ImportError" and error["message"] == "cannot import name 'Aer' from 'qiskit'" and error["line"] == 1
