"""What params.mitigation may say: read once at submit, and once more by the worker."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, cast

__all__ = ["EXTRAPOLATIONS", "Mitigation", "ZeroNoise", "read_mitigation"]

Extrapolation = Literal["linear", "richardson", "exponential"]
EXTRAPOLATIONS: tuple[Extrapolation, ...] = ("linear", "richardson", "exponential")
SCALE_FACTORS = (1.0, 3.0, 5.0)
MOST_SCALES = 8
LARGEST_SCALE = 25.0
LONGEST_OBSERVABLE = 1_000


@dataclass(frozen=True)
class ZeroNoise:
    """`scale_factors`: ascending, the first is 1: the raw counts. `observable`: I or Z per bit of a count's key, None for Z on every
    measured bit."""

    scale_factors: tuple[float, ...] = SCALE_FACTORS
    extrapolation: Extrapolation = "linear"
    observable: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"scale_factors": list(self.scale_factors), "extrapolation": self.extrapolation, "observable": self.observable}


@dataclass(frozen=True)
class Mitigation:
    readout: bool = False
    zne: ZeroNoise | None = None

    def as_json(self) -> dict[str, Any]:
        return {"readout": self.readout, "zne": self.zne and self.zne.as_json()}


def read_mitigation(given: Any) -> Mitigation:
    """Raises ValueError ("path: what is wrong"); nothing is guessed and no key is passed over."""
    fields = _object(given, "mitigation", ("readout", "zne"))
    readout = fields.get("readout", False)
    if not isinstance(readout, bool):
        raise ValueError("mitigation.readout: must be true or false.")
    zne = None if fields.get("zne") is None else _read_zne(fields["zne"])
    if not readout and zne is None:
        raise ValueError('mitigation: asks for nothing; give "readout": true, "zne": {}, or both.')
    return Mitigation(readout, zne)


def _read_zne(given: Any) -> ZeroNoise:
    fields = _object(given, "mitigation.zne", ("scale_factors", "extrapolation", "observable"))
    extrapolation = fields.get("extrapolation", "linear")
    if extrapolation not in EXTRAPOLATIONS:
        raise ValueError(f"mitigation.zne.extrapolation: must be one of {', '.join(EXTRAPOLATIONS)}.")
    scales = _read_scales(fields["scale_factors"]) if "scale_factors" in fields else SCALE_FACTORS
    return ZeroNoise(scales, cast("Extrapolation", extrapolation), _read_observable(fields.get("observable")))


def _read_scales(given: Any) -> tuple[float, ...]:
    path = "mitigation.zne.scale_factors"
    if not isinstance(given, list) or not 2 <= len(given) <= MOST_SCALES:
        raise ValueError(f"{path}: must be a list of 2 to {MOST_SCALES} numbers.")
    for place, scale in enumerate(given):
        if not isinstance(scale, int | float) or isinstance(scale, bool) or not math.isfinite(scale) or not 1 <= scale <= LARGEST_SCALE:
            raise ValueError(f"{path}[{place}]: must be a number from 1 to {LARGEST_SCALE:g}.")
    if given[0] != 1:
        raise ValueError(f"{path}[0]: must be 1: the raw counts are the value there.")
    if any(right <= left for left, right in pairwise(given)):
        raise ValueError(f"{path}: must ascend, each factor once.")
    return tuple(float(scale) for scale in given)


def _read_observable(given: Any) -> str | None:
    path = "mitigation.zne.observable"
    if given is None:
        return None
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_OBSERVABLE:
        raise ValueError(f"{path}: must be text with one letter per bit of a count's key.")
    if set(given) & {"X", "Y"}:
        raise ValueError(f"{path}: counts tell Z alone; for X or Y turn the basis in the circuit before it measures, and ask for Z.")
    if set(given) - {"I", "Z"}:
        raise ValueError(f"{path}: its letters are I and Z.")
    if "Z" not in given:
        raise ValueError(f"{path}: is 1 whatever was measured; it needs a Z.")
    return given


def _object(given: Any, path: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"{path}: must be an object.")
    for name in given:
        if name not in known:
            raise ValueError(f"{path}: there is no {str(name)[:40]!r}; it may hold {', '.join(known)}.")
    return given
