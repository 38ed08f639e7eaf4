"""Who and what made the results, as W3C PROV in its JSON form (https://www.w3.org/submissions/prov-json/)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quapsule.seal import Item
from quapsule.seal.content.instants import as_utc

_OURS = "https://quapsule.org/ns/prov#"
_USED_FOLDERS = {"environment", "backends"}
_SCRIPTS = ("workflow/script.py", "workflow/program.qasm")
_KINDS = {
    **dict.fromkeys(_SCRIPTS, "Script"),
    "workflow/job.json": "Request",
    "workflow/certificates.json": "Certificates",
    "workflow/graph.json": "TaskGraph",
    "workflow/circuit.txt": "Drawing",
    "environment/environment.json": "Environment",
    "backends/backend.json": "Backend",
}
_KINDS_OF_FOLDERS = {"workflow": "Program", "backends": "Calibration", "results": "Result", "provenance": "Record"}


def prov_json(material: Mapping[str, Any], items: Sequence[Item] = ()) -> dict[str, Any]:
    """The run of the job as activity; its files (`items`) as entities with their digests; the person who asked, the team and the platform
    as agents. A capsule without a job has its making as the activity. Identifiers of files are `capsule:` and their path."""
    capsule, job, parent = material["capsule"], material.get("job"), material.get("parent")
    files = sorted(items, key=lambda item: item.name)
    activity = f"uuid:{job['id'] if job else capsule['run_id']}"
    document: dict[str, Any] = {
        "prefix": {
            "prov": "http://www.w3.org/ns/prov#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "quapsule": _OURS,
            "uuid": "urn:uuid:",
            "capsule": f"urn:uuid:{capsule['id']}#",
        },
        "entity": {
            "capsule:capsule": {"prov:type": _named("quapsule:Capsule"), "prov:label": capsule["name"]},
            **{f"capsule:{item.name}": _entity(item) for item in files},
        },
        "activity": {activity: _activity(capsule, job)},
        "agent": dict(_agents(material)),
    }
    if parent and parent.get("mqc_id"):
        document["entity"]["capsule:parent"] = {"prov:type": _named("quapsule:Capsule"), "quapsule:capsule_id": parent["mqc_id"]}
    return document | _relations(activity, [item.name for item in files], list(document["agent"]), "capsule:parent" in document["entity"])


def _entity(item: Item) -> dict[str, Any]:
    kind = _KINDS.get(item.name) or _KINDS_OF_FOLDERS.get(_folder(item.name), "File")
    return {"prov:type": _named(f"quapsule:{kind}"), "prov:label": item.name, "quapsule:digest": f"sha256:{item.sha256}"}


def _activity(capsule: Mapping[str, Any], job: Mapping[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"prov:type": _named("quapsule:JobRun" if job else "quapsule:Assembly")}
    row = job or capsule
    for name, instant in (("prov:startTime", row.get("started_at") or row.get("created_at")), ("prov:endTime", row.get("completed_at"))):
        if instant:
            told[name] = as_utc(instant)
    if job:
        told |= {"quapsule:status": job["status"], "quapsule:backend": job["backend"]}
    return told


def _agents(material: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The person first; a person whose account is gone is no agent any more."""
    if author := material.get("author"):
        yield f"uuid:{author['id']}", {"prov:type": _named("prov:Person"), "prov:label": author["name"]}
    yield f"uuid:{material['team']['id']}", {"prov:type": _named("prov:Organization"), "prov:label": material["team"]["name"]}
    yield "quapsule:platform", {"prov:type": _named("prov:SoftwareAgent"), "prov:label": "Quapsule"}


def _relations(activity: str, names: Sequence[str], agents: Sequence[str], derived: bool) -> dict[str, Any]:
    *persons, team, platform = agents
    asker = next(iter(persons), team)
    script = next((name for name in names if name in _SCRIPTS), None)
    used = [name for name in names if name in (script, "workflow/job.json") or _folder(name) in _USED_FOLDERS]
    made = [name for name in names if name not in used]
    roles = [*((person, "author") for person in persons), (team, "owner"), (platform, "executor")]
    derivations = [("capsule", "parent")] if derived else []
    derivations += [(name, script) for name in made if script and _folder(name) in ("workflow", "results")]
    relations: dict[str, list[dict[str, Any]]] = {
        "used": [{"prov:activity": activity, "prov:entity": f"capsule:{name}"} for name in used],
        "wasGeneratedBy": [{"prov:entity": f"capsule:{name}", "prov:activity": activity} for name in [*made, "capsule"]],
        "wasAssociatedWith": [
            {"prov:activity": activity, "prov:agent": agent, "prov:role": _named(f"quapsule:{role}")} for agent, role in roles
        ],
        "wasAttributedTo": [{"prov:entity": "capsule:capsule", "prov:agent": asker}],
        "actedOnBehalfOf": [
            {"prov:delegate": delegate, "prov:responsible": responsible}
            for delegate, responsible in [*((person, team) for person in persons), (platform, asker)]
        ],
        "wasDerivedFrom": [{"prov:generatedEntity": f"capsule:{new}", "prov:usedEntity": f"capsule:{old}"} for new, old in derivations],
    }
    # Relations have no names of their own; PROV-JSON wants blank ones.
    return {kind: {f"_:{kind}-{index}": one for index, one in enumerate(listed)} for kind, listed in relations.items() if listed}


def _folder(name: str) -> str:
    return name.split("/")[0]


def _named(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}
