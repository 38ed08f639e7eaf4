"""The capsule verbs of the real `quapsule` process against a real platform, with its worker that seals."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.client.conftest import Said
from tests.client.house import House

from quapsule.seal.check import verify

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
SKEWED = BELL.replace("h q[0];", "ry(0.9) q[0];")
PASSWORD = "four unrelated plain words"
pytestmark = pytest.mark.xdist_group("capsule story")  # one platform


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    # Short, since socket paths hold 108 bytes; open, since the database's account must pass through.
    with TemporaryDirectory(prefix="qs-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        made = House(Path(name), QUAPSULE_SIGN_UP="open")
        made.up()
        try:
            yield made
        finally:
            assert made.down() == 0


@pytest.fixture(scope="module")
def ada(house: House) -> dict[str, str]:
    """The environment of a person with a password, who is signed in."""
    environ = {"XDG_CONFIG_HOME": str(house.folder / "ada")}
    url = json.loads((house.folder / "home/run/api.json").read_text())["url"]
    said = house.cli(
        "sign-up", "--email", "ada@example.org", "--name", "Ada Lovelace", "--url", url, "--password-stdin", told=PASSWORD, **environ
    )
    assert said.code == 0, said.err
    return environ


def done(said: Said) -> Said:
    assert said.code == 0, said.err
    return said


@pytest.fixture
def bell(tmp_path: Path) -> str:
    (tmp_path / "bell.qasm").write_text(BELL)
    return str(tmp_path / "bell.qasm")


def run_sealed(house: House, program: str, name: str, *more: str) -> dict[str, Any]:
    """A run whose capsule is sealed, as `capsule show` tells of it."""
    found = done(house.cli("run", program, "--watch", "--capsule-name", name, "--json", *more)).json["capsule_id"]
    done(house.cli("capsule", "seal", found))
    return dict(house.cli("capsule", "show", found, "--json").json)


# refusals


def test_a_capsule_that_nobody_has_is_refused_with_a_way_out(house: House, ada: dict[str, str]) -> None:
    for verb in (("show",), ("seal",), ("export",), ("lineage",)):
        said = house.cli("capsule", *verb, "no such capsule", **ada)
        assert said.code == 1
        assert "`quapsule capsule list`" in said.err
    assert "--from-job last" in house.cli("capsule", "show", "last", **ada).err
    assert "No capsules yet." in done(house.cli("capsule", **ada)).out


def test_a_draft_is_not_exported_and_an_empty_one_does_not_run(house: House, tmp_path: Path) -> None:
    draft = done(house.cli("capsule", "init", "A draft")).out.strip()
    said = house.cli("capsule", "export", draft, "-o", str(tmp_path), "--json")
    assert (said.code, said.error["code"]) == (1, "capsule_not_sealed")
    assert list(tmp_path.iterdir()) == []
    assert house.cli("capsule", "verify", draft, "--json").error["code"] == "capsule_not_sealed"
    assert house.cli("capsule", "rerun", draft, "--json").error["code"] == "capsule_not_repeatable"
    assert house.cli("capsule", "compare", draft, draft, "--json").error["code"] == "not_comparable"
    assert house.cli("capsule", "archive", draft, "--json").error["code"] == "capsule_not_sealed"
    done(house.cli("capsule", "delete", draft))
    assert house.cli("capsule", "show", draft, "--json").error["code"] == "not_found"


@pytest.mark.parametrize("name", ["../x", "/x", "capsule.yaml", "a//b", "CON", "a\tb"])
def test_a_file_is_not_added_under_a_name_that_some_machine_cannot_store(house: House, bell: str, name: str) -> None:
    draft = done(house.cli("capsule", "init", "Names")).out.strip()
    said = house.cli("capsule", "add", draft, bell, "--name", name, "--json")
    assert said.code == 1
    assert said.error["code"] in ("artifact_name_invalid", "not_found", "validation_error"), said.error
    assert house.cli("capsule", "show", draft, "--json").json["artifacts"] == []


def test_a_secret_keeps_a_capsule_from_being_sealed_and_the_file_is_named(house: House, tmp_path: Path) -> None:
    draft = done(house.cli("capsule", "init", "With a secret")).out.strip()
    (tmp_path / "notes.txt").write_text("aws_access_key_id = AKIA" + "QYLPMN5HFIQR7XYA\n")
    done(house.cli("capsule", "add", draft, str(tmp_path / "notes.txt")))
    said = house.cli("capsule", "seal", draft, "--json")
    assert (said.code, said.error["code"]) == (1, "credential_found")
    assert "data/notes.txt" in json.dumps(said.error)
    assert "AKIAQYLPMN5HFIQR7XYA" not in said.err
    assert "was given up" in done(house.cli("capsule", "show", draft)).out


def test_signing_without_a_terminal_or_with_a_wrong_password_is_refused(house: House, ada: dict[str, str], bell: str) -> None:
    draft = done(house.cli("capsule", "init", "Unsigned", **ada)).out.strip()
    done(house.cli("capsule", "add", draft, bell, **ada))
    said = house.cli("capsule", "seal", draft, "--meaning", "approval", told="", **ada)
    assert said.code == 2
    assert "--password-stdin" in said.err
    said = house.cli("capsule", "seal", draft, "--meaning", "approval", "--password-stdin", "--json", told="another password", **ada)
    assert (said.code, said.error["code"]) == (1, "password_wrong")
    assert house.cli("capsule", "show", draft, "--json", **ada).json["state"] == "draft"


def test_nobody_else_sees_or_changes_a_capsule(house: House, ada: dict[str, str], bell: str) -> None:
    mine = done(house.cli("capsule", "init", "Mine alone")).out.strip()
    done(house.cli("capsule", "add", mine, bell))
    for verb in (("show",), ("seal",), ("export",), ("delete",), ("changes",), ("lineage",), ("rerun",)):
        said = house.cli("capsule", verb[0], mine, "--json", **ada)
        assert (said.code, said.error["status"]) == (1, 404), verb
    assert done(house.cli("capsule", "search", "Mine", "--json", **ada)).json["items"] == []


# a capsule's life


def test_a_capsule_by_hand_is_sealed_exported_and_verified_from_its_files(house: House, tmp_path: Path) -> None:
    draft = done(
        house.cli("capsule", "init", "By hand", "--description", "Three files of a lab", "-t", "cryostat", "--retention-years", "10")
    ).out.strip()
    for name in ("one.csv", "two.bin"):
        (tmp_path / name).write_bytes(name.encode() * 10)
        done(house.cli("capsule", "add", draft, str(tmp_path / name)))
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 4096)
    assert "1.0 MiB" in done(house.cli("capsule", "add", draft, str(large), "--name", "results/large.bin")).out
    done(house.cli("capsule", "remove", draft, "data/two.bin"))
    said = house.cli("capsule", "runnable", draft, "--json")
    assert (said.code, said.error["code"]) == (1, "capsule_not_repeatable")
    (tmp_path / "script.py").write_text("def main(params):\n    return {}\n")
    done(house.cli("capsule", "add", draft, str(tmp_path / "script.py"), "--name", "workflow/script.py"))
    done(house.cli("capsule", "runnable", draft))
    sealed = done(house.cli("capsule", "seal", draft, "--notes", "By hand")).out
    shown = house.cli("capsule", "show", draft, "--json").json
    assert shown["mqc_id"] in sealed
    signer = f"SHA256:{shown['signatures'][0]['key_id']}"
    assert signer in sealed
    again = house.cli("capsule", "add", draft, str(large), "--json")
    assert (again.code, again.error["code"]) == (1, "capsule_sealed")
    out = tmp_path / "out"
    written = done(house.cli("capsule", "export", draft, "-o", str(out), "--json")).json
    assert written["signer"] == signer
    assert sorted(out.iterdir()) == sorted(Path(path) for path in written["files"])
    capsule, proof = (Path(path) for path in written["files"])
    report = verify(capsule, json.loads(proof.read_bytes()), shown["mqc_id"], signer)
    assert report.status == "verified", report.findings
    assert report.manifest["tags"] == ["cryostat"]
    refused = house.cli("capsule", "export", draft, "-o", str(out), "--json")
    assert (refused.code, refused.error["code"]) == (1, "already_exists")
    done(house.cli("capsule", "export", draft, "-o", str(out), "--force"))
    for form, ending in (("bundle", ".zip"), ("rocrate", ".crate.zip"), ("report", ".html"), ("datacite", ".datacite.json")):
        (path,) = done(house.cli("capsule", "export", shown["mqc_id"], "-o", str(out), "--format", form, "--json")).json["files"]
        assert path.endswith(ending)
    assert "verified" in done(house.cli("capsule", "verify", draft, "--signer", signer)).out
    assert house.cli("capsule", "verify", draft, "--signer", "SHA256:" + "0" * 64).code == 1
    done(house.cli("capsule", "archive", draft))
    assert "archived" in done(house.cli("capsule", "list", "--state", "archived")).out


def test_a_capsule_of_an_ended_job_is_filled_found_and_its_trail_is_told(house: House, bell: str) -> None:
    job = done(house.cli("run", bell, "--watch", "--json")).json["id"]
    made = done(house.cli("capsule", "init", "Of a job", "--from-job", job, "--description", "zirconium sweep", "--json")).json
    names = {one["name"] for one in made["artifacts"]}
    assert {"results/counts.json", "workflow/program.qasm", "environment/environment.json"} <= names
    assert [one["id"] for one in done(house.cli("capsule", "search", "zirconium", "--json")).json["items"]] == [made["id"]]
    assert made["id"] in done(house.cli("capsule", "list", "--job", job)).out
    done(house.cli("capsule", "seal", "Of a job"))
    told = done(house.cli("capsule", "changes", made["id"], "--json")).json["items"]
    assert len(told) > 2
    assert all(one["actor_name"] for one in told)
    table = list(csv.reader(io.StringIO(done(house.cli("capsule", "changes", made["id"], "--csv")).out)))
    assert table[0][:2] == ["id", "at"]
    assert len(table) == len(told) + 1
    assert "capsule" in done(house.cli("capsule", "changes", made["id"])).out


def test_a_rerun_says_the_same_and_another_program_does_not(house: House, bell: str, tmp_path: Path) -> None:
    first = run_sealed(house, bell, "The first", "--shots", "4000")
    again = done(house.cli("capsule", "rerun", first["id"], "--watch", "--json")).json
    assert again["job"]["status"] == "completed"
    done(house.cli("capsule", "seal", again["capsule_id"]))
    said = done(house.cli("capsule", "compare", first["id"], again["capsule_id"], "--json")).json
    assert said["verdict"] in ("VERIFIED", "INCONCLUSIVE")
    assert said["shots_first"] == said["shots_second"] == 4_000
    assert said["false_alarm_rate"] == 0.01
    assert said["power"]["detects_mix"] > 0.95
    (tmp_path / "skewed.qasm").write_text(SKEWED)
    other = run_sealed(house, str(tmp_path / "skewed.qasm"), "Skewed", "--shots", "4000")
    said_in_words = house.cli("capsule", "compare", first["id"], other["id"])
    assert said_in_words.code == 1
    assert said_in_words.out.startswith("DIFFERENT  They differ")
    tree = done(house.cli("capsule", "lineage", first["id"])).out
    assert tree.index("The first") < tree.index("└─ The first, again")
    assert "← this one" in tree.splitlines()[0]
    moved = done(house.cli("capsule", "drift", first["id"], "--json")).json
    assert [run["id"] for run in moved["runs"]] == [first["id"], again["capsule_id"]]
    assert "STEADY" in done(house.cli("capsule", "drift", first["id"])).out
    files = [
        done(house.cli("capsule", "export", one, "-o", str(tmp_path), "--json")).json["files"][0] for one in (first["id"], other["id"])
    ]
    offline = house.cli("capsule", "compare", *files, "--json", QUAPSULE_URL="http://127.0.0.1:1")
    assert (offline.code, offline.json["verdict"]) == (1, "DIFFERENT")


def test_people_sign_by_password_and_with_keys_of_their_own(house: House, ada: dict[str, str], bell: str, tmp_path: Path) -> None:
    draft = done(house.cli("capsule", "init", "Signed", "--regulatory-framework", "FDA-21CFR11", **ada)).out.strip()
    done(house.cli("capsule", "add", draft, bell, **ada))
    said = house.cli("capsule", "seal", draft, "--json", **ada)
    assert said.code == 1, "a capsule under Part 11 is not sealed without a signature"
    said = done(house.cli("capsule", "seal", draft, "--meaning", "author", "--password-stdin", told=PASSWORD, **ada))
    assert "Ada Lovelace: author" in said.out
    said = done(house.cli("capsule", "sign", draft, "--meaning", "review", "--password-stdin", told=PASSWORD, **ada))
    assert "Ada Lovelace: review" in said.out
    key = str(tmp_path / "ada.pem")
    fingerprint = done(house.cli("capsule", "key", "make", "--key", key, "--json", **ada)).json["fingerprint"]
    unknown = house.cli("capsule", "sign", draft, "--meaning", "approval", "--key", key, "--password-stdin", told=PASSWORD, **ada)
    assert unknown.code == 1
    assert "not registered" in unknown.err
    done(house.cli("capsule", "key", "register", "--key", key, "--password-stdin", told=PASSWORD, **ada))
    said = done(house.cli("capsule", "sign", draft, "--meaning", "approval", "--key", key, "--password-stdin", told=PASSWORD, **ada))
    assert fingerprint in said.out
    written = done(house.cli("capsule", "export", draft, "-o", str(tmp_path), "--json", **ada)).json
    capsule, proof = (Path(path) for path in written["files"])
    report = verify(capsule, json.loads(proof.read_bytes()), written["capsule_id"], fingerprint)
    assert report.status == "verified", report.findings
    assert [one.meaning for one in report.signatures if one.name == "Ada Lovelace"] == ["author", "review", "approval"]


def test_an_export_is_taken_in_elsewhere_with_its_id_and_its_proof(house: House, ada: dict[str, str], bell: str, tmp_path: Path) -> None:
    mine = run_sealed(house, bell, "To be given away")
    written = done(house.cli("capsule", "export", mine["id"], "-o", str(tmp_path), "--json")).json["files"]
    taken = done(house.cli("capsule", "import", written[0], "--json", **ada)).json
    assert (taken["mqc_id"], taken["origin"], taken["state"]) == (mine["mqc_id"], "import", "sealed")
    assert "sealed elsewhere" in done(house.cli("capsule", "show", mine["mqc_id"], **ada)).out
    again = done(house.cli("capsule", "export", taken["id"], "-o", str(tmp_path / "again"), "--json", **ada)).json["files"]
    assert Path(again[0]).read_bytes() == Path(written[0]).read_bytes()
    signer = f"SHA256:{mine['signatures'][0]['key_id']}"
    assert verify(Path(again[0]), json.loads(Path(again[1]).read_bytes()), mine["mqc_id"], signer).status == "verified"
    broken = bytearray(Path(written[0]).read_bytes())
    broken[len(broken) // 2] ^= 1
    (tmp_path / "broken.capsule").write_bytes(broken)
    said = house.cli("capsule", "import", str(tmp_path / "broken.capsule"), "--json", **ada)
    assert (said.code, said.error["code"]) == (1, "capsule_invalid")
