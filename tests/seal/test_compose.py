"""The manifest: valid by the published schema for every kind of job, and true."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from marqov_capsule.validator import CapsuleValidator
from tests.seal import material

from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.content.contents import contents_of
from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.manifest import read_manifest, write_manifest


def composed(told: dict[str, Any], seal: Mapping[str, Any] = material.SEAL) -> dict[str, Any]:
    items = contents_of(told, material.ENVIRONMENT, None)
    told["artifacts"] += [{"name": item.name, "digest": f"sha256:{item.sha256}"} for item in items]
    return compose_manifest(told, seal)


def ours(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return dict(manifest["extensions"]["quapsule"])


def parametrised(parameters: dict[str, Any]) -> Any:
    told = material.bell()
    told["job"]["parameters"] = parameters
    return composed(told)["parameters"]


def test_what_the_standard_cannot_write_stands_as_text() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    shown = parametrised({"shots": 1, "seed": 2**60, "far": 1e19, "deep": deep, "huge": 10**400})
    assert (shown["shots"], shown["seed"], shown["far"]) == (1, str(2**60), "1e+19")
    assert shown["huge"] == "1" + "0" * 400


def test_keys_that_are_one_after_normalisation_do_not_swallow_each_other() -> None:
    shown = parametrised({"shots": 1, "own": {"\u00e9": 1, "e\u0301": 2}})
    assert isinstance(shown["own"], str)
    assert isinstance(parametrised({"\u00e9": 1, "e\u0301": 2})["json"], str)
    assert isinstance(parametrised({"k" * 1001: 1})["json"], str)


def test_a_capsule_of_nobody_and_of_no_signer_is_sealed_by_the_platform() -> None:
    told = material.bell()
    told["author"] = None
    manifest = composed(told, {"sealed_at": "2026-11-23T05:26:40+00:00", "sealed_by": None, "notes": None, "signer": None})
    assert manifest["sealed_by"] == "Quapsule"
    assert not {"created_by", "seal_notes"} & manifest.keys()
    assert not {"author", "signer"} & ours(manifest).keys()


@pytest.mark.parametrize("job", material.ALL)
def test_every_manifest_is_valid_by_the_published_schema_and_is_read_as_it_was_written(job: Any) -> None:
    manifest = composed(job()) | {"checksums_digest": f"sha256:{'0' * 64}"}
    assert CapsuleValidator.validate(manifest) == {"valid": True, "errors": []}
    assert capsule_id(canonical_bytes(read_manifest(write_manifest(manifest)))) == capsule_id(canonical_bytes(manifest))


def test_a_manifest_of_hostile_parameters_is_valid_too() -> None:
    told = material.bell()
    told["job"]["parameters"] = {"seed": 2**70, "x": {"\u2028": "\ufffe", "e\u0301": "\u0085"}, "e": 1e300, "": None, "list": [[], {}]}
    told["capsule"]["custom_metadata"] = {"tags": ["a", 3, None], "seal_when_done": True, "n": -(2**63)}
    manifest = composed(told) | {"checksums_digest": f"sha256:{'0' * 64}"}
    assert CapsuleValidator.validate(manifest)["valid"]
    assert read_manifest(write_manifest(manifest)) == manifest
    assert manifest["tags"] == ["a"]


@pytest.mark.parametrize("job", material.ALL)
def test_the_same_material_gives_the_same_manifest(job: Any) -> None:
    assert canonical_bytes(composed(job())) == canonical_bytes(composed(job()))


def test_the_standards_words_say_what_ran() -> None:
    manifest = composed(material.bell())
    said = {
        "name": "Bell pair",
        "created_by": "Alice Example",
        "sealed_by": "Alice Example",
        "lifecycle_state": "sealed",
        "sealed_at": "2026-11-23T05:26:40Z",
        "seal_notes": "First Bell pair of the new fridge.",
        "derived_from": material.PARENT_ID,
        "requirements": {"paradigm": ["gate-based"], "max_qubit_count": 2},
        "parameters": {"seed": 7, "shots": 1000, "emulate": True},
        "tags": ["bell", "garnet"],
        "workflow_ref": "workflow/script.py",
        "environment_ref": "environment/environment.json",
        "num_tasks": 1,
        "total_shots": 1000,
        "wall_time_seconds": 0.068436,
        "max_budget_usd": 5,
        "exit_code": 0,
    }
    assert {name: manifest[name] for name in said} == said


def test_names_of_people_and_what_no_standard_has_a_word_for_are_copied_in() -> None:
    told = material.bell()
    told["capsule"] |= {"regulatory_framework": "FDA-21CFR11", "doi": "10.5281/zenodo.1"}
    told["results"][0]["result_data"]["flags"] = ["executed_barrier_lost"]
    said = ours(composed(told))
    assert said["signer"] == {"id": material.PERSON, "name": "Alice Example", "meaning": "author", "at": "2026-11-23T05:26:38Z"}
    assert said["author"]["name"] == "Alice Example"
    assert said["team"]["name"] == "Quantum Lab"
    assert said["git"] == {"sha": "a949fe1c0ffee0123456789abcdef0123456789a", "repo": "https://example.org/lab/bell.git"}
    assert (said["regulatory_framework"], said["retention_years"], said["doi"]) == ("FDA-21CFR11", 10, "10.5281/zenodo.1")
    assert said["flags"] == ["executed_barrier_lost"]
    assert said["parent"]["mqc_id"] == material.PARENT_ID


def test_the_wish_to_be_sealed_is_not_among_the_users_own_words() -> None:
    assert ours(composed(material.bell()))["custom_metadata"] == {"tags": ["bell", "garnet"], "fridge": "blue"}


def test_an_emulated_run_may_drift_with_its_devices_calibration() -> None:
    execution = composed(material.bell())["task_executions"][0]
    assert execution["backend"] == {"provider": "IQM", "name": "iqm-garnet", "shots": 1000, "emulated": True}
    assert execution["verification_settings"] == {
        "epsilon": 0.02, "min_shots": 100, "tolerance_regime": "calibration_drift", "epsilon_drift": 0.08,
    }  # fmt: skip


def test_each_circuit_on_a_simulator_is_an_execution_with_a_strict_tolerance() -> None:
    executions = composed(material.two_circuits())["task_executions"]
    assert len({UUID(one["task_id"]) for one in executions}) == 2
    assert {one["verification_settings"]["tolerance_regime"] for one in executions} == {"strict"}


def test_a_task_has_the_same_id_in_every_capsule_of_its_job() -> None:
    one, other = material.bell(), material.bell()
    other["capsule"]["id"] = material.PARENT
    assert composed(one)["task_executions"][0]["task_id"] == composed(other)["task_executions"][0]["task_id"]


@pytest.mark.parametrize(("job", "status", "code"), [(material.failed, "failed", 1), (material.cancelled, "error", 130)])
def test_a_job_that_came_to_nothing_says_so(job: Any, status: str, code: int) -> None:
    manifest = composed(job())
    assert manifest["exit_code"] == code
    assert [(one["status"], one["result_type"]) for one in manifest["task_executions"]] == [(status, "deterministic")]


@pytest.mark.parametrize(
    ("status", "said"),
    [("completed", "success"), ("failed", "failed"), ("cancelled", "error"), ("refused", "error"), ("abandoned", "error")],
)
def test_how_a_task_ended_is_said_in_the_standards_words(status: str, said: str) -> None:
    told = material.bell()
    told["tasks"][0]["status"] = status
    assert composed(told)["task_executions"][0]["status"] == said


def test_a_workflow_that_only_computes_is_classical_and_deterministic() -> None:
    told = material.workflow()
    told["job"]["framework"] = "marqov"
    told["events"], told["certificates"] = [], []
    manifest = composed(told)
    assert manifest["requirements"] == {"paradigm": ["classical"], "max_qubit_count": 0}
    assert manifest["task_executions"][0]["result_type"] == "deterministic"


def test_atoms_are_analog() -> None:
    told = material.bell()
    told["programs"] = [told["programs"][0], material.program("interchange", 0, "ahs", "{}")]
    assert composed(told)["requirements"]["paradigm"] == ["analog"]


def test_a_capsule_of_files_says_what_its_maker_says() -> None:
    told = material.by_hand()
    assert composed(told)["requirements"] == {"paradigm": ["gate-based", "classical"], "max_qubit_count": 5}
    told["capsule"]["custom_metadata"] = None
    assert composed(told)["requirements"] == {"paradigm": ["classical"], "max_qubit_count": 0}


def test_all_shots_count_also_those_of_bindings_and_of_mitigation() -> None:
    told = material.bell()
    told["tasks"] = [material.task(0, detail={"bindings": 3}), material.task(1, shots=50)]
    assert composed(told)["total_shots"] == 3050
    told = material.two_circuits()
    told["results"].append(material.result_row("mitigated", {"circuit_index": 0, "extra_shots": 2000}))
    assert composed(told)["total_shots"] == 3000


def test_digests_name_what_a_run_is_compared_by() -> None:
    told = material.bell()
    digests = composed(told)["digests"]
    assert set(digests) == {"script", "run", "environment", "counts", "results"}
    script = next(one for one in told["programs"] if one["kind"] == "asked")
    assert digests["script"] == f"sha256:{script['sha256']}"
