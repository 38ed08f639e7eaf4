# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""Scripts run by the real runner in this process, against the real local engine: what crosses the door is kept."""

import contextlib
import io
import json
import sys
import textwrap
from dataclasses import dataclass, field
from typing import Any

from quapsule.providers.engines.choose import Limits
from quapsule.providers.engines.engine import Engine
from quapsule.providers.engines.serve import answer
from quapsule.runner.serve import serve

BACKEND = {"slug": "local", "name": "Local", "qubit_count": 24, "max_shots": 100_000, "device_type": "simulator"}


@dataclass
class Ran:
    finish: dict[str, Any] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    output: str = ""

    @property
    def error(self) -> dict[str, Any]:
        assert "error" in self.finish, self.finish
        return self.finish["error"]

    @property
    def value(self) -> Any:
        assert "value" in self.finish, self.finish
        return self.finish["value"]

    @property
    def counts(self) -> list[dict[str, int]]:
        """What crossed the door, in order."""
        return [result["counts"] for reply in self.answers for result in reply.get("results", ())]

    def verbs(self) -> list[str]:
        return [message["verb"] for message in self.sent]


class Loop:
    """A door whose other end is the engine itself."""

    def __init__(self, name: str, start: dict[str, Any]) -> None:
        self.name, self.ran = name, Ran()
        self._start, self._engine = start, Engine(Limits(1 << 30))
        self._reply: dict[str, Any] | None = None

    def send(self, message: dict[str, Any]) -> None:
        message = json.loads(json.dumps(message, allow_nan=False))
        self.ran.sent.append(message)
        if message["verb"] == "finish":
            self.ran.finish = message
        elif message["verb"] in ("prepare", "run"):
            self._reply = answer(self._engine, message)
            self.ran.answers.append(self._reply)

    def receive(self) -> dict[str, Any]:
        if self._start:
            start, self._start = self._start, {}
            return start
        assert self._reply is not None
        return self._reply


def run(
    code: str, framework: str = "qiskit", format: str = "python", shots: int = 1000, seed: int | None = 7, task: str = "run", **params: Any
) -> Ran:
    start = {
        "verb": "start", "task": task, "framework": framework, "format": format, "code": textwrap.dedent(code), "shots": shots, "seed": seed,
        "params": {"shots": shots, **params}, "backend": BACKEND,
    }  # fmt: skip
    loop = Loop(framework, start)
    output, argv, main = io.StringIO(), sys.argv, sys.modules["__main__"]
    try:
        with contextlib.redirect_stdout(output):
            serve(loop)
    finally:
        sys.argv, sys.modules["__main__"] = argv, main
        sys.modules.pop("script", None)
    loop.ran.output = output.getvalue()
    return loop.ran
