"""The manifest of a capsule, by the published standard: what it says of the run in the standard's words, the rest under extensions."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from quapsule.seal.content.contents import COUNTS_FILE, ENVIRONMENT_FILE, script_file
from quapsule.seal.content.instants import as_utc

STANDARD = "1.0.0"
EPSILON, EPSILON_DRIFT, MIN_SHOTS = 0.02, 0.08, 100

_PLATFORM = "Quapsule"
_EXIT_CODES = {"completed": 0, "failed": 1, "cancelled": 130}
_GATE_FRAMEWORKS = ("openqasm", "qiskit", "cirq", "pennylane")
_DIGESTS = {"environment": ENVIRONMENT_FILE, "counts": COUNTS_FILE, "results": "results/results.json", "run": "workflow/job.json"}
# How deep the standard lets a manifest be is 64; what users give starts at the second level.
_DEEPEST, _LONGEST_KEY, _LARGEST = 48, 1000, 2**53 - 1


def compose_manifest(material: Mapping[str, Any], seal: Mapping[str, Any]) -> dict[str, Any]:
    """All but checksums_digest. seal: {sealed_at, sealed_by, notes?, signer?: {name, meaning?, at?}}, as they are to be printed.

    Values that a user gave and the standard cannot write (integers beyond 2^53 − 1, nesting beyond 48) stand as text here, and as they
    were in workflow/job.json."""
    capsule, job = material["capsule"], material.get("job")
    executions = list(_executions(material)) if job else []
    metadata = capsule.get("custom_metadata") or {}
    manifest: dict[str, Any] = {
        "version": STANDARD,
        "name": capsule["name"],
        "description": capsule.get("description"),
        "created_at": as_utc(capsule["created_at"]),
        "created_by": (material.get("author") or {}).get("name"),
        "lifecycle_state": "sealed",
        "sealed_at": as_utc(seal["sealed_at"]),
        "sealed_by": seal.get("sealed_by") or _PLATFORM,
        "seal_notes": seal.get("notes"),
        "derived_from": (material.get("parent") or {}).get("mqc_id"),
        "requirements": _requirements(material),
        "task_executions": executions,
        "digests": _digests(material),
        "parameters": _object((job or {}).get("parameters") or {}),
        "tags": [tag for tag in _list(metadata.get("tags")) if isinstance(tag, str)],
        "run_id": capsule["run_id"],
        "workflow_ref": script_file(material) if job else None,
        "environment_ref": ENVIRONMENT_FILE if job else None,
        "max_budget_usd": capsule.get("max_budget_usd"),
        "num_tasks": len(executions),
        "wall_time_seconds": (job or capsule).get("wall_time_seconds"),
        "actual_cost_usd": (job or capsule).get("actual_cost_usd"),
        "total_shots": sum(_shots(material)) if job else capsule.get("total_shots"),
        "extensions": {"quapsule": _extension(material, seal, metadata)},
    }
    if job:
        manifest["exit_code"] = _EXIT_CODES.get(job["status"], 1)
        manifest["exit_message"] = job.get("error_message") or job["status"]
    return {name: _fitting(value) for name, value in manifest.items() if value is not None}


def _executions(material: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each task on a device; without one, each circuit that was run; without one, the job itself."""
    job, tasks, circuits = material["job"], material["tasks"], _circuits(material)
    for task in sorted(tasks, key=lambda one: one["seq"]):
        status = {"completed": "success", "failed": "failed"}.get(task["status"], "error")
        yield _execution(material, f"task-{task['seq']}", status, task["shots"], task["backend"], task["emulated"] or None) | _existing(
            start_time=_utc(task.get("submitted_at") or (job.get("started_at") if task["emulated"] else None)),
            end_time=_utc(task.get("ended_at")),
            cost_usd=task["cost_usd"],
            job_id=task.get("provider_task_id") or job["id"],
        )
    if tasks:
        return
    course = _existing(start_time=_utc(job.get("started_at")), end_time=_utc(job.get("completed_at")), job_id=job["id"])
    for circuit in circuits:
        name = f"circuit-{circuit.get('circuit_index') or 0}"
        yield _execution(material, name, "success", circuit["shots"], job["backend"], circuit.get("emulated")) | course
    if not circuits:
        status = {"completed": "success", "failed": "failed"}.get(job["status"], "error")
        shots = (job["parameters"] or {}).get("shots")
        yield _execution(material, "job", status, shots, job["backend"], None, probabilistic=False) | course


def _execution(
    material: Mapping[str, Any], name: str, status: str, shots: Any, backend: str, emulated: Any, probabilistic: bool = True
) -> dict[str, Any]:
    row = material["backend"] or {}
    execution = {
        "task_id": str(uuid5(NAMESPACE_URL, f"urn:uuid:{material['job']['id']}#{name}")),
        "status": status,
        "result_type": "probabilistic" if probabilistic else "deterministic",
        "backend": {
            "provider": row.get("provider") or _PLATFORM,
            "name": backend,
            "shots": shots if isinstance(shots, int) and shots > 0 else 1,
            **({"emulated": True} if emulated else {}),
        },
    }
    if probabilistic:
        execution["verification_settings"] = _verification(drifts=bool(emulated) or row.get("device_type") == "qpu")
    return execution


