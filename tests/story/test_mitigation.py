"""Error mitigation through one whole platform: asked for by a parameter, told beside the counts."""

from typing import Any

from tests.story.house import House

GHZ = "from qiskit import QuantumCircuit\ncircuit = QuantumCircuit(3)\ncircuit.h(0)\ncircuit.cx(0, 1)\n"
GHZ += "circuit.cx(1, 2)\ncircuit.measure_all()\n"
DYNAMIC = "from qiskit import QuantumCircuit\ncircuit = QuantumCircuit(1, 2)\ncircuit.h(0)\ncircuit.measure(0, 0)\ncircuit.reset(0)\n"
DYNAMIC += "circuit.measure(0, 1)\n"
NOISE = {"preset": "uniform", "one_qubit": 0.002, "two_qubit": 0.02, "readout": 0.05}
BOTH = {"readout": True, "zne": {"extrapolation": "exponential"}}


def run(house: House, code: str = GHZ, status: str = "completed", **params: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The job at its end, and what stands beside its counts."""
    noisy = {"shots": 4000, "seed": 5, "noise_model": NOISE}
    shown = house.run(code, backend=params.pop("backend", "marqov-sim"), params=noisy | params)
    detail = house.http.get(f"/api/jobs/{shown['id']}").raise_for_status().json()
    assert shown["status"] == status, detail["error_details"] or detail["status"]
    return shown, [row["result_data"] for row in detail["results"] if row["result_type"] == "mitigated"]


def test_what_cannot_be_mitigated_is_the_users_to_change(house: House) -> None:
    shown, beside = run(house, DYNAMIC, "failed", mitigation=BOTH)
    error = shown["result"]["error"]
    assert (error["category"], error["code"]) == ("user", "mitigation_unavailable")
    assert error["hint"]
    assert beside == []


def test_the_counts_are_those_without_mitigation_and_the_rest_stands_beside_them(house: House) -> None:
    plain, nothing = run(house)
    mitigated, [said] = run(house, mitigation=BOTH)
    assert mitigated["result"]["counts"] == plain["result"]["counts"]
    assert mitigated["result"]["certificate"] == plain["result"]["certificate"]
    assert nothing == []
    raw = abs(said["raw"]["value"])
    assert abs(said["readout"]["expectation"]["value"]) != raw
    assert said["extra_shots"] == 4 * 4000
    assert said["cost_usd"] == 0
    assert said["circuit_index"] == 0
    assert [one["certificate"]["result"] for one in said["zne"]["programs"]] == ["equivalent", "equivalent"]


def test_an_emulated_device_is_mitigated_on_its_own_qubits(house: House) -> None:
    _, [said] = run(house, backend="iqm-garnet", noise_model=None, emulate=True, mitigation={"readout": True, "zne": {"observable": "ZZI"}})
    raw = abs(said["raw"]["value"] - 1)  # <ZZ> of a GHZ's neighbours
    assert abs(said["readout"]["expectation"]["value"] - 1) < raw
    assert abs(said["zne"]["expectation"]["value"] - 1) < raw
    assert said["flags"] == []
