"""Our own format: {"format": "quapsule.calibration", "version": 1, "backend", "taken_at", "source", "description"}."""

from collections.abc import Mapping
from typing import Any

from quapsule.providers.calibration.description import Found, Unfit

FORMAT, VERSION = "quapsule.calibration", 1
_KEYS = {"format", "version", "backend", "taken_at", "source", "description"}


def read(content: Mapping[str, Any], backend: Mapping[str, Any]) -> Found:
    """Raises Unfit."""
    if content.get("format") != FORMAT:
        raise Unfit("format", f"is {str(content.get('format'))[:60]!r}; {FORMAT} is known")
    if content.get("version") != VERSION or isinstance(content.get("version"), bool):
        raise Unfit("version", f"is {str(content.get('version'))[:20]}; version {VERSION} is known")
    if set(content) != _KEYS:
        wrong = sorted(set(content) ^ _KEYS)
        raise Unfit("", f"must have {', '.join(sorted(_KEYS))} and nothing else; look at {', '.join(wrong)}")
    if content["backend"] != backend.get("slug"):
        raise Unfit("backend", f"is {str(content['backend'])[:60]!r}, not {backend.get('slug')!r}")
    source = content["source"]
    if not isinstance(source, str) or not 0 < len(source) <= 1000:
        raise Unfit("source", "must be a text of at most 1,000 characters")
    if not isinstance(content["description"], dict):
        raise Unfit("description", "must be an object")
    return Found(f"{FORMAT}/{VERSION}", content["taken_at"], source, dict(content["description"]))
