"""The second verifier: one file that stands alone. That it agrees with the first on every spoilt capsule is held where those are made
(`judged` in samples.py asks both)."""

import ast
import gzip
import json
import os
import subprocess
import sys
import tarfile
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from tests.seal.samples import PLATFORM, STANDALONE, items_of, judged, manifest_of, packed, proof_of, sample, standalone
from tests.seal.signing import id_of, key_of

from quapsule.seal.check import verify
from quapsule.seal.format.archive import pack
from quapsule.seal.format.sealing import seal

SIGNER = f"SHA256:{PLATFORM.key_id}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The download alone, and the verifier that was in it."""
    (tmp_path / "bell.capsule").write_bytes(packed(sample().files))
    (tmp_path / "bell.proof.json").write_text(json.dumps(sample().proof))
    (tmp_path / "verify_capsule.py").write_bytes(STANDALONE.read_bytes())
    return tmp_path


def plain_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf()


def pax_header(size: int) -> bytes:
    return plain_header("x", size, tarfile.XHDTYPE)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QUAPSULE"))} | {"LC_ALL": "C"}
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", "verify_capsule.py", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("missing.capsule",),
        ("bell.capsule", "missing.json"),
        ("bell.capsule", "--signer", "x"),
        ("bell.capsule", "--id", "mqc:2:" + "0" * 64),
        ("bell.capsule", "--id", f"{id_of('x')}\n"),
        (".",),
    ],
)
def test_misuse_is_exit_2(folder: Path, words: tuple[str, ...]) -> None:
    done = run(folder, *words)
    assert done.returncode == 2 and done.stdout == "" and "usage:" in done.stderr


def test_its_words_and_exit_codes_are_those_of_quapsule_verify(folder: Path) -> None:
    capsule_id = sample().capsule_id
    for words, code, said in (
        (("bell.capsule", "--signer", SIGNER), 0, "verified"),
        (("bell.capsule", "bell.proof.json", "--signer", PLATFORM.key_id.upper(), "--id", capsule_id), 0, "verified"),
        (("bell.capsule",), 3, "intact, signer unknown"),
        (("bell.capsule", "--id", capsule_id), 3, "intact, signer unknown"),
        (("bell.capsule", "--id", id_of("another")), 1, "broken"),
        (("bell.capsule", "--signer", key_of("mallory").key_id), 1, "broken"),
    ):
        done = run(folder, *words)
        assert (done.returncode, done.stdout.split("\n")[:2], done.stderr) == (code, [said, capsule_id], "")
    assert (
        f"\nsigned by Quapsule (seal) at 2026-11-23T05:30:00.123456Z, key {SIGNER}\n"
        in run(folder, "bell.capsule", "--signer", SIGNER).stdout
    )
    (folder / "bell.proof.json").unlink()
    assert run(folder, "bell.capsule", "--signer", SIGNER).returncode == 3
    (folder / "bell.capsule").write_bytes(packed({**sample().files, "data/\x1b]0;own\x07Zürich": b""}))
    done = run(folder, "bell.capsule")
    assert done.returncode == 1 and "payload: changed, missing or not listed: " in done.stdout and "\x1b" not in done.stdout


def test_it_imports_nothing_but_the_standard_library_and_cryptography() -> None:
    tree = ast.parse(STANDALONE.read_text(), feature_version=(3, 11))
    roots = {name.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    roots |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}


def test_a_stranger_can_read_it_in_ten_minutes() -> None:
    assert len(STANDALONE.read_text().splitlines()) <= 150


@pytest.mark.parametrize(
    "head", [b"", pax_header(1 << 30), plain_header("bell/data", (1 << 30) + 1), plain_header("bell/.checksums", 17 << 20)]
)
def test_a_bomb_is_refused_before_it_inflates(head: bytes) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    archive = BytesIO(packer.compress(head + bytes(64 << 20)) + packer.flush())
    tracemalloc.start()
    try:
        code, lines = standalone.verify(archive)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert code == 1 and lines[1].startswith("archive: ") and peak < 4 << 20, lines


def test_nothing_hides_behind_a_header_that_tarfile_takes_for_the_end() -> None:
    """Other tools would pass over what is wrong with it, and unpack the link in the place of the file."""
    link = tarfile.TarInfo("bell/workflow/script.py")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    for spoilt in (link.tobuf()[:508] + b"x" + bytes(3), b"x" * 512, link.tobuf()):
        tar = gzip.decompress(packed(sample().files)).rstrip(b"\0")
        tar += bytes(-len(tar) % 512) + spoilt + bytes(10240)
        code, lines = standalone.verify(BytesIO(gzip.compress(tar)))
        assert code == 1 and lines[1].startswith("archive: "), lines
    archive = packed(sample().files)
    for code, lines in (standalone.verify(BytesIO(archive + other)) for other in (archive, b"x")):
        assert code == 1 and lines[1].startswith("archive: "), lines


def test_ten_thousand_files_are_no_matter() -> None:
    files = {f"data/{number % 100}/{number}": b"%d" % number for number in range(10_000)}
    sealed = seal(manifest_of(), items_of(files))
    archive = packed({"capsule.yaml": sealed.manifest, ".checksums": sealed.checksums, **files})
    assert judged(archive, proof_of(sealed.capsule_id), sealed.capsule_id, PLATFORM.key_id)[1] == 0


def test_both_agree_on_capsules_of_many_shapes() -> None:
    odd = {
        "": {},
        "long": {"x" * 90 + "/" + "y" * 90: b"1", "a" * 99: b"2", "a" * 100: b"3", "a" * 101: b"4"},
        "unicode": {"日本/量子.txt": b"", "ä": b"", "e\u0301".replace("e\u0301", "é"): b"", "😀": b"x"},
        "escapes": {"50%": b"", "a%5Cb": b"", "%25": b""},
        "order": {"a/b": b"", "a-b": b"", "a.b": b"", "-": b"", "B": b"x", "a0": b""},
        "large": {"zeros": bytes(3 << 20), "numbers": b"".join(b"%d\n" % number for number in range(100_000))},
    }
    for what, files in odd.items():
        sealed = seal(
            manifest_of(name=what or "empty", tags=[what, "\x00\x7f\u2028\ufeff\U0010fffe"], numbers=[1e21, 5e-324, -0.1]), items_of(files)
        )
        out = BytesIO()
        pack("a top", sealed.manifest, sealed.checksums, items_of(files), out)
        report, code = judged(out.getvalue(), proof_of(sealed.capsule_id), sealed.capsule_id, PLATFORM.key_id)
        assert report.exit_code == code == 0, (what, report)


def test_a_timestamp_that_does_not_fit_is_left_to_the_first_verifier() -> None:
    """It says so in its help: what a timestamp authority signs needs more than one small file."""
    proof = {**sample().proof, "timestamps": [{"authority": "https://example.org", "token": "AAAA"}]}
    report = verify(BytesIO(packed(sample().files)), proof, signer=SIGNER)
    assert {found.layer for found in report.findings} == {"timestamp"}
    assert "timestamps need more than this file" in " ".join(STANDALONE.read_text().split())
