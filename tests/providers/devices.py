"""Descriptions of devices for tests: without error, unless a test says otherwise."""

from typing import Any


def device(count: int, edges: list[list[int]], one: list[str], two: str, **changes: Any) -> dict[str, Any]:
    found = {
        "qubits": count,
        "labels": [str(index) for index in range(count)],
        "edges": edges,
        "directed": False,
        "native_gates": {"one": one, "two": [two]},
        "one_qubit_ns": 30.0,
        "two_qubit_ns": 60.0,
        "readout_ns": None,
        "t1_us": None,
        "t2_us": None,
        "one_qubit_error": [0.0] * count,
        "two_qubit_error": {f"{first}-{second}": 0.0 for first, second in edges},
        "readout_error": [[0.0, 0.0]] * count,
    }
    return {**found, **changes}
