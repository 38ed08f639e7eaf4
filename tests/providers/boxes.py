"""A script box and an engine box with the provider between them: what the worker does, without a database."""

import os
from dataclasses import dataclass, field
from typing import Any

from quapsule.providers import Program, ProviderProblem
from quapsule.providers.local import LocalProvider
from quapsule.sandbox.launch import Box, ForkServer

BACKEND = {
    "slug": "local",
    "name": "Local simulator",
    "qubit_count": 32,
    "max_qubits": 32,
    "max_shots": 100_000,
    "device_type": "simulator",
}
PATIENCE = 60.0


@dataclass
class Told:
    """What came of a script: its last word, the counts of every run, and how often it prepared and ran."""

    finish: dict[str, Any]
    counts: list[dict[str, int]] = field(default_factory=list)
    prepared: int = 0
    runs: int = 0

    @property
    def value(self) -> Any:
        assert "error" not in self.finish, self.finish
        return self.finish["value"]


class Boxes:
    def __init__(self, engines: ForkServer, scripts: dict[str, ForkServer]) -> None:
        self.engines, self.scripts = engines, scripts

    def run(self, framework: str, format: str, code: str, params: dict[str, Any], seed: int = 1) -> Told:
        with self.engines.take() as engine, self.scripts[framework].take() as script:
            local = LocalProvider(lambda frame: ask(engine, frame), BACKEND)
            start = {"verb": "start", "task": "run", "framework": framework, "code": code, "format": format, "params": params}
            script.door.send({**start, "shots": params["shots"], "seed": seed, "backend": BACKEND})
            told = Told({})
            while not told.finish:
                frame = script.door.receive(PATIENCE)
                assert frame is not None, _said(script)
                if frame["verb"] == "finish":
                    told.finish = frame
                elif frame["verb"] not in ("progress", "workflow"):
                    script.door.send({"id": frame["id"], **_serve(local, frame, told, seed)})
            return told


def ask(engine: Box, frame: dict[str, Any]) -> dict[str, Any]:
    engine.door.send(frame)
    said = engine.door.receive(PATIENCE)
    assert said is not None, _said(engine)
    return said


def _serve(local: LocalProvider, frame: dict[str, Any], told: Told, seed: int) -> dict[str, Any]:
    try:
        if frame["verb"] == "prepare":
            told.prepared += 1
            prepared = local.prepare(Program(**frame["program"]))
            kept = ("handle", "registers", "parameters", "qubits", "measured")
            return {name: getattr(prepared, name) for name in kept}
        told.runs += 1
        ran = local.run(frame["handle"], frame["bindings"], frame["shots"], seed + told.runs)
        told.counts += [dict(result["counts"]) for result in ran.results]
        return {"results": [dict(result) for result in ran.results]}
    except ProviderProblem as problem:
        return {"error": {"category": problem.category, "code": problem.code, "message": problem.message}}


def _said(box: Box) -> str:
    try:
        return os.read(box.output, 65536).decode(errors="replace")
    except BlockingIOError:
        return "the box ended without a word"
