"""The box's entry: says hello, gets one task, does it, tells how it ended."""

import importlib
import json
import sys
from types import ModuleType
from typing import Any

from . import analyse, entry, problems
from .door import Door, Frames
from .values import to_json


def serve(frames: Frames) -> None:
    """Called by the fork server in a child that is already locked in."""
    _warm(frames.name)
    frames.send({"verb": "hello", "door": 1, "framework": frames.name})
    start = frames.receive()
    told = entry.Told()
    try:
        finish = _do(frames, start, told)
    except BaseException as problem:  # noqa: BLE001 - whatever a script raises is its answer
        finish = {"error": problems.describe(problem, start["code"])}
    if told.workflow_metadata:
        finish["workflow_metadata"] = told.workflow_metadata
    frames.send({"verb": "finish", **finish})


def framework_named(name: str) -> ModuleType:
    return importlib.import_module(f"{__package__}.frameworks.{name}")


def _warm(name: str) -> None:
    """A spare box has time: what the first circuit of a process costs is paid here, in the child, never in the process that forks."""
    framework = sys.modules.get(f"{__package__}.frameworks.{name}")
    if framework is not None and hasattr(framework, "warm"):
        framework.warm()


def _do(frames: Frames, start: dict[str, Any], told: entry.Told) -> dict[str, Any]:
    framework = framework_named(start["framework"])
    door = Door(frames, framework.Problem)
    if start["task"] == "analyse":
        return {"analysis": analyse.analyse(door, framework, start)}
    outcome = entry.run(door, framework, start, told)
    finish: dict[str, Any] = {"entry_point": outcome.entry_point}
    if outcome.returned:
        finish["value"] = to_json(
            outcome.value, framework.program_of, getattr(framework, "plain_of", None), len(json.dumps(told.workflow_metadata))
        )
    if outcome.returned and isinstance(finish["value"], dict) and isinstance(finish["value"].get("_summary"), dict):
        finish["summary"] = {label: str(text) for label, text in finish["value"].pop("_summary").items()}
    return finish
