"""Credentials in what is about to be sealed for ever: the published package's blocking rules, on every file.

Its scan of whole trees is made for few files, and leaves out binary ones. Here each file is first searched for what no blocking rule can
match without, at the speed of a search; only lines that have it go to the package, which alone decides. So no file is left out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

from quapsule.errors import Problem
from quapsule.seal import Item
from quapsule.seal.format.manifest import read_manifest
from quapsule.seal.format.names import MANIFEST

__all__ = ["MOST_FINDINGS", "Finding", "find_credentials"]

MOST_FINDINGS = 100  # then the search ends: a person has enough to do

_PIECE = 1 << 20
_KEY_BLOCK = 66 << 10  # bytes of a private key, from its first line on
_OVERLAP = 2 * _KEY_BLOCK
_ROOM = 2048  # bytes of a line before and behind what is suspicious: more than any rule looks at
_NEAR = 40  # characters between a hex token and the word that makes it one
_MOST_NOTEBOOK_BYTES = 32 << 20
# Letters to a pattern that ignores case, but not to bytes.
_LOOK_ALIKES = (("\u0130".encode(), b"i"), ("\u0131".encode(), b"i"), ("\u017f".encode(), b"s"), ("\u212a".encode(), b"k"))

# Each rule's shape, a little wider than it is, from letters on that are rare: a search that can skip is fast.
_SHAPE = re.compile(
    rb"(?:A3T[A-Z0-9]|A[KSB]IA|ACCA)[A-Z2-7]{16}|AIza[0-9A-Za-z_-]{35}|gh[pousr]_[0-9A-Za-z]{36}|github_pat_"
    rb"|_(?:test|live|prod)_|xox[baprs]-|\.ey|PRIVATE KEY"
)
_KEY, _KEY_BEGINS, _MOST_KEY_LABEL = b"PRIVATE KEY", b"-----BEGIN", 111
# In small letters.
_NAME = re.compile(
    rb"ibmq|ibm_quantum_token|aws_access_key_id|aws_secret_access_key|github_token|azure_quantum_"
    rb"|ibmprovider|qiskitruntimeservice|awssession"
)
_HEX = re.compile(rb"[0-9A-Fa-f]{64}")
_HEX_WORDS = (b"ibm", b"qiskit", b"quantum", b"token", b"api")


@dataclass(frozen=True)
class Finding:
    """line: from 1; 0 where the file's name is the finding, or a value of the manifest; in a notebook it counts within a cell.

    rule: the published package's name of it. shown: the beginning of what was found, the rest hidden.
    """

    file: str
    line: int
    rule: str
    shown: str


def find_credentials(items: Iterable[Item], manifest: bytes) -> list[Finding]:
    """What stops a seal: token shapes, credentials by name, private keys, files named as such. At most MOST_FINDINGS.

    Nothing found means no known shape, not that there is no secret. All that the published scan blocks is found, and more: it skips
    binary files, folders such as venv, and what a .capsuleignore names.
    """
    found: dict[Finding, None] = {}
    with TemporaryDirectory(prefix="quapsule-scan-") as folder:
        for finding in _all(_Judge(folder), list(items), manifest):
            found[finding] = None
            if len(found) == MOST_FINDINGS:
                break
    return list(found)


def _all(judge: "_Judge", items: Sequence[Item], manifest: bytes) -> Iterator[Finding]:
    yield from _in_manifest(judge, manifest)
    # Files that are credentials by their names alone.
    yield from judge.texts({item.name: "" for item in items})
    for item in items:
        yield from _in_item(judge, item)


class _Judge:
    """The published package: it scans texts that it is given in place of files of an empty folder."""

    def __init__(self, empty_folder: str) -> None:
        from marqov_capsule import CapsuleRedactor  # slow to import, and only a seal needs it

        self._redactor = CapsuleRedactor(empty_folder, mode="warn_only")

    def texts(self, texts: Mapping[str, str]) -> Iterator[Finding]:
        """By the names that the texts are given."""
        for one in self._redactor.scan(overrides=dict(texts))["findings"]:
            if one["blocking"]:
                shown = f"{one['field']}: {one['match']}" if "field" in one else str(one["match"])
                yield Finding(str(one["file"]), int(one["line"]), str(one["reason"]), shown)

    def lines(self, name: str, lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
        """(number, text) of lines of a file that is text, whatever it is named."""
        parts = [(number, part) for number, line in lines for part in line.splitlines()]
        for finding in self.texts({"lines.txt": "\n".join(part for _, part in parts)}) if parts else ():
            yield replace(finding, file=name, line=parts[finding.line - 1][0])


def _in_item(judge: _Judge, item: Item) -> Iterator[Finding]:
    seen = set()
    if item.name.casefold().endswith(".ipynb") and item.size_bytes <= _MOST_NOTEBOOK_BYTES:
        # Its cells hold their text escaped, as a list of lines: what matters is what they say.
        with item.open() as file:
            notebook = file.read(_MOST_NOTEBOOK_BYTES).decode("utf-8", "replace")
        if _may_match(_said(notebook)):
            for finding in judge.texts({"notebook.ipynb": notebook}):
                seen.add((finding.rule, finding.shown))
                yield replace(finding, file=item.name)
    for data, first_line in _pieces(item):
        for finding in _in_bytes(judge, item.name, data, first_line):
            if (finding.rule, finding.shown) not in seen:
                yield finding


def _in_bytes(judge: _Judge, name: str, data: bytes, first_line: int) -> Iterator[Finding]:
    data = _plain(data)
    lines: list[tuple[int, str]] = []
    counted, line_number, behind = 0, first_line, 0
    for start, end, is_key in _suspects(data):
        begin = max(data.rfind(b"\n", 0, start) + 1, start - _ROOM)
        line_number += data.count(b"\n", counted, begin)
        counted = begin
        if is_key:
            block = data[begin : begin + _KEY_BLOCK].decode("utf-8", "replace")
            for finding in judge.texts({"key.txt": block}):
                yield replace(finding, file=name, line=line_number + finding.line - 1)
        if end <= behind:
            continue  # the line was taken for what came before on it
        line_end = data.find(b"\n", end)
        behind = min(len(data) if line_end < 0 else line_end, end + _ROOM)
        lines.append((line_number, data[begin:behind].decode("utf-8", "replace")))
        if behind == end + _ROOM:
            behind -= _ROOM // 2  # a long line goes on: the next piece of it overlaps
    yield from judge.lines(name, lines)


def _suspects(data: bytes) -> list[tuple[int, int, bool]]:
    """(start, end, whether it begins a private key), in order."""
    small = data.lower()
    found = [(*match.span(), False) for match in _NAME.finditer(small)]
    for match in _SHAPE.finditer(data):
        (begin, end), is_key = match.span(), match.group() == _KEY
        if is_key:
            begin = data.rfind(_KEY_BEGINS, max(0, begin - _MOST_KEY_LABEL), begin)
        if begin >= 0 and _fits_before(data, begin):
            found.append((begin, end, is_key))
    if any(word in small for word in _HEX_WORDS):
        for match in _HEX.finditer(data):
            # The rule counts characters, of which each has at most four bytes.
            around = small[max(0, match.start() - 4 * _NEAR) : match.end() + 4 * _NEAR]
            if any(word in around for word in _HEX_WORDS):
                found.append((*match.span(), False))
    return sorted(found)


def _fits_before(data: bytes, begin: int) -> bool:
    """What is before `.ey` of a web token, and `_live_` of a payment key. Looking back in the pattern would make it slow everywhere."""
    if data[begin] == ord("."):
        return data[max(0, begin - 10) : begin].isalnum()
    return data[begin] != ord("_") or data[max(0, begin - 2) : begin] in (b"sk", b"rk")


def _may_match(data: bytes) -> bool:
    return bool(_suspects(_plain(data)))


def _in_manifest(judge: _Judge, manifest: bytes) -> Iterator[Finding]:
    """As any text; and each value beside each key above it, since a manifest's layout says nothing."""
    seen = set()
    for finding in _in_bytes(judge, MANIFEST, manifest, 1):
        seen.add((finding.rule, finding.shown))
        yield finding
    try:
        values = read_manifest(manifest)
    except Problem:
        return  # it will not be sealed
    if suspicious := _suspicious(values, ()):
        for finding in judge.texts({MANIFEST: json.dumps(suspicious, indent=2)}):
            if (finding.rule, finding.shown.rpartition(": ")[2]) not in seen:
                yield replace(finding, line=0)


