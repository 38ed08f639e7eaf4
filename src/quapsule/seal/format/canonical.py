"""A manifest's canonical bytes (RFC 8785), and the id made of them. The same as the published package computes."""

import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import rfc8785

from quapsule.errors import Problem

__all__ = ["canonical_bytes", "capsule_id"]


def canonical_bytes(manifest: Mapping[str, Any]) -> bytes:
    """RFC 8785 bytes with all keys and strings in NFC. Raises Problem capsule_invalid for what has no such form."""
    try:
        return rfc8785.dumps(_composed(manifest))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise _no_form(str(error)) from error


def capsule_id(canonical: bytes) -> str:
    """`mqc:1:` and 64 hex digits: SHA-256 of the canonical bytes."""
    return f"mqc:1:{sha256(canonical).hexdigest()}"


def _composed(value: Any) -> Any:
    """The same value in NFC throughout."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for key, part in value.items():
            if not isinstance(key, str):
                raise _no_form(f"the key {key!r} is no text")
            composed = unicodedata.normalize("NFC", key)
            if composed in found:
                raise _no_form(f"the key {composed!r} is there twice, in two spellings of one text")
            found[composed] = _composed(part)
        return found
    return [_composed(part) for part in value] if isinstance(value, list | tuple) else value


def _no_form(why: str) -> Problem:
    message = f"The manifest has no canonical form: {why}."
    return Problem("capsule_invalid", message, details={"layer": "id", "file": "capsule.yaml"})
