"""The one description of a device that everything is read into, and what makes one right."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_QUBITS = 10_000
KEYS = (
    "qubits", "labels", "edges", "directed", "native_gates", "one_qubit_ns", "two_qubit_ns", "readout_ns", "t1_us", "t2_us",
    "one_qubit_error", "two_qubit_error", "readout_error",
)  # fmt: skip


@dataclass(eq=False)
class Unfit(ValueError):  # noqa: N818
    """A file that is not what it should be. `place`: the path in it, "" for the whole."""

    place: str
    message: str

    def __post_init__(self) -> None:
        super().__init__(f"{self.place} {self.message}".strip())


@dataclass(frozen=True)
class Found:
    """What a reader makes of a file; `taken_at` as the file writes it."""

    format: str
    taken_at: Any
    source: str
    description: dict[str, Any]


def check_description(given: Mapping[str, Any]) -> None:
    """Raises Unfit at the first thing that is wrong."""
    _check_keys(given)
    count = given["qubits"]
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_QUBITS:
        raise Unfit("qubits", f"must be a whole number from 1 to {MOST_QUBITS:,}")
    labels = _listed(given["labels"], "labels", count)
    if not all(isinstance(label, str) and 0 < len(label) <= 40 for label in labels) or len(set(labels)) != count:
        raise Unfit("labels", "must be different texts of at most 40 characters")
    if not isinstance(given["directed"], bool):
        raise Unfit("directed", "must be true or false")
    edges = _edges(given["edges"], count)
    _check_gates(given["native_gates"])
    for name in ("one_qubit_ns", "two_qubit_ns"):
        _number(given[name], name, least=0)
    if given["readout_ns"] is not None:
        _number(given["readout_ns"], "readout_ns", least=0)
    for name in ("t1_us", "t2_us"):
        for index, time in enumerate(_listed(given[name], name, count) if given[name] is not None else ()):
            if time is not None:
                _number(time, f"{name}[{index}]", least=0)
    for index, error in enumerate(_listed(given["one_qubit_error"], "one_qubit_error", count)):
        rate(error, f"one_qubit_error[{index}]")
    for index, flips in enumerate(_listed(given["readout_error"], "readout_error", count)):
        for flip in _listed(flips, f"readout_error[{index}]", 2):
            rate(flip, f"readout_error[{index}]")
    _check_pairs(given["two_qubit_error"], edges, given["directed"])


def rate(value: Any, place: str) -> float:
    """An error rate, from 0 to 1. Raises Unfit."""
    return _number(value, place, least=0, most=1)


def _check_keys(given: Mapping[str, Any]) -> None:
    if not isinstance(given, Mapping):
        raise Unfit("description", "must be an object")
    missing, extra = [key for key in KEYS if key not in given], sorted(set(given) - set(KEYS))
    if missing or extra:
        raise Unfit("description", f"lacks {', '.join(missing)}" if missing else f"has the unknown keys {', '.join(extra)}")


def _edges(given: Any, count: int) -> set[tuple[int, int]]:
    if not isinstance(given, list):
        raise Unfit("edges", "must be a list of pairs of qubits")
    edges: set[tuple[int, int]] = set()
    for index, edge in enumerate(given):
        pair = _listed(edge, f"edges[{index}]", 2)
        if not all(isinstance(end, int) and not isinstance(end, bool) and 0 <= end < count for end in pair) or pair[0] == pair[1]:
            raise Unfit(f"edges[{index}]", f"must join two of the qubits 0 to {count - 1}")
        if (pair[0], pair[1]) in edges:
            raise Unfit(f"edges[{index}]", "stands there twice")
        edges.add((pair[0], pair[1]))
    return edges


def _check_gates(given: Any) -> None:
    if not isinstance(given, Mapping) or set(given) != {"one", "two"}:
        raise Unfit("native_gates", 'must be {"one": […], "two": […]}')
    for kind in ("one", "two"):
        names = given[kind]
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.isidentifier() for name in names):
            raise Unfit(f"native_gates.{kind}", "must list names of gates")


def _check_pairs(given: Any, edges: set[tuple[int, int]], directed: bool) -> None:
    if not isinstance(given, Mapping):
        raise Unfit("two_qubit_error", "must be an object")
    told: set[tuple[int, int]] = set()
    for name, error in given.items():
        first, dash, second = str(name).partition("-")
        pair = (int(first), int(second)) if dash and first.isdecimal() and second.isdecimal() else None
        if pair is None or (pair not in edges and (directed or pair[::-1] not in edges)):
            raise Unfit(f"two_qubit_error.{name}", "is no edge of the topology")
        rate(error, f"two_qubit_error.{name}")
        told |= {pair} if directed else {pair, pair[::-1]}
    if missing := edges - told:
        first_missing = min(missing)
        raise Unfit("two_qubit_error", f"does not tell the error of the edge {first_missing[0]}-{first_missing[1]}")


def _listed(value: Any, place: str, length: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise Unfit(place, f"must be a list of {length}")
    return value


def _number(value: Any, place: str, *, least: float, most: float = math.inf) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Unfit(place, "must be a number")
    if not least <= value <= most:
        raise Unfit(place, f"is {value}, outside {least:g} to {most:g}" if most < math.inf else f"is {value}, below {least:g}")
    return float(value)
