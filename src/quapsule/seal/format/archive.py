"""The file of a capsule, `NAME.capsule`: a gzip stream of one tar, byte for byte as the standard's `pack` makes it from the same files.

Packing and reading go through memory in pieces; nothing is unpacked to disk. What is read must be the very tar that packing makes: every
header is compared to the one that its name and size give, names rise, and zeros fill the rest. So there is no room for links, devices, a
second meaning of a name, or anything hidden.
"""

import gzip
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import SEEK_SET
from itertools import accumulate
from typing import BinaryIO, NoReturn

from quapsule.errors import Problem
from quapsule.seal import Item
from quapsule.seal.format.checksums import MOST_CHECKSUMS_BYTES
from quapsule.seal.format.manifest import MOST_MANIFEST_BYTES
from quapsule.seal.format.names import CHECKSUMS, MANIFEST

__all__ = ["MOST_BYTES", "MOST_MEMBERS", "Archive", "Member", "open_archive", "pack"]

MOST_BYTES = 1 << 30  # of all files together, as the published package has it
MOST_MEMBERS = 250_000  # more files than .checksums may list, and their folders
MOST_NAMES_BYTES = 64 << 20  # of all paths together: they are kept until the end

_BLOCK = 512
_RECORD = 20 * _BLOCK  # a tar ends at a multiple of it
_PIECE = 1 << 18
_MOST_PATH_BYTES = 8192
_MOST_SIZE = 8**11 - 1  # what a header's field holds; MOST_BYTES is far below
_FOLDER, _FILE, _LONG = b"5", b"0", b"x"


@dataclass(frozen=True)
class Member:
    """One entry while the archive is read. name: path below the top folder, "" for that one itself. `chunks` are read once, in turn."""

    name: str
    is_folder: bool
    size_bytes: int
    chunks: Iterator[bytes]

    def read(self) -> bytes:
        return b"".join(self.chunks)


def pack(top: str, manifest: bytes, checksums: bytes, items: Iterable[Item], out: BinaryIO) -> None:
    """Write the archive. Raises Problem capsule_invalid where an item's bytes are not as long as it says."""
    files: dict[str, Item | bytes] = {f"{top}/{MANIFEST}": manifest, f"{top}/{CHECKSUMS}": checksums}
    files |= {f"{top}/{item.name}": item for item in items}
    folders = {folder for path in files for folder in accumulate(path.split("/")[:-1], lambda above, part: f"{above}/{part}")}
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=9, mtime=0) as stream:
        written = 0
        for path in sorted(folders | files.keys()):
            content = files.get(path)
            size = 0 if content is None else len(content) if isinstance(content, bytes) else content.size_bytes
            head = _header(path, _FOLDER if content is None else _FILE, size)
            written += len(head) + size + -size % _BLOCK
            stream.write(head)
            if isinstance(content, bytes):
                stream.write(content)
            elif content is not None:
                _copy(content, stream)
            stream.write(bytes(-size % _BLOCK))
        stream.write(_end(written))


def open_archive(file: BinaryIO, most_bytes: int = MOST_BYTES) -> "Archive":
    """The archive in a file that can seek, from its present position. Raises Problem capsule_invalid when it does not even begin as one."""
    return Archive(file, most_bytes)


class Archive:
    """Its top folder's name and, each time from the start, its members. Every fault is a Problem capsule_invalid with {layer, file}.

    most_bytes: of all files together. An archive that says more is refused before the file that goes over it is read.
    """

    def __init__(self, file: BinaryIO, most_bytes: int = MOST_BYTES) -> None:
        self._file, self._start, self._most_bytes = file, file.tell(), most_bytes
        self.top = _Reader(file, most_bytes).top()

    def members(self) -> Iterator[Member]:
        """In the archive's order. Chunks that are not read are skipped. Whether the archive is whole is known only when this ends."""
        self._file.seek(self._start, SEEK_SET)
        return _Reader(self._file, self._most_bytes).members()

    def read(self, name: str, most_bytes: int = MOST_MANIFEST_BYTES) -> bytes:
        """A file's bytes. Raises Problem capsule_invalid when it is missing or larger."""
        return self.read_many({name}, most_bytes)[name]

    def read_many(self, names: Iterable[str], most_bytes: int = MOST_MANIFEST_BYTES) -> dict[str, bytes]:
        """Several files in one pass; each at most `most_bytes`."""
        wanted, found = set(names), {}
        for member in self.members():
            if member.is_folder or member.name not in wanted:
                continue
            if member.size_bytes > most_bytes:
                _refuse(f"{member.name} is larger than {most_bytes} bytes", member.name)
            found[member.name] = member.read()
        if missing := sorted(wanted - found.keys()):
            _refuse(f"{missing[0]} is missing", missing[0])
        return found

    def extract(self, name: str, out: BinaryIO) -> int:
        """Copy a file's bytes; how many there were."""
        copied = -1
        for member in self.members():
            if member.name == name and not member.is_folder:
                copied = sum(out.write(chunk) for chunk in member.chunks)
        return copied if copied >= 0 else _refuse(f"{name} is missing", name)


