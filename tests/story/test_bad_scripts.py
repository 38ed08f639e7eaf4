"""Bad scripts in every framework: each ends with the user's own error, a code, the line where there is one and a next step, and leaves
nothing half-done."""

from typing import Any

import pytest
from tests.story.bad_scripts import (
    FORTY_QUBITS,
    HEADS,
    IMPORT,
    NOT_A_NUMBER,
    NOTHING,
    QASM,
    RAISE,
    STATEVECTOR,
    TWO_ENTRIES,
    UNBOUND,
    Case,
)
from tests.story.house import House, refused
from tests.story.ways import FRAMEWORKS, chi_square_exceeds

HALF = {"0": 0.5, "1": 0.5}


def fail(house: House, case: Case) -> dict[str, Any]:
    """The error of the job, after looking that nothing of it is half-done."""
    params = {"shots": 100, **case.params}
    return checked(house, house.run(case.code, case.framework, params=params), case.error, case.says, case.line)


def checked(house: House, shown: dict[str, Any], code: str, says: tuple[str, ...], line: int | None) -> dict[str, Any]:
    assert shown["status"] == "failed", shown
    error = dict(shown["result"]["error"])
    assert error["category"] == "user", error
    assert error["code"] == code if code else error["code"] not in ("", "internal_error"), error
    for words in says:
        assert words.lower() in error["message"].lower(), error
    if line is not None:
        assert error["line"] == line, error
    assert error.get("hint"), error
    assert "counts" not in shown["result"], shown
    detail = house.http.get(f"/api/jobs/{shown['id']}").raise_for_status().json()
    assert detail["results"] == []
    assert (detail["error_details"]["code"], detail["error_message"]) == (error["code"], error["message"])
    return error


@pytest.mark.parametrize("case", IMPORT, ids=str)
def test_a_script_that_fails_to_import_is_told_the_package_and_the_line(house: House, case: Case) -> None:
    assert fail(house, case)["type"] == "ModuleNotFoundError"


@pytest.mark.parametrize("case", RAISE, ids=str)
def test_an_error_of_the_script_keeps_its_line_and_the_scripts_own_frames(house: House, case: Case) -> None:
    error = fail(house, case)
    assert [(frame["line"], frame["name"]) for frame in error["traceback"]] == [(7, "main"), (4, "inner")]


@pytest.mark.parametrize("case", TWO_ENTRIES, ids=str)
def test_two_ways_in_are_both_named_and_neither_runs(house: House, case: Case) -> None:
    fail(house, case)


@pytest.mark.parametrize("case", FORTY_QUBITS, ids=str)
def test_forty_dense_qubits_meet_the_same_words_in_every_framework(house: House, case: Case) -> None:
    fail(house, case)


@pytest.mark.parametrize("case", NOT_A_NUMBER, ids=str)
def test_nan_is_refused_with_its_path(house: House, case: Case) -> None:
    fail(house, case)


@pytest.mark.parametrize("case", NOTHING, ids=str)
def test_a_script_that_brings_no_result_is_told_what_would_be_one(house: House, case: Case) -> None:
    fail(house, case)


@pytest.mark.parametrize("case", STATEVECTOR, ids=str)
def test_a_state_vector_of_25_qubits_is_too_much(house: House, case: Case) -> None:
    fail(house, case)


@pytest.mark.parametrize("case", UNBOUND, ids=str)
def test_a_parameter_without_its_number_is_named(house: House, case: Case) -> None:
    fail(house, case)


@pytest.mark.parametrize(("format", "text", "code", "says", "line"), QASM)
def test_a_program_beyond_what_is_read_is_refused_with_its_line(
    house: House, format: str, text: str, code: str, says: tuple[str, ...], line: int | None
) -> None:
    body = {"circuit": {"format": format, "payload": text}, "backend": "local", "params": {"shots": 10}}
    shown = house.end(house.http.post("/api/jobs/submit", json=body))
    checked(house, shown, code, says, line)


@pytest.mark.parametrize(
    ("noise", "path"),
    [
        ({"preset": "uniform", "one_qubit": 1.5}, "one_qubit"),
        ({"preset": "uniform", "readout": -0.1}, "readout"),
        ({"depolarizing": {"two_qubit": 2}}, "two_qubit"),
        ({"preset": "device", "t1_us": 10, "t2_us": 30, "one_qubit_ns": 1, "two_qubit_ns": 1}, "t2_us"),
        ({"readout": [0.1, 7]}, "readout"),
        ({"bitflip": 0.1}, "bitflip"),
        ({"preset": "magic"}, "preset"),
        ("loud", "noise_model"),
    ],
)
def test_a_noise_model_out_of_range_is_refused_at_submit(house: House, noise: Any, path: str) -> None:
    answer = house.submit("import qiskit\n", backend="marqov-sim", params={"shots": 10, "noise_model": noise})
    assert path in str(refused(answer, 400, "validation_error"))


@pytest.mark.parametrize(
    ("mitigation", "path"), [({"zne": {"scale_factors": [3]}}, "scale_factors"), ({"rem": True}, "rem"), (True, "mitigation")]
)
def test_a_mitigation_that_cannot_be_read_is_refused_at_submit(house: House, mitigation: Any, path: str) -> None:
    answer = house.submit("import qiskit\n", backend="marqov-sim", params={"shots": 10, "mitigation": mitigation})
    assert path in str(refused(answer, 400, "validation_error"))


