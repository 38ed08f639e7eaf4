"""Input that is kept as JSON or text must be something that PostgreSQL can hold, and give back as it was."""

import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator

MAX_DEPTH = 32

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def check_text(text: str) -> str:
    """Raises ValueError for NUL and lone surrogates."""
    if _UNSTORABLE.search(text):
        raise ValueError("holds a NUL or half of a character, which cannot be stored")
    return text


def check_json[T](value: T, depth: int = 0) -> T:
    """Raises ValueError for what has no faithful form in jsonb: NaN, integers beyond 64 bits, NUL, nesting beyond 32 levels."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        if not -(1 << 63) <= value < 1 << 63:
            raise ValueError("holds an integer beyond 64 bits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("holds a number that is not finite")
    elif isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            raise ValueError(f"is nested deeper than {MAX_DEPTH} levels")
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            check_json(item, depth + 1)
    return value


Text = Annotated[str, AfterValidator(check_text)]
JsonObject = Annotated[dict[str, Any], AfterValidator(check_json)]
