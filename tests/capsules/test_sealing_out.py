"""What the worker sealed is accepted by three verifiers that know nothing of each other, in a folder that holds the download alone."""

import json
import sys
from pathlib import Path

import pytest
from tests.capsules.desk import Desk, ask_published, judge

from quapsule.seal.check import verify

FILES = {
    "workflow/script.py": b"print(1)\n",
    "data/sweep 1.csv": b"a,b\n1,2\n",
    "data/\u00fc/50%.bin": bytes(range(256)),
    "data/empty": b"",
}


@pytest.fixture
def download(desk: Desk, tmp_path: Path) -> tuple[Path, Path, str, str]:
    """The capsule's file and its proof alone in a folder, the id, and the signer's fingerprint."""
    capsule = desk.capsule(FILES, description="Grüße \u2028 aus der Kälte")
    desk.add(capsule, "data/large.bin", b"large" * 200_000, outside=True)
    desk.ask(capsule, meaning="approval")
    desk.work()
    folder = tmp_path / "download"
    folder.mkdir()
    file = desk.pack(capsule, folder)
    proof = file.with_suffix(".proof.json")
    proof.write_text(json.dumps(desk.proof(capsule)))
    return file, proof, desk.seal(capsule)["mqc_id"], desk.signatures(capsule)[0]["key_id"]


def test_the_published_package_accepts_it_by_its_id_alone(download: tuple[Path, Path, str, str]) -> None:
    file, proof, mqc_id, _ = download
    proof.unlink()
    said = ask_published(file, mqc_id)
    assert said.returncode == 0, said.stdout + said.stderr
    assert ask_published(file, "mqc:1:" + "0" * 64).returncode != 0


def test_the_standalone_file_out_of_the_capsule_itself_accepts_it(download: tuple[Path, Path, str, str], desk: Desk) -> None:
    file, proof, mqc_id, fingerprint = download
    capsule = desk.rows("select capsule_id from public.capsule_seals")[0]["capsule_id"]
    inside = next(item for item in desk.items(capsule) if item.name == "verify_capsule.py")
    with inside.open() as stream:
        (file.parent / "verify_capsule.py").write_bytes(stream.read())
    command = [sys.executable, "verify_capsule.py", file.name, proof.name, "--id", mqc_id]
    named = judge([*command, "--signer", f"SHA256:{fingerprint}"], file.parent)
    assert named.returncode == 0, named.stdout + named.stderr
    assert judge(command, file.parent).returncode == 3
    assert judge([*command, "--signer", f"SHA256:{'0' * 64}"], file.parent).returncode == 1


def test_our_own_verifier_accepts_it_and_names_who_signed(download: tuple[Path, Path, str, str]) -> None:
    file, proof, mqc_id, fingerprint = download
    given = json.loads(proof.read_text())
    report = verify(file, given, mqc_id, fingerprint)
    assert (report.status, report.exit_code, report.findings) == ("verified", 0, ())
    assert [(one.name, one.meaning) for one in report.signatures][1] == ("Ada Lovelace", "approval")
    assert verify(file, given, mqc_id).exit_code == 3
    assert verify(file, None, mqc_id).exit_code == 3
