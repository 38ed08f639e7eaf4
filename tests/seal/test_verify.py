"""`quapsule verify` and the check behind it: verdicts, what they need, and agreement with the published package both ways."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from marqov_capsule import CapsuleBuilder
from marqov_capsule.archive import pack_capsule
from tests.seal.samples import PLATFORM, entries_of, gzipped, judged, packed, sample, tarred
from tests.seal.signing import id_of, key_of

from quapsule.cli import main
from quapsule.errors import Problem
from quapsule.seal.check import verify

SIGNER = f"SHA256:{PLATFORM.key_id}"
Said = tuple[int, str, str]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "bell.capsule").write_bytes(packed(sample().files))
    (tmp_path / "bell.proof.json").write_text(json.dumps(sample().proof))
    return tmp_path


@pytest.fixture
def quapsule(files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HOME", str(files / "nobody"))
    monkeypatch.chdir(files)

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = main(["verify", *words])
        return (code, *capsys.readouterr())

    return run


# refusals


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("missing.capsule",),
        (".",),
        ("bell.capsule", "--proof", "missing.json"),
        ("bell.capsule", "--id", "mqc:1:abc"),
        ("bell.capsule", "--id", "mqc:2:" + "0" * 64),
        ("bell.capsule", "--id", "sha256:" + "0" * 64),
        ("bell.capsule", "--signer", "SHA256:xyz"),
        ("bell.capsule", "--most-bytes", "0"),
        ("bell.capsule", "--unheard-of"),
    ],
)
def test_misuse_is_exit_2_and_judges_nothing(quapsule: Callable[..., Said], words: tuple[str, ...]) -> None:
    code, out, err = quapsule(*words)
    assert (code, out) == (2, "") and err
    assert quapsule(*words, "--json")[:2] == (2, "")


def test_a_broken_capsule_is_exit_1_and_says_layer_and_file(quapsule: Callable[..., Said], files: Path) -> None:
    (files / "bell.capsule").write_bytes(packed({**sample().files, "results/counts.json": b"{}"}))
    code, out, _ = quapsule("bell.capsule", "--signer", SIGNER)
    assert code == 1 and out.startswith("broken\n") and "payload: results/counts.json: The file is not the one that was sealed." in out
    code, out, _ = quapsule("bell.capsule", "--json")
    assert json.loads(out)["findings"] == [
        {"layer": "payload", "file": "results/counts.json", "message": "The file is not the one that was sealed."}
    ]
    (files / "bell.capsule").write_bytes(b"no capsule")
    assert quapsule("bell.capsule")[:2] == (
        1,
        "broken\narchive: the archive: The file is not a gzip stream as the standard's `pack` writes it.\n",
    )


def test_a_capsule_of_another_id_is_broken(quapsule: Callable[..., Said]) -> None:
    code, out, _ = quapsule("bell.capsule", "--id", id_of("another"), "--signer", SIGNER)
    assert code == 1 and f"id: capsule.yaml: The capsule is {sample().capsule_id}, not {id_of('another')}." in out


def test_a_capsule_that_another_key_signed_is_broken(quapsule: Callable[..., Said]) -> None:
    code, out, _ = quapsule("bell.capsule", "--signer", key_of("mallory").key_id)
    assert code == 1 and "signature: proof: No signature that holds is by the key SHA256:" in out


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[]", b'{"format": 1, "format": 2}', b'{"a": NaN}', b" " * (5 << 20)])
def test_a_proof_that_is_no_document_makes_it_broken(quapsule: Callable[..., Said], files: Path, text: bytes) -> None:
    (files / "bell.proof.json").write_bytes(text)
    code, out, _ = quapsule("bell.capsule", "--json")
    assert code == 1 and {found["file"] for found in json.loads(out)["findings"]} == {"proof"}


def test_a_capsule_that_is_larger_than_allowed_is_not_read(quapsule: Callable[..., Said]) -> None:
    code, out, _ = quapsule("bell.capsule", "--most-bytes", "100")
    assert code == 1 and "larger than 100 bytes together" in out


# verdicts


def test_with_the_signers_fingerprint_it_is_verified_and_the_signer_named(quapsule: Callable[..., Said]) -> None:
    for signer in (SIGNER, PLATFORM.key_id, SIGNER.upper()):
        code, out, err = quapsule("bell.capsule", "--signer", signer)
        assert code == 0 and err == "" and out.startswith(f"verified\n{sample().capsule_id}")
        assert f"\nsigned by Quapsule (seal) at 2026-11-23T05:30:00.123456Z, key {SIGNER}\n" in out
        assert "entry 4 of 7 in the log quapsule.example/seal-log" in out
    found = json.loads(quapsule("bell.capsule", "--signer", SIGNER, "--id", sample().capsule_id, "--json")[1])
    assert found["status"] == "verified" and found["exit_code"] == 0 and found["capsule_id"] == sample().capsule_id
    assert found["signatures"][0]["key_id"] == PLATFORM.key_id and found["log"]["index"] == 4 and found["files"] == 4


def test_without_the_fingerprint_or_without_a_proof_the_signer_is_unknown(quapsule: Callable[..., Said], files: Path) -> None:
    code, out, err = quapsule("bell.capsule", "--id", sample().capsule_id)
    assert code == 3 and out.startswith("intact, signer unknown\n") and "the id that you gave" in out and "--signer" in err
    assert "says the proof: signed by Quapsule" in out
    (files / "elsewhere.json").write_bytes((files / "bell.proof.json").read_bytes())
    (files / "bell.proof.json").unlink()
    for words in ((), ("--signer", SIGNER)):
        code, out, err = quapsule("bell.capsule", *words)
        assert code == 3 and "signed by" not in out and "proof.json" in err
    assert quapsule("bell.capsule", "--signer", SIGNER, "--proof", "elsewhere.json")[0] == 0


def test_it_needs_no_server_no_login_and_no_library_of_the_server(files: Path) -> None:
    watch = (
        "import sys, socket\n"
        "def refuse(*_): raise OSError('no network here')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from quapsule.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'psycopg', 'fastapi', 'httpx', 'numpy', 'marqov_capsule', 'jsonschema', 'yaml'}, loaded\n"
        "sys.exit(code)"
    )
    words = [sys.executable, "-c", watch, "verify", "bell.capsule", "--signer", SIGNER]
    done = subprocess.run(words, cwd=files, env={"HOME": str(files), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith("verified\n"), done.stderr


def test_a_name_cannot_steer_the_terminal(quapsule: Callable[..., Said], files: Path) -> None:
    (files / "bell.capsule").write_bytes(packed({**sample().files, "data/\x1b]0;own\x07\u202e": b""}))
    code, out, _ = quapsule("bell.capsule")
    assert code == 1 and "\\x1b" in out and "\x1b" not in out and "\u202e" not in out


@pytest.mark.parametrize("given", ["", "mqc:1:", "MQC:1:" + "a" * 64])
def test_an_id_that_is_none_is_a_callers_mistake(given: str) -> None:
    with pytest.raises(Problem) as caught:
        verify(BytesIO(packed(sample().files)), expected_id=given)
    assert caught.value.code == "validation_error"


# agreement with the published package


def published(*words: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "marqov_capsule", *words], cwd=folder, capture_output=True, text=True, check=False)
    return {"exit_code": done.returncode, **(json.loads(done.stdout) if done.stdout.startswith("{") else {})}


def test_what_we_seal_the_published_package_verifies(files: Path) -> None:
    capsule_id = sample().capsule_id
    assert published("verify", "bell.capsule", "--id", capsule_id, "--json", folder=files)["status"] == "pass"
    assert published("verify", "bell.capsule", "--id", id_of("another"), folder=files)["exit_code"] == 1
    assert published("unpack", "bell.capsule", "-o", "out", folder=files)["exit_code"] == 0
    assert published("validate", "out/bell/capsule.yaml", folder=files)["exit_code"] == 0
    assert {path.relative_to(files / "out/bell").as_posix() for path in (files / "out").rglob("*") if path.is_file()} == set(sample().files)


def theirs(folder: Path) -> tuple[bytes, str]:
    """A capsule that the published package sealed and packed, with its id."""
    (folder / "their run" / "quellen").mkdir(parents=True)
    (folder / "their run" / "quellen" / "Läufe 50%.csv").write_text("a,b\n1,2\n")
    (folder / "their run" / "README.md").write_text("# A run\n")
    (folder / "their run" / "Mu\u0308ll.txt").write_text("named as on a Mac, decomposed\n")
    (folder / "their run" / "empty").mkdir()
    builder = CapsuleBuilder().start_capsule("Ihr Lauf: № 1", requirements={"paradigm": ["analog"], "max_qubit_count": 0})
    builder.to_dict()
    builder.add_task_execution(
        "11111111-2222-3333-4444-555555555555", "success", "deterministic", {"provider": "x", "name": "1e5", "shots": 1}, cost_usd=1e-7
    )
    capsule_id = builder.seal(folder / "their run", sealed_by="yes: no")
    return pack_capsule(folder / "their run", folder / "theirs.capsule").read_bytes(), capsule_id


def test_what_the_published_package_seals_we_verify(tmp_path: Path) -> None:
    archive, capsule_id = theirs(tmp_path)
    report = verify(BytesIO(archive), expected_id=capsule_id)
    assert report.status == "intact" and report.capsule_id == capsule_id and report.files == 3 and report.top == "their run"
    assert report.manifest["sealed_by"] == "yes: no" and report.manifest["task_executions"][0]["cost_usd"] == 1e-7
    assert verify(BytesIO(archive), expected_id=id_of("another")).status == "broken"


def test_both_judge_the_same_changes_alike(tmp_path: Path) -> None:
    folder, (_, capsule_id) = tmp_path / "their run", theirs(tmp_path)
    listed = (folder / ".checksums").read_bytes()
    changes: dict[str, dict[str, bytes | None]] = {
        "nothing": {},
        "content": {"README.md": b"# Another\n"},
        "added": {"new": b""},
        "removed": {"README.md": None},
        "list": {".checksums": listed.replace(b"README", b"README2")},
        "list, badly framed": {".checksums": listed + b"\n"},
        "list, without its end": {".checksums": listed[:-1]},
        "manifest": {"capsule.yaml": (folder / "capsule.yaml").read_bytes().replace(b"analog", b"annealing")},
        "manifest, a key twice": {"capsule.yaml": (folder / "capsule.yaml").read_bytes() + b"name: x\n"},
        "manifest, a comment": {"capsule.yaml": (folder / "capsule.yaml").read_bytes() + b"# nothing\n"},
        "manifest, missing": {"capsule.yaml": None},
    }
    for what, change in changes.items():
        copy = shutil.copytree(folder, tmp_path / "copies" / re.sub(r"\W", "-", what) / "their run")
        for name, content in change.items():
            (copy / name).unlink() if content is None else (copy / name).write_bytes(content)
        files = {path.relative_to(copy).as_posix(): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
        archive = tarred(entries_of(files, "their run"))
        (copy.parent / "x.capsule").write_bytes(archive)
        says = published("verify", "x.capsule", "--id", capsule_id, "--json", folder=copy.parent)
        assert (says["exit_code"] == 0) == (verify(BytesIO(archive), expected_id=capsule_id).status != "broken"), what
        assert (says["exit_code"] == 0) == (what in ("nothing", "manifest, a comment"))


def test_an_older_list_of_files_is_not_taken(tmp_path: Path) -> None:
    """The published package still reads a list from before the standard; a list of two readings is none."""
    files = {**sample().files, ".checksums": b"a: 'sha256:" + b"0" * 64 + b"'\n"}
    assert judged(gzipped(b""))[1] == 1
    report, code = judged(packed(files))
    assert report.exit_code == code == 1 and "checksums" in {found.layer for found in report.findings}
