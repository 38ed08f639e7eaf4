"""Devices for tests: descriptions without error, unless a test says otherwise; and Garnet as its calibration has it."""

from importlib.resources import files
from typing import Any

from quapsule.providers.calibration import read_snapshot


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


def garnet() -> dict[str, Any]:
    file = files("quapsule.database.seeds.calibrations") / "iqm-garnet.json"
    arn = "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet"
    row = {"slug": "iqm-garnet", "name": "Garnet", "qubit_count": 20, "max_qubits": 20, "max_shots": 20_000, "device_type": "qpu"}
    row |= {"device_arn": arn, "provider_target_id": arn}
    snapshot = read_snapshot(file.read_bytes(), row)
    return row | {"calibration": {"id": "0" * 8, "sha256": "0" * 64, "taken_at": None, "source": "", "description": snapshot.description}}
