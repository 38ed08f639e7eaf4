"""Every entry point in every framework: the same program, the same counts in the same bit order."""

import pytest

from .scripts import run

# X on the first of two qubits: a palindrome would hide a wrong order of bits. {run} runs `circuit` once.
MADE = {
    "qiskit": (
        "from qiskit import QuantumCircuit\ncircuit = QuantumCircuit(2, 2)\ncircuit.x(0)\ncircuit.measure([0, 1], [0, 1])\n",
        "device.run(circuit).result()",
    ),
    "cirq": (
        "import cirq\na, b = cirq.LineQubit.range(2)\ncircuit = cirq.Circuit(cirq.X(a), cirq.measure(a, b, key='m'))\n",
        "device.run(circuit, repetitions=1000)",
    ),
    "pennylane": (
        "import pennylane as qml\ncircuit = qml.tape.QuantumScript([qml.X(0)], [qml.counts(wires=[0, 1])], shots=1000)\n",
        "qml.execute([circuit], device)",
    ),
    "openqasm": ("circuit = 'OPENQASM 3; include \"stdgates.inc\"; qubit[2] q; bit[2] c; x q[0]; c = measure q;'\n", "device.run(circuit)"),
    "marqov": ("from marqov.circuits import Circuit\ncircuit = Circuit().x(0).rx(0.0, 1)\n", "device.run(circuit)"),
}
FRAMEWORKS = pytest.mark.parametrize("framework", list(MADE))
WORKFLOW = "from marqov import task, workflow\n@task\ndef one():\n    {run}\n    return 1\n@workflow\ndef flow():\n    return [one()]\n"
BODIES = {
    "main": "def main(params):\n    {run}\n    return [1]\n",
    "async_main": "async def main(params):\n    {run}\n    return [1]\n",
    "run_experiment": "def run_experiment(device, params):\n    {run}\n    return [1]\n",
    "async_run_experiment": "async def run_experiment(device, params):\n    {run}\n    return [1]\n",
    "workflow": WORKFLOW,
}


def script(framework, body):
    made, runs = MADE[framework]
    return made + body.format(run=runs)


@FRAMEWORKS
def test_two_mains_are_refused_by_line(framework):
    error = run("def main(params):\n    return 1\ndef main(params):\n    return 2\n", framework).error
    assert error["type"] == "EntryPointError" and "2 times (lines 1, 3)" in error["message"]


@FRAMEWORKS
def test_a_script_that_never_calls_its_device_and_returns_nothing_runs_its_circuit_or_is_told_how_to_begin(framework):
    assert run(script(framework, ""), framework).counts == [{"10": 1000}]
    error = run("x = 1\n", framework).error
    assert error["type"] == "EntryPointError" and "main(params)" in error["message"]
    assert run("def main(params):\n    return {'never': 'called'}\n", framework).counts == []


@FRAMEWORKS
def test_a_value_that_is_not_a_number_is_refused_with_its_path(framework):
    error = run("def main(params):\n    return {'energies': [0.5, float('nan')]}\n", framework).error
    assert error["category"] == "user" and "value['energies'][1] is nan" in error["message"]


@FRAMEWORKS
def test_a_failing_import_and_an_error_in_the_users_frame_have_their_lines(framework):
    error = run("x = 1\nimport not_there_at_all\n", framework).error
    assert error["line"] == 2 and "not_there_at_all" in error["message"] and "requirements" in error["message"]
    error = run(script(framework, "def inner():\n    raise KeyError('gone')\ndef main(params):\n    inner()\n"), framework).error
    assert (
        error["type"] == "KeyError"
        and error["traceback"][-1]["name"] == "inner"
        and [frame["name"] for frame in error["traceback"]] == ["main", "inner"]
    )


@pytest.mark.parametrize("entry", BODIES)
@FRAMEWORKS
def test_each_entry_point_reaches_the_backend(framework, entry):
    ran = run(script(framework, BODIES[entry]), framework)
    assert ran.value == [1] and ran.counts == [{"10": 1000}]
    assert ran.finish["entry_point"] == entry.removeprefix("async_")


@FRAMEWORKS
def test_a_circuit_at_the_top_level_is_run_with_the_jobs_shots(framework):
    ran = run(script(framework, ""), framework, shots=70)
    assert ran.finish["entry_point"] == "circuit" and [sum(counts.values()) for counts in ran.counts] == [
        1000 if framework == "pennylane" else 70
    ]


@pytest.mark.parametrize("name", ["qc", "tape"])
@FRAMEWORKS
def test_openqasm_text_at_the_top_level_is_run_in_every_framework(framework, name):
    text = MADE["openqasm"][0].replace("circuit", name)
    ran = run(text, framework)
    assert ran.finish["entry_point"] == "circuit" and ran.counts == [{"10": 1000}]


@FRAMEWORKS
def test_the_last_json_object_that_was_printed_is_the_value(framework):
    ran = run(script(framework, "import json\n{run}\nprint(json.dumps({{'a': 1}}))\n"), framework)
    assert ran.value == {"a": 1} and ran.counts == [{"10": 1000}]


@FRAMEWORKS
def test_the_programs_that_frameworks_write_are_checked_against_their_own_circuits(framework):
    ran = run(script(framework, BODIES["main"]), framework)
    (prepared,) = [message for message in ran.sent if message["verb"] == "prepare"]
    assert ("witness" in prepared["program"]) == (framework != "openqasm")  # text has no other form to be checked against
    certificates = [certificate for answer in ran.answers for certificate in answer.get("certificates", ())]
    assert certificates and {certificate["result"] for certificate in certificates} == {"equivalent"}


@pytest.mark.parametrize("state", ["np.zeros(2**25, dtype=np.complex128)", "Statevector.from_label('0' * 25)"])
def test_a_state_vector_of_25_qubits_is_too_large_in_a_clear_word(state):
    head = "import numpy as np\nfrom qiskit.quantum_info import Statevector\n"
    error = run(f"{head}def main(params):\n    return {{'statevector': {state}}}\n", "qiskit").error
    assert (error["category"], error["code"]) == ("user", "result_too_large")
    assert "statevector" in error["message"] and "8 MiB" in error["message"] and "33,554,432" in error["message"]
    assert run(f"{head}def main(params):\n    return Statevector.from_label('01')\n", "qiskit").value == [[0, 0], [1, 0], [0, 0], [0, 0]]
