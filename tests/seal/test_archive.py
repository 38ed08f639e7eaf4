"""The archive: what is packed is what the published package packs, and what is read is nothing else."""

import gzip
import os
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marqov_capsule.archive import pack_capsule, unpack_capsule
from tests.seal.samples import TOP, entries_of, gzipped, items_of, manifest_of, packed, refused, sample, tarred

from quapsule.errors import Problem
from quapsule.seal import Item
from quapsule.seal.check import verify
from quapsule.seal.format.archive import _FILE, _FOLDER, _header, open_archive, pack
from quapsule.seal.format.sealing import seal

MANIFEST, CHECKSUMS = f"{TOP}/capsule.yaml", f"{TOP}/.checksums"


def raw_tar(archive: bytes) -> bytes:
    return gzip.decompress(archive)


def link(kind: bytes, to: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"{TOP}/data")
    info.type, info.linkname = kind, to
    return info


def with_entry(*entries: tuple[str, bytes | None] | tarfile.TarInfo) -> bytes:
    """The sample with more entries, all in order."""
    return tarred(
        sorted([*entries_of(sample().files), *entries], key=lambda entry: entry.name if isinstance(entry, tarfile.TarInfo) else entry[0])
    )


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, b"S", b"Z"]
)
def test_links_devices_and_sparse_files_are_refused(kind: bytes) -> None:
    (finding,) = refused(tarred([*entries_of(sample().files)[:3], link(kind)])).findings
    assert finding.layer == "archive" and finding.file == "data" and "neither a file nor a folder" in finding.message


@pytest.mark.parametrize("name", ["/etc/cron.d/x", f"{TOP}/../x", "../x", f"{TOP}/a/../../x", f"{TOP}//x", f"{TOP}/./x", "..", "C:\\x"])
def test_a_path_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    for archive in (with_entry((name, b"x")), tarred([*entries_of(sample().files), (name, b"x")]), tarred([(name, b"x")])):
        assert refused(archive).findings[0].layer == "archive"


def test_a_second_top_folder_is_refused() -> None:
    for other in ("ball", "bella"):
        assert "top folder" in refused(with_entry((other, None), (f"{other}/x", b"x"))).findings[0].message


def test_a_name_that_comes_twice_is_refused() -> None:
    entries = entries_of(sample().files)
    for place in range(len(entries)):
        assert refused(tarred([*entries[: place + 1], *entries[place:]])).findings[0].layer == "archive"


def test_entries_out_of_order_are_refused() -> None:
    entries = entries_of(sample().files)
    for place in range(1, len(entries)):
        assert (
            refused(tarred([*entries[: place - 1], entries[place], entries[place - 1], *entries[place + 1 :]])).findings[0].layer
            == "archive"
        )


def test_two_spellings_of_one_name_are_refused() -> None:
    report = refused(with_entry((f"{TOP}/data/n\u0303", b""), (f"{TOP}/data/\u00f1", b"")))
    assert "composed form" in report.findings[0].message


def test_a_file_that_is_also_a_folder_or_in_none_is_refused() -> None:
    for entry in ((f"{TOP}/data/x/y", b""), (f"{TOP}/workflow/script.py/x", b"")):
        assert "in no folder" in refused(with_entry(entry)).findings[0].message


def test_other_forms_of_tar_are_refused() -> None:
    files = {**sample().files, "data/" + "long " * 30: b"x"}
    for form in (tarfile.GNU_FORMAT,):
        assert "not as the standard" in refused(tarred(entries_of(files), form=form)).findings[0].message


@pytest.mark.parametrize("key", ["mtime", "uid", "comment", "GNU.sparse.map", "SCHILY.xattr.user.x", "size", "hdrcharset", "path"])
def test_extended_headers_that_packing_does_not_make_are_refused(key: str) -> None:
    info = tarfile.TarInfo(f"{TOP}/data/x")
    info.pax_headers = {key: "1"}
    assert refused(with_entry(info)).findings[0].layer == "archive"
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={key: "1"}) as tar:
        for name, content in entries_of(sample().files):
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.REGTYPE if content is not None else tarfile.DIRTYPE
            entry.size = len(content or b"")
            tar.addfile(entry, BytesIO(content or b""))
    assert refused(gzipped(out.getvalue())).findings[0].layer == "archive"


def test_owners_times_and_modes_have_no_room() -> None:
    for field, value in (("mtime", 1), ("uid", 1000), ("gid", 1), ("uname", "alice"), ("gname", "x"), ("mode", 0o755), ("mode", 0o4644)):
        info = tarfile.TarInfo(f"{TOP}/data/x")
        setattr(info, field, value)
        assert "not as the standard" in refused(with_entry(info)).findings[0].message


