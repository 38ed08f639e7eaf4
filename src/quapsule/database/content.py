"""Content that is addressed by what it says: one text per JSON value, whichever way it was written, and the digest of that text."""

import hashlib
import json
from typing import Any

_EXACT = 1 << 53  # above it a whole number and a float of the same value may differ


def canonical_json(value: Any) -> str:
    """Keys sorted, no blanks, Unicode as it is, whole numbers without a fraction, floats as short as they can be read back: what
    PostgreSQL's jsonb gives back has the same text as what was put in. Raises ValueError for NaN and infinities."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_sha256(value: Any) -> str:
    """In hex, of the UTF-8 of the canonical text."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return float(value)
    return value
