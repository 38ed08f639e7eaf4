# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""Where a script begins, in the order of the contract; and what its author is told when it has no beginning."""

import pytest

from .scripts import run

BELL = "from qiskit import QuantumCircuit\nqc = QuantumCircuit(2, 2)\nqc.h(0); qc.cx(0, 1); qc.measure([0, 1], [0, 1])\n"
TEXT = 'OPENQASM 3;\ninclude "stdgates.inc";\ninput float theta;\nqubit[2] q;\nbit[2] c;\nrx(theta) q[0];\nc = measure q;\n'


def test_a_script_without_a_beginning_is_told_what_to_write():
    error = run("x = 1").error
    assert error["category"] == "user" and error["type"] == "EntryPointError"
    for form in ("main(params)", "run_experiment(device, params)", "@workflow", "circuit, qc or tape", "JSON object"):
        assert form in error["message"]


def test_two_workflows_are_refused_by_name():
    error = run("def workflow(f):\n    return f\n@workflow\ndef one(): pass\n@workflow\ndef two(): pass\n").error
    assert "one (line 4)" in error["message"] and "two (line 6)" in error["message"]


def test_a_main_for_temporal_is_refused_in_direct_mode():
    assert "temporal" in run("async def main(client, params):\n    return 1\n").error["message"]


def test_a_main_that_asks_for_more_than_params_is_refused():
    assert "asks for 3" in run("def main(a, b, c):\n    return 1\n").error["message"]


def test_two_circuits_without_a_name_are_refused_by_name():
    error = run("from qiskit import QuantumCircuit\nfirst = QuantumCircuit(1)\nsecond = QuantumCircuit(1)\n").error
    assert "first, second" in error["message"]


def test_main_comes_first_and_gets_params():
    ran = run(
        BELL
        + "def run_experiment(device, params):\n    return 'second'\ndef main(params):\n    return {'theta': params['theta'], 'shots': params['shots']}\n",
        theta=0.5,
    )
    assert ran.value == {"theta": 0.5, "shots": 1000} and ran.finish["entry_point"] == "main" and ran.counts == []


def test_main_may_be_async():
    assert run("import asyncio\nasync def main(params):\n    await asyncio.sleep(0)\n    return 3\n").value == 3


def test_main_reaches_the_backend_by_an_injected_name():
    ran = run(BELL + "def main(params):\n    assert device is backend\n    return backend.run(qc).result().get_counts()\n")
    assert sum(ran.value.values()) == 1000 and set(ran.value) == {"00", "11"}


@pytest.mark.parametrize("prefix", ["", "async "])
def test_run_experiment_gets_the_device(prefix):
    ran = run(f"{BELL}{prefix}def run_experiment(device, params):\n    return device.run(qc, shots=10).result().get_counts()\n")
    assert sum(ran.value.values()) == 10 and ran.finish["entry_point"] == "run_experiment"


def test_a_workflow_gets_the_params_of_its_signature():
    ran = run("def workflow(f):\n    return f\n@workflow\ndef flow(theta, layers=3):\n    return [theta, layers]\n", theta=0.5, other=1)
    assert ran.value == [0.5, 3] and ran.finish["entry_point"] == "workflow"


@pytest.mark.parametrize("name", ["circuit", "qc", "anything"])
def test_a_top_level_circuit_is_run_with_the_jobs_shots(name):
    ran = run(BELL.replace("qc", name))
    assert ran.finish["entry_point"] == "circuit" and "value" not in ran.finish
    assert sum(ran.counts[0].values()) == 1000 and set(ran.counts[0]) == {"00", "11"}


def test_a_top_level_circuit_takes_its_parameters_from_params():
    code = "from qiskit import QuantumCircuit\nfrom qiskit.circuit import Parameter\nqc = QuantumCircuit(1, 1)\nqc.rx(Parameter('theta'), 0)\nqc.measure(0, 0)\n"
    assert run(code, theta=3.141592653589793).counts == [{"1": 1000}]
    assert "theta" in run(code).error["message"]


def test_a_circuit_that_main_returns_is_run():
    ran = run(BELL + "def main(params):\n    return qc\n")
    assert set(ran.counts[0]) == {"00", "11"} and "value" not in ran.finish