def test_bytes_behind_an_end_are_refused() -> None:
    archive, tar = packed(sample().files), raw_tar(packed(sample().files))
    assert len(tar) % 10240 == 0
    for extra in (b"\0", b"x", archive, gzipped(b"")):
        assert "behind the end of the gzip stream" in refused(archive + extra).findings[0].message
    for longer in (tar + bytes(512), tar + bytes(10240), tar[:-1] + b"x", tar[:-512], tar[:-1], tar + tar):
        assert refused(gzipped(longer)).findings[0].layer == "archive"
    place = tar.index(b"Z\xc3\xbcrich\n") + 9  # the rest of that file's block is padding
    assert "bytes behind" in refused(gzipped(tar[:place] + b"!" + tar[place + 1 :])).findings[0].message


def test_a_gzip_stream_with_other_fields_is_refused() -> None:
    archive = packed(sample().files)
    for flags, extra in ((8, b"hidden\0"), (16, b"comment\0"), (4, b"\4\0abcd"), (2, b"xx")):
        assert "not a gzip stream" in refused(archive[:3] + bytes([flags]) + archive[4:10] + extra + archive[10:]).findings[0].message


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b", b"PK\x03\x04" + bytes(100), b"x" * 2000, gzipped(b""), gzipped(bytes(10240)), gzipped(b"x" * 512)]
)
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert refused(content).findings[0].layer == "archive"


def test_a_truncated_archive_is_refused_wherever_it_ends() -> None:
    archive = packed(sample().files)
    for length in range(0, len(archive), 16):
        assert refused(archive[:length]).findings[0].layer == "archive"
    tar = raw_tar(archive)
    for length in range(0, len(tar), 64):
        assert refused(gzipped(tar[:length])).findings[0].layer == "archive"


@cache
def zeros(mebibytes: int) -> bytes:
    """Very many of them, deflated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(mebibytes)), packer.flush()])


def bomb(head: bytes, mebibytes: int = 1024) -> bytes:
    """A gzip stream of `head` and zeros, without the sum that would follow."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + start + zeros(mebibytes)


def heads(*sizes: tuple[str, int]) -> bytes:
    return _header(TOP, _FOLDER, 0) + b"".join(_header(f"{TOP}/{name}", _FILE, size) for name, size in sizes)


GIB = 1 << 30


@pytest.mark.parametrize(
    "head",
    [
        heads(("data", GIB + 1)),
        heads(("capsule.yaml", (16 << 20) + 1)),
        heads((".checksums", (16 << 20) + 1)),
        heads(("data", 8**11 - 1)),
        _header(TOP, _FOLDER, 0) + _header(f"{TOP}/{'x' * 200}", _FILE, 0)[:512].replace(b"00000000337", b"10000000000"),
        heads(),
        b"",
    ],
)
def test_a_bomb_is_refused_before_it_inflates(head: bytes) -> None:
    archive = BytesIO(bomb(head))
    tracemalloc.start()
    try:
        report = verify(archive)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.status == "broken" and report.findings[0].layer == "archive"
    assert archive.tell() <= 10 + (1 << 18) and peak < 4 << 20
    refused(archive.getvalue())


def many_entries() -> Iterator[str]:
    return (f"{number:06}" for number in range(250_001))


def long_names() -> Iterator[str]:
    deep = "/".join(["x" * 250] * 32)
    yield from accumulate(deep.split("/"), lambda above, part: f"{above}/{part}")
    yield from (f"{deep}/{number:06}" for number in range(8500))


@pytest.mark.parametrize("names", [long_names, pytest.param(many_entries, marks=pytest.mark.slow)])
def test_entries_without_end_are_refused(names: Callable[[], Iterator[str]]) -> None:
    entries = b"".join(_header(f"{TOP}/{name}", _FOLDER, 0) for name in names())
    archive = gzip.compress(_header(TOP, _FOLDER, 0) + entries + bytes(1024), 1, mtime=0)
    (finding,) = refused(archive).findings
    assert "entries, or 64 MiB of names" in finding.message


def test_files_that_are_too_large_together_are_refused_before_the_last_is_read() -> None:
    archive = BytesIO(packed({**sample().files, **{f"x{number}": bytes(1 << 20) for number in range(8)}}))
    assert verify(archive, most_bytes=16 << 20).findings[0].layer == "payload"
    archive.seek(0)
    (finding,) = verify(archive, most_bytes=3 << 20).findings
    assert finding.layer == "archive" and "larger than" in finding.message and finding.file == "x2"


