"""The parts of a capsule: names, the list of files, and the seal that binds them; beside the published package's."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marqov_capsule import CapsuleBuilder
from marqov_capsule.builder import _checksum_path
from marqov_capsule.verifier import _parse_normative_checksums
from tests.seal.samples import items_of, manifest_of, sample

from quapsule.errors import Problem
from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.checksums import read_checksums, write_checksums
from quapsule.seal.format.manifest import read_manifest
from quapsule.seal.format.names import RESERVED, check_name, check_names, safe_top
from quapsule.seal.format.sealing import seal

# names


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "/etc/passwd", "a/", "/a", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\\b", "C:/x", "a:b", "a\x00b", "a\nb", "a\x7f",
        "a\u202eb",
        "a\u200bb", "\ufeffa", "a\u2028b", "a\ud800", "a\ufffe", "a\ue000", "con", "NUL", "a/Aux.txt", "lpt1", "COM¹.dat", "nul .txt",
        "a.", "a ", " a",
        "a/b./c", "x" * 256, "é" * 128, "/".join(["a"] * 33), "/".join(["x" * 200] * 6), "a?", "a*", 'a"b', "a<b", "a|b",
    ],
)  # fmt: skip
def test_a_name_that_some_machine_cannot_store_is_refused(name: str) -> None:
    for by_hand in (True, False):
        with pytest.raises(Problem) as caught:
            check_name(name, by_hand)
        assert caught.value.code == "artifact_name_invalid"


@pytest.mark.parametrize("name", [*sorted(RESERVED), "Capsule.YAML", "REPORT.html"])
def test_a_reserved_name_is_refused_to_people_alone(name: str) -> None:
    with pytest.raises(Problem):
        check_name(name)
    assert check_name(name, by_hand=False) == name


def test_ordinary_names_are_taken_and_composed() -> None:
    for name in ("a", "data/sweep 1.csv", "日本/量子.json", ".hidden/x", "data/report.html", "a%5C b", "console.txt", "x" * 255):
        assert check_name(name) == name
    assert check_name("Mu\u0308ll") == "M\u00fcll"


@pytest.mark.parametrize(
    "names", [("a", "A"), ("data/é", "data/É"), ("a/x", "A/y"), ("a", "a/b"), ("straße", "STRASSE"), ("a", "a"), ("u\u0308",), ("a/b", "A")]
)
def test_names_that_are_one_on_some_machine_do_not_stand_side_by_side(names: tuple[str, ...]) -> None:
    with pytest.raises(Problem):
        check_names(names)
    with pytest.raises(Problem):
        check_names(reversed([*names, "other"]))


def test_a_top_folder_is_plain() -> None:
    for name, top in (
        ("Bell, gemessen in München!", "Bell-gemessen-in-Munchen"),
        ("../../etc", "etc"),
        ("", "capsule"),
        ("量子", "capsule"),
        (".hidden", "hidden"),
        ("con", "capsule-con"),
        ("run.capsule", "run"),
        ("x" * 200, "x" * 80),
        ("a/b\\c\x00d", "a-b-c-d"),
    ):
        assert safe_top(name) == top
        assert check_name(safe_top(name)) == top


@given(st.text(max_size=100))
def test_a_top_folder_is_a_name_whatever_it_is_made_of(name: str) -> None:
    top = safe_top(name)
    assert (
        check_name(top, by_hand=False) == top and top.isascii() and len(top) <= 88 and safe_top(top) in (top, top.removesuffix(".capsule"))
    )


# the list of files

HEX = "ab" * 32


@pytest.mark.parametrize(
    "data",
    [
        b"\n", b"\xef\xbb\xbfsha256:" + HEX.encode() + b"  a\n", f"sha256:{HEX}  a".encode(), f"sha256:{HEX} a\n".encode(),
        f"sha256:{HEX}   a\n\n".encode(),
        f"sha256:{HEX.upper()}  a\n".encode(), f"sha512:{HEX}  a\n".encode(), f"{HEX}  a\n".encode(), f"sha256:{HEX}  \n".encode(),
        b"\xff\n",
        f"sha256:{HEX}  a\r\n".encode(), f"sha256:{HEX}  a\x00\n".encode(), f"sha256:{HEX}  %41\n".encode(),
        f"sha256:{HEX}  %5c\n".encode(),
        f"sha256:{HEX}  a\\b\n".encode(), f"sha256:{HEX}  u\u0308\n".encode(), f"sha256:{HEX}  a\nsha256:{HEX}  a\n".encode(),
        b"a: sha256:" + HEX.encode(),
        f"sha256:{HEX}  {'x' * 5000}\n".encode(), f"sha256:{HEX}\u00a0 a\n".encode(), f"sha256:{HEX}  a\n".encode() * 2,
    ],
)  # fmt: skip
def test_a_list_that_is_not_of_the_grammar_is_refused(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_checksums(data)
    assert caught.value.code == "capsule_invalid" and caught.value.details == {"layer": "checksums", "file": ".checksums"}
    if not data.startswith(b"a:"):  # an older form, which the published package still reads
        with pytest.raises(ValueError):
            _parse_normative_checksums(data.decode())


PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: all(" " <= letter != "\x7f" or letter in "\n\r" for letter in name)
)


@given(st.lists(PATHS, unique_by=lambda name: unicodedata.normalize("NFC", name)))
def test_a_list_is_written_and_read_as_the_published_package_does(names: list[str]) -> None:
    files = {unicodedata.normalize("NFC", name): name.encode() for name in names}
    items = items_of(files)
    written = write_checksums(items)
    lines = sorted(((_checksum_path(item.name), item.sha256) for item in items), key=lambda line: line[0].encode())
    assert written == "".join(f"sha256:{digest}  {path}\n" for path, digest in lines).encode()
    assert read_checksums(written) == {item.name: item.sha256 for item in items}
    assert _parse_normative_checksums(written.decode()) == {item.name: f"sha256:{item.sha256}" for item in items}


# the seal


@pytest.mark.parametrize(
    "change",
    [
        {"version": "2.0.0"},
        {"name": ""},
        {"lifecycle_state": "draft"},
        {"sealed_at": "yesterday"},
        {"requirements": {"paradigm": []}},
        {"num_tasks": "1"},
    ],
)
def test_a_manifest_that_is_not_of_the_schema_is_not_sealed(change: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        seal(manifest_of(**change), [])
    assert caught.value.code == "capsule_invalid" and next(iter(change)) in caught.value.message


@pytest.mark.parametrize("names", [("capsule.yaml",), (".checksums",), ("a", "A"), ("u\u0308",), ("..",), ("a", "a/b")])
def test_files_that_cannot_be_of_one_capsule_are_not_sealed(names: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as caught:
        seal(manifest_of(), items_of(dict.fromkeys(names, b"")))
    assert caught.value.code == "artifact_name_invalid"


def test_the_same_content_has_the_same_seal_and_other_content_another() -> None:
    payload = sample().payload
    again = seal(manifest_of(), items_of(dict(reversed(payload.items()))))
    assert again == sample().sealed
    others = [
        seal(manifest_of(name="Bell"), items_of(payload)),
        seal(manifest_of(), items_of({**payload, "-empty": b"\n"})),
        seal(manifest_of(), items_of({**payload, "-empty2": b""})),
        seal(manifest_of(), []),
    ]
    assert len({found.capsule_id for found in [again, *others]}) == 5
    assert again.capsule_id == capsule_id(again.canonical)
    assert json.loads(again.canonical) == read_manifest(again.manifest)


def test_the_published_package_seals_the_same_files_into_the_same_list(tmp_path: Path) -> None:
    for name, content in sample().payload.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    builder = CapsuleBuilder.from_manifest({**manifest_of(), "lifecycle_state": "draft"})
    theirs = builder.seal(tmp_path)
    assert (tmp_path / ".checksums").read_bytes() == sample().sealed.checksums
    assert capsule_id(canonical_bytes(read_manifest((tmp_path / "capsule.yaml").read_bytes()))) == theirs
