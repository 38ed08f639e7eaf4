"""The backends `local` and `marqov-sim`: an engine box on this machine. The worker owns the box; this speaks to it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from quapsule.providers import Prepared, Program, ProviderProblem, Ran

BACKENDS = ("local", "marqov-sim")
_CATEGORIES: Mapping[str, Literal["user", "transient", "system"]] = {"user": "user", "transient": "transient", "system": "system"}
_numbers = itertools.count(1)


class LocalProvider:
    """call: sends one frame to an engine and gives back its answer. backend: the row; its max_shots, max_qubits and qubit_count bind."""

    def __init__(self, call: Callable[[dict[str, Any]], dict[str, Any]], backend: Mapping[str, Any]) -> None:
        self._call = call
        self._slug = str(backend.get("slug", "local"))
        self._max_shots: int | None = backend.get("max_shots")
        self._max_qubits = min((size for size in (backend.get("max_qubits"), backend.get("qubit_count")) if size is not None), default=None)

    def prepare(self, program: Program) -> Prepared:
        said = self._ask({"verb": "prepare", "program": {"format": program.format, "text": program.text}})
        prepared = Prepared(
            handle=said["handle"],
            registers=tuple((name, width) for name, width in said["registers"]),
            parameters=tuple(said["parameters"]),
            qubits=said["qubits"],
            measured=said["measured"],
            interchange=said["interchange"],
            facts=said["facts"],
        )
        if self._max_qubits is not None and prepared.qubits > self._max_qubits:
            self._ask({"verb": "forget", "handle": prepared.handle})
            message = f"The program has {prepared.qubits} qubits; the backend {self._slug} has {self._max_qubits}."
            raise ProviderProblem("user", "too_many_qubits", message)
        return prepared

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:
        if shots < 1:
            raise ProviderProblem("user", "validation_error", f"shots must be at least 1, not {shots}.")
        if self._max_shots is not None and shots > self._max_shots:
            raise ProviderProblem(
                "user", "too_many_shots", f"{shots:,} shots are more than the {self._max_shots:,} that the backend {self._slug} takes."
            )
        said = self._ask({"verb": "run", "handle": handle, "bindings": [dict(one) for one in bindings], "shots": shots, "seed": seed})
        return Ran(tuple(said["results"]), said["engine"])

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        number = next(_numbers)
        said = self._call({"id": number, **message})
        if "error" in said:
            error = said["error"]
            raise ProviderProblem(
                _CATEGORIES.get(error["category"], "system"), error["code"], error["message"], error.get("line"), error.get("column")
            )
        if said.get("id") != number:
            raise ProviderProblem("system", "engine_failed", "The engine answered another question than the one asked.")
        return said
