"""A capsule's metadata for a DOI, against what DataCite's schema 4.5 demands."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.faces.datacite import datacite_json, doi_request

from . import material as given

ID = "mqc:1:" + "0" * 64
# The schema's mandatory properties (schemaVersion is demanded by its JSON form), and lists of words that are closed.
MANDATORY = {"creators", "titles", "publisher", "publicationYear", "types", "schemaVersion"}
KNOWN = MANDATORY | {
    "doi", "prefix", "suffix", "event", "url", "subjects", "contributors", "dates", "language", "alternateIdentifiers",
    "relatedIdentifiers",
    "relatedItems", "sizes", "formats", "version", "rightsList", "descriptions", "geoLocations", "fundingReferences", "container",
}  # fmt: skip
DATE_TYPES = {
    "Accepted",
    "Available",
    "Copyrighted",
    "Collected",
    "Created",
    "Issued",
    "Submitted",
    "Updated",
    "Valid",
    "Withdrawn",
    "Other",
}
IDENTIFIER_TYPES = {
    "ARK", "arXiv", "bibcode", "DOI", "EAN13", "EISSN", "Handle", "IGSN", "ISBN", "ISSN", "ISTC", "LISSN", "LSID", "PMID", "PURL", "UPC",
    "URL", "URN", "w3id",
}  # fmt: skip
RELATIONS = {"IsDerivedFrom", "References", "IsSupplementTo", "IsNewVersionOf"}
_DATE = r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\dZ)?)?)?"


def check(attributes: dict[str, Any]) -> None:
    assert set(attributes) >= MANDATORY and set(attributes) <= KNOWN
    assert (
        all(one["name"] and one["nameType"] in ("Personal", "Organizational") for one in attributes["creators"]) and attributes["creators"]
    )
    assert all(one["title"] for one in attributes["titles"]) and attributes["titles"]
    assert attributes["publisher"]["name"] and re.fullmatch(r"\d{4}", attributes["publicationYear"])
    assert attributes["types"]["resourceTypeGeneral"] == "Dataset"
    assert attributes["schemaVersion"] == "http://datacite.org/schema/kernel-4"
    for one in attributes["dates"]:
        assert one["dateType"] in DATE_TYPES and re.fullmatch(f"{_DATE}(/{_DATE})?", one["date"])
    for one in attributes.get("relatedIdentifiers", ()):
        assert one["relatedIdentifierType"] in IDENTIFIER_TYPES and one["relationType"] in RELATIONS
    for one in attributes.get("relatedItems", ()):
        assert one["relatedItemType"] == "Dataset" and one["relationType"] in RELATIONS and one["titles"][0]["title"]
    assert {"alternateIdentifier": ID, "alternateIdentifierType": "Capsule id"} in attributes["alternateIdentifiers"]
    assert {one["descriptionType"] for one in attributes["descriptions"]} == {"Abstract", "TechnicalInfo"}
    assert all(isinstance(one, str) and one for name in ("formats", "sizes") for one in attributes.get(name, ()))
    subjects = [one["subject"] for one in attributes["subjects"]]
    assert len(subjects) == len(set(subjects))


@pytest.mark.parametrize("make", given.ALL, ids=lambda make: make.__name__)
def test_every_capsule_has_what_the_schema_demands(make: Callable[[], dict[str, Any]]) -> None:
    check(datacite_json(compose_manifest(make(), given.SEAL), ID))


@pytest.mark.parametrize(
    "manifest",
    [
        {"name": "x"},
        {"name": "x", "sealed_at": "yesterday", "created_at": 7, "extensions": "none", "tags": ["", "a", "a"], "task_executions": ["x"]},
        {"name": "x", "extensions": {"quapsule": {"author": "Alice", "team": [], "git": 1, "custom_metadata": "CC0"}}},
        {"name": "x", "extensions": {"other": {}}, "task_executions": [{"start_time": "2026-02-30T00:00:00Z"}], "num_tasks": 1.5},
    ],
)
def test_a_foreign_manifest_that_tells_little_has_it_too(manifest: dict[str, Any]) -> None:
    check(datacite_json(manifest, ID))


def test_what_is_known_is_told() -> None:
    material = given.bell()
    material["capsule"]["custom_metadata"]["license"] = "https://creativecommons.org/licenses/by/4.0/"
    told = datacite_json(compose_manifest(material, given.SEAL), ID, "10.5072/bell")
    assert told["doi"] == "10.5072/bell" and told["publicationYear"] == "2026"
    assert told["creators"] == [{"name": "Alice Example", "nameType": "Personal", "affiliation": [{"name": "Quantum Lab"}]}]
    assert told["publisher"] == {"name": "Quantum Lab"} and told["titles"] == [{"title": "Bell pair"}]
    assert {"date": "2026-11-23T05:26:40Z", "dateType": "Issued"} in told["dates"]
    assert told["relatedItems"][0]["titles"] == [{"title": f"Capsule {given.PARENT_ID}"}]
    assert told["relatedItems"][0]["relationType"] == "IsDerivedFrom"
    assert told["rightsList"] == [
        {"rights": "https://creativecommons.org/licenses/by/4.0/"} | {"rightsUri": told["rightsList"][0]["rights"]}
    ]
    assert [one["subject"] for one in told["subjects"]] == ["Quantum computing", "bell", "garnet"]
    assert told["sizes"] == ["1 task execution", "1,000 shots"]


def test_a_doi_is_a_draft_until_somebody_publishes_it() -> None:
    attributes = datacite_json(compose_manifest(given.bell(), given.SEAL), ID)
    draft = doi_request(attributes, "https://quapsule.example/capsules/1", "10.5072")["data"]
    assert draft["type"] == "dois" and draft["attributes"]["prefix"] == "10.5072" and "event" not in draft["attributes"]
    assert doi_request(attributes, "https://quapsule.example/", "10.5072", publish=True)["data"]["attributes"]["event"] == "publish"


def test_a_doi_that_was_chosen_is_asked_for_as_it_is() -> None:
    attributes = datacite_json(compose_manifest(given.bell(), given.SEAL), ID, "10.5072/bell")
    asked = doi_request(attributes, "https://quapsule.example/", "10.5072")["data"]["attributes"]
    assert asked["doi"] == "10.5072/bell" and "prefix" not in asked
