"""How a run is to be simulated, as options of the command line: from them to the parameters of the same meaning."""

import json
from typing import Any

import typer

# Round figures of present superconducting devices: for a first look, not for any device.
_PRESETS: dict[str, dict[str, Any]] = {
    "uniform": {"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01, "readout": 0.02},
    "device": {"preset": "device", "t1_us": 100, "t2_us": 80, "one_qubit_ns": 30, "two_qubit_ns": 300, "readout": 0.02},
}
_MITIGATIONS: dict[str, Any] = {"readout": True, "zne": {}}


def read_options(emulate: bool, noise: str | None, mitigation: str | None, statevector: bool) -> dict[str, Any]:
    """Only what was asked for. Raises a usage error for text that is neither a name nor a JSON object."""
    found: dict[str, Any] = {}
    if emulate:
        found["emulate"] = True
    if noise is not None:
        found["noise_model"] = _PRESETS.get(noise) or _object(noise, "--noise", ", ".join(_PRESETS))
    if mitigation is not None:
        names = [name.strip() for name in mitigation.split(",")]
        named = {name: _MITIGATIONS[name] for name in names if name in _MITIGATIONS}
        found["mitigation"] = named if len(named) == len(names) else _object(mitigation, "--mitigation", ", ".join(_MITIGATIONS))
    if statevector:
        found["statevector"] = True
    return found


def _object(text: str, option: str, names: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{text!r} is neither one of {names} nor a JSON object.", param_hint=option)
    return found
