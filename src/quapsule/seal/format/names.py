"""What a file in a capsule may be called: a path that every machine can store, and that is written in one way only."""

import re
import unicodedata
from collections.abc import Iterable

from quapsule.errors import Problem

__all__ = ["CHECKSUMS", "MANIFEST", "RESERVED", "check_name", "check_names", "safe_top"]

MANIFEST = "capsule.yaml"
CHECKSUMS = ".checksums"
# Made by the seal, or read by tools of the standard: nobody adds them by hand.
RESERVED = frozenset({MANIFEST, CHECKSUMS, ".capsuleignore", "report.html", "ro-crate-metadata.json", "verify_capsule.py"})

_MOST_BYTES = 1024  # of a whole path: macOS takes no longer one
_MOST_PART_BYTES = 255  # of one part: ext4, APFS and NTFS take no longer one
_MOST_PARTS = 32
_FORBIDDEN = re.compile(r'[<>:"|?*\\]')  # Windows cannot store them
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?")
# Control and format characters, lone surrogates, private use, line and paragraph separators: none is seen in a listing.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NOT_ASCII_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def check_name(name: str, by_hand: bool = True) -> str:
    """The path in NFC. `by_hand`: a person chose it, so the reserved names are refused too. Raises Problem artifact_name_invalid."""
    found = unicodedata.normalize("NFC", name)
    if fault := _fault_of(found):
        raise _invalid(name, fault)
    if by_hand and found.casefold() in RESERVED:
        raise _invalid(name, "it is made when the capsule is sealed")
    return found


def check_names(names: Iterable[str]) -> None:
    """All names of one capsule. Raises Problem artifact_name_invalid where two are one on some machine, or a file is also a folder."""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        found = check_name(name, by_hand=False)
        if found != name:
            raise _invalid(name, "it is not in Unicode's composed form (NFC)")
        key = _folded(name)
        if key in files:
            raise _invalid(name, f"{files[key]!r} is the same name where upper and lower case do not differ")
        files[key] = name
        parts = name.split("/")
        for count in range(1, len(parts)):
            folder = "/".join(parts[:count])
            if folders.setdefault(_folded(folder), folder) != folder:
                raise _invalid(name, f"the folder {folders[_folded(folder)]!r} is the same where upper and lower case do not differ")
    for key in files.keys() & folders.keys():
        raise _invalid(files[key], "it is a file and a folder at once")


def safe_top(name: str) -> str:
    """The capsule's top folder, and the stem of its file, from what people call it: at most 80 ASCII letters, digits, `.`, `_`, `-`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").removesuffix(".capsule")
    top = _NOT_ASCII_SAFE.sub("-", plain).strip("-. ")[:80].rstrip("-.")
    if not top:
        return "capsule"
    return f"capsule-{top}" if _DEVICES.fullmatch(top) else top


def _fault_of(name: str) -> str | None:
    if not name:
        return "it is empty"
    if any(unicodedata.category(character) in _UNSEEN or _is_noncharacter(character) for character in name):
        return "it has a character that cannot be seen"
    if len(name.encode("utf-8")) > _MOST_BYTES:
        return f"it is longer than {_MOST_BYTES} bytes"
    if found := _FORBIDDEN.search(name):
        return f"it has the character {found.group()!r}"
    parts = name.split("/")
    if len(parts) > _MOST_PARTS:
        return f"it is nested deeper than {_MOST_PARTS} folders"
    return next((fault for part in parts if (fault := _fault_of_part(part))), None)


def _fault_of_part(part: str) -> str | None:
    if part in ("", ".", ".."):
        return "a part of it is empty, `.` or `..`"
    if len(part.encode("utf-8")) > _MOST_PART_BYTES:
        return f"a part of it is longer than {_MOST_PART_BYTES} bytes"
    if part[-1] in " ." or part[0] == " ":
        return "a part of it starts with a space, or ends with a space or a full stop"
    return "a part of it is a device's name on Windows" if _DEVICES.fullmatch(part) else None


def _is_noncharacter(character: str) -> bool:
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _invalid(name: str, fault: str) -> Problem:
    shown = name if len(name) <= 80 else f"{name[:79]}…"
    hint = "A path with slashes such as `data/sweep 1.csv`: NFC, no `..`, at most 1,024 bytes, nothing that Windows cannot store."
    return Problem("artifact_name_invalid", f"{shown!r} cannot be an artifact's name: {fault}.", hint, {"name": shown})
