"""The files of a capsule that the platform makes of a job. The same material gives the same bytes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quapsule.seal import ArtifactType, Item, item_of
from quapsule.seal.content.instants import as_utc
from quapsule.seal.content.provenance import prov_json

RUN_FORMAT = "quapsule.run/1"
RUN_FILE = "workflow/job.json"
ENVIRONMENT_FILE = "environment/environment.json"
COUNTS_FILE = "results/counts.json"

_ENDED = ("completed", "failed", "cancelled")
_SUFFIXES = {"python": ".py", "qasm2": ".qasm", "qasm3": ".qasm", "braket": ".qasm", "ahs": ".json", "quil": ".quil"}
_CONTENT_TYPES = {".py": "text/x-python", ".qasm": "text/x-openqasm", ".json": "application/json"}
_TEXT = "text/plain; charset=utf-8"

# What says how a backend was on offer, not what it is.
_PASSING = ("display_order", "is_available", "is_recommended", "created_at", "updated_at")


def contents_of(material: Mapping[str, Any], environment: Mapping[str, Any], drawing: str | None) -> list[Item]:
    """Every file but the report, the crate and the verifier, sorted by name. What the job does not have (yet) is no file; a capsule
    without a job holds only what was put into it. drawing: of the first circuit, as text."""
    if not material.get("job"):
        return []
    items = [*_workflow(material, drawing), *_surroundings(material, environment), *_results(material), *_course(material)]
    items.append(_json("provenance/prov.json", "provenance", prov_json(material, items)))
    return sorted(items, key=lambda item: item.name)


def script_file(material: Mapping[str, Any]) -> str | None:
    """Where the text that was submitted stands."""
    if not (asked := _asked(material)):
        return None
    return "workflow/script.py" if asked["format"] == "python" else "workflow/program.qasm"


def _workflow(material: Mapping[str, Any], drawing: str | None) -> Iterator[Item]:
    if (asked := _asked(material)) and (name := script_file(material)):
        yield _program(name, asked)
    yield _json(RUN_FILE, "workflow", _run(material))
    for program in material["programs"]:
        if program["kind"] != "asked":
            yield _program(f"workflow/{program['kind']}-{program['seq']}{_SUFFIXES.get(program['format'], '.txt')}", program)
    if certificates := material["certificates"]:
        told = [{name: one[name] for name in ("seq", "hop", "method", "result", "certificate")} for one in certificates]
        yield _json("workflow/certificates.json", "workflow", sorted(told, key=lambda one: one["seq"]))
    if graph := _graph(material):
        yield _json("workflow/graph.json", "workflow", graph)
    if drawing:
        yield item_of("workflow/circuit.txt", "workflow", _TEXT, drawing.encode())


def _run(material: Mapping[str, Any]) -> dict[str, Any]:
    """All that a run anew needs beside the script, exactly as it was asked for."""
    job, capsule, asked = material["job"], material["capsule"], _asked(material)
    git = {name: capsule.get(f"git_{name}") for name in ("sha", "repo")}
    return {
        "format": RUN_FORMAT,
        "job": job["id"],
        "script": asked and {"file": script_file(material), "format": asked["format"], "digest": _digest(asked["sha256"])},
        "script_name": job.get("script_name"),
        "framework": job["framework"],
        "backend": job["backend"],
        "parameters": job["parameters"] or {},
        "execution_mode": job["execution_mode"],
        "requirements": job.get("requirements"),
        "retried_from": job.get("retried_from"),
        "git": git if any(git.values()) else None,
    }


def _graph(material: Mapping[str, Any]) -> dict[str, Any]:
    """Of the workflow, and of the submissions to devices."""
    metadata = material["job"].get("workflow_metadata") or {}
    graph = {name: metadata[name] for name in ("execution_graph", "total_tasks", "total_levels") if name in metadata}
    tasks = [
        {
            name: task.get(name)
            for name in ("seq", "backend", "shots", "status", "attempt", "emulated", "calibration_id", "provider_task_id")
        }
        | {"program_digest": _digest(task["program_sha256"]), "detail": task.get("detail") or {}}
        for task in sorted(material["tasks"], key=lambda one: one["seq"])
    ]
    return graph | ({"device_tasks": tasks} if tasks else {})


def _surroundings(material: Mapping[str, Any], environment: Mapping[str, Any]) -> Iterator[Item]:
    ran = {
        "engines": _engines_that_ran(material),
        "seed": (material["job"]["parameters"] or {}).get("seed"),
        "requirements": material["job"].get("requirements"),
        "packages": next((one["detail"]["packages"] for one in reversed(material["events"]) if one["event"] == "packages.installed"), []),
    }
    yield _json(ENVIRONMENT_FILE, "environment", {**environment, "ran": ran})
    if backend := material["backend"]:
        yield _json("backends/backend.json", "backends", {name: value for name, value in backend.items() if name not in _PASSING})
    for calibration in material["calibrations"]:
        told = {name: value for name, value in calibration.items() if name not in ("sha256", "imported_at")}
        told |= {"digest": _digest(calibration["sha256"]), "taken_at": as_utc(calibration["taken_at"])}
        yield _json(f"backends/calibration-{calibration['id'][:8]}.json", "backends", told)


def _engines_that_ran(material: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [row["result_data"].get("engine") or {} for row in _rows(material, "counts")]
    named = [{name: engine[name] for name in ("name", "version", "method", "noise", "device") if name in engine} for engine in found]
    return [engine for index, engine in enumerate(named) if engine and engine not in named[:index]]


def _results(material: Mapping[str, Any]) -> Iterator[Item]:
    job = material["job"]
    if counts := _counts(material):
        yield _json(COUNTS_FILE, "results", counts)
    if job["status"] in _ENDED:
        yield item_of("results/results.json", "results", "application/json", _written_by_rows(material))
    if (log := material["log"]) and log["content"]:
        yield item_of("results/log.txt", "results", _TEXT, log["content"].encode())


def _counts(material: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One object for each circuit. Where nothing was counted at a backend, what the script itself calls its counts."""
    seed = (material["job"]["parameters"] or {}).get("seed")
    rows = sorted((row["result_data"] for row in _rows(material, "counts")), key=lambda data: data.get("circuit_index") or 0)
    if rows:
        return [{"circuit_index": index, "seed": seed, **data} for index, data in enumerate(rows)]
    values = [row["result_data"].get("value") for row in _rows(material, "value")]
    counts = values[-1].get("counts") if values and isinstance(values[-1], Mapping) else None
    if not isinstance(counts, Mapping) or not counts or not all(type(count) is int for count in counts.values()):
        return []
    return [{"circuit_index": 0, "seed": seed, "counts": counts, "counts_source": "script", "shots": sum(counts.values())}]


