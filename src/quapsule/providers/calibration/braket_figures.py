"""The figures in Braket's standardized properties: fidelities become errors, times microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from quapsule.providers.calibration.description import Unfit, rate

PerPair = Mapping[str, float]
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
# Measured while the others work too comes first: so do programs run.
_ONE_QUBIT = ("SIMULTANEOUS_RANDOMIZED_BENCHMARKING", "RANDOMIZED_BENCHMARKING")


@dataclass(frozen=True)
class PerQubit:
    """`error`: of a one-qubit gate; `flips`: read as 1 though 0, read as 0 though 1; times None where none was measured."""

    t1_us: float | None
    t2_us: float | None
    error: float
    flips: tuple[float, float]


@dataclass(frozen=True)
class Figures:
    qubits: Mapping[str, PerQubit]
    pairs: Mapping[tuple[str, str], PerPair]


def per_qubit(given: Any) -> dict[str, PerQubit]:
    """Raises Unfit."""
    place = "standardized.oneQubitProperties"
    if not isinstance(given, Mapping) or not given:
        raise Unfit(place, "must be an object of qubits")
    found = {}
    for label, facts in given.items():
        at = f"{place}.{label}"[:90]
        if not isinstance(facts, Mapping):
            raise Unfit(at, "must be an object")
        fidelities = _fidelities(facts.get("oneQubitFidelity"), at)
        found[str(label)] = PerQubit(
            # Zero stands for a measurement that failed.
            seconds(facts.get("T1"), f"{at}.T1", 1e6) or None,
            seconds(facts.get("T2"), f"{at}.T2", 1e6) or None,
            _gate_error(fidelities, at),
            _flips(fidelities, at),
        )
    return found


def per_pair(given: Any) -> dict[tuple[str, str], dict[str, float]]:
    """Pair of labels → gate → error; the best where one gate has several figures. Raises Unfit."""
    place = "standardized.twoQubitProperties"
    if not isinstance(given, Mapping):
        raise Unfit(place, "must be an object of pairs")
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, facts in given.items():
        at = f"{place}.{name}"[:90]
        first, dash, second = str(name).partition("-")
        gates = facts.get("twoQubitGateFidelity") if isinstance(facts, Mapping) else None
        if not dash or not isinstance(gates, list):
            raise Unfit(at, "must be two labels with a twoQubitGateFidelity")
        errors = found.setdefault((first, second), {})
        for gate in gates:
            if not isinstance(gate, Mapping):
                raise Unfit(at, "must list fidelities")
            kind, error = str(gate.get("gateName")).lower(), round(1 - rate(gate.get("fidelity"), f"{at}.fidelity"), 12)
            errors[kind] = min(error, errors.get(kind, 1.0))
    return found


def averages(standard: Mapping[str, Any], provider: Any, graph: set[tuple[str, str]] | None) -> Figures:
    """Version 3 tells averages of the whole device; they are taken for each qubit and pair. Raises Unfit."""
    labels = sorted({label for pair in graph or () for label in pair}, key=lambda label: (len(label), label))
    if not labels:
        raise Unfit("paradigm.connectivity", "is needed, for the standardized properties name no qubits")
    fidelity = provider.get("fidelity") if isinstance(provider, Mapping) else None
    one = fidelity.get("1Q") if isinstance(fidelity, Mapping) else None
    if not isinstance(one, Mapping):
        raise Unfit("provider.fidelity.1Q", "must tell a mean")
    error = round(1 - rate(one.get("mean"), "provider.fidelity.1Q.mean"), 12)
    readout = round(1 - _single(standard.get("readoutFidelity"), "standardized.readoutFidelity"), 12)
    two = round(1 - _single(standard.get("twoQubitGateFidelity"), "standardized.twoQubitGateFidelity"), 12)
    t1, t2 = (seconds(standard.get(name), f"standardized.{name}", 1e6) or None for name in ("T1", "T2"))
    qubits = {label: PerQubit(t1, t2, error, (readout, readout)) for label in labels}
    edges = {tuple(sorted(pair, key=labels.index)) for pair in graph or ()}
    kinds = ("zz", "ms", "cz", "iswap", "ecr")
    return Figures(qubits, {(a, b): dict.fromkeys(kinds, two) for a, b in combinations(labels, 2) if (a, b) in edges})


def seconds(given: Any, place: str, scale: float) -> float | None:
    """A duration {value, unit}, times `scale`; None where there is none. Raises Unfit."""
    if given is None:
        return None
    value, unit = (given.get("value"), str(given.get("unit"))) if isinstance(given, Mapping) else (None, "")
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise Unfit(place, "must have a value of at least 0")
    if unit.lower() not in _SECONDS:
        raise Unfit(place, f"has the unknown unit {unit[:20]!r}")
    return value * _SECONDS[unit.lower()] * scale


def _single(given: Any, place: str) -> float:
    if not isinstance(given, list) or not given or not isinstance(given[0], Mapping):
        raise Unfit(place, "must list a fidelity")
    return rate(given[0].get("fidelity"), place)


def _fidelities(given: Any, place: str) -> dict[str, float]:
    if not isinstance(given, list):
        raise Unfit(f"{place}.oneQubitFidelity", "must be a list")
    found: dict[str, float] = {}
    for entry in given:
        kind = entry.get("fidelityType") if isinstance(entry, Mapping) else None
        if not isinstance(kind, Mapping):
            raise Unfit(f"{place}.oneQubitFidelity", "must tell the type of each fidelity")
        found[str(kind.get("name")).upper()] = rate(entry.get("fidelity"), f"{place}.{str(kind.get('name'))[:40]}")
    return found


def _gate_error(fidelities: Mapping[str, float], place: str) -> float:
    for kind in _ONE_QUBIT:
        if fidelities.get(kind):  # zero stands for a measurement that failed
            return round(1 - fidelities[kind], 12)
    if any(kind in fidelities for kind in _ONE_QUBIT):
        return 1.0
    raise Unfit(place, "does not tell the fidelity of its one-qubit gates")


def _flips(fidelities: Mapping[str, float], place: str) -> tuple[float, float]:
    if "READOUT_ERROR_0_TO_1" in fidelities and "READOUT_ERROR_1_TO_0" in fidelities:
        return fidelities["READOUT_ERROR_0_TO_1"], fidelities["READOUT_ERROR_1_TO_0"]
    if "READOUT" not in fidelities:
        raise Unfit(place, "does not tell its readout fidelity")
    missed = round(1 - fidelities["READOUT"], 12)
    return missed, missed
