"""A capsule as a Workflow Run RO-Crate, so that tools which know nothing of capsules find workflow, run, inputs and results in it.

https://www.researchobject.org/workflow-run-crate/profiles/0.5/workflow_run_crate, on RO-Crate 1.1. A capsule that holds no run, files
alone, is a plain RO-Crate: it claims no profile that it does not fit."""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from io import BytesIO
from shutil import copyfileobj
from typing import Any, BinaryIO, cast

from quapsule.seal import Item
from quapsule.seal.faces.crate_run import Run, describe_run, id_of, one_or_all
from quapsule.seal.faces.facts import extension_of, object_in

__all__ = ["CRATE_FILE", "crate_metadata", "crate_zip"]

CRATE_FILE = "ro-crate-metadata.json"
_CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {
        "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
        "environment": "https://w3id.org/ro/terms/workflow-run#environment",
    },
]
_CRATE = "https://w3id.org/ro/crate/1.1"
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    (_WORKFLOW_CRATE, "Workflow RO-Crate", "1.0"),
)
_STANDARD = {"capsule.yaml": ("Manifest of the capsule", "application/yaml"), ".checksums": ("SHA-256 of every file", "text/plain")}
# The earliest instant that a zip file can hold.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)

Entity = dict[str, Any]


def crate_metadata(manifest: Mapping[str, Any], items: Sequence[Item], material: Mapping[str, Any]) -> bytes:
    """ro-crate-metadata.json. items: every other file of the capsule, the report and the verifier too. The same arguments give the
    same bytes."""
    run = describe_run(manifest, items, material)
    team, license_ = _team(material), _license(material, (material.get("team") or {}).get("name"))
    entities: list[Entity] = [_descriptor(run), _root(manifest, items, material, run, license_), team, license_]
    entities += [_author(material, team)] if material.get("author") else []
    entities += [_parent(manifest["derived_from"])] if manifest.get("derived_from") else []
    entities += [_file(item, run) for item in sorted(items, key=lambda item: item.name)]
    entities += [{"@id": name, "@type": "File", "name": told, "encodingFormat": kind} for name, (told, kind) in _STANDARD.items()]
    if run:
        entities += [{"@id": id_, "@type": "CreativeWork", "name": name, "version": version} for id_, name, version in _PROFILES]
        entities += run.entities
    written = json.dumps({"@context": _CONTEXT, "@graph": entities}, indent=1, ensure_ascii=False, allow_nan=False)
    return (written + "\n").encode("utf-8", "replace")


