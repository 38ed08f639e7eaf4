"""QuEra's Aquila, emulated: analog programs on Braket's local simulator of neutral atoms, in a box of its own. Free, and without noise."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from quapsule.providers import Prepared, Program, ProviderProblem, Ran
from quapsule.providers.local import LocalProvider


class AnalogProvider(LocalProvider):
    """call: sends one frame to an analog engine and gives back its answer. backend: the device's row; its max_shots bind. Counts are by
    site: e empty, g ground state, r Rydberg state."""

    def __init__(self, call: Callable[[dict[str, Any]], dict[str, Any]], backend: Mapping[str, Any]) -> None:
        super().__init__(call, backend)
        self._backend = str(backend.get("slug"))
        self._digests: dict[str, str] = {}

    def prepare(self, program: Program) -> Prepared:
        if program.format != "ahs":
            message = f"The device {self._backend} takes analog (AHS) programs, no {program.format}."
            raise ProviderProblem("user", "unsupported", message)
        prepared = super().prepare(program)
        self._digests[prepared.handle] = hashlib.sha256(program.text.encode()).hexdigest()
        return prepared

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:
        ran = super().run(handle, bindings, shots, seed)
        task = {
            "backend": self._backend,
            "shots": shots,
            "calibration_id": None,
            "emulated": True,
            "program_sha256": self._digests[handle],
            "status": "completed",
            "detail": {"bindings": len(bindings)},
        }
        return replace(ran, engine={**ran.engine, "emulated": True, "device": self._backend}, tasks=(task,))
