"""A capsule is filled with what its job has left so far: when the job starts, and when it ends."""

import base64
import json
import logging
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from quapsule.objects import Objects
from quapsule.providers import Program
from quapsule.providers.drawing import draw
from quapsule.sandbox.frames import FrameError
from quapsule.seal import Item
from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.content.contents import contents_of
from quapsule.seal.content.environment import describe_environment
from quapsule.settings import Settings
from quapsule.worker.capsule_line import CapsuleLine, Request
from quapsule.worker.deadline import Deadline
from quapsule.worker.engines import Engines
from quapsule.worker.outcome import Failure

_log = logging.getLogger(__name__)
_ENDED = ("completed", "failed", "cancelled")
_DRAWING_SECONDS = 10.0


class Filling:
    """Does requests of kind `fill`; again is no harm."""

    def __init__(self, settings: Settings, line: CapsuleLine, objects: Objects, engines: Engines) -> None:
        self._settings, self._line, self._objects, self._engines = settings, line, objects, engines

    def fill(self, request: Request) -> None:
        """Raises psycopg.Error, or Problem when the object store does not answer."""
        material = self._line.material(request.capsule_id)
        if material is None or material["job"] is None or material["capsule"]["lifecycle_state"] not in ("draft", "runnable"):
            return
        status = material["job"]["status"]
        ended = status in _ENDED
        items = contents_of(material, describe_environment(), self._drawing_of(material) if ended else None)
        files = [written_item(item, self._settings, self._objects) for item in items]
        executions, shots = _executions_of(material) if ended else ([], 0)
        if not self._line.fill(request.capsule_id, status, files, executions, shots):
            _log.info("capsule %s was not filled: it is sealed, or its job has moved on", request.capsule_id)

    def _drawing_of(self, material: Mapping[str, Any]) -> str | None:
        program = next((one for one in material["programs"] if one["kind"] == "interchange" and one["seq"] == 0), None)
        program = program or next((one for one in material["programs"] if one["format"] in ("qasm2", "qasm3")), None)
        if program is None:
            return None
        self._engines.begin(Deadline(_DRAWING_SECONDS))
        try:
            return draw(self._engines.call_of("engine"), Program(program["format"], program["content"]))
        except (Failure, FrameError, OSError) as problem:  # nothing depends on a drawing
            _log.warning("a circuit could not be drawn: %s", problem)
            return None


def written_item(item: Item, settings: Settings, objects: Objects) -> dict[str, Any]:
    """The item as a row of p_files: small ones with their content, larger ones put into the object store. Raises Problem not_ready."""
    row = {name: getattr(item, name) for name in ("name", "artifact_type", "content_type", "size_bytes", "sha256")}
    with item.open() as stream:
        if item.size_bytes > settings.artifact_inline_kb << 10:
            return {**row, "storage_path": objects.put(stream, settings.artifact_mb << 20).key}
        content = stream.read()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # which PostgreSQL's text cannot hold either
        return {**row, "content_base64": base64.b64encode(content).decode()}
    return {**row, "content_text": text}


def _executions_of(material: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Rows for capsule_task_executions, with the ids that the manifest will give them, and the shots of all."""
    manifest = compose_manifest(material, {"sealed_at": material["job"]["completed_at"] or material["capsule"]["created_at"]})
    behind = list(_sources_of(material))
    rows = []
    for index, told in enumerate(manifest["task_executions"]):
        row = {name: told.get(name) for name in ("task_id", "start_time", "end_time", "cost_usd", "job_id")}
        row |= {"backend": told["backend"]["name"], "shots": told["backend"]["shots"]}
        rows.append(row | (behind[index] if index < len(behind) else {"asked_at": material["job"]["created_at"]}))
    return rows, int(manifest.get("total_shots") or 0)


def _sources_of(material: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the manifest's task executions were made from, in their order: tasks on devices, else circuits."""
    taken = {one["id"]: {name: one[name] for name in ("id", "sha256", "taken_at", "source")} for one in material["calibrations"]}
    for task in sorted(material["tasks"], key=lambda one: one["seq"]):
        yield {"asked_at": task["created_at"], "calibration": taken.get(task["calibration_id"])}
    if material["tasks"]:
        return
    circuits = [row["result_data"] for row in material["results"] if row["result_type"] == "counts"]
    for data in sorted(circuits, key=lambda one: one.get("circuit_index") or 0):
        counts = json.dumps(data["counts"], sort_keys=True, separators=(",", ":")).encode()
        yield {"asked_at": material["job"]["created_at"], "outputs_digest": f"sha256:{sha256(counts).hexdigest()}"}