def test_reading_a_large_capsule_takes_little_memory() -> None:
    large = Item("large", "data", "x", 64 << 20, "0" * 64, BytesIO)
    out = BytesIO()
    with pytest.raises(Problem, match="not as long as it was"):
        pack(TOP, b"{}", b"", [large], out)
    archive = BytesIO(bomb(heads(("capsule.yaml", 0), ("data", 64 << 20)), 65))
    tracemalloc.start()
    verify(archive)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_an_item_that_grew_or_shrank_is_not_packed() -> None:
    for size in (2, 4):
        with pytest.raises(Problem) as caught:
            pack(TOP, b"{}", b"", [Item("a", "data", "x", size, "0" * 64, lambda: BytesIO(b"abc"))], BytesIO())
        assert caught.value.details == {"layer": "archive", "file": "a"}


# what stands


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=60).filter(
        lambda part: part not in (".", "..")
    ),
    min_size=1,
    max_size=6,
).map("/".join)


@given(NAMES, st.integers(0, 8**11 - 1))
def test_a_header_is_the_one_that_pythons_tarfile_writes(name: str, size: int) -> None:
    for kind in (_FILE, _FOLDER):
        info = tarfile.TarInfo(name)
        info.type, info.size, info.mode = kind, size if kind == _FILE else 0, 0o644 if kind == _FILE else 0o755
        assert _header(name, kind, info.size) == info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def tree_small(folder: Path) -> None:
    (folder / "a").write_bytes(b"x")


def tree_odd(folder: Path) -> None:
    for name in ("a/b", "a-b/c", "a.b/c", "-a", "ä/ö/ü", "z" * 120 + "/" + "y" * 120, "sp ace/%5C", "日本/量子" * 8, "Z", "a/" + "n" * 96):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 50)
    (folder / "big").write_bytes(os.urandom(1 << 20) + bytes(1 << 20) + os.urandom(100) * 1000)
    (folder / "empty").write_bytes(b"")


def tree_many(folder: Path) -> None:
    for number in range(300):
        (folder / f"d{number % 7}").mkdir(exist_ok=True)
        (folder / f"d{number % 7}" / f"{number}.json").write_text(f'{{"number": {number}}}')


@pytest.mark.parametrize("grow", [tree_small, tree_odd, tree_many])
def test_what_is_packed_is_byte_for_byte_what_the_published_package_packs(tmp_path: Path, grow: Callable[[Path], None]) -> None:
    folder = tmp_path / TOP
    folder.mkdir()
    grow(folder)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    sealed = seal(manifest_of(), items_of(files))
    (folder / "capsule.yaml").write_bytes(sealed.manifest)
    (folder / ".checksums").write_bytes(sealed.checksums)
    out = BytesIO()
    pack(TOP, sealed.manifest, sealed.checksums, items_of(files), out)
    assert out.getvalue() == pack_capsule(folder, tmp_path / "theirs.capsule").read_bytes()

    (tmp_path / "again").mkdir()
    (tmp_path / "ours.capsule").write_bytes(out.getvalue())
    unpacked = unpack_capsule(tmp_path / "ours.capsule", tmp_path / "again")
    assert {path.relative_to(unpacked).as_posix(): path.read_bytes() for path in unpacked.rglob("*") if path.is_file()} == {
        **files,
        "capsule.yaml": sealed.manifest,
        ".checksums": sealed.checksums,
    }


def test_an_archive_is_read_as_often_as_one_likes() -> None:
    file = BytesIO(b"before" + packed(sample().files))
    file.seek(6)
    archive = open_archive(file)
    assert archive.top == TOP
    for _ in range(2):
        assert {member.name: member.read() for member in archive.members() if not member.is_folder} == sample().files
    assert [member.name for member in archive.members()][:3] == ["", "-empty", ".checksums"]
    assert archive.read("results/counts.json") == sample().payload["results/counts.json"]
    assert archive.read_many(["-empty", "capsule.yaml"]) == {"-empty": b"", "capsule.yaml": sample().sealed.manifest}
    out = BytesIO()
    assert archive.extract("workflow/script.py", out) == len(out.getvalue()) > 0
    assert out.getvalue() == sample().payload["workflow/script.py"]
    for name in ("nothing", "workflow"):
        with pytest.raises(Problem, match="is missing"):
            archive.read(name)
        with pytest.raises(Problem, match="is missing"):
            archive.extract(name, BytesIO())
    with pytest.raises(Problem, match="larger than 3 bytes"):
        archive.read("results/counts.json", 3)


def test_an_empty_folder_hides_nothing() -> None:
    assert verify(BytesIO(with_entry((f"{TOP}/nothing", None)))).status == "intact"