def _verification(drifts: bool) -> dict[str, Any]:
    """A device, and what emulates it under a snapshot, is calibrated anew; a simulator stays as it is."""
    regime = {"tolerance_regime": "calibration_drift", "epsilon_drift": EPSILON_DRIFT} if drifts else {"tolerance_regime": "strict"}
    return {"epsilon": EPSILON, "min_shots": MIN_SHOTS, **regime}


def _shots(material: Mapping[str, Any]) -> Iterator[int]:
    """Of all that ran, also what mitigation added."""
    for task in material["tasks"]:
        bindings = (task.get("detail") or {}).get("bindings")
        yield task["shots"] * (bindings if isinstance(bindings, int) else 1)
    if material["tasks"]:
        return
    yield from (circuit["shots"] for circuit in _circuits(material))
    for row in material["results"]:
        extra = row["result_data"].get("extra_shots") if row["result_type"] == "mitigated" else None
        yield extra if isinstance(extra, int) else 0


def _requirements(material: Mapping[str, Any]) -> dict[str, Any]:
    """What a machine must be able to do to run this again; of a capsule without a job, what its maker says."""
    if not material.get("job"):
        told = (material["capsule"].get("custom_metadata") or {}).get("requirements")
        return dict(told) if isinstance(told, Mapping) else {"paradigm": ["classical"], "max_qubit_count": 0}
    formats = {one["format"] for one in material["programs"] if one["kind"] != "asked"}
    if "ahs" in formats:
        paradigm = ["analog", "gate-based"] if formats - {"ahs"} else ["analog"]
    else:
        asked = {one["format"] for one in material["programs"]} - {"python"}
        paradigm = ["gate-based" if asked or material["job"].get("framework") in _GATE_FRAMEWORKS else "classical"]
    prepared = [event["detail"].get("qubits") for event in material["events"] if event["event"] == "program.prepared"]
    checked = [row["certificate"].get("qubits") for row in material["certificates"]]
    qubits = [count for count in (prepared or checked) if isinstance(count, int)]
    return {"paradigm": paradigm, "max_qubit_count": max(qubits, default=0)}


def _digests(material: Mapping[str, Any]) -> dict[str, str]:
    """Of the files that a run is compared by. .checksums has them all."""
    wanted = {file: name for name, file in _DIGESTS.items()}
    if material.get("job") and (script := script_file(material)):
        wanted[script] = "script"
    found = {wanted[artifact["name"]]: artifact["digest"] for artifact in material["artifacts"] if artifact["name"] in wanted}
    return {name: f"sha256:{digest.removeprefix('sha256:')}" for name, digest in found.items() if digest}


def _extension(material: Mapping[str, Any], seal: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the standard has no word for. Names are copied, since accounts and teams may go."""
    capsule, job, author = material["capsule"], material.get("job"), material.get("author")
    signer = seal.get("signer")
    git = _existing(sha=capsule.get("git_sha"), repo=capsule.get("git_repo"))
    own = {name: value for name, value in metadata.items() if name != "seal_when_done"}
    return _existing(
        capsule={"id": capsule["id"]},
        author=author and {"id": author["id"], "name": author["name"]},
        team={"id": material["team"]["id"], "name": material["team"]["name"]},
        signer=signer and _existing(**{**signer, "at": _utc(signer.get("at"))}),
        parent=material.get("parent") and _existing(**material["parent"]),
        job=job and _existing(**{name: job.get(name) for name in ("id", "status", "backend", "framework", "script_name", "retried_from")}),
        flags=sorted(_flags(material)) or None,
        git=git or None,
        cost_breakdown=_breakdown(material),
        estimated_cost_usd=(job or capsule).get("estimated_cost_usd"),
        regulatory_framework=capsule.get("regulatory_framework"),
        retention_years=capsule.get("retention_years"),
        doi=capsule.get("doi"),
        custom_metadata=_object(own) or None,
    )


def _breakdown(material: Mapping[str, Any]) -> list[Any] | None:
    if told := material["capsule"].get("cost_breakdown"):
        return [_written(one, _DEEPEST) for one in _list(told)]
    tasks = sorted(material["tasks"], key=lambda one: one["seq"])
    return [{name: task[name] for name in ("seq", "backend", "shots", "cost_usd")} for task in tasks] or None


def _flags(material: Mapping[str, Any]) -> set[str]:
    listed = [row["result_data"].get(name) for row in material["results"] for name in ("flags", "flags_of_dropped")]
    return {flag for flags in listed for flag in _list(flags) if isinstance(flag, str)}


def _circuits(material: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = [row["result_data"] for row in material["results"] if row["result_type"] == "counts"]
    return sorted(found, key=lambda data: data.get("circuit_index") or 0)


def _existing(**told: Any) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _utc(instant: str | None) -> str | None:
    return as_utc(instant) if instant else None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _object(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a user gave, as a manifest can write it."""
    written = _written(given, _DEEPEST)
    return written if isinstance(written, dict) else {"json": written}


def _written(value: Any, deepest: int) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= _LARGEST else json.dumps(value)
    if isinstance(value, list) and deepest:
        return [_written(one, deepest - 1) for one in value]
    if isinstance(value, Mapping) and deepest:
        keys = {unicodedata.normalize("NFC", key) for key in value}
        if len(keys) == len(value) and all(len(key) <= _LONGEST_KEY for key in keys):
            return {key: _written(one, deepest - 1) for key, one in value.items()}
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _fitting(value: Any) -> Any:
    """Texts in NFC, as the standard has them, and whole numbers without a fraction."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_fitting(one) for one in value]
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", key): _fitting(one) for key, one in value.items()}
    return value