def crate_zip(top: str, manifest: bytes, checksums: bytes, items: Iterable[Item], out: BinaryIO) -> None:
    """The capsule's files as a zip file whose top is the crate. Streams; `out` need not be seekable. The same files give the same bytes
    wherever zlib compresses alike: sorted, one date, no owner. top: the capsule's name, kept as the comment of the file."""
    files: list[tuple[str, Callable[[], BinaryIO]]] = [
        ("capsule.yaml", partial(BytesIO, manifest)),
        (".checksums", partial(BytesIO, checksums)),
    ]
    files += [(item.name, item.open) for item in items]
    with zipfile.ZipFile(cast(BinaryIO, _Forward(out)), "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.comment = top.encode()[:65_535]
        # The metadata file is found first by whoever reads the file from its start.
        for name, open_content in sorted(files, key=lambda file: (file[0] != CRATE_FILE, file[0].encode())):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            with open_content() as content, archive.open(entry, "w", force_zip64=True) as member:
                copyfileobj(content, member, 1 << 20)


class _Forward:
    """Hides from zipfile that a file could be sought, so that every kind of file gets the same bytes."""

    def __init__(self, out: BinaryIO) -> None:
        self.write, self.flush = out.write, out.flush


def _descriptor(run: Run | None) -> Entity:
    conforms = [_ref(_CRATE), _ref(_WORKFLOW_CRATE)] if run else _ref(_CRATE)
    return {"@id": CRATE_FILE, "@type": "CreativeWork", "about": _ref("./"), "conformsTo": conforms}


def _root(manifest: Mapping[str, Any], items: Sequence[Item], material: Mapping[str, Any], run: Run | None, license_: Entity) -> Entity:
    capsule = material.get("capsule") or {}
    name = str(manifest["name"])
    published = manifest.get("sealed_at") or manifest.get("created_at") or capsule.get("created_at")
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": name,
        "description": manifest.get("description") or f"The quantum run {name!r} as a sealed capsule: program, results and provenance.",
        "datePublished": published,
        "license": _ref(license_["@id"]),
        "publisher": _ref(_team(material)["@id"]),
        "hasPart": [_ref(id_of(one)) for one in sorted([item.name for item in items] + list(_STANDARD))],
    }
    if material.get("author"):
        root["author"] = _ref(_person_id(material["author"]))
    if tags := manifest.get("tags"):
        root["keywords"] = ", ".join(str(tag) for tag in tags)
    if parent := manifest.get("derived_from"):
        root["isBasedOn"] = _ref(parent)
    if doi := capsule.get("doi"):
        root["identifier"] = f"https://doi.org/{doi}"
    elif run_id := manifest.get("run_id"):
        root["identifier"] = f"urn:uuid:{run_id}"
    if framework := capsule.get("regulatory_framework") or extension_of(manifest).get("regulatory_framework"):
        root["creativeWorkStatus"] = f"{manifest.get('lifecycle_state')}, under {framework}"
    if run:
        root["conformsTo"] = [_ref(id_) for id_, _, _ in _PROFILES]
        root["mainEntity"] = _ref(run.workflow)
        root["mentions"] = one_or_all(run.mentions)
    return root


def _team(material: Mapping[str, Any]) -> Entity:
    team = material.get("team") or {}
    return {"@id": f"#team-{team.get('id', 'unknown')}", "@type": "Organization", "name": team.get("name") or "Not stated"}


def _author(material: Mapping[str, Any], team: Entity) -> Entity:
    author = material["author"]
    return {
        "@id": _person_id(author),
        "@type": "Person",
        "name": author.get("name") or "Not stated",
        "affiliation": _ref(team["@id"]),
    }


def _person_id(person: Mapping[str, Any]) -> str:
    return f"#person-{person.get('id', 'unknown')}"


def _license(material: Mapping[str, Any], team: str | None) -> Entity:
    """custom_metadata.license: an address, or a name such as CC-BY-4.0."""
    given = object_in(object_in(material, "capsule"), "custom_metadata").get("license")
    if not isinstance(given, str) or not given.strip():
        told = f"No licence was stated: nobody but {team or 'its owner'} may use it without asking."
        return {"@id": "#license", "@type": "CreativeWork", "name": "No licence stated", "description": told}
    given = given.strip()
    if given.startswith(("https://", "http://")) and not set(given) & set(' <>"{}|\\^`'):
        return {"@id": given, "@type": "CreativeWork", "name": given, "description": "Licence of this capsule."}
    if all(character.isascii() and (character.isalnum() or character in "-.+") for character in given):
        address = f"https://spdx.org/licenses/{given}.html"
        return {"@id": address, "@type": "CreativeWork", "name": given, "description": f"Licence of this capsule: {given}."}
    return {"@id": "#license", "@type": "CreativeWork", "name": given[:200], "description": given}


def _parent(capsule_id: str) -> Entity:
    return {"@id": capsule_id, "@type": "CreativeWork", "name": "Capsule that this one is derived from", "identifier": capsule_id}


def _file(item: Item, run: Run | None) -> Entity:
    file: Entity = {
        "@id": id_of(item.name),
        "@type": "File",
        "name": item.name,
        "encodingFormat": item.content_type.split(";")[0].strip(),
        "contentSize": str(item.size_bytes),
        "sha256": item.sha256,
    }
    return file | (run.beside.get(item.name, {}) if run else {})


def _ref(id_: str) -> Entity:
    return {"@id": id_}
