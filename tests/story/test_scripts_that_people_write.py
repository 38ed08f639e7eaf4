"""Scripts as people write them, through one whole platform: what comes back is what they meant, bit by bit."""

from typing import Any

import pytest
from tests.story.house import House, refused

# Each qubit has an angle of its own; register a reads q[1], register b all three in another order.
REGISTERS = """
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
a, b, q = ClassicalRegister(1, "a"), ClassicalRegister(3, "b"), QuantumRegister(3, "q")
qc = QuantumCircuit(q, a, b)
qc.x(1)
qc.ry(0.6, 2)
qc.measure(q[1], a[0])
qc.measure(q[1], b[2])
qc.measure(q[2], b[0])
qc.measure(q[0], b[1])
"""
IN_QASM3 = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[1] a; bit[3] b;
x q[1]; ry(0.6) q[2];
a[0] = measure q[1]; b[2] = measure q[1]; b[0] = measure q[2]; b[1] = measure q[0];
"""
IN_QASM2 = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[3]; creg a[1]; creg b[3];
x q[1]; ry(0.6) q[2];
measure q[1] -> a[0]; measure q[1] -> b[2]; measure q[2] -> b[0]; measure q[0] -> b[1];
"""
PARAMETERS_IN_A_LOOP = """
from math import pi
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
first, second = Parameter("theta"), Parameter("another")
qc = QuantumCircuit(2)
qc.rx(first, 0)
qc.rx(second, 1)
qc.measure_all()
def run_experiment(device, params):
    angles = ((0, pi), (pi, 0), (pi, pi))
    return {"found": [device.run(qc.assign_parameters({first: a, second: b})).result().get_counts() for a, b in angles]}
"""
FEEDBACK = """
from qiskit import QuantumCircuit
qc = QuantumCircuit(2, 3)
qc.x(0)
qc.measure(0, 0)
with qc.if_test((qc.clbits[0], 1)):
    qc.x(1)
qc.reset(0)
qc.measure(0, 1)
qc.measure(1, 2)
"""
PRIMITIVES = """
from qiskit import QuantumCircuit
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
from qiskit.quantum_info import SparsePauliOp
def run_experiment(device, params):
    qc = QuantumCircuit(2)
    qc.x(0)
    read = qc.copy()
    read.measure_all()
    sampled = BackendSamplerV2(backend=device).run([read], shots=50).result()[0].data.meas.get_counts()
    values = BackendEstimatorV2(backend=device).run([(qc, [SparsePauliOp("IZ"), SparsePauliOp("ZI")])]).result()[0].data.evs
    return {"sampled": sampled, "values": values}
"""
OWN_SIMULATOR = """
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
def main(params):
    qc = QuantumCircuit(2, 2)
    qc.x(0)
    qc.measure([0, 1], [0, 1])
    simulator = AerSimulator()
    return {"counts": simulator.run(transpile(qc, simulator), shots=params["shots"]).result().get_counts()}
"""


def result_of(house: House, code: str, framework: str = "qiskit", **params: Any) -> dict[str, Any]:
    shown = house.run(code, framework, params={"shots": 2000, "seed": 7, **params})
    assert shown["status"] == "completed", shown
    return dict(shown["result"])


def test_an_async_main_for_temporal_is_refused_by_name(house: House) -> None:
    assert "temporal" in house.failed("import qiskit\nasync def main(client, params):\n    return 1\n")["message"]


def test_a_script_cannot_pass_its_own_counts_off_as_the_backends(house: House) -> None:
    forged = "{'counts': {'0': 5}, 'shots': 5, 'counts_source': 'backend', 'bit_order': 'clbit_0_first', 'circuit_index': 0}"
    run = "    qc = QuantumCircuit(1, 1)\n    qc.x(0)\n    qc.measure(0, 0)\n    device.run(qc, shots=5)\n"
    code = f"from qiskit import QuantumCircuit\ndef run_experiment(device, params):\n{run}    forged = {forged}\n"
    code += "    return {**forged, 'circuits': [forged, forged], 'engine': {'name': 'mine'}, 'flags': ['certified']}\n"
    result = result_of(house, code)
    assert (result["counts"], result["counts_source"]) == ({"1": 5}, "backend")
    assert result["engine"]["name"] != "mine" and result["engine"]["version"]
    assert "circuits" not in result
    assert result["flags"] == []
    result = result_of(house, code.replace(run, ""))
    assert (result["counts"], result["counts_source"]) == ({"0": 5}, "script")
    assert not {"circuits", "engine"} & result.keys()


def test_a_package_to_draw_with_is_missing_and_named(house: House) -> None:
    error = house.failed("from qiskit import QuantumCircuit\nimport no_such_plotter.pyplot as plt\n")
    assert (error["type"], error["line"]) == ("ModuleNotFoundError", 2)
    assert "'no_such_plotter'" in error["message"]


def test_a_parameter_without_its_number_is_named(house: House) -> None:
    code = "from qiskit import QuantumCircuit\nfrom qiskit.circuit import Parameter\nqc = QuantumCircuit(1)\nqc.rx(Parameter('phi'), 0)\n"
    assert "phi" in house.failed(code)["message"]
    assert set(result_of(house, code, phi=3.141592653589793)["counts"]) == {"1"}


