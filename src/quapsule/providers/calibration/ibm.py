"""BackendProperties, as IBM Quantum and Qiskit write them: lists of {name, value, unit} per qubit and per gate."""

import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from quapsule.providers.calibration.description import Found, Unfit, rate

FORMAT = "qiskit.backend_properties/1"
_NANOSECONDS = {"s": 1e9, "ms": 1e6, "us": 1e3, "µs": 1e3, "ns": 1.0}
_TWO = ("cz", "ecr", "cx")
_ONE = ("sx", "x", "rz")


def read(content: Mapping[str, Any], backend: Mapping[str, Any]) -> Found:
    """Raises Unfit."""
    _check_name(content["backend_name"], backend)
    qubits = content["qubits"]
    if not isinstance(qubits, list) or not qubits:
        raise Unfit("qubits", "must be a list")
    facts = [_values(entry, f"qubits[{index}]") for index, entry in enumerate(qubits)]
    gates = _gates(content["gates"], len(qubits))
    two = next((name for name in _TWO if name in gates), None)
    if two is None or "sx" not in gates:
        raise Unfit("gates", "must have sx, and one of " + ", ".join(_TWO))
    pairs = {pair: gate for pair, gate in gates[two].items() if len(pair) == 2}
    directed = two != "cz"
    if not directed:
        pairs = {pair: gate for pair, gate in pairs.items() if pair[0] < pair[1] or pair[::-1] not in pairs}
    ones = [gates["sx"].get((qubit,)) for qubit in range(len(qubits))]
    description = {
        "qubits": len(qubits),
        "labels": [str(qubit) for qubit in range(len(qubits))],
        "edges": [list(pair) for pair in sorted(pairs)],
        "directed": directed,
        "native_gates": {"one": list(_ONE), "two": [two]},
        "one_qubit_ns": _median([one["gate_length"] for one in ones if one and "gate_length" in one]),
        "two_qubit_ns": _median([pair["gate_length"] for pair in pairs.values() if "gate_length" in pair]),
        "readout_ns": _median([fact["readout_length"] for fact in facts if "readout_length" in fact]) or None,
        "t1_us": [fact["T1"] / 1e3 if "T1" in fact else None for fact in facts],
        "t2_us": [fact["T2"] / 1e3 if "T2" in fact else None for fact in facts],
        "one_qubit_error": [_error(one, f"gates.sx{qubit}") for qubit, one in enumerate(ones)],
        "two_qubit_error": {f"{a}-{b}": _error(gate, f"gates.{two}{a}_{b}") for (a, b), gate in sorted(pairs.items())},
        "readout_error": [_flips(fact, f"qubits[{index}]") for index, fact in enumerate(facts)],
    }
    version = str(content.get("backend_version", ""))
    source = f"{content['backend_name']} {version}".strip() + ", properties published by the vendor"
    return Found(FORMAT, content.get("last_update_date"), source, description)


def _check_name(name: Any, backend: Mapping[str, Any]) -> None:
    known = {_plain(backend.get(key)) for key in ("slug", "name", "provider_target_id")} - {""}
    if _plain(name) not in known:
        raise Unfit("backend_name", f"is {str(name)[:60]!r}; that is not {backend.get('slug')}")


def _plain(name: Any) -> str:
    return re.sub(r"[\s_-]+", "-", str(name or "").strip().lower())


def _values(entries: Any, place: str) -> dict[str, float]:
    """Times in nanoseconds; numbers without a unit as they are. Raises Unfit."""
    if not isinstance(entries, list):
        raise Unfit(place, "must be a list of values")
    found: dict[str, float] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
            raise Unfit(place, "must hold {name, value}")
        value, unit = entry.get("value"), entry.get("unit") or ""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Unfit(f"{place}.{entry['name']}", "must be a number")
        if entry["name"] in ("T1", "T2", "gate_length", "readout_length"):
            if unit not in _NANOSECONDS:
                raise Unfit(f"{place}.{entry['name']}", f"has the unknown unit {str(unit)[:20]!r}")
            value *= _NANOSECONDS[unit]
        found[entry["name"]] = float(value)
    return found


def _gates(given: Any, count: int) -> dict[str, dict[tuple[int, ...], dict[str, float]]]:
    if not isinstance(given, list):
        raise Unfit("gates", "must be a list")
    found: dict[str, dict[tuple[int, ...], dict[str, float]]] = {}
    for index, gate in enumerate(given):
        place = f"gates[{index}]"
        if not isinstance(gate, Mapping) or not isinstance(gate.get("gate"), str) or not isinstance(gate.get("qubits"), list):
            raise Unfit(place, "must be {gate, qubits, parameters}")
        qubits = gate["qubits"]
        if not all(isinstance(qubit, int) and not isinstance(qubit, bool) and 0 <= qubit < count for qubit in qubits):
            raise Unfit(f"{place}.qubits", f"must be of the qubits 0 to {count - 1}")
        found.setdefault(gate["gate"], {})[tuple(qubits)] = _values(gate.get("parameters"), f"{place}.parameters")
    return found


def _error(gate: Mapping[str, float] | None, place: str) -> float:
    if gate is None or "gate_error" not in gate:
        raise Unfit(place, "does not tell its gate_error")
    return rate(gate["gate_error"], place)


def _flips(fact: Mapping[str, float], place: str) -> list[float]:
    if "prob_meas1_prep0" in fact and "prob_meas0_prep1" in fact:
        return [rate(fact["prob_meas1_prep0"], place), rate(fact["prob_meas0_prep1"], place)]
    if "readout_error" not in fact:
        raise Unfit(place, "does not tell its readout_error")
    return [rate(fact["readout_error"], place)] * 2


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0
