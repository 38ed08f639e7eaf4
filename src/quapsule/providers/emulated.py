"""A gate-model device that this machine stands in for: free, under its topology, native gates and the noise of its last calibration."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from quapsule.providers import Prepared, Program, ProviderProblem, Ran
from quapsule.providers.local import LocalProvider


class EmulatedProvider(LocalProvider):
    """call: as LocalProvider's. backend: the device's row, with `calibration`: {"id", "sha256", "taken_at", "source", "description"}.

    The device's own limits of shots and qubits bind. Raises ProviderProblem backend_unavailable when there is no calibration."""

    def __init__(self, call: Callable[[dict[str, Any]], dict[str, Any]], backend: Mapping[str, Any]) -> None:
        calibration = backend.get("calibration")
        if not calibration:
            message = f"The device {backend.get('slug')} has no calibration, so that nothing is known of its noise."
            raise ProviderProblem("user", "backend_unavailable", message)
        super().__init__(call, backend, device=calibration["description"])
        self._backend = str(backend.get("slug"))
        self._calibration_id = str(calibration["id"])
        self._digests: dict[str, str] = {}

    def prepare(self, program: Program) -> Prepared:
        prepared = super().prepare(program)
        self._digests[prepared.handle] = hashlib.sha256((prepared.executed or prepared.interchange).encode()).hexdigest()
        return replace(prepared, facts={**prepared.facts, **self._told})

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:
        ran = super().run(handle, bindings, shots, seed)
        task = {
            "backend": self._backend,
            "shots": shots,
            "calibration_id": self._calibration_id,
            "emulated": True,
            "program_sha256": self._digests[handle],
            "status": "completed",
            "detail": {"bindings": len(bindings)},
        }
        return replace(ran, engine={**ran.engine, **self._told}, tasks=(task,))

    @property
    def _told(self) -> dict[str, Any]:
        return {"emulated": True, "device": self._backend, "calibration_id": self._calibration_id}