@pytest.mark.parametrize(
    ("code", "framework"),
    [(REGISTERS, "qiskit"), (IN_QASM3, "openqasm"), (IN_QASM2, "openqasm")],
    ids=["qiskit", "qasm3", "qasm2"],
)
def test_bits_come_back_by_register_and_index(house: House, code: str, framework: str) -> None:
    result = result_of(house, code, framework)
    # a[0] b[0] b[1] b[2]: q[1] = 1, q[2] = 1 in sin²(0.3) = 8.7 % of the shots, q[0] = 0, q[1] = 1
    assert set(result["counts"]) == {"1001", "1101"}
    assert 100 < result["counts"]["1101"] < 260
    assert (result["bit_order"], result["counts_source"]) == ("clbit_0_first", "backend")


def test_inside_the_script_qiskit_keeps_its_own_order(house: House) -> None:
    code = f"{REGISTERS}def run_experiment(device, params):\n    return {{'inner': device.run(qc).result().get_counts()}}\n"
    result = result_of(house, code)
    assert set(result["value"]["inner"]) == {"100 1", "101 1"}
    assert result["value"]["inner"]["101 1"] == result["counts"]["1101"]


def test_parameters_bound_in_a_loop_reach_their_own_gates(house: House) -> None:
    result = result_of(house, PARAMETERS_IN_A_LOOP)
    assert result["value"]["found"] == [{"10": 2000}, {"01": 2000}, {"11": 2000}]
    assert [list(circuit["counts"]) for circuit in result["circuits"]] == [["01"], ["10"], ["11"]]


def test_a_measurement_in_mid_circuit_decides_what_follows(house: House) -> None:
    assert result_of(house, FEEDBACK)["counts"] == {"101": 2000}


def test_qiskits_primitives_run_on_the_injected_device(house: House) -> None:
    result = result_of(house, PRIMITIVES)
    assert result["value"] == {"sampled": {"01": 50}, "values": [-1.0, 1.0]}
    assert result["counts_source"] == "backend"


def test_counts_of_a_simulator_in_the_script_are_the_scripts_own(house: House) -> None:
    result = result_of(house, OWN_SIMULATOR)
    assert (result["counts"], result["counts_source"]) == ({"01": 2000}, "script")
    assert "bit_order" not in result
    assert "engine" not in result


def test_the_last_printed_json_is_the_value(house: House) -> None:
    code = "import json, qiskit\nprint('{not json')\nprint(json.dumps({'energy': -1.1}, indent=2))\nprint('done')\n"
    assert result_of(house, code)["value"] == {"energy": -1.1}


def test_a_main_may_be_async(house: House) -> None:
    code = "import asyncio, qiskit\nasync def main(params):\n    await asyncio.sleep(0.01)\n    return {'theta': params['theta']}\n"
    assert result_of(house, code, theta=0.5)["value"] == {"theta": 0.5}


def test_a_job_is_saved_looked_at_and_run_again_as_a_script(house: House) -> None:
    job = house.run(REGISTERS)
    saved = house.http.post("/api/scripts", json={"job_id": job["id"], "name": "Two registers"}).raise_for_status().json()
    detail = house.http.get(f"/api/scripts/{saved['script_id']}").raise_for_status().json()
    options = house.http.get(f"/api/scripts/{saved['script_id']}/execution-options", params={"shots": 10}).raise_for_status().json()
    looked = {"backend": "local", "shots": 10, "content": detail["script_content"], "content_hash": options["source_sha256"]}
    analysis = house.http.post(f"/api/scripts/{saved['script_id']}/analyse", json=looked).raise_for_status().json()
    assert analysis["can_run"], analysis
    assert {check["level"] for check in analysis["checks"]} == {"ok"}
    body = {"script_id": saved["script_id"], "backend": "local", "params": {"shots": 10}, "analysis_id": analysis["analysis_id"]}
    again = house.end(house.http.post("/api/jobs/submit", json=body))
    assert set(again["result"]["counts"]) <= {"1001", "1101"}
    refused(house.http.post("/api/jobs/submit", json={**body, "params": {"shots": 11}}), 409, "analysis_mismatch")


def test_every_template_is_in_the_library_and_runs_as_it_stands(house: House) -> None:
    found = [script for script in house.http.get("/api/scripts", params={"limit": 200}).json()["items"] if script["team_id"] is None]
    assert {"bell", "ghz", "grover", "qft", "bernstein-vazirani", "vqe-h2", "qaoa-maxcut"} <= {script["slug"] for script in found}
    for template in found:
        assert template["description"], template["slug"]
        body = {"script_slug": template["slug"], "framework": template["framework"], "backend": "marqov-sim", "params": {"shots": 200}}
        shown = house.end(house.http.post("/api/jobs/submit", json=body))
        assert shown["status"] == "completed", (template["slug"], shown)
        assert shown["result"]["counts_source"] == "backend"
