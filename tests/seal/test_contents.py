"""The files that are made of a job: what is in them, and that the same job gives the same bytes."""

import json
from collections.abc import Mapping
from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest
from marqov_capsule.redactor import CapsuleRedactor
from tests.seal import material

from quapsule.seal import Item
from quapsule.seal.content.contents import contents_of


def made(told: Mapping[str, Any], drawing: str | None = None) -> dict[str, Item]:
    return {item.name: item for item in contents_of(told, material.ENVIRONMENT, drawing)}


def text(item: Item) -> str:
    with item.open() as opened:
        return opened.read().decode()


def read(items: Mapping[str, Item], name: str) -> Any:
    return json.loads(text(items[name]))


def test_a_capsule_without_a_job_gets_no_files_of_ours() -> None:
    assert contents_of(material.by_hand(), material.ENVIRONMENT, None) == []


def test_what_a_job_does_not_have_is_no_file() -> None:
    assert sorted(made(material.cancelled())) == [
        "backends/backend.json",
        "environment/environment.json",
        "provenance/cost.json",
        "provenance/prov.json",
        "provenance/timeline.json",
        "results/results.json",
        "workflow/job.json",
        "workflow/script.py",
    ]


def test_a_job_that_has_not_ended_has_no_results_and_no_settled_cost() -> None:
    told = material.failed()
    told["job"] |= {"status": "running", "completed_at": None, "wall_time_seconds": None, "actual_cost_usd": None, "error_message": None}
    items = made(told)
    assert "results/results.json" not in items
    assert "workflow/script.py" in items
    assert read(items, "provenance/cost.json")["settled"] is None


def test_a_failed_job_tells_its_error() -> None:
    results = read(made(material.failed()), "results/results.json")
    assert (results["status"], results["error"]["message"], results["results"]) == ("failed", "ValueError: oops (line 1)", [])
    assert results["error"]["details"]["line"] == 1


@pytest.mark.parametrize("job", material.ALL)
def test_nothing_of_ours_is_taken_for_a_credential(job: Any, tmp_path: Any) -> None:
    """Digests stand beside words such as qiskit and quantum, which the published scan takes for a token's neighbours."""
    for name, item in made(job(), material.DRAWING).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(item))
    assert [found for found in CapsuleRedactor(tmp_path).scan()["findings"] if found["blocking"]] == []


def test_a_token_among_the_parameters_is_not_filtered_away_in_silence() -> None:
    told = material.bell()
    told["job"]["parameters"]["note"] = "ghp_" + "a1B2" * 9
    assert "ghp_" in text(made(told)["workflow/job.json"])  # the scan before the seal refuses it


@pytest.mark.parametrize("job", material.ALL)
def test_the_same_material_gives_the_same_bytes_in_whatever_order_it_comes(job: Any) -> None:
    told, other = job(), _turned(deepcopy(job()))
    for name in ("programs", "certificates", "results", "tasks"):
        other[name].reverse()
    assert [(item.name, item.sha256) for item in made(told).values()] == [(item.name, item.sha256) for item in made(other).values()]


def test_an_instant_in_another_time_zone_gives_the_same_bytes() -> None:
    told = material.bell()
    told["job"]["started_at"] = "2026-11-23T07:25:55.769476+02:00"
    told["events"][0]["at"] = "2026-11-23T00:25:55.767728-05:00"
    assert made(told)["provenance/timeline.json"].sha256 == made(material.bell())["provenance/timeline.json"].sha256


def test_an_item_says_of_its_bytes_what_is_so_and_opens_anew_each_time() -> None:
    for item in made(material.bell(), material.DRAWING).values():
        assert text(item) == text(item)
        assert (item.size_bytes, item.sha256) == (len(text(item).encode()), sha256(text(item).encode()).hexdigest())
        assert item.artifact_type == {"workflow": "workflow", "environment": "environment", "backends": "backends", "results": "results",
                                      "provenance": "provenance"}[item.name.split("/")[0]]  # fmt: skip


def test_programs_stand_as_they_were_to_the_byte() -> None:
    items = made(material.bell(), material.DRAWING)
    assert text(items["workflow/script.py"]) == material.SCRIPT
    assert text(items["workflow/interchange-0.qasm"]) == material.INTERCHANGE
    assert text(items["workflow/executed-0.qasm"]) == material.EXECUTED
    assert text(items["workflow/circuit.txt"]) == material.DRAWING
    asked = next(one for one in material.bell()["programs"] if one["kind"] == "asked")
    assert items["workflow/script.py"].sha256 == asked["sha256"]


def test_line_ends_and_a_byte_order_mark_of_a_script_stay() -> None:
    told = material.bell()
    told["programs"][0] = material.program("asked", 0, "python", "\ufeffx = 1\r\n")
    assert text(made(told)["workflow/script.py"]) == "\ufeffx = 1\r\n"


@pytest.mark.parametrize(("form", "name"), [("qasm2", "workflow/program.qasm"), ("qasm3", "workflow/program.qasm")])
def test_an_openqasm_program_has_its_own_name(form: str, name: str) -> None:
    told = material.bell()
    told["programs"][0] = material.program("asked", 0, form, material.INTERCHANGE)
    items = made(told)
    assert read(items, "workflow/job.json")["script"]["file"] == name
    assert items[name].content_type == "text/x-openqasm"


