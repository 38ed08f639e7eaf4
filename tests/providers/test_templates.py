"""Every template and every example, run for real: in a script box, with an engine box behind the door."""

import json
from collections import Counter
from math import pi, sin
from pathlib import Path
from typing import Any

import pytest

from quapsule.database.seeds.templates import read_templates

from .boxes import Boxes, Told

TEMPLATES = {(row["slug"], row["framework"]): row for row in read_templates()}
EXAMPLES = Path(__file__).parents[2] / "examples"


PYTHON = ("qiskit", "cirq", "pennylane")  # their templates say the same things of the same parameters
ALL = (*PYTHON, "openqasm")


def run(boxes: Boxes, slug: str, framework: str = "qiskit", **params: Any) -> Told:
    row = TEMPLATES[slug, framework]
    format = "qasm3" if framework == "openqasm" else "python"
    told = boxes.run(framework, format, row["script_content"], row["default_parameters"] | params)
    assert "error" not in told.finish, told.finish
    return told


def test_the_set_is_complete_and_each_is_described() -> None:
    everywhere = {"bell", "ghz", "grover", "qft", "bernstein-vazirani"}
    loops = {"vqe-h2", "qaoa-maxcut"}  # OpenQASM has no loop around a program
    wanted = {(slug, framework) for slug in everywhere for framework in ALL} | {(slug, framework) for slug in loops for framework in PYTHON}
    assert {key for key in TEMPLATES if key[1] in ALL} == wanted
    for slug, framework in wanted:
        if framework in PYTHON:
            assert TEMPLATES[slug, framework]["default_parameters"] == TEMPLATES[slug, "qiskit"]["default_parameters"]
    for row in TEMPLATES.values():
        assert row["description"] and row["category"] and row["qubits"] >= 2 and row["default_parameters"]["shots"] >= 1
        assert row["file_path"].startswith("templates/") and row["script_type"] is None


@pytest.mark.parametrize("framework", ALL)
def test_bell_pairs_agree_and_theta_sets_how_many_are_one(boxes: Boxes, framework: str) -> None:
    told = run(boxes, "bell", framework)
    assert set(told.counts[0]) == {"00", "11"} and 400 < told.counts[0]["11"] < 600
    told = run(boxes, "bell", framework, theta=0.8)
    assert set(told.counts[0]) == {"00", "11"} and abs(told.counts[0]["11"] / 1000 - sin(0.4) ** 2) < 0.05


@pytest.mark.parametrize("framework", PYTHON)
def test_ghz_has_the_size_that_was_asked_for(boxes: Boxes, framework: str) -> None:
    assert set(run(boxes, "ghz", framework).counts[0]) == {"00000", "11111"}
    told = run(boxes, "ghz", framework, graph_size=20)
    assert set(told.counts[0]) == {"0" * 20, "1" * 20} and told.value["all_zero"] + told.value["all_one"] == 1


def test_ghz_in_openqasm_turns_with_theta(boxes: Boxes) -> None:
    assert set(run(boxes, "ghz", "openqasm").counts[0]) == {"00000", "11111"}
    assert set(run(boxes, "ghz", "openqasm", theta=pi).counts[0]) == {"11111"}


@pytest.mark.parametrize("framework", PYTHON)
def test_grover_finds_the_marked_item(boxes: Boxes, framework: str) -> None:
    told = run(boxes, "grover", framework, graph_size=5, marked=11)
    assert told.value["found"] == 11 and told.value["success"] > 0.9
    # Item 11 is 01011. Qubit 0, leftmost in the platform's keys, is its lowest bit in Qiskit, its highest in Cirq and PennyLane.
    assert max(told.counts[0], key=told.counts[0].__getitem__) == ("11010" if framework == "qiskit" else "01011")
    assert run(boxes, "grover", framework, layers=1).value["success"] < 0.9


def test_grover_in_openqasm_finds_the_marked_item(boxes: Boxes) -> None:
    counts = run(boxes, "grover", "openqasm").counts[0]
    assert counts["101"] > 900
    assert run(boxes, "grover", "openqasm", theta=0.0).counts[0]["101"] < 250


@pytest.mark.parametrize("framework", PYTHON)
def test_qft_reads_theta(boxes: Boxes, framework: str) -> None:
    told = run(boxes, "qft", framework)
    assert told.value["peak"] == 3 and told.value["peak_share"] == 1.0
    told = run(boxes, "qft", framework, graph_size=8, theta=1.0)
    assert abs(told.value["theta_read"] - 1.0) <= told.value["resolution"]


def test_qft_in_openqasm_reads_theta(boxes: Boxes) -> None:
    assert run(boxes, "qft", "openqasm").counts[0] == {"1100": 1000}
    assert run(boxes, "qft", "openqasm", theta=2 * pi * 10 / 16).counts[0] == {"0101": 1000}