def _written_by_rows(material: Mapping[str, Any]) -> bytes:
    """One result a line: a state vector over a million lines would be read by nobody."""
    job = material["job"]
    order = ("counts", "value", "mitigated", "statevector")
    rows = sorted(
        material["results"], key=lambda row: (order.index(row["result_type"]), row["result_data"].get("circuit_index") or 0, _line(row))
    )
    told = [{"result_type": row["result_type"], "shots": row["shots"], "result_data": row["result_data"]} for row in rows]
    head = {"status": job["status"]}
    if job["error_message"] or job["error_details"]:
        head["error"] = {"message": job["error_message"], "details": job["error_details"]}
    if log := material["log"]:
        head["log_truncated"] = log["truncated"]
    opening = "".join(f'"{name}": {_line(value)},\n' for name, value in head.items())
    return ("{" + opening + '"results": [\n' + ",\n".join(map(_line, told)) + "\n]}\n").encode()


def _course(material: Mapping[str, Any]) -> Iterator[Item]:
    job = material["job"]
    timeline = {name: job[name] and as_utc(job[name]) for name in ("created_at", "started_at", "completed_at")}
    times = ("at", "started_at", "ended_at", "completed_at", "submitted_at")
    listed = {
        "events": [{name: event[name] for name in ("at", "event", "attempt", "detail")} for event in material["events"]],
        "attempts": [
            {name: one.get(name) for name in ("attempt", "worker", "started_at", "ended_at", "outcome")} for one in material["attempts"]
        ],
        "tasks": (job.get("workflow_metadata") or {}).get("task_timeline") or [],
        "device_tasks": [
            {name: task.get(name) for name in ("seq", "submitted_at", "ended_at")}
            for task in sorted(material["tasks"], key=lambda one: one["seq"])
        ],
    }
    yield _json(
        "provenance/timeline.json",
        "provenance",
        timeline
        | {name: job.get(name) for name in ("wall_time_seconds", "quantum_time_seconds")}
        | {
            name: [{key: as_utc(value) if key in times and value else value for key, value in row.items()} for row in rows]
            for name, rows in listed.items()
        },
    )
    quote = material["quote"] or {}
    settled = {
        "actual_cost_usd": job["actual_cost_usd"],
        "device_tasks": [{name: task[name] for name in ("seq", "backend", "shots", "emulated", "cost_usd")} for task in material["tasks"]],
    }
    yield _json("provenance/cost.json", "provenance", {"quoted": dict(quote), "settled": settled if job["status"] in _ENDED else None})


def _asked(material: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for one in material["programs"] if one["kind"] == "asked" and one["seq"] == 0), None)


def _rows(material: Mapping[str, Any], result_type: str) -> Sequence[Mapping[str, Any]]:
    return [row for row in material["results"] if row["result_type"] == result_type]


def _program(name: str, program: Mapping[str, Any]) -> Item:
    """The text to the byte: its SHA-256 is the program's own."""
    content_type = _CONTENT_TYPES.get("." + name.rsplit(".", 1)[-1], _TEXT)
    return item_of(name, "workflow", content_type, program["content"].encode())


def _digest(sha256: str) -> str:
    """With its algorithm, so that no scan for credentials takes it for one."""
    return sha256 if sha256.startswith("sha256:") else f"sha256:{sha256}"


def _json(name: str, artifact_type: ArtifactType, content: Any) -> Item:
    written = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    return item_of(name, artifact_type, "application/json", written.encode())


def _line(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