@pytest.mark.parametrize(("form", "name"), [("ahs", "executed-0.json"), ("quil", "executed-0.quil"), ("text", "executed-0.txt")])
def test_what_ran_in_a_vendors_own_language_is_named_by_it(form: str, name: str) -> None:
    told = material.bell()
    told["programs"] = [told["programs"][0], material.program("executed", 0, form, "{}")]
    assert f"workflow/{name}" in made(told)


def test_the_request_says_all_that_a_rerun_needs() -> None:
    run = read(made(material.bell()), "workflow/job.json")
    assert run["parameters"] == {"seed": 7, "shots": 1000, "emulate": True}
    assert (run["backend"], run["framework"], run["git"]["repo"]) == ("iqm-garnet", "qiskit", "https://example.org/lab/bell.git")
    assert run["script"]["digest"] == f"sha256:{sha256(material.SCRIPT.encode()).hexdigest()}"


def test_counts_of_every_circuit_tell_shots_order_engine_seed_and_certificate() -> None:
    counts = read(made(material.two_circuits()), "results/counts.json")
    assert [one["circuit_index"] for one in counts] == [0, 1]
    assert counts[1]["counts"] == {"00": 239, "11": 261}
    assert {"shots": 500, "bit_order": "clbit_0_first", "seed": 7}.items() <= counts[1].items()
    assert counts[1]["engine"]["name"] == "lightning.qubit"
    assert counts[1]["certificate"]["result"] == "equivalent"


def test_counts_that_only_the_script_knows_are_said_to_be_the_scripts() -> None:
    told = material.workflow()
    told["results"] = [material.result_row("value", {"value": {"counts": {"0": 3, "1": 5}}})]
    assert read(made(told), "results/counts.json") == [
        {"circuit_index": 0, "counts": {"0": 3, "1": 5}, "counts_source": "script", "seed": 7, "shots": 8}
    ]


@pytest.mark.parametrize("value", [2, {"counts": 3}, {"counts": {"0": 0.5}}, {"counts": {"0": True}}, {"counts": {}}, None])
def test_what_is_no_counts_is_not_shown_as_counts(value: Any) -> None:
    told = material.workflow()
    told["results"] = [material.result_row("value", {"value": value})]
    assert "results/counts.json" not in made(told)


def test_results_hold_every_row_counts_first() -> None:
    told = material.bell()
    told["results"].insert(0, material.result_row("statevector", {"amplitudes": [[1.0, 0.0]], "circuit_index": 0}))
    results = read(made(told), "results/results.json")["results"]
    assert [row["result_type"] for row in results] == ["counts", "value", "statevector"]


def test_the_environment_tells_what_ran_beside_what_was_installed() -> None:
    environment = read(made(material.bell()), "environment/environment.json")
    assert environment["packages"] == material.ENVIRONMENT["packages"]
    assert environment["ran"]["seed"] == 7
    assert environment["ran"]["engines"] == [
        {"name": "aer", "version": "0.18.2", "method": "density_matrix", "noise": "device", "device": "iqm-garnet"}
    ]


def test_a_calibration_stands_whole_with_its_digest() -> None:
    calibration = read(made(material.bell()), f"backends/calibration-{material.CALIBRATION[:8]}.json")
    assert calibration["content"] == material.calibration()["content"]
    assert calibration["digest"] == "sha256:" + material.calibration()["sha256"]


def test_the_backend_is_described_without_how_it_was_on_offer() -> None:
    backend = read(made(material.bell()), "backends/backend.json")
    assert (backend["slug"], backend["topology"], backend["pricing"]["perShot"]) == ("iqm-garnet", "square lattice", 0.00145)
    assert "is_recommended" not in backend


def test_graph_and_timeline_of_a_workflow_are_kept() -> None:
    items = made(material.workflow())
    assert len(read(items, "workflow/graph.json")["execution_graph"]["nodes"]) == 2
    assert [one["func_name"] for one in read(items, "provenance/timeline.json")["tasks"]] == ["prepare", "measure"]


def test_device_tasks_are_in_the_graph_and_in_the_cost_without_the_token_that_guards_them() -> None:
    told = material.bell()
    told["tasks"][0] |= {"client_token": "secret-of-the-vendor", "cost_usd": 1.75}
    items = made(told)
    assert read(items, "workflow/graph.json")["device_tasks"][0]["calibration_id"] == material.CALIBRATION
    assert read(items, "provenance/cost.json")["settled"]["device_tasks"][0]["cost_usd"] == 1.75
    assert not any("secret-of-the-vendor" in text(item) for item in items.values())


def test_cost_is_told_as_quoted_and_as_settled() -> None:
    cost = read(made(material.bell()), "provenance/cost.json")
    assert cost["quoted"]["pricing"]["taskFee"] == 0.3
    assert cost["settled"]["actual_cost_usd"] == 0.0


def _turned(value: Any) -> Any:
    """Every object with its keys the other way round."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(one) for one in value] if isinstance(value, list) else value


def test_what_was_installed_for_the_script_is_listed_with_its_digests() -> None:
    told = material.bell()
    packages = [{"name": "alpha-pack", "version": "1.0", "digests": [f"sha256:{'a' * 64}"]}]
    told["events"].append(material.event("packages.installed", "55.769480", packages=packages))
    assert read(made(told), "environment/environment.json")["ran"]["packages"] == packages
    assert read(made(material.bell()), "environment/environment.json")["ran"]["packages"] == []