@pytest.mark.parametrize("framework", PYTHON)
def test_bernstein_vazirani_finds_the_secret(boxes: Boxes, framework: str) -> None:
    assert run(boxes, "bernstein-vazirani", framework).value["found"] == "10110"
    told = run(boxes, "bernstein-vazirani", framework, secret="1101000")
    assert told.value["found"] == "1101000" and told.counts[0] == {"1101000": 1000}


def test_bernstein_vazirani_in_openqasm_finds_the_secret(boxes: Boxes) -> None:
    assert run(boxes, "bernstein-vazirani", "openqasm").counts[0] == {"10110": 1000}
    assert run(boxes, "bernstein-vazirani", "openqasm", theta=0.0).counts[0] == {"00000": 1000}


@pytest.mark.parametrize("params", [{}, {"layers": 2, "theta": 1.0}, {"theta": -2.0}])
@pytest.mark.parametrize("framework", PYTHON)
def test_vqe_reaches_the_ground_state_and_prepares_each_basis_once(boxes: Boxes, framework: str, params: dict[str, Any]) -> None:
    told = run(boxes, "vqe-h2", framework, **params)
    assert abs(told.value["energy"] - -1.1373060357533998) < 0.05
    assert told.prepared == (1 if framework == "pennylane" else 2)  # of PennyLane's tapes the bases are numbers, too
    assert told.value["trace"][-1] < told.value["trace"][0]


@pytest.mark.parametrize("params", [{}, {"graph_size": 9, "layers": 1}, {"graph_size": 2, "layers": 1}])
@pytest.mark.parametrize("framework", PYTHON)
def test_qaoa_cuts_more_than_a_coin(boxes: Boxes, framework: str, params: dict[str, Any]) -> None:
    told = run(boxes, "qaoa-maxcut", framework, **params)
    assert told.value["mean_cut"] > 1.15 * told.value["random_cut"]
    assert told.value["best_cut"] == sum(told.value["sides"][a] != told.value["sides"][b] for a, b in told.value["edges"])
    # PennyLane's tapes hold numbers: that one will come again is seen at its second coming.
    assert told.prepared == (2 if framework == "pennylane" else 1)


@pytest.mark.parametrize("framework", PYTHON)
def test_a_size_out_of_range_is_the_users_error(boxes: Boxes, framework: str) -> None:
    row = TEMPLATES["ghz", framework]
    told = boxes.run(framework, "python", row["script_content"], {"shots": 10, "graph_size": 21})
    assert told.finish["error"]["category"] == "user" and "2 to 20" in told.finish["error"]["message"]


@pytest.mark.parametrize(
    ("file", "params"),
    [
        ("bell_qiskit.py", {}),
        ("ghz_qiskit.py", {"graph_size": 4}),
        ("bell_cirq.py", {}),
        ("bell_pennylane.py", {}),
        ("bell.qasm", {}),
        ("bell2.qasm", {}),
        ("rotation.qasm", {"theta": pi}),
    ],
)
def test_examples_run(boxes: Boxes, file: str, params: dict[str, Any]) -> None:
    told = _example(boxes, file, params)
    width = params.get("graph_size", 1 if file.startswith("rotation") else 2)
    expected = {"1"} if file.startswith("rotation") else {"0" * width, "1" * width}
    assert set(told.counts[0]) == expected


def test_the_teleported_state_arrives(boxes: Boxes) -> None:
    seen: Counter[str] = Counter(_example(boxes, "teleport.qasm", {"theta": 0.9}).counts[0])
    assert len(seen) == 4 and all(key.endswith("0") for key in seen)


def test_the_example_of_a_loop_reaches_the_energy(boxes: Boxes) -> None:
    told = _example(boxes, "vqe_h2.py", {"shots": 4000})
    assert abs(told.value["energy"] - -1.1373060357533998) < 0.05 and told.prepared == 2


def test_the_example_of_a_gradient_reaches_the_energy(boxes: Boxes) -> None:
    told = _example(boxes, "vqe_pennylane.py", {"shots": 4000})
    assert abs(told.value["energy"] - -1.1373060357533998) < 0.05 and told.prepared == 1


def _example(boxes: Boxes, file: str, params: dict[str, Any]) -> Told:
    code = (EXAMPLES / file).read_text(encoding="utf-8")
    format = "python" if file.endswith(".py") else "qasm2" if "OPENQASM 2" in code else "qasm3"
    named = next((name for name in PYTHON if file.endswith(f"_{name}.py")), "qiskit")
    told = boxes.run(named if format == "python" else "openqasm", format, code, {"shots": 1000} | params)
    assert "error" not in told.finish, json.dumps(told.finish)
    return told
