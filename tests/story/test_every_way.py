"""Each framework at each entry point on each kind of backend: the counts that arithmetic says, in one order of bits, with a certificate.

Seeds are fixed, so that a run which passes passes again; the bounds are such that an honest change of seeds would pass too: chi-square at
6 sigma, a false alarm in one of 10⁹ cells. Where a device's noise has no closed form, the counts must be nearer to the right order of bits
than to every other one.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.providers.braket_server.house import braket_house
from tests.story.house import House, serving
from tests.story.ways import ALL_CELLS, CIRCUITS, chi_square_exceeds, distance, ideal_of, misread, permutations_of, write_script

SHOTS = 4000
UP, DOWN = 0.02, 0.06
# What a calibrated device of today may lose on 4 qubits; the nearest other order of bits is 0.32 away.
MOST_LOST = 0.16
BACKENDS = ("local", "noisy", "emulated", "braket")
_CHOSEN: dict[str, dict[str, Any]] = {
    "local": {"backend": "local"},
    "noisy": {"backend": "marqov-sim", "params": {"noise_model": {"readout": [UP, DOWN]}}},
    "emulated": {"backend": "iqm-garnet", "params": {"emulate": True}},
    "braket": {"backend": "sv1"},
}
# The diagonal: every framework, every entry point, every backend and every circuit at least once.
SLIM = [
    ("qiskit", "main", "local", "asymmetric"),
    ("qiskit", "circuit", "emulated", "asymmetric"),
    ("qiskit", "printed", "noisy", "ghz"),
    ("cirq", "run_experiment", "noisy", "asymmetric"),
    ("cirq", "circuit", "local", "bell"),
    ("cirq", "main", "emulated", "asymmetric"),
    ("pennylane", "main", "noisy", "bell"),
    ("pennylane", "circuit", "local", "asymmetric"),
    ("pennylane", "run_experiment", "emulated", "ghz"),
    ("openqasm", "printed", "local", "asymmetric"),
    ("openqasm", "run_experiment", "emulated", "bell"),
    ("marqov", "workflow", "local", "asymmetric"),
    ("marqov", "workflow", "emulated", "ghz"),
    ("marqov", "circuit", "noisy", "asymmetric"),
]
EVERY = [(framework, entry, backend, circuit) for framework, entry in ALL_CELLS for backend in BACKENDS for circuit in CIRCUITS]


@pytest.fixture(scope="module")
def house_with_braket() -> Iterator[House]:
    """A platform whose vendor is the protocol server, with results in a real S3 server."""
    folder = Path(tempfile.mkdtemp(prefix="quapsule-braket-"))
    try:
        with (
            braket_house(folder) as vendor,
            serving(**vendor.settings, braket_job_limit_usd=100.0, braket_poll_seconds=0.05) as made,
        ):
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def expected_on(backend: str, circuit: str, framework: str) -> dict[str, float]:
    ideal = ideal_of(circuit, framework)
    return misread(ideal, UP, DOWN) if backend == "noisy" else ideal


def check(house: House, framework: str, entry: str, backend: str, circuit: str) -> None:
    chosen = _CHOSEN[backend]
    params = {"shots": SHOTS, "seed": 11, **chosen.get("params", {})}
    shown = house.run(write_script(framework, entry, circuit), framework, backend=chosen["backend"], params=params)
    assert shown["status"] == "completed", shown
    result = shown["result"]
    counts = result["counts"]
    assert sum(counts.values()) == SHOTS
    expected = expected_on(backend, circuit, framework)
    if backend == "emulated":
        lost = distance(counts, expected)
        assert lost < MOST_LOST, (lost, counts)
        assert lost > 0.001  # a device without any noise is none
        for other in permutations_of(expected):
            assert distance(counts, other.expected) > lost + 0.1, (other.order, counts)
        assert result["emulated"] is True
        assert result["calibration_id"]
    else:
        assert not chi_square_exceeds(counts, expected), (counts, expected)
        for other in permutations_of(expected):
            assert chi_square_exceeds(counts, other.expected), (other.order, counts)
    assert (result["bit_order"], result["counts_source"], result["flags"]) == ("clbit_0_first", "backend", [])
    assert result["certificate"]["result"] == "equivalent", result["certificate"]
    detail = house.http.get(f"/api/jobs/{shown['id']}").raise_for_status().json()
    assert {one["result"] for one in detail["certificates"]} == {"equivalent"}
    if entry != "circuit":
        assert result["value"] == {"shots": SHOTS}


@pytest.mark.parametrize(("framework", "entry", "backend", "circuit"), SLIM)
def test_a_circuit_gives_its_counts(house: House, framework: str, entry: str, backend: str, circuit: str) -> None:
    check(house, framework, entry, backend, circuit)


@pytest.mark.slow
@pytest.mark.parametrize(("framework", "entry", "backend", "circuit"), [cell for cell in EVERY if cell[2] != "braket"])
def test_every_circuit_gives_its_counts_at_every_entry_point(house: House, framework: str, entry: str, backend: str, circuit: str) -> None:
    check(house, framework, entry, backend, circuit)


@pytest.mark.slow
@pytest.mark.parametrize(("framework", "entry", "backend", "circuit"), [cell for cell in EVERY if cell[2] == "braket"])
def test_every_circuit_gives_its_counts_over_brakets_protocol(
    house_with_braket: House, framework: str, entry: str, backend: str, circuit: str
) -> None:
    check(house_with_braket, framework, entry, backend, circuit)


def test_inside_the_script_pennylane_keeps_the_order_of_its_wires(house: House) -> None:
    code = write_script("pennylane", "circuit", "asymmetric")
    code += "def main(params):\n    seen = qml.execute([circuit], device)[0]\n"
    code += "    return {'seen': {str(key): int(n) for key, n in seen.items()}}\n"
    result = house.run(code, "pennylane", params={"shots": SHOTS, "seed": 11})["result"]
    assert not chi_square_exceeds(result["value"]["seen"], ideal_of("asymmetric"))
    assert not chi_square_exceeds(result["counts"], ideal_of("asymmetric", "pennylane"))


def test_counts_that_only_the_script_has_are_the_scripts_own(house: House) -> None:
    """Printed JSON with counts of a simulator in the box: shown as they are, uncertified, in the script's own order."""
    own = "from qiskit import QuantumCircuit\nfrom qiskit_aer import AerSimulator\nimport json\nqc = QuantumCircuit(2)\nqc.x(0)\n"
    own += "qc.measure_all()\ncounts = AerSimulator().run(qc, shots=50).result().get_counts()\ndel qc\n"
    own += "print(json.dumps({'counts': counts}))\n"
    result = house.run(own, "qiskit")["result"]
    assert (result["counts"], result["counts_source"]) == ({"01": 50}, "script")
    assert "certificate" not in result
