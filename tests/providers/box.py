"""An engine without a box: the same door messages, in this process."""

from typing import Any

from quapsule.providers.engines.choose import Limits
from quapsule.providers.engines.engine import Engine
from quapsule.providers.engines.serve import answer

SHOTS = 20_000
HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


class EngineInProcess:
    def __init__(self, memory_bytes: int = 1 << 30, max_qubits: int | None = None) -> None:
        self.engine = Engine(Limits(memory_bytes, max_qubits))
        self._number = 0

    def __call__(self, message: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        frame = {"id": self._number, **message}
        said = answer(self.engine, frame)
        assert said["id"] == frame["id"]
        return said

    def prepare(self, text: str, format: str = "qasm3") -> dict[str, Any]:
        return self({"verb": "prepare", "program": {"format": format, "text": text}})

    def run(self, handle: str, bindings: list[dict[str, float]] | None = None, shots: int = SHOTS, seed: int | None = 11) -> dict[str, Any]:
        return self({"verb": "run", "handle": handle, "bindings": bindings or [{}], "shots": shots, "seed": seed})

    def counts(self, text: str, format: str = "qasm3", shots: int = SHOTS, **inputs: float) -> dict[str, int]:
        prepared = self.prepare(text, format)
        assert "error" not in prepared, prepared
        ran = self.run(prepared["handle"], [inputs], shots)
        assert "error" not in ran, ran
        found: dict[str, int] = ran["results"][0]["counts"]
        assert sum(found.values()) == shots
        return found
