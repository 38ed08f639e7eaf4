"""The list of a capsule's payload files, `.checksums`: one line `sha256:HEX  PATH` per file, sorted by bytes."""

import re
import unicodedata
from collections.abc import Iterable

from quapsule.errors import Problem
from quapsule.seal import Item
from quapsule.seal.format.names import CHECKSUMS

__all__ = ["MOST_CHECKSUMS_BYTES", "read_checksums", "write_checksums"]

MOST_CHECKSUMS_BYTES = 16 << 20

_MOST_PATH_BYTES = 4096  # encoded, as the published package has it
_LINE = re.compile(r"sha256:([0-9a-f]{64})  ([^\x00-\x1f\x7f]+)")
_ESCAPES = {"%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D"}
_MEANT = {escape: character for character, escape in _ESCAPES.items()}
_ESCAPED = re.compile(r"[%\\\n\r]")
_ESCAPE = re.compile(r"%(?:25|5C|0A|0D)")


def write_checksums(items: Iterable[Item]) -> bytes:
    """Raises Problem capsule_invalid for a path that the list cannot hold, or one that is there twice."""
    lines: dict[bytes, str] = {}
    for item in items:
        path = _encoded(item.name)
        if path is None or not re.fullmatch(r"[0-9a-f]{64}", item.sha256):
            raise _broken(f"{item.name!r} cannot be listed", item.name)
        key = path.encode("utf-8")
        if key in lines:
            raise _broken(f"{item.name!r} is there twice", item.name)
        lines[key] = f"sha256:{item.sha256}  {path}\n"
    content = "".join(lines[key] for key in sorted(lines)).encode("utf-8")
    if len(content) > MOST_CHECKSUMS_BYTES:
        raise _broken(f"there are too many files: {CHECKSUMS} would be larger than {MOST_CHECKSUMS_BYTES >> 20} MiB")
    return content


def read_checksums(data: bytes) -> dict[str, str]:
    """{path: hex digest}. Raises Problem capsule_invalid, naming the first line that is not as the standard has it."""
    if len(data) > MOST_CHECKSUMS_BYTES:
        raise _broken(f"it is larger than {MOST_CHECKSUMS_BYTES >> 20} MiB")
    if not data:
        return {}
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise _broken("it is not UTF-8") from error
    if lines.pop():
        raise _broken("its last line does not end")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise _broken(f"line {number} is not `sha256:HEX  PATH`")
        path = _ESCAPE.sub(lambda escape: _MEANT[escape.group()], match[2])
        if _encoded(path) != match[2]:
            raise _broken(f"line {number}: its path is not written as the standard writes it")
        if path in found:
            raise _broken(f"line {number}: its path is there twice")
        found[path] = match[1]
    return found


def _encoded(path: str) -> str | None:
    """The path as a line holds it; None where none can."""
    try:
        path = path if path.isascii() else unicodedata.normalize("NFC", path)
        encoded = _ESCAPED.sub(lambda found: _ESCAPES[found.group()], path)
        too_long = len(encoded.encode("utf-8")) > _MOST_PATH_BYTES
    except UnicodeEncodeError:
        return None
    return None if too_long or not encoded or re.search(r"[\x00-\x1f\x7f]", encoded) else encoded


def _broken(why: str, file: str = CHECKSUMS) -> Problem:
    message = f"{CHECKSUMS}: {why}." if file == CHECKSUMS else f"{why}."
    return Problem("capsule_invalid", message, details={"layer": "checksums", "file": file})