def test_top_level_openqasm_text_is_run():
    ran = run(f"circuit = '''{TEXT}'''\n", framework="openqasm", theta=3.141592653589793)
    assert ran.counts == [{"10": 1000}] and ran.finish["entry_point"] == "circuit"


def test_openqasm_itself_is_run_with_params():
    assert run(TEXT, framework="openqasm", format="qasm3", theta=3.141592653589793).counts == [{"10": 1000}]


def test_openqasm_without_its_parameters_is_refused_by_name():
    error = run(TEXT, framework="openqasm", format="qasm3").error
    assert error["category"] == "user" and "theta" in error["message"]


def test_openqasm_that_does_not_parse_has_line_and_column():
    error = run("OPENQASM 3;\nqubit[2] q;\nfrobnicate q[0];\n", framework="openqasm", format="qasm3").error
    assert error["category"] == "user" and error["line"] == 3 and error["column"] >= 1


def test_a_python_script_of_openqasm_runs_text_by_its_device():
    code = f"text = '''{TEXT}'''\ndef main(params):\n    return device.run_many(text, [{{'theta': 0.0}}, {{'theta': 3.141592653589793}}], shots=5)\n"
    ran = run(code, framework="openqasm")
    assert ran.value == [{"00": 5}, {"10": 5}] and ran.verbs().count("prepare") == 1


def test_the_last_printed_json_object_stands_in_for_a_value():
    ran = run(
        'import json\nprint({"not": "json"})\nprint(json.dumps({"a": 1}))\nprint("then text {")\nprint(json.dumps({"b": {"c": 2}}, indent=1))\nprint("bye")\n'
    )
    assert ran.value == {"b": {"c": 2}} and ran.finish["entry_point"] == "stdout" and "bye" in ran.output


def test_a_plain_script_runs_as_main_and_its_circuits_cross_the_door():
    ran = run(BELL + "if __name__ == '__main__':\n    print(backend.run(qc).result().get_counts())\n")
    assert ran.finish["entry_point"] in ("top_level", "circuit") and len(ran.counts) == 1


def test_a_guarded_main_without_parameters_is_run_as_main():
    ran = run("import json\ndef main():\n    print(json.dumps({'ran': True}))\nif __name__ == '__main__':\n    main()\n")
    assert ran.value == {"ran": True}


def test_a_guard_does_not_run_when_there_is_an_entry_point():
    assert run("def main(params):\n    return 1\nif __name__ == '__main__':\n    raise SystemExit('not here')\n").value == 1


def test_exit_0_at_the_end_of_a_plain_script_is_no_failure_and_exit_3_is():
    assert run("import json, sys\nprint(json.dumps({'a': 1}))\nsys.exit(0)\n").value == {"a": 1}
    assert "exit code 3" in run("import sys\nsys.exit(3)\n").error["message"]


def test_a_summary_is_taken_out_of_the_value():
    ran = run("def main(params):\n    return {'e': 1, '_summary': {'Energy': 1.5}}\n")
    assert ran.value == {"e": 1} and ran.finish["summary"] == {"Energy": "1.5"}


@pytest.mark.parametrize(
    "script",
    [
        "def main(params):\n    return go()\nmain(params)\n",
        "import asyncio\nasync def main(params):\n    return go()\nasyncio.run(main(params))\n",
        "def run_experiment(device, params):\n    return go()\nresult = run_experiment(device, params)\nprint(result)\n",
        "def main(params):\n    return go()\nif True:\n    print(main(params))\n",
    ],
)
def test_a_script_that_calls_its_own_entry_point_is_not_run_twice(script):
    ran = run(BELL + "def go():\n    return device.run(qc).result().get_counts()\n" + script)
    assert ran.verbs().count("run") == 1 and set(ran.value) == {"00", "11"}


def test_an_entry_point_that_calls_itself_gives_its_outermost_value():
    assert run(
        "def main(params):\n    depth = params['depth']\n    return [depth, depth and main({'depth': depth - 1})]\n", depth=2
    ).value == [2, [1, [0, 0]]]
