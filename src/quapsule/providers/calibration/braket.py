"""Amazon Braket's device properties: what GetDevice answers, its deviceCapabilities, or the standardized properties alone."""

import json
from collections.abc import Mapping
from typing import Any

from quapsule.providers.calibration.braket_figures import PerPair, PerQubit, averages, per_pair, per_qubit, seconds
from quapsule.providers.calibration.description import Found, Unfit

_STANDARD = "braket.device_schema.standardized_gate_model_qpu_device_properties"
# Header → vendor. These versions differ only in parts that are not read here.
_HEADERS: Mapping[tuple[str, str], str] = {
    ("braket.device_schema.iqm.iqm_device_capabilities", "1"): "IQM",
    ("braket.device_schema.rigetti.rigetti_device_capabilities", "1"): "Rigetti",
    ("braket.device_schema.rigetti.rigetti_device_capabilities", "2"): "Rigetti",
    ("braket.device_schema.ionq.ionq_device_capabilities", "1"): "IonQ",
}
_ONE: Mapping[str, list[str]] = {"IQM": ["prx"], "Rigetti": ["rx", "rz"], "IonQ": ["gpi", "gpi2"]}
_TWO = ("cz", "iswap", "ecr", "zz", "ms", "xy")
# Nanoseconds of one- and two-qubit gates where the properties do not tell them: the constants of the Braket SDK's own device noise models.
_DURATIONS: Mapping[str, tuple[float, float]] = {"IQM": (32.0, 60.0), "Rigetti": (40.0, 240.0)}


def read(content: Mapping[str, Any], backend: Mapping[str, Any]) -> Found:
    """Raises Unfit."""
    if "deviceCapabilities" in content:
        content = _unwrap(content, backend)
    name, version = _header(content, "braketSchemaHeader")
    if name == _STANDARD:
        vendor = str(backend.get("provider"))
        if vendor not in _ONE:
            raise Unfit("braketSchemaHeader", f"does not tell the native gates, and those of {vendor} are not known")
        return _found(name, version, vendor, {"standardized": content}, None)
    vendor = _HEADERS.get((name, version), "")
    if not vendor:
        known = ", ".join(f"{known} {number}" for known, number in _HEADERS)
        raise Unfit("braketSchemaHeader", f"is {name[:80]} {version[:10]}; known are {known} and {_STANDARD} 1 to 3")
    if vendor != backend.get("provider"):
        raise Unfit("braketSchemaHeader", f"is of {vendor}; {backend.get('name')} is of {backend.get('provider')}")
    service = content.get("service")
    return _found(name, version, vendor, content, service.get("updatedAt") if isinstance(service, Mapping) else None)


def _unwrap(content: Mapping[str, Any], backend: Mapping[str, Any]) -> Mapping[str, Any]:
    """GetDevice's answer names its device, so that it can be told from another of the same kind."""
    if content.get("deviceArn") != backend.get("device_arn"):
        raise Unfit("deviceArn", f"is {str(content.get('deviceArn'))[:100]!r}, not that of {backend.get('slug')}")
    inner = content["deviceCapabilities"]
    if isinstance(inner, str):
        try:
            inner = json.loads(inner)
        except ValueError as error:
            raise Unfit("deviceCapabilities", "is no JSON, or was cut off") from error
    if not isinstance(inner, Mapping):
        raise Unfit("deviceCapabilities", "must be an object")
    return inner


def _header(content: Any, place: str) -> tuple[str, str]:
    header = content.get("braketSchemaHeader") if isinstance(content, Mapping) else None
    if not isinstance(header, Mapping) or not isinstance(header.get("name"), str):
        raise Unfit(place, "is missing: which schema is this?")
    return header["name"], str(header.get("version"))


