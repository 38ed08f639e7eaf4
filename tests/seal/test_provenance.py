"""PROV of a run: every relation names things that are there."""

from typing import Any

import pytest
from tests.seal import material

from quapsule.seal.content.contents import contents_of
from quapsule.seal.content.provenance import prov_json

_ENDS = {
    "used": ("prov:activity", "prov:entity"),
    "wasGeneratedBy": ("prov:entity", "prov:activity"),
    "wasAssociatedWith": ("prov:activity", "prov:agent"),
    "wasAttributedTo": ("prov:entity", "prov:agent"),
    "actedOnBehalfOf": ("prov:delegate", "prov:responsible"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"),
}


def prov(told: dict[str, Any]) -> dict[str, Any]:
    return prov_json(told, contents_of(told, material.ENVIRONMENT, material.DRAWING))


def ends(document: dict[str, Any], relation: str) -> list[tuple[str, str]]:
    one, other = _ENDS[relation]
    return [(row[one], row[other]) for row in document.get(relation, {}).values()]


@pytest.mark.parametrize("job", material.ALL)
def test_every_relation_is_between_things_that_are_there(job: Any) -> None:
    document = prov(job())
    known = {name for kind in ("entity", "activity", "agent") for name in document[kind]}
    assert set(document) - {"prefix", "entity", "activity", "agent"} <= set(_ENDS)
    for relation in _ENDS:
        assert {end for pair in ends(document, relation) for end in pair} <= known
    assert {name.split(":")[0] for name in known} <= set(document["prefix"])


def test_a_person_whose_account_is_gone_is_no_agent() -> None:
    told = material.bell()
    told["author"] = None
    document = prov(told)
    assert set(document["agent"]) == {f"uuid:{material.TEAM}", "quapsule:platform"}
    assert ends(document, "wasAttributedTo") == [("capsule:capsule", f"uuid:{material.TEAM}")]


def test_a_parent_that_was_never_sealed_has_no_id_to_derive_from() -> None:
    told = material.bell()
    told["parent"] = {"id": material.PARENT, "mqc_id": None}
    assert ("capsule:capsule", "capsule:parent") not in ends(prov(told), "wasDerivedFrom")


def test_a_run_used_its_script_environment_and_calibration_and_made_its_results() -> None:
    document, run = prov(material.bell()), f"uuid:{material.JOB}"
    used = {name for _, name in ends(document, "used")}
    assert used == {
        f"capsule:{name}"
        for name in ("workflow/script.py", "workflow/job.json", "environment/environment.json", "backends/backend.json",
                     "backends/calibration-06696123.json")
    }  # fmt: skip
    assert ("capsule:results/counts.json", run) in ends(document, "wasGeneratedBy")
    assert ("capsule:workflow/executed-0.qasm", run) in ends(document, "wasGeneratedBy")
    assert document["activity"][run]["prov:startTime"] == "2026-11-23T05:25:55.769476Z"
    assert document["activity"][run]["prov:endTime"] == "2026-11-23T05:25:55.845918Z"


def test_person_team_and_platform_are_its_agents() -> None:
    document = prov(material.bell())
    kinds = {agent["prov:label"]: agent["prov:type"]["$"] for agent in document["agent"].values()}
    assert kinds == {"Alice Example": "prov:Person", "Quantum Lab": "prov:Organization", "Quapsule": "prov:SoftwareAgent"}
    assert {agent for _, agent in ends(document, "wasAssociatedWith")} == set(document["agent"])
    assert (f"uuid:{material.PERSON}", f"uuid:{material.TEAM}") in ends(document, "actedOnBehalfOf")


def test_a_rerun_is_derived_from_the_capsule_that_it_repeats() -> None:
    document = prov(material.bell())
    assert ("capsule:capsule", "capsule:parent") in ends(document, "wasDerivedFrom")
    assert document["entity"]["capsule:parent"]["quapsule:capsule_id"] == material.PARENT_ID


def test_files_are_told_with_their_digests() -> None:
    told = material.bell()
    items = {item.name: item for item in contents_of(told, material.ENVIRONMENT, None)}
    entity = prov(told)["entity"]["capsule:results/counts.json"]
    assert entity["quapsule:digest"] == f"sha256:{items['results/counts.json'].sha256}"
    assert entity["prov:type"]["$"] == "quapsule:Result"