class _Reader:
    """One pass over an archive."""

    def __init__(self, file: BinaryIO, most_bytes: int) -> None:
        self._stream = _Inflated(file)
        self._bytes_left = most_bytes
        self._most_bytes = most_bytes

    def top(self) -> str:
        path, kind, _ = self._head() or _refuse("the archive is empty")
        if kind != _FOLDER or "/" in path or path in ("", ".", ".."):
            _refuse("the archive does not begin with its one top folder")
        return path

    def members(self) -> Iterator[Member]:
        top = self.top()
        yield Member("", True, 0, iter(()))
        before, folders, composed, count, names_left = top, {top}, {top}, 1, MOST_NAMES_BYTES
        while head := self._head():
            path, kind, size = head
            count, names_left = count + 1, names_left - len(path.encode("utf-8"))
            _check_path(path, before, top, folders)
            key = path if path.isascii() else unicodedata.normalize("NFC", path)
            if key in composed:
                _refuse(f"two names are one in Unicode's composed form: {path[:200]!r}", path[len(top) + 1 :])
            if count > MOST_MEMBERS or names_left < 0:
                _refuse(f"the archive has more than {MOST_MEMBERS:,} entries, or {MOST_NAMES_BYTES >> 20} MiB of names")
            composed.add(key)
            before, name = path, path[len(top) + 1 :]
            if kind == _FOLDER:
                folders.add(path)
                yield Member(name, True, 0, iter(()))
                continue
            self._admit(name, size)
            chunks = self._stream.chunks(size)
            yield Member(name, False, size, chunks)
            for _ in chunks:
                pass
            if self._stream.read(-size % _BLOCK).strip(b"\0"):
                _refuse(f"there are bytes behind the end of {name!r}", name)
        self._stream.finish()

    def _admit(self, name: str, size: int) -> None:
        most = {MANIFEST: MOST_MANIFEST_BYTES, CHECKSUMS: MOST_CHECKSUMS_BYTES}.get(name)
        if most is not None and size > most:
            _refuse(f"{name} is larger than {most >> 20} MiB", name)
        self._bytes_left -= size
        if self._bytes_left < 0:
            _refuse(f"the files are larger than {self._most_bytes:,} bytes together", name)

    def _head(self) -> tuple[str, bytes, int] | None:
        """(path, kind, size) of the next entry; None at the end. The bytes are those that `_header` makes of the three."""
        block = self._stream.read(_BLOCK)
        if not block.strip(b"\0"):
            return None
        raw, name = block, block[:100].rstrip(b"\0")
        if block[156:157] == _LONG:
            length = _octal(block[124:136])
            if length > _MOST_PATH_BYTES:
                _refuse("an entry's name is too long")
            records = self._stream.read(length + -length % _BLOCK)
            name = records[:length].partition(b" path=")[2].removesuffix(b"\n")
            block = self._stream.read(_BLOCK)
            raw += records + block
        kind, size = block[156:157], _octal(block[124:136])
        try:
            path = name.decode("utf-8").removesuffix("/")
        except UnicodeDecodeError:
            _refuse("an entry's name is not UTF-8")
        if kind not in (_FOLDER, _FILE) or raw != _header(path, kind, size):
            what = "neither a file nor a folder" if kind not in (_FOLDER, _FILE, b"\0") else "not as the standard's `pack` writes it"
            _refuse(f"the entry {path[:200]!r} is {what}", path.partition("/")[2])
        return path, kind, size


