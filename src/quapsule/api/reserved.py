"""Parameters that the platform reads itself, whatever the script: checked wherever parameters are given or saved."""

from collections.abc import Callable, Mapping
from typing import Any

from quapsule.providers.mitigation import read_mitigation
from quapsule.providers.noise import read_noise

_SWITCHES = ("emulate", "statevector")
# An empty object asks for nothing, and is let through.
_READERS: Mapping[str, Callable[[Any], object]] = {"noise_model": read_noise, "mitigation": read_mitigation}


def check_reserved[T: Mapping[str, Any]](params: T) -> T:
    """Raises ValueError, "path: what is wrong"."""
    for name in _SWITCHES:
        if not isinstance(params.get(name), bool | None):
            raise ValueError(f"{name}: must be true or false")
    for name, read in _READERS.items():
        given = params.get(name)
        if given is not None and given != {}:
            read(given)
    return params
