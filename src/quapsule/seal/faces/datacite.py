"""A capsule in the words of DataCite's metadata schema 4.5, as its REST API takes them (https://support.datacite.org/docs/api-create-dois)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quapsule.seal.faces.facts import extension_of, object_in, to_utc

__all__ = ["datacite_json", "doi_request"]

SCHEMA = "http://datacite.org/schema/kernel-4"
_MOST_TAGS = 50


def datacite_json(manifest: Mapping[str, Any], capsule_id: str, doi: str | None = None) -> dict[str, Any]:
    """The attributes of a DOI. What is not known is left out; of the mandatory properties (creators, titles, publisher, publicationYear,
    types) each is there."""
    extension = extension_of(manifest)
    published = to_utc(manifest.get("sealed_at")) or to_utc(manifest.get("created_at")) or datetime(1970, 1, 1, tzinfo=UTC)
    name = str(manifest["name"])
    attributes: dict[str, Any] = {
        "schemaVersion": SCHEMA,
        "creators": [_creator(manifest, extension)],
        "titles": [{"title": name}],
        "publisher": {"name": _team(extension) or "Quapsule"},
        "publicationYear": str(published.year),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Capsule of a quantum experiment"},
        "dates": _dates(manifest),
        "alternateIdentifiers": [{"alternateIdentifier": capsule_id, "alternateIdentifierType": "Capsule id"}],
        "subjects": _subjects(manifest),
        "descriptions": _descriptions(manifest, name),
        "formats": ["application/gzip", f"Capsule {manifest.get('version', '1.0.0')}"],
    }
    if sizes := _sizes(manifest):
        attributes["sizes"] = sizes
    if rights := _rights(object_in(extension, "custom_metadata").get("license")):
        attributes["rightsList"] = [rights]
    if parent := manifest.get("derived_from"):
        # The schema's list of identifier types has no name for a capsule's id; a related item needs none.
        item = {"relatedItemType": "Dataset", "relationType": "IsDerivedFrom", "titles": [{"title": f"Capsule {parent}"}]}
        attributes["relatedItems"] = [item]
    repository = object_in(extension, "git").get("repo")
    if str(repository or "").startswith(("https://", "http://")):
        attributes["relatedIdentifiers"] = [
            {
                "relatedIdentifier": repository,
                "relatedIdentifierType": "URL",
                "relationType": "References",
                "resourceTypeGeneral": "Software",
            }
        ]
    return attributes | ({"doi": doi} if doi else {})


def doi_request(attributes: Mapping[str, Any], url: str, prefix: str, publish: bool = False) -> dict[str, Any]:
    """The body of `POST /dois`. url: the page that the DOI leads to. prefix: the repository's, such as 10.5072; DataCite chooses the rest
    where the attributes have no DOI. Unless it is published, the DOI is a draft that can still be deleted."""
    told = {**attributes, "url": url} | ({} if attributes.get("doi") else {"prefix": prefix})
    return {"data": {"type": "dois", "attributes": told | ({"event": "publish"} if publish else {})}}


def _creator(manifest: Mapping[str, Any], extension: Mapping[str, Any]) -> dict[str, Any]:
    team = _team(extension)
    person = object_in(extension, "author").get("name") or manifest.get("created_by")
    if not person:
        return {"name": team or str(manifest.get("sealed_by") or "Unknown"), "nameType": "Organizational"}
    return {"name": str(person), "nameType": "Personal"} | ({"affiliation": [{"name": team}]} if team else {})


def _team(extension: Mapping[str, Any]) -> str | None:
    name = object_in(extension, "team").get("name")
    return str(name) if name else None


def _dates(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """When it was made, sealed, and when its counts were taken."""
    dates = [
        {"date": read.isoformat(timespec="seconds").replace("+00:00", "Z"), "dateType": kind}
        for name, kind in (("created_at", "Created"), ("sealed_at", "Issued"))
        if (read := to_utc(manifest.get(name)))
    ]
    executions = [one for one in manifest.get("task_executions") or () if isinstance(one, Mapping)]
    instants = [read for one in executions for name in ("start_time", "end_time") if (read := to_utc(one.get(name)))]
    if instants:
        first, last = (f"{one:%Y-%m-%d}" for one in (min(instants), max(instants)))
        dates.append({"date": first if first == last else f"{first}/{last}", "dateType": "Collected"})
    return dates


def _subjects(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    tags = (str(tag) for tag in (manifest.get("tags") or ())[:_MOST_TAGS])
    return [{"subject": subject} for subject in dict.fromkeys(("Quantum computing", *tags)) if subject.strip()]


def _descriptions(manifest: Mapping[str, Any], name: str) -> list[dict[str, str]]:
    said = str(
        manifest.get("description") or f"The quantum experiment {name!r}, sealed with its program, environment, results and provenance."
    )
    technical = (
        "A capsule is a deterministic archive with a manifest. Its id is the SHA-256 of the manifest's canonical form (RFC 8785), which "
        "holds the digest of every file: whoever has the id can verify the archive without asking anybody."
    )
    return [{"description": said, "descriptionType": "Abstract"}, {"description": technical, "descriptionType": "TechnicalInfo"}]


def _sizes(manifest: Mapping[str, Any]) -> list[str]:
    counted = ((manifest.get("num_tasks"), "task execution"), (manifest.get("total_shots"), "shot"))
    return [f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counted if isinstance(count, int) and count]


def _rights(license_: Any) -> dict[str, str] | None:
    if not isinstance(license_, str) or not license_.strip():
        return None
    return {"rights": license_.strip()} | ({"rightsUri": license_.strip()} if license_.strip().startswith("https://") else {})