def _suspicious(value: Any, keys: tuple[str, ...]) -> Any:
    """The same value without the parts that no rule can match; None where nothing is left."""
    if isinstance(value, dict):
        return {key: part for key, inner in value.items() if (part := _suspicious(inner, (*keys, key))) is not None} or None
    if isinstance(value, list):
        return [part for inner in value if (part := _suspicious(inner, keys)) is not None] or None
    if isinstance(value, str) and any(_may_match(f"{key}: {value}".encode("utf-8", "replace")) for key in keys):
        return value
    return None


def _pieces(item: Item) -> Iterator[tuple[bytes, int]]:
    """(bytes, number of their first line); a large file in pieces that overlap."""
    kept, first_line = b"", 1
    with item.open() as file:
        while data := file.read(_PIECE):
            data = kept + data
            yield data, first_line
            first_line += data.count(b"\n", 0, max(0, len(data) - _OVERLAP))
            kept = data[-_OVERLAP:]


def _said(notebook: str) -> bytes:
    """All texts of a notebook, joined; nothing where it is none."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list | dict):
            for part in value.values() if isinstance(value, dict) else value:
                collect(part)

    try:
        collect(json.loads(notebook))
    except (ValueError, RecursionError):
        return b""
    return "".join(found).encode("utf-8", "replace")


def _plain(data: bytes) -> bytes:
    if not data.isascii():
        for letter, plain in _LOOK_ALIKES:
            data = data.replace(letter, plain)
    return data
