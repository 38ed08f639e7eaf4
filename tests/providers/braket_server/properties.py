"""Device properties of an IQM device in Braket's schema, with the topology and the figures that the platform is seeded with."""

import json
from pathlib import Path
from typing import Any

import quapsule

_SEED = Path(quapsule.__file__).parent / "database" / "seeds" / "calibrations" / "iqm-garnet.json"


def garnet(gates: list[str]) -> dict[str, Any]:
    device = json.loads(_SEED.read_text())["description"]
    labels = device["labels"]
    pairs = {f"{labels[a]}-{labels[b]}": device["two_qubit_error"][f"{a}-{b}"] for a, b in device["edges"]}
    graph: dict[str, list[str]] = {label: [] for label in labels}
    for pair in pairs:
        one, other = pair.split("-")
        graph[one].append(other)
    return {
        "braketSchemaHeader": {"name": "braket.device_schema.iqm.iqm_device_capabilities", "version": "1"},
        "service": {"updatedAt": "2026-11-20T06:00:00+00:00", "shotsRange": [1, 20000]},
        "action": {
            "braket.ir.openqasm.program": {
                "actionType": "braket.ir.openqasm.program",
                "version": ["1"],
                "supportedOperations": gates,
                "supportedPragmas": ["verbatim"],
                "supportPhysicalQubits": True,
            }
        },
        "paradigm": {
            "braketSchemaHeader": {"name": "braket.device_schema.gate_model_qpu_paradigm_properties", "version": "1"},
            "qubitCount": len(labels),
            "nativeGateSet": ["cz", "prx"],
            "connectivity": {"fullyConnected": False, "connectivityGraph": graph},
        },
        "standardized": {
            "braketSchemaHeader": {"name": "braket.device_schema.standardized_gate_model_qpu_device_properties", "version": "1"},
            "oneQubitProperties": {label: _one(device, index) for index, label in enumerate(labels)},
            "twoQubitProperties": {
                pair: {"twoQubitGateFidelity": [{"direction": None, "gateName": "CZ", "fidelity": 1 - error, "standardError": None}]}
                for pair, error in pairs.items()
            },
        },
    }


def _one(device: dict[str, Any], index: int) -> dict[str, Any]:
    times = {
        name: {"value": (device[key][index] or 40.0) * 1e-6, "standardError": None, "unit": "S"}
        for name, key in (("T1", "t1_us"), ("T2", "t2_us"))
    }
    fidelities = {
        "RANDOMIZED_BENCHMARKING": 1 - device["one_qubit_error"][index],
        "READOUT": 1 - sum(device["readout_error"][index]) / 2,
    }
    return times | {"oneQubitFidelity": [{"fidelityType": {"name": name}, "fidelity": value} for name, value in fidelities.items()]}
