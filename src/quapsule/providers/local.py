"""Backends that run on this machine: `local` and `marqov-sim`, and simulators of others by an equivalent engine. The worker owns the
engine's box; this speaks to it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from quapsule.providers import Prepared, Program, ProviderProblem, Ran
from quapsule.providers.noise import Noise, read_noise

BACKENDS = ("local", "marqov-sim")
_CATEGORIES: Mapping[str, Literal["user", "transient", "system"]] = {"user": "user", "transient": "transient", "system": "system"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Rule:
    """What holds for a backend: the `methods` that may run it (None: whichever is quickest), the vendor's program or service that it
    `stands_for` or is the twin of (`emulated`), and whether it simulates noise."""

    methods: tuple[str, ...] | None = None
    stands_for: str | None = None
    emulated: bool = False
    noise: bool = False


_ANY_OF_AER = ("statevector", "density_matrix", "stabilizer", "matrix_product_state")
RULES: Mapping[str, Rule] = {
    "local": Rule(),
    "marqov-sim": Rule(noise=True),
    "qb-sim-statevector": Rule(("statevector",), stands_for="qpp"),
    "qb-sim-tensor-network": Rule(("matrix_product_state",), stands_for="tnqvm"),
    "qb-sim-noisy-aer": Rule(_ANY_OF_AER, stands_for="aer", noise=True),
    "qb-sim-density-matrix": Rule(("density_matrix",), stands_for="density-matrix", noise=True),
    "sv1": Rule(("statevector",), emulated=True),
    "dm1": Rule(("density_matrix",), emulated=True, noise=True),
    "tn1": Rule(("matrix_product_state",), emulated=True),
}


class LocalProvider:
    """call: sends one frame to an engine and gives back its answer. backend: the row; its slug, max_shots, max_qubits and qubit_count bind.

    noise: as in params.noise_model. device: the description of a device that is emulated. statevector: also the final state of each
    binding. Raises ProviderProblem when the noise is wrong or the backend has none."""

    def __init__(
        self,
        call: Callable[[dict[str, Any]], dict[str, Any]],
        backend: Mapping[str, Any],
        *,
        noise: Mapping[str, Any] | None = None,
        device: Mapping[str, Any] | None = None,
        statevector: bool = False,
    ) -> None:
        self._call = call
        self._slug = str(backend.get("slug", "local"))
        self._rule = RULES.get(self._slug, Rule(emulated=True))
        self._max_shots: int | None = backend.get("max_shots")
        self._max_qubits = min((size for size in (backend.get("max_qubits"), backend.get("qubit_count")) if size is not None), default=None)
        self._noise = self._read_noise(noise)
        self._device = device
        self._statevector = statevector

    def prepare(self, program: Program) -> Prepared:
        said = self._ask(
            {
                "verb": "prepare",
                "program": {"format": program.format, "text": program.text} | ({"witness": program.witness} if program.witness else {}),
                "noise": self._noise and self._noise.as_json(),
                "device": self._device,
                "methods": self._rule.methods,
            }
        )
        prepared = Prepared(
            handle=said["handle"],
            registers=tuple((name, width) for name, width in said["registers"]),
            parameters=tuple(said["parameters"]),
            qubits=said["qubits"],
            measured=said["measured"],
            interchange=said["interchange"],
            executed=said.get("executed"),
            certificates=tuple(said.get("certificates", ())),
            flags=tuple(said.get("flags", ())),
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
        frame = {"verb": "run", "handle": handle, "bindings": [dict(one) for one in bindings], "shots": shots, "seed": seed}
        said = self._ask(frame | ({"statevector": True} if self._statevector else {}))
        return Ran(
            results=tuple(said["results"]),
            engine=said["engine"] | self._standing(),
            certificates=tuple(said.get("certificates", ())),
            flags=tuple(said.get("flags", ())),
            statevector=tuple(said.get("statevectors", ())),
        )

    def _standing(self) -> dict[str, Any]:
        """Whose simulator this one stands for, so that nobody takes it for the original."""
        if self._rule.stands_for:
            return {"stands_for": self._rule.stands_for}
        return {"emulated": self._slug} if self._rule.emulated else {}

    def _read_noise(self, noise: Mapping[str, Any] | None) -> Noise | None:
        if noise is None:
            return None
        if not self._rule.noise:
            known = ", ".join(slug for slug, rule in RULES.items() if rule.noise)
            message = f"The backend {self._slug} simulates no noise of your own; {known} do."
            raise ProviderProblem("user", "noise_model_unavailable", message)
        try:
            return read_noise(noise)
        except ValueError as problem:
            raise ProviderProblem("user", "validation_error", str(problem)) from problem

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