def _found(name: str, version: str, vendor: str, content: Mapping[str, Any], updated: Any) -> Found:
    standard = content.get("standardized")
    standard_name, standard_version = _header(standard, "standardized.braketSchemaHeader")
    if standard_name != _STANDARD or standard_version not in ("1", "2", "3"):
        raise Unfit("standardized.braketSchemaHeader", f"is {standard_name[:80]} {standard_version[:10]}; {_STANDARD} 1 to 3 are known")
    assert isinstance(standard, Mapping)
    graph = _graph(content["paradigm"]) if "paradigm" in content else None
    if standard_version == "3":
        figures = averages(standard, content.get("provider"), graph)
        qubits, pairs = figures.qubits, figures.pairs
    else:
        qubits, pairs = per_qubit(standard.get("oneQubitProperties")), per_pair(standard.get("twoQubitProperties"))
    wanted = _two(content.get("paradigm"), pairs)
    description = _description(vendor, qubits, pairs, wanted, graph, standard)
    if updated is None:
        updated = standard.get("updatedAt")
    return Found(f"{name}/{version}", updated, f"Amazon Braket, device properties of {vendor}", description)


def _description(
    vendor: str,
    qubits: Mapping[str, PerQubit],
    pairs: Mapping[tuple[str, str], PerPair],
    two: str,
    graph: set[tuple[str, str]] | None,
    standard: Mapping[str, Any],
) -> dict[str, Any]:
    labels = sorted(qubits, key=lambda label: (len(label), label))
    place = {label: index for index, label in enumerate(labels)}
    told = {pair: found[two] for pair, found in pairs.items() if two in found}
    if graph is not None and (odd := next((label for pair in (*graph, *told) for label in pair if label not in place), None)):
        raise Unfit("standardized", f"does not tell the figures of the qubit {odd[:20]!r}")
    for pair in told:
        if pair[0] not in place or pair[1] not in place or (graph is not None and pair not in graph):
            raise Unfit(f"standardized.twoQubitProperties.{pair[0]}-{pair[1]}"[:90], "is no edge of the connectivity graph")
    # An edge without a figure for the gate is out of service.
    edges = sorted((min(place[a], place[b]), max(place[a], place[b])) for a, b in told)
    errors = {(min(place[a], place[b]), max(place[a], place[b])): error for (a, b), error in told.items()}
    nominal = _DURATIONS.get(vendor, (0.0, 0.0))
    return {
        "qubits": len(labels),
        "labels": labels,
        "edges": [list(edge) for edge in edges],
        "directed": False,
        "native_gates": {"one": _ONE[vendor], "two": [two]},
        "one_qubit_ns": seconds(standard.get("singleQubitGateDuration"), "singleQubitGateDuration", 1e9) or nominal[0],
        "two_qubit_ns": seconds(standard.get("twoQubitGateDuration"), "twoQubitGateDuration", 1e9) or nominal[1],
        "readout_ns": seconds(standard.get("readoutDuration"), "readoutDuration", 1e9),
        "t1_us": [qubits[label].t1_us for label in labels],
        "t2_us": [qubits[label].t2_us for label in labels],
        "one_qubit_error": [qubits[label].error for label in labels],
        "two_qubit_error": {f"{a}-{b}": errors[a, b] for a, b in edges},
        "readout_error": [list(qubits[label].flips) for label in labels],
    }


def _graph(paradigm: Any) -> set[tuple[str, str]]:
    """Undirected edges, smaller label first as in the names of pairs; both orders are in it."""
    connectivity = paradigm.get("connectivity") if isinstance(paradigm, Mapping) else None
    if not isinstance(connectivity, Mapping) or not isinstance(connectivity.get("connectivityGraph"), Mapping):
        raise Unfit("paradigm.connectivity.connectivityGraph", "must be an object")
    edges: set[tuple[str, str]] = set()
    for label, others in connectivity["connectivityGraph"].items():
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            raise Unfit(f"paradigm.connectivity.connectivityGraph.{label}"[:90], "must list labels")
        edges |= {pair for other in others for pair in ((label, other), (other, label))}
    return edges


def _two(paradigm: Any, pairs: Mapping[tuple[str, str], PerPair]) -> str:
    """The native gate that most pairs have a figure for."""
    natives = paradigm.get("nativeGateSet") if isinstance(paradigm, Mapping) else None
    allowed = {str(name).lower() for name in natives} if isinstance(natives, list) else set(_TWO)
    tallies = {name: sum(name in found for found in pairs.values()) for name in _TWO if name in allowed}
    best = max(tallies, key=lambda name: tallies[name], default=None)
    if best is None or not tallies[best]:
        raise Unfit("standardized.twoQubitProperties", "does not tell the fidelity of a native gate that is known")
    return best
