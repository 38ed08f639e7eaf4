"""`capsule.yaml`: ours is written as JSON, which is YAML too; everyone's is read by the standard's strict profile of YAML 1.2.

The profile: JSON's types only, no key twice, no aliases, no tags of other types, keys are text, integers below 2^53, 64 levels at most.
"""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from quapsule.errors import Problem
from quapsule.seal.format.names import MANIFEST

__all__ = ["MOST_MANIFEST_BYTES", "read_manifest", "write_manifest"]

MOST_MANIFEST_BYTES = 16 << 20
MOST_DEPTH = 64
MOST_SAFE_INT = 2**53 - 1

_MOST_YAML_BYTES = 1 << 20  # of what is not JSON: its reader takes up to 20 s for as much
_MOST_KEY = 1000  # characters as written: YAML readers give up at 1,024
_LEAST_EXPONENT = 1e21  # from here on RFC 8785 writes a float with its exponent
# What the standard forbids unescaped: not printable in YAML, or a line break in one version of YAML alone.
_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Half a character, escaped: JSON joins two of them, YAML does not.
_HALF = re.compile(r"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"([ \n]*:)?')


def write_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Indented JSON with its strings in NFC, whole floats as integers. Raises Problem capsule_invalid for what could not be read back."""
    text = json.dumps(_writable(manifest, MANIFEST, 1), indent=2, ensure_ascii=False, allow_nan=False)
    content = _escaped(text).encode("utf-8") + b"\n"
    if len(content) > MOST_MANIFEST_BYTES:
        raise _broken(f"it would be larger than {MOST_MANIFEST_BYTES >> 20} MiB")
    return content


def read_manifest(data: bytes) -> dict[str, Any]:
    """What a manifest says. Raises Problem capsule_invalid wherever the published package refuses it."""
    if len(data) > MOST_MANIFEST_BYTES:
        raise _broken(f"it is larger than {MOST_MANIFEST_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _broken("it is not UTF-8") from error
    if found := _RAW.search(text):
        raise _broken(f"it has the character U+{ord(found.group()):04X} unescaped")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        manifest = _read_json(text)
    except (ValueError, RecursionError):
        # Not JSON, or not surely the same as YAML: the reader of YAML says what it is, and what is wrong with it.
        manifest = _read_yaml(text)
    if not isinstance(manifest, dict):
        raise _broken("it is not a mapping")
    return manifest


def _writable(value: Any, path: str, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise _broken(f"{path} is nested deeper than {MOST_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        if abs(value) > MOST_SAFE_INT:
            raise _broken(f"{path}: {value} is no integer that every reader of JSON keeps")
        return int(value)
    if isinstance(value, float):
        return _number(value, path)
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for key, part in value.items():
            if not isinstance(key, str):
                raise _broken(f"{path}: the key {key!r} is no text")
            name = _text(key, path)
            if name in found:
                raise _broken(f"{path}: the key {name!r} is there twice, in two spellings of one text")
            if len(_escaped(json.dumps(name, ensure_ascii=False))) > _MOST_KEY:
                raise _broken(f"{path}: a key is longer than {_MOST_KEY} characters")
            found[name] = _writable(part, f"{path}/{name[:40]}", depth + 1)
        return found
    if isinstance(value, list | tuple):
        return [_writable(part, f"{path}/{place}", depth + 1) for place, part in enumerate(value)]
    raise _broken(f"{path}: a value of type {type(value).__name__} has no form in JSON")


def _number(value: float, path: str) -> float | int:
    if not math.isfinite(value):
        raise _broken(f"{path}: {value} is no number of JSON")
    if not value.is_integer() or abs(value) >= _LEAST_EXPONENT:
        return float(value)
    if abs(value) > MOST_SAFE_INT:
        # The canonical bytes would hold digits that nobody may read back as an integer.
        raise _broken(f"{path}: {value} is no integer that every reader of JSON keeps")
    return int(value)


def _text(value: str, path: str) -> str:
    if _SURROGATE.search(value):
        raise _broken(f"{path}: a text has half a character")
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _escaped(text: str) -> str:
    return _RAW.sub(lambda found: found.group() if found.group() == "\n" else f"\\u{ord(found.group()):04x}", text)


def _read_json(text: str) -> Any:
    """Raises ValueError unless the text is JSON that a strict reader of YAML takes for the same."""
    value = json.loads(text, object_pairs_hook=_object, parse_int=_integer, parse_constant=_refuse)
    _examine(value, 1)
    # Readers of YAML take no tab between values, no long key, and no key whose colon is on another line.
    if (
        "\t" in text
        or _HALF.search(text)
        or any(found[1] and (len(found[0]) > _MOST_KEY + 1 or "\n" in found[1]) for found in _STRING.finditer(text))
    ):
        raise ValueError
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > MOST_SAFE_INT:
        raise ValueError
    return number


def _refuse(_: str) -> Any:
    raise ValueError


def _examine(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise ValueError
    if isinstance(value, dict):
        for key, part in value.items():
            _examine(key, depth + 1)
            _examine(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _examine(part, depth + 1)
    elif isinstance(value, str) and _SURROGATE.search(value):
        raise ValueError


def _read_yaml(text: str) -> Any:
    if len(text) > _MOST_YAML_BYTES:
        raise _broken(f"it is not plain JSON, and larger than {_MOST_YAML_BYTES >> 20} MiB")
    import yaml

    from quapsule.seal.format.profile import load

    try:
        return load(text)
    except yaml.YAMLError as error:
        raise _broken(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise _broken("it is nested too deep") from error


def _broken(why: str) -> Problem:
    return Problem("capsule_invalid", f"{MANIFEST}: {why}.", details={"layer": "manifest", "file": MANIFEST})
