"""A job's noise model, read strictly: what the engines simulate, and nothing that they would have to guess."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Noise", "read_noise"]

_CHANNELS = ("depolarizing", "amplitude_damping", "phase_damping", "readout")
_UNIFORM = ("one_qubit", "two_qubit", "readout")
_DEVICE = ("t1_us", "t2_us", "one_qubit_ns", "two_qubit_ns", "readout")


@dataclass(frozen=True)
class Noise:
    """After every gate of the program, on the qubits that it touches, in this order: depolarizing (ρ → (1−p)ρ + p·1/2^k on the k qubits
    together), amplitude damping, phase damping, and the relaxation of `t1_us`, `t2_us` during the gate's time, each qubit alone. Before a
    bit is kept: readout, (P(1 | 0), P(0 | 1)). `preset`: uniform, device, or None where the channels were named one by one."""

    preset: str | None = None
    one_qubit: float = 0.0
    two_qubit: float = 0.0
    amplitude_damping: float = 0.0
    phase_damping: float = 0.0
    t1_us: float | None = None
    t2_us: float | None = None
    one_qubit_ns: float = 0.0
    two_qubit_ns: float = 0.0
    readout: tuple[float, float] = (0.0, 0.0)

    def as_json(self) -> dict[str, Any]:
        """What the engine takes; `read_noise` reads it again to the same."""
        readout = list(self.readout)
        if self.preset == "uniform":
            return {"preset": "uniform", "one_qubit": self.one_qubit, "two_qubit": self.two_qubit, "readout": readout}
        if self.preset == "device":
            times = {"one_qubit_ns": self.one_qubit_ns, "two_qubit_ns": self.two_qubit_ns}
            return {"preset": "device", "t1_us": self.t1_us, "t2_us": self.t2_us, **times, "readout": readout}
        depolarizing = {"one_qubit": self.one_qubit, "two_qubit": self.two_qubit}
        damping = {"amplitude_damping": self.amplitude_damping, "phase_damping": self.phase_damping}
        return {"depolarizing": depolarizing, **damping, "readout": readout}


def read_noise(given: Mapping[str, Any]) -> Noise:
    """`given` is a preset, {"preset": "uniform", "one_qubit", "two_qubit", "readout"} or {"preset": "device", "t1_us", "t2_us",
    "one_qubit_ns", "two_qubit_ns", "readout"}, or channels, {"depolarizing": {"one_qubit", "two_qubit"}, "amplitude_damping",
    "phase_damping", "readout"}. Probabilities are 0 to 1; readout is one, or [P(1 | 0), P(0 | 1)]. What is left out is not there.

    Raises ValueError, "path: what is wrong"."""
    if not isinstance(given, Mapping):
        raise ValueError("noise_model: must be an object.")
    if not given:
        raise ValueError("noise_model: is empty; name a preset or a channel.")
    match given.get("preset"):
        case "uniform":
            _check_keys(given, "noise_model", ("preset", *_UNIFORM))
            one, two = (_probability(given, "noise_model", name) for name in ("one_qubit", "two_qubit"))
            return Noise("uniform", one_qubit=one, two_qubit=two, readout=_readout(given))
        case "device":
            return _read_device(given)
        case None if "preset" not in given:
            return _read_channels(given)
    raise ValueError(f'noise_model.preset: must be "uniform" or "device", not {given["preset"]!r}.')


def _read_device(given: Mapping[str, Any]) -> Noise:
    _check_keys(given, "noise_model", ("preset", *_DEVICE))
    for name in _DEVICE[:4]:
        if name not in given:
            raise ValueError(f"noise_model.{name}: is needed by the preset device.")
    t1, t2 = (_number(given, "noise_model", name) for name in ("t1_us", "t2_us"))
    for name, value in (("t1_us", t1), ("t2_us", t2)):
        if value <= 0:
            raise ValueError(f"noise_model.{name}: must be above 0 microseconds, not {value:g}.")
    if t2 > 2 * t1:
        raise ValueError(f"noise_model.t2_us: T2 is at most 2·T1 = {2 * t1:g} microseconds, not {t2:g}.")
    one, two = (_number(given, "noise_model", name) for name in ("one_qubit_ns", "two_qubit_ns"))
    for name, value in (("one_qubit_ns", one), ("two_qubit_ns", two)):
        if value < 0:
            raise ValueError(f"noise_model.{name}: must be at least 0 nanoseconds, not {value:g}.")
    return Noise("device", t1_us=t1, t2_us=t2, one_qubit_ns=one, two_qubit_ns=two, readout=_readout(given))


def _read_channels(given: Mapping[str, Any]) -> Noise:
    _check_keys(given, "noise_model", _CHANNELS)
    depolarizing = given.get("depolarizing", {})
    if not isinstance(depolarizing, Mapping):
        raise ValueError('noise_model.depolarizing: must be {"one_qubit", "two_qubit"}.')
    _check_keys(depolarizing, "noise_model.depolarizing", ("one_qubit", "two_qubit"))
    one, two = (_probability(depolarizing, "noise_model.depolarizing", name) for name in ("one_qubit", "two_qubit"))
    amplitude, phase = (_probability(given, "noise_model", name) for name in ("amplitude_damping", "phase_damping"))
    return Noise(None, one, two, amplitude, phase, readout=_readout(given))


def _readout(given: Mapping[str, Any]) -> tuple[float, float]:
    if not isinstance(given.get("readout"), list | tuple):
        both = _probability(given, "noise_model", "readout")
        return both, both
    pair = given["readout"]
    if len(pair) != 2:
        raise ValueError("noise_model.readout: must be one probability, or two: of 1 where it is 0, of 0 where it is 1.")
    zero, one = (_probability({f"readout[{index}]": value}, "noise_model", f"readout[{index}]") for index, value in enumerate(pair))
    return zero, one


def _probability(given: Mapping[str, Any], path: str, name: str) -> float:
    value = _number(given, path, name)
    if not 0 <= value <= 1:
        raise ValueError(f"{path}.{name}: must be a probability, 0 to 1, not {value:g}.")
    return value


def _number(given: Mapping[str, Any], path: str, name: str) -> float:
    value = given.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{path}.{name}: must be a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{path}.{name}: must be a finite number.")
    return number


def _check_keys(given: Mapping[str, Any], path: str, known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"{path}.{name}: is not known; known are {', '.join(known)}.")
