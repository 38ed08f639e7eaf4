"""The run in a crate: the workflow, the action that executed it, and what went in and came out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from quapsule.seal import Item
from quapsule.seal.content.contents import script_file
from quapsule.seal.faces.facts import Software, object_in, read_json, software_of, standing_of, to_utc

MOST_PARAMETERS = 500
MOST_VALUE = 2_000
_DIGITS = re.compile("[0-9A-Fa-f]{64}")
_BIOSCHEMAS = "https://bioschemas.org/profiles"
_LANGUAGES = {
    "python": ("#python", "Python", "https://www.python.org/"),
    "qasm3": ("#openqasm", "OpenQASM 3", "https://openqasm.com/"),
    "qasm2": ("#openqasm", "OpenQASM 2", "https://arxiv.org/abs/1707.03429"),
    "braket": ("#openqasm", "OpenQASM 3", "https://openqasm.com/"),
    "ahs": ("#ahs", "Analog Hamiltonian simulation, JSON", "https://docs.aws.amazon.com/braket/"),
}

Entity = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """`workflow`, `mentions`: ids. `beside`: what a file says because it is part of the run, by its name. `entities`: all but files."""

    workflow: str
    mentions: list[str]
    entities: list[Entity]
    beside: dict[str, Entity] = field(default_factory=dict)


def describe_run(manifest: Mapping[str, Any], items: Sequence[Item], material: Mapping[str, Any]) -> Run | None:
    """None where nothing was run, or where the text that was run is not among the items."""
    job = material.get("job")
    name = script_file(material) if job else None
    if not job or name is None or name not in {item.name for item in items}:
        return None
    program = next(one for one in material["programs"] if one["kind"] == "asked")
    inputs = _parameters(job)
    surroundings = _surroundings(items, material)
    results = [item for item in items if item.artifact_type == "results"]
    data = [item for item in items if item.artifact_type == "data"]
    software = software_of(items, material)
    language = _LANGUAGES.get(program["format"], ("#language", program["format"], None))
    beside: dict[str, Entity] = {}
    entities = [_language(language), *_profiles(bool(inputs or surroundings or results))]
    entities += [
        {
            "@id": _software_id(one),
            "@type": "SoftwareApplication",
            "name": one.name,
            "softwareVersion": one.version,
            "url": _software_id(one),
        }
        for one in software
    ]
    for number, item in enumerate(results):
        id_ = f"#output-{number}"
        entities.append(_formal(id_, item.name, "File", id_of(item.name), f"What the run wrote: {item.name}."))
        beside[item.name] = {"exampleOfWork": _ref(id_)}
    for entity, formal in (*inputs, *surroundings):
        entities += [entity, formal]
    beside[name] = _workflow(name, manifest, material, program, inputs, surroundings, len(results), software)
    beside[name]["programmingLanguage"] = _ref(language[0])
    action = _action(id_of(name), material, inputs, surroundings, results, data)
    backend = _backend(material)
    entities += [action] + ([backend] if backend else [])
    return Run(id_of(name), [action["@id"]] + ([backend["@id"]] if backend else []), entities, beside)


def _workflow(
    name: str,
    manifest: Mapping[str, Any],
    material: Mapping[str, Any],
    program: Mapping[str, Any],
    inputs: "_Pairs",
    surroundings: "_Pairs",
    results: int,
    software: Sequence[Software],
) -> Entity:
    job, capsule = material["job"], material.get("capsule") or {}
    workflow: Entity = {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": job.get("script_name") or str(manifest["name"]),
        "description": f"The program that was submitted, byte by byte ({name}).",
        "conformsTo": _ref(f"{_BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"),
        "version": capsule.get("git_sha") or f"sha256:{program['sha256']}",
        "dateCreated": _instant(job["created_at"]),
    }
    if material.get("author"):
        workflow["creator"] = _ref(f"#person-{material['author'].get('id', 'unknown')}")
    if str(capsule.get("git_repo") or "").startswith(("https://", "http://")):
        workflow |= {"url": capsule["git_repo"], "codeRepository": capsule["git_repo"]}
    if inputs:
        workflow["input"] = one_or_all([formal["@id"] for _, formal in inputs])
    if results:
        workflow["output"] = one_or_all([f"#output-{number}" for number in range(results)])
    if surroundings:
        workflow["environment"] = one_or_all([formal["@id"] for _, formal in surroundings])
    if software:
        workflow["softwareRequirements"] = one_or_all([_software_id(one) for one in software])
    return workflow


def _action(
    workflow: str,
    material: Mapping[str, Any],
    inputs: "_Pairs",
    surroundings: "_Pairs",
    results: Sequence[Item],
    data: Sequence[Item],
) -> Entity:
    job = material["job"]
    standing = standing_of(material)
    ended = job["status"] == "completed"
    action: Entity = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Run on {job['backend']}",
        "description": " ".join((standing.title, *standing.doubts)),
        "identifier": f"urn:uuid:{job['id']}",
        "instrument": _ref(workflow),
        "actionStatus": f"http://schema.org/{'Completed' if ended else 'Failed'}ActionStatus",
    }
    who = material.get("author")
    team = material.get("team") or {}
    action["agent"] = _ref(f"#person-{who.get('id', 'unknown')}" if who else f"#team-{team.get('id', 'unknown')}")
    if job.get("started_at"):
        action["startTime"] = _instant(job["started_at"])
    if job.get("completed_at"):
        action["endTime"] = _instant(job["completed_at"])
    if not ended:
        action["error"] = job.get("error_message") or standing.title
    if objects := [entity["@id"] for entity, _ in inputs] + [id_of(item.name) for item in data]:
        action["object"] = one_or_all(objects)
    if results:
        action["result"] = one_or_all([id_of(item.name) for item in results])
    if surroundings:
        action["environment"] = one_or_all([entity["@id"] for entity, _ in surroundings])
    return action


_Pairs = list[tuple[Entity, Entity]]


def _parameters(job: Mapping[str, Any]) -> _Pairs:
    """A value and the parameter that it is of, for each; job.json holds those beyond the first 500, and what is cut short here."""
    given = list(object_in(job, "parameters").items())[:MOST_PARAMETERS]
    return [_pair(f"input-{number}", name, value) for number, (name, value) in enumerate(given)]


def _surroundings(items: Sequence[Item], material: Mapping[str, Any]) -> _Pairs:
    environment = read_json(items, "environment/environment.json")
    told = environment if isinstance(environment, Mapping) else {}
    named = {"backend": material["job"].get("backend"), "interpreter": told.get("interpreter"), "platform": told.get("platform")}
    named |= {"machine": told.get("machine")}
    return [_pair(f"environment-{name}", name, value) for name, value in named.items() if value]


def _pair(stem: str, name: str, value: Any) -> tuple[Entity, Entity]:
    kind, shown = _typed(value)
    formal = _formal(f"#{stem}", name, kind, f"#{stem}-value", f"{'Setting' if stem.startswith('env') else 'Parameter'} {name!r}.")
    return {"@id": f"#{stem}-value", "@type": "PropertyValue", "name": name, "value": shown, "exampleOfWork": _ref(f"#{stem}")}, formal


def _formal(id_: str, name: str, kind: str, example: str, description: str) -> Entity:
    return {
        "@id": id_,
        "@type": "FormalParameter",
        "name": name,
        "description": description,
        "additionalType": kind,
        "conformsTo": _ref(f"{_BIOSCHEMAS}/FormalParameter/1.0-RELEASE"),
        "workExample": _ref(example),
    }


def _typed(value: Any) -> tuple[str, Any]:
    """The schema.org type, and the value as it is written; lists and objects as JSON."""
    if isinstance(value, bool):
        return "Boolean", "True" if value else "False"
    if isinstance(value, int) and abs(value) < 2**53:
        return "Integer", value
    if isinstance(value, float):
        return "Float", value
    if isinstance(value, str):
        return "Text", _short(value)
    written = json.dumps(value, sort_keys=True, ensure_ascii=False)
    # On one line with words of any kind, 64 such digits are taken for a credential by the standard's scan.
    return "PropertyValue", "in workflow/job.json" if _DIGITS.search(written) else _short(written)


def _backend(material: Mapping[str, Any]) -> Entity | None:
    backend = material.get("backend")
    if not backend:
        return None
    told: Entity = {"@id": "#backend", "@type": "Product", "name": backend.get("name") or backend.get("slug")}
    told["identifier"] = backend.get("device_arn") or backend.get("slug")
    told["description"] = f"{backend.get('description') or 'Where it ran.'} Provider: {backend.get('provider')}."
    return told


def _language(language: tuple[str, str, str | None]) -> Entity:
    id_, name, url = language
    return {"@id": id_, "@type": "ComputerLanguage", "name": name} | ({"url": url} if url else {})


def _profiles(has_parameters: bool) -> list[Entity]:
    named = ["ComputationalWorkflow"] + (["FormalParameter"] if has_parameters else [])
    return [
        {
            "@id": f"{_BIOSCHEMAS}/{name}/1.0-RELEASE",
            "@type": "CreativeWork",
            "name": f"Bioschemas {name} profile",
            "version": "1.0-RELEASE",
        }
        for name in named
    ]


def _instant(instant: str) -> str:
    """With milliseconds and an offset, as the profile wants it."""
    read = to_utc(instant)
    return read.isoformat(timespec="milliseconds") if read else instant


def _short(text: str) -> str:
    return text if len(text) <= MOST_VALUE else text[: MOST_VALUE - 1] + "…"


def _software_id(software: Software) -> str:
    """An address that names this version."""
    if software.name == "quapsule":
        return f"https://quapsule.org/#{quote(software.version)}"
    return f"https://pypi.org/project/{quote(software.name)}/{quote(software.version)}/"


def id_of(name: str) -> str:
    """A path as a relative URI reference."""
    return quote(name, safe="/")


def one_or_all(ids: Sequence[str]) -> Entity | list[Entity]:
    """As RO-Crate 1.1 wants its JSON: a list only where there are several."""
    return _ref(ids[0]) if len(ids) == 1 else [_ref(one) for one in ids]


def _ref(id_: str) -> Entity:
    return {"@id": id_}