class _Inflated:
    """The bytes of one gzip stream, in pieces that stay small however far a piece would inflate."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inflater = zlib.decompressobj(wbits=31)
        self._buffer = b""
        self._at = 0
        self._given = 0
        head = file.read(10)
        if head[:4] == b"PK\x03\x04":
            _refuse("the file is a zip: the capsule may be in it")
        if head[:4] != b"\x1f\x8b\x08\x00":
            # A flag would bring a name, a comment or other fields, which nothing here would read.
            _refuse("the file is not a gzip stream as the standard's `pack` writes it")
        self._inflate(head)

    def read(self, count: int) -> bytes:
        return b"".join(self.chunks(count))

    def chunks(self, count: int) -> Iterator[bytes]:
        while count:
            if self._at == len(self._buffer) and not self._refill():
                _refuse("the archive ends too early")
            piece = self._buffer[self._at : self._at + count]
            self._at += len(piece)
            self._given += len(piece)
            count -= len(piece)
            yield piece

    def finish(self) -> None:
        """After the tar's first block of zeros: the rest of its end, and of the file, is as it must be."""
        rest = _end(self._given - _BLOCK)[_BLOCK:]
        if self.read(len(rest)) != rest or self._at < len(self._buffer) or self._refill():
            _refuse("there is something behind the last entry")
        if self._inflater.unused_data or self._file.read(1):
            _refuse("there is something behind the end of the gzip stream")

    def _refill(self) -> bool:
        """Whether there was more."""
        while not self._inflater.eof:
            data = self._inflater.unconsumed_tail or self._file.read(_PIECE)
            if self._inflate(data):
                return True
            if not data and not self._inflater.eof:
                _refuse("the gzip stream is cut off")
        return False

    def _inflate(self, data: bytes) -> bool:
        try:
            self._buffer, self._at = self._inflater.decompress(data, _PIECE), 0
        except zlib.error as error:
            _refuse(f"the gzip stream is damaged ({error})")
        return bool(self._buffer)


def _check_path(path: str, before: str, top: str, folders: set[str]) -> None:
    """Raises Problem unless the path is below the top folder, in a folder that came before, and behind what came before."""
    parts, shown, name = path.split("/"), path[:200], path.partition("/")[2]
    if any(part in ("", ".", "..") for part in parts) or "\0" in path:
        _refuse(f"the entry {shown!r} leads out of its folder", name)
    if parts[0] != top:
        _refuse(f"the archive has a second top folder, {parts[0][:200]!r}", name)
    if path <= before:
        _refuse(f"the entry {shown!r} comes a second time, or out of order", name)
    if path.rpartition("/")[0] not in folders:
        _refuse(f"the entry {shown!r} is in no folder of the archive", name)


def _header(path: str, kind: bytes, size: int) -> bytes:
    """What Python's tarfile writes for a file or folder without owner and time (POSIX.1-2001: a long or non-ASCII name comes before)."""
    name = f"{path}/" if kind == _FOLDER else path
    if name.isascii() and len(name) <= 100:
        return _block(name.encode("ascii"), kind, size, b"0000755" if kind == _FOLDER else b"0000644")
    value = name.encode("utf-8", "surrogatepass")
    length = len(value) + len(b" path=\n")
    # The record's length counts its own digits.
    length += next(digits for digits in range(1, 9) if len(str(length + digits)) == digits)
    record = b"%d path=%b\n" % (length, value)
    first = _block(b"././@PaxHeader", _LONG, len(record), b"0000000") + record + bytes(-len(record) % _BLOCK)
    return first + _block(name.encode("ascii", "replace")[:100], kind, size, b"0000755" if kind == _FOLDER else b"0000644")


def _block(name: bytes, kind: bytes, size: int, mode: bytes) -> bytes:
    if size > _MOST_SIZE:
        _refuse("a file is larger than a header can say")
    head = b"%b%b\x000000000\x000000000\x00%011o\x0000000000000\x00" % (name.ljust(100, b"\0"), mode, size)
    tail = kind + bytes(100) + b"ustar\x0000" + bytes(_BLOCK - 265)
    # The sum counts its own field as eight spaces.
    return head + b"%06o\x00 " % (sum(head) + 8 * 32 + sum(tail)) + tail


def _octal(field: bytes) -> int:
    digits = field.rstrip(b"\0 ")
    if not digits.isdigit() or digits.strip(b"01234567"):
        _refuse("an entry's size is no number")
    return int(digits, 8)


def _end(written: int) -> bytes:
    """The zeros behind the last entry of a tar of so many bytes."""
    return bytes(2 * _BLOCK + -(written + 2 * _BLOCK) % _RECORD)


def _copy(item: Item, stream: gzip.GzipFile) -> None:
    left = item.size_bytes
    with item.open() as source:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                break
            stream.write(piece)
    if left:
        _refuse(f"{item.name} is not as long as it was when it was listed", item.name)


def _refuse(why: str, file: str = "") -> NoReturn:
    raise Problem("capsule_invalid", f"{why[0].upper()}{why[1:]}.", details={"layer": "archive", "file": file})