# What is odd, but no fault

MEASURES_NOTHING = {
    "qiskit": "circuit = QuantumCircuit(2)\ncircuit.x(1)\n",
    "cirq": "circuit = cirq.Circuit(cirq.I(cirq.q(0)), cirq.X(cirq.q(1)))\n",
    "pennylane": "circuit = qml.tape.QuantumScript([qml.Identity(0), qml.X(1)], [])\n",
    "openqasm": "circuit = 'OPENQASM 3.0; include \"stdgates.inc\"; qubit[2] q; x q[1];'\n",
}
MEASURES_PART = {
    "qiskit": "circuit = QuantumCircuit(3, 1)\ncircuit.x(2)\ncircuit.h(0)\ncircuit.measure(2, 0)\n",
    "cirq": "q = cirq.LineQubit.range(3)\ncircuit = cirq.Circuit(cirq.X(q[2]), cirq.H(q[0]), cirq.I(q[1]), cirq.measure(q[2], key='c'))\n",
    "pennylane": "circuit = qml.tape.QuantumScript([qml.X(2), qml.Hadamard(0), qml.Identity(1)], [qml.counts(wires=[2])])\n",
    "openqasm": "circuit = 'OPENQASM 3.0; include \"stdgates.inc\"; qubit[3] q; bit c; x q[2]; h q[0]; c = measure q[2];'\n",
}
# Two parameters whose alphabetical order is not that of their use; the wrong one bound would turn the wrong qubit.
BY_NAME = {
    "qiskit": "from qiskit.circuit import Parameter\ncircuit = QuantumCircuit(2)\ncircuit.rx(Parameter('zeta'), 0)\n"
    "circuit.rx(Parameter('alpha'), 1)\ncircuit.measure_all()\n",
    "cirq": "import sympy\nq = cirq.LineQubit.range(2)\ncircuit = cirq.Circuit(cirq.rx(sympy.Symbol('zeta'))(q[0]),"
    " cirq.rx(sympy.Symbol('alpha'))(q[1]), cirq.measure(*q, key='c'))\n",
    "openqasm": 'circuit = \'OPENQASM 3.0; include "stdgates.inc"; input float zeta; input float alpha; qubit[2] q; bit[2] c;'
    " rx(zeta) q[0]; rx(alpha) q[1]; c = measure q;'\n",
    "marqov": "from marqov import workflow\n\n@workflow\ndef flow(alpha, zeta):\n"
    "    return device.run(Circuit().rx(zeta, 0).rx(alpha, 1))\n",
    "pennylane": "\n@qml.qnode(device)\ndef node(zeta, alpha):\n    qml.RX(zeta, 0)\n    qml.RX(alpha, 1)\n    return qml.counts()\n"
    "\ndef main(params):\n    node(alpha=params['alpha'], zeta=params['zeta'])\n    return 1\n",
}


def done(house: House, code: str, framework: str, **params: Any) -> dict[str, Any]:
    shown = house.run(code, framework, params={"shots": 400, "seed": 3, **params})
    assert shown["status"] == "completed", shown
    return dict(shown["result"])


@pytest.mark.parametrize("framework", MEASURES_NOTHING)
def test_a_circuit_that_measures_nothing_is_measured_whole_and_says_so(house: House, framework: str) -> None:
    result = done(house, HEADS[framework] + MEASURES_NOTHING[framework], framework)
    assert (result["counts"], result["measured"]) == ({"01": 400}, "all, added")


def test_a_circuit_of_the_sdk_measures_all_as_it_always_does(house: House) -> None:
    result = done(house, HEADS["marqov"] + "circuit = Circuit().rz(0.3, 0).x(1)\n", "marqov")
    assert result["counts"] == {"01": 400}


@pytest.mark.parametrize("framework", MEASURES_PART)
def test_a_circuit_that_measures_part_gives_that_part(house: House, framework: str) -> None:
    result = done(house, HEADS[framework] + MEASURES_PART[framework], framework)
    assert (result["counts"], result["measured"]) == ({"1": 400}, "as_written")


@pytest.mark.parametrize("framework", BY_NAME)
def test_parameters_are_bound_by_name_whatever_their_order(house: House, framework: str) -> None:
    pi = 3.141592653589793
    assert done(house, HEADS[framework] + BY_NAME[framework], framework, alpha=pi, zeta=0.0)["counts"] == {"01": 400}
    assert done(house, HEADS[framework] + BY_NAME[framework], framework, zeta=pi, alpha=0.0)["counts"] == {"10": 400}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_script_that_never_calls_its_device_has_a_value_and_no_counts(house: House, framework: str) -> None:
    result = done(house, f"{HEADS[framework]}def run_experiment(device, params):\n    return {{'energy': -1.5}}\n", framework)
    assert result["value"] == {"energy": -1.5}
    assert not result.get("counts")
    assert "certificate" not in result


def test_after_all_of_them_an_honest_job_still_runs(house: House) -> None:
    result = done(house, HEADS["qiskit"] + "circuit = QuantumCircuit(1)\ncircuit.h(0)\ncircuit.measure_all()\n", "qiskit")
    assert not chi_square_exceeds(result["counts"], HALF)
