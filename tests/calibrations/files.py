"""Small files in the vendors' published formats, made here: five qubits in a line, or two ions."""

import copy
import json
from typing import Any

LABELS = ["1", "2", "3", "4", "5"]
PAIRS = [("1", "2"), ("2", "3"), ("3", "4"), ("4", "5")]
DEVICE = {
    "slug": "five", "name": "Five", "provider": "IQM", "device_type": "qpu", "device_arn": "arn:five", "provider_target_id": None,
    "qubit_count": 5,
}  # fmt: skip


def schema(name: str, version: str = "1") -> dict[str, str]:
    return {"name": f"braket.device_schema.{name}", "version": version}


def standardized() -> dict[str, Any]:
    def fidelity(kind: str, value: float) -> dict[str, Any]:
        return {"fidelityType": {"name": kind}, "fidelity": value}

    ones = [fidelity("SIMULTANEOUS_RANDOMIZED_BENCHMARKING", 0.999), fidelity("RANDOMIZED_BENCHMARKING", 0.9995)]
    readout = [fidelity("READOUT_ERROR_0_TO_1", 0.01), fidelity("READOUT_ERROR_1_TO_0", 0.03), fidelity("READOUT", 0.98)]
    times = {"T1": {"value": 4e-5, "unit": "S"}, "T2": {"value": 15.0, "unit": "us"}}
    pair = {"twoQubitGateFidelity": [{"gateName": "CZ", **fidelity("INTERLEAVED_RANDOMIZED_BENCHMARKING", 0.99)}]}
    return {
        "braketSchemaHeader": schema("standardized_gate_model_qpu_device_properties"),
        "oneQubitProperties": {label: copy.deepcopy({**times, "oneQubitFidelity": ones + readout}) for label in LABELS},
        "twoQubitProperties": {f"{first}-{second}": copy.deepcopy(pair) for first, second in PAIRS},
    }


def iqm() -> dict[str, Any]:
    """Device properties as Amazon Braket gives them for IQM."""
    graph: dict[str, list[str]] = {label: [] for label in LABELS}
    for first, second in PAIRS:
        graph[first].append(second)
        graph[second].append(first)
    return {
        "braketSchemaHeader": schema("iqm.iqm_device_capabilities"),
        "service": {"updatedAt": "2026-05-05T16:45:26+00:00"},
        "paradigm": {
            "qubitCount": 5,
            "nativeGateSet": ["cz", "prx", "measure_ff"],
            "connectivity": {"fullyConnected": False, "connectivityGraph": graph},
        },
        "standardized": standardized(),
    }


def ionq() -> dict[str, Any]:
    """Version 3 of the standardized properties tells averages only."""
    return {
        "braketSchemaHeader": schema("ionq.ionq_device_capabilities"),
        "service": {"updatedAt": "2026-05-03T00:00:00+00:00"},
        "paradigm": {
            "qubitCount": 2,
            "nativeGateSet": ["GPI", "GPI2", "ZZ"],
            "connectivity": {"fullyConnected": True, "connectivityGraph": {"0": ["1"], "1": ["0"]}},
        },
        "provider": {"fidelity": {"1Q": {"mean": 0.9999}}},
        "standardized": {
            "braketSchemaHeader": schema("standardized_gate_model_qpu_device_properties", "3"),
            "T1": {"value": 188.0, "unit": "s"},
            "T2": {"value": 0.95, "unit": "s"},
            "readoutFidelity": [{"fidelity": 0.9955, "unit": "fraction"}],
            "readoutDuration": {"value": 0.00025, "unit": "s"},
            "singleQubitGateDuration": {"value": 6.3e-05, "unit": "s"},
            "twoQubitGateFidelity": [{"fidelity": 0.9925, "unit": "fraction"}],
            "twoQubitGateDuration": {"value": 0.00065, "unit": "s"},
        },
    }


def ibm() -> dict[str, Any]:
    """BackendProperties of a device called five."""
    qubit = [
        {"name": "T1", "unit": "us", "value": 120.0},
        {"name": "T2", "unit": "us", "value": 90.0},
        {"name": "readout_error", "unit": "", "value": 0.02},
        {"name": "prob_meas0_prep1", "unit": "", "value": 0.03},
        {"name": "prob_meas1_prep0", "unit": "", "value": 0.01},
        {"name": "readout_length", "unit": "ns", "value": 1200.0},
    ]

    def gate(name: str, qubits: list[int], error: float, length: float) -> dict[str, Any]:
        parameters = [{"name": "gate_error", "unit": "", "value": error}, {"name": "gate_length", "unit": "ns", "value": length}]
        return {"gate": name, "name": name + "_".join(map(str, qubits)), "qubits": qubits, "parameters": parameters}

    return {
        "backend_name": "Five",
        "backend_version": "1.2.3",
        "last_update_date": "2025-03-01T10:00:00+00:00",
        "qubits": [copy.deepcopy(qubit) for _ in range(5)],
        "gates": [gate("sx", [index], 2e-4, 60.0) for index in range(5)]
        + [gate("ecr", [index, index + 1], 7e-3, 500.0) for index in range(4)],
        "general": [],
    }


def description(**changes: Any) -> dict[str, Any]:
    found = {
        "qubits": 5,
        "labels": list(LABELS),
        "edges": [[0, 1], [1, 2], [2, 3], [3, 4]],
        "directed": False,
        "native_gates": {"one": ["prx"], "two": ["cz"]},
        "one_qubit_ns": 32.0,
        "two_qubit_ns": 60.0,
        "readout_ns": None,
        "t1_us": [40.0] * 5,
        "t2_us": [15.0, None, 15.0, 15.0, 15.0],
        "one_qubit_error": [0.001] * 5,
        "two_qubit_error": {"0-1": 0.01, "1-2": 0.01, "2-3": 0.01, "3-4": 0.01},
        "readout_error": [[0.01, 0.03]] * 5,
    }
    return {**found, **changes}


def own(slug: str = "five", taken_at: str = "2026-01-02T03:04:05+00:00", **changes: Any) -> dict[str, Any]:
    return {
        "format": "quapsule.calibration",
        "version": 1,
        "backend": slug,
        "taken_at": taken_at,
        "source": "made by a test",
        "description": description(**changes),
    }


def data(content: Any) -> bytes:
    return json.dumps(content).encode()
