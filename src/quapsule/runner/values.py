"""What a script returns, as JSON: NumPy becomes plain, what JSON lacks is written as a reader would, the rest is refused by its path."""

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

MAX_BYTES = (8 << 20) - 4096  # the finish frame has a few words of its own
MAX_DEPTH = 48
_SAFE_INTEGER = 1 << 63


class ValueRefused(ValueError):  # noqa: N818 - named as it reads
    """A return value that cannot become JSON; the message names the path. code: result_too_large, or none of its own."""

    code = ""


class ResultTooLarge(ValueRefused):
    code = "result_too_large"


def to_json(value: Any, program_of: Any = None, plain_of: Any = None, taken: int = 0) -> Any:
    """Complex → [re, im]; sets sorted; integers beyond 64 bits → text; circuits → {"format", "text"} by program_of; plain_of: what a
    framework makes of its own objects first; taken: bytes that the last word needs beside it. Raises ValueRefused."""
    found = _convert(value, "value", 0, _Ways(program_of or _nothing, plain_of or _same))
    size = len(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    if size > MAX_BYTES - taken:
        raise ResultTooLarge(f"The result is {size / (1 << 20):.1f} MiB; at most 8 MiB can be kept. Return a summary, or fewer values.")
    return found


class _Ways(NamedTuple):
    program_of: Callable[[Any], Any]
    plain_of: Callable[[Any], Any]


def _nothing(value: Any) -> None:  # noqa: ARG001 - a framework without circuits
    return None


def _same(value: Any) -> Any:
    return value


def _convert(value: Any, path: str, depth: int, ways: _Ways) -> Any:
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if depth > MAX_DEPTH:
        raise ValueRefused(f"{path[:120]}… nests deeper than {MAX_DEPTH} levels, or contains itself.")
    if isinstance(value, int):
        return int(value) if -_SAFE_INTEGER <= value < _SAFE_INTEGER else _long(value, path)
    if isinstance(value, float):
        return _finite(float(value), path)
    if isinstance(value, complex):
        return [_finite(value.real, path), _finite(value.imag, path)]
    if isinstance(value, Mapping):
        return _mapping(value, path, depth, ways)
    program = ways.program_of(value)
    if program is not None:
        return program
    value = ways.plain_of(value)
    if isinstance(value, Mapping):
        return _mapping(value, path, depth, ways)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic | numpy.ndarray):
        if 2 * value.size > MAX_BYTES:  # a digit and a comma for each: told before its text takes the box's memory
            raise ResultTooLarge(
                f"{path} has {value.size:,} numbers; at most 8 MiB can be kept of a result. Return a summary, or fewer values."
            )
        return _convert(value.tolist(), path, depth + 1, ways)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _mapping(fields, path, depth, ways)
    if isinstance(value, Set):
        return sorted((_convert(item, f"{path}{{…}}", depth + 1, ways) for item in value), key=_order)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_convert(item, f"{path}[{place}]", depth + 1, ways) for place, item in enumerate(value)]
    if numpy is not None and hasattr(value, "__array__") and not isinstance(value, type):  # a state, an operator: numbers in a coat
        array = numpy.asarray(value)
        if array.dtype.kind in "biufc":
            return _convert(array, path, depth + 1, ways)
    raise ValueRefused(
        f"{path} is a {type(value).__module__}.{type(value).__qualname__}, which JSON cannot hold. Return numbers, text, lists or dicts."
    )


def _mapping(value: Mapping[Any, Any], path: str, depth: int, ways: _Ways) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = key if isinstance(key, str) else str(key)
        if name in found:
            raise ValueRefused(f"{path} has two keys that both become {name!r} in JSON.")
        found[str(name)] = _convert(item, f"{path}[{name!r}]", depth + 1, ways)
    return found


def _finite(value: float, path: str) -> float:
    if not math.isfinite(value):
        raise ValueRefused(f"{path} is {value}, which JSON cannot hold. Return None or text for a number that is not finite.")
    return value


def _long(value: int, path: str) -> str:
    try:
        return str(value)
    except ValueError as problem:
        raise ValueRefused(f"{path} is an integer of more than {sys.get_int_max_str_digits()} digits.") from problem


def _order(item: Any) -> tuple[str, Any]:
    return (type(item).__name__, item if isinstance(item, int | float | str) else json.dumps(item))
