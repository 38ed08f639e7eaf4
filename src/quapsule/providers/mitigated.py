"""A provider whose results also say what they would be with less noise. The counts themselves stay those of the provider under it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from quapsule.providers import Prepared, Program, Provider, ProviderProblem, Ran
from quapsule.providers.mitigation import Mitigation
from quapsule.providers.remote import Mismatch

_CATEGORIES: Mapping[str, Literal["user", "transient", "system"]] = {"user": "user", "transient": "transient", "system": "system"}
# Far from the seeds of the job's own runs, which follow each other by one.
_SEEDS_APART = 104_729_011
_SEEDS = 1 << 31
# A folded program whose noise grew by less than this share of what was asked was compiled away.
_LEAST_GROWN = 0.25
# A whole device is simulated shot by shot; what this leaves uncertain is in the stated errors.
_MOST_SHOTS_OF_ALL = 4_000
_numbers = itertools.count(1)


@dataclass
class _Plan:
    """What runs beside one prepared program. `places` ((clbit, qubit)) and `scales`: of the asked program, then of each folded one."""

    said: Mapping[str, Any]
    calibration: tuple[Prepared, ...]
    calibrated: list[list[int]]
    folded: tuple[Prepared, ...]
    places: list[list[list[int]]]
    scales: list[float]
    flags: set[str]
    most_calibration_shots: int | None = None


@dataclass
class _Extra:
    """What was run beyond the asked programs."""

    shots: int = 0
    cost_usd: float = 0.0
    tasks: list[Mapping[str, Any]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)


class MitigatedProvider:
    """inner: where everything runs, also what mitigation needs. call: sends one frame to a mitigation box and gives back its answer.
    backend: the row, with its calibration where it is emulated."""

    def __init__(
        self,
        inner: Provider,
        options: Mitigation,
        call: Callable[[dict[str, Any]], dict[str, Any]],
        backend: Mapping[str, Any] | None = None,
    ) -> None:
        self._inner, self._options, self._call = inner, options, call
        calibration = (backend or {}).get("calibration") or {}
        self._device_qubits: int | None = calibration.get("description", {}).get("qubits") or (backend or {}).get("qubit_count")
        self._prepared: dict[str, Prepared] = {}
        self._plans: dict[str, _Plan] = {}
        self._calibrated: dict[tuple[str, ...], tuple[int, list[Mapping[str, int]]]] = {}

    def __getattr__(self, name: str) -> Any:
        """Whatever else a provider can do (price, cancel, poll, …), the one inside does it."""
        return getattr(self._inner, name)

    def prepare(self, program: Program) -> Prepared:
        if program.format == "ahs":
            raise ProviderProblem("user", "mitigation_unavailable", "Error mitigation is for programs of gates, not for analog ones.")
        prepared = self._inner.prepare(program)
        self._prepared[prepared.handle] = prepared
        return prepared

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:
        """Raises ProviderProblem before anything runs, when the program cannot be mitigated. What fails after it costs no counts: the
        problem then stands in the place of what would have been mitigated."""
        plan = self._plan(handle)
        ran = self._inner.run(handle, bindings, shots, seed)
        extra = _Extra(flags=set(plan.flags))
        try:
            mitigated = self._mitigate(plan, bindings, shots, seed, ran, extra)
        except ProviderProblem as problem:
            if problem.category == "transient":
                raise
            said = {"problem": {"code": problem.code, "message": problem.message}, "flags": ["mitigation_failed"]}
            mitigated = [{**said, "extra_shots": 0, "cost_usd": 0.0} for _ in ran.results]
            mitigated[0] |= {"extra_shots": extra.shots, "cost_usd": extra.cost_usd}
        return replace(
            ran,
            cost_usd=ran.cost_usd + extra.cost_usd,
            tasks=(*ran.tasks, *extra.tasks),
            mitigated=tuple(mitigated),
        )

    def _plan(self, handle: str) -> _Plan:
        if handle not in self._plans:
            self._plans[handle] = self._make_plan(self._prepared[handle])
        return self._plans[handle]

    def _make_plan(self, prepared: Prepared) -> _Plan:
        zne = self._options.zne
        said = self._ask(
            {
                "verb": "plan",
                "text": prepared.interchange,
                "registers": [list(register) for register in prepared.registers],
                "readout": self._options.readout,
                "scales": [scale for scale in zne.scale_factors if scale != 1] if zne else [],
                "observable": zne.observable if zne else None,
            }
        )
        for one in said["folded"]:
            _refuse_mismatch(one["certificate"], prepared.interchange, one["text"])
        calibration = self._prepare_all(said["calibration"])
        folded = self._prepare_all([one["text"] for one in said["folded"]])
        nominal = [1.0, *(one["reached"] for one in said["folded"])]
        places = [said["places"]] * len(nominal)
        if prepared.executed is None:
            return _Plan(said, calibration, said["places"], folded, places, nominal, set())
        return self._placed(prepared, said, calibration, folded, nominal)

    def _placed(
        self,
        prepared: Prepared,
        said: Mapping[str, Any],
        calibration: tuple[Prepared, ...],
        folded: tuple[Prepared, ...],
        nominal: list[float],
    ) -> _Plan:
        """On a device that compiles: each program where it was put, and the noise by the gates that it was given there."""
        looked = self._look([prepared, *folded])
        places = [one["places"] for one in looked]
        calibrated, most_shots = self._look(calibration[:1])[0]["places"] if calibration else [], None
        if calibration and not {qubit for one in places for _, qubit in one} <= {qubit for _, qubit in calibrated}:
            # It was put on other qubits than the program, so that all of them are calibrated.
            if self._device_qubits is None:
                raise ProviderProblem("user", "mitigation_unavailable", "The readout cannot be calibrated on the qubits that are used.")
            calibration = self._prepare_all(self._ask({"verb": "calibrate_all", "qubits": self._device_qubits})["calibration"])
            calibrated = self._look(calibration[:1])[0]["places"]
            most_shots = _MOST_SHOTS_OF_ALL
        asked = looked[0]["weight"]
        scales = [one["weight"] / asked if asked else wanted for one, wanted in zip(looked, nominal, strict=True)]
        short = any(scale - 1 < _LEAST_GROWN * (wanted - 1) for scale, wanted in zip(scales, nominal, strict=True))
        flags = {"folding_compiled_away"} if short else set()
        return _Plan(said, calibration, calibrated, folded, places, scales, flags, most_shots)

    def _mitigate(
        self, plan: _Plan, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None, ran: Ran, extra: _Extra
    ) -> list[dict[str, Any]]:
        calibration = self._calibrate(plan, shots, seed, extra)
        calibration_shots, calibration_cost = extra.shots, extra.cost_usd
        scaled = [self._run_extra(one, bindings, shots, _apart(seed, place), extra) for place, one in enumerate(plan.folded, 3)]
        folding_cost = (extra.cost_usd - calibration_cost) / len(bindings)
        flags = sorted(extra.flags.union(*(one.flags for one in (*plan.calibration, *plan.folded))))
        zne = self._options.zne
        found = []
        for place, result in enumerate(ran.results):
            said: dict[str, Any] = self._ask(
                {
                    "verb": "mitigate",
                    "observable": plan.said["observable"],
                    "counts": [result["counts"], *(counts[place] for counts in scaled)],
                    "places": plan.places,
                    "calibration": calibration,
                    "calibrated": plan.calibrated,
                    "zne": zne and {"extrapolation": zne.extrapolation, "scales": plan.scales},
                }
            )["mitigated"]
            if zne:
                said["zne"]["programs"] = [_shown(one) for one in plan.said["folded"]]
            # The calibration serves every binding; the first one that needed it is charged with it.
            first = place == 0
            said["extra_shots"] = shots * len(plan.folded) + (calibration_shots if first else 0)
            said["cost_usd"] = folding_cost + (calibration_cost if first else 0.0)
            said["flags"] = flags
            found.append(said)
        return found

    def _calibrate(self, plan: _Plan, shots: int, seed: int | None, extra: _Extra) -> list[Mapping[str, int]]:
        """Counts of all 0 and of all 1; once per job for the same qubits, unless more shots are wanted."""
        key = tuple(one.interchange for one in plan.calibration)
        shots = min(shots, plan.most_calibration_shots or shots)
        known = self._calibrated.get(key)
        if key and (known is None or known[0] < shots):
            counts = [self._run_extra(one, [{}], shots, _apart(seed, place), extra)[0] for place, one in enumerate(plan.calibration, 1)]
            known = self._calibrated[key] = (shots, counts)
        return known[1] if known else []

    def _run_extra(
        self, prepared: Prepared, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None, extra: _Extra
    ) -> list[Mapping[str, int]]:
        ran = self._inner.run(prepared.handle, bindings, shots, seed)
        extra.shots += shots * len(bindings)
        extra.cost_usd += ran.cost_usd
        extra.tasks += ran.tasks
        extra.flags |= set(ran.flags)
        return [result["counts"] for result in ran.results]

    def _prepare_all(self, texts: Sequence[str]) -> tuple[Prepared, ...]:
        prepared = tuple(self._inner.prepare(Program("qasm3", text)) for text in texts)
        for text, one in zip(texts, prepared, strict=True):
            for certificate in one.certificates:
                _refuse_mismatch(certificate, text, one.executed or one.interchange)
        return prepared

    def _look(self, programs: Sequence[Prepared]) -> list[dict[str, Any]]:
        shown = [{"text": one.executed or one.interchange, "registers": [list(register) for register in one.registers]} for one in programs]
        found: list[dict[str, Any]] = self._ask({"verb": "look", "programs": shown})["programs"]
        return found

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        number = next(_numbers)
        said = self._call({"id": number, **message})
        if "error" in said:
            error = said["error"]
            raise ProviderProblem(_CATEGORIES.get(error["category"], "system"), error["code"], error["message"])
        if said.get("id") != number:
            raise ProviderProblem("system", "mitigation_failed", "The mitigation box answered another question than the one asked.")
        return said


def _apart(seed: int | None, place: int) -> int | None:
    return None if seed is None else (seed + _SEEDS_APART * place) % _SEEDS


def _shown(folded: Mapping[str, Any]) -> dict[str, Any]:
    """Without the time that the check took: equal seeds give equal rows."""
    certificate = {name: value for name, value in folded["certificate"].items() if name != "seconds"}
    return {name: folded[name] for name in ("scale_factor", "gates", "two_qubit_gates", "sha256")} | {"certificate": certificate}


def _refuse_mismatch(certificate: Mapping[str, Any], asked: str, given: str) -> None:
    if certificate["result"] == "mismatch":
        message = f"A program that mitigation would run is not what it stands for: the hop {certificate['hop']} changed it."
        raise Mismatch("system", "conversion_mismatch", message, programs=(("qasm3", asked), ("qasm3", given)), certificates=(certificate,))
