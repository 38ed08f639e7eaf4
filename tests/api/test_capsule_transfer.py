"""Exports that three verifiers accept, and imports that take in only what is intact."""

import io
import json
import zipfile
from uuid import uuid4

import pytest
from tests import factories
from tests.api.sealing import code, draft, sealed, serving
from tests.capsules.desk import ask_published

from quapsule.seal import item_of
from quapsule.seal.check import verify
from quapsule.seal.format.archive import pack
from quapsule.seal.format.sealing import seal

MANIFEST = {
    "version": "1.0.0",
    "name": "x",
    "lifecycle_state": "sealed",
    "requirements": {"paradigm": ["gate-based"], "max_qubit_count": 2},
    "sealed_at": "2026-01-02T03:04:05Z",
    "sealed_by": "Elsewhere",
}
FORMATS = ("capsule", "proof", "bundle", "rocrate", "report", "datacite")


@pytest.fixture
def sealer(api):
    yield from serving(api)


@pytest.fixture
def capsule(cast, sealer):
    """Of the owner, with a file that is too large for the database."""
    made = draft(cast.owner, team_id=str(cast.team), name="Bell, twice", retention_years=10, custom_metadata={"tags": ["paper"]})
    cast.owner.put(f"/api/capsules/{made}/artifacts/data/large.bin?artifact_type=data", content=bytes(range(256)) * 4096)
    cast.owner.post(f"/api/capsules/{made}/seal", json={})
    sealer.work()
    return made


def export(client, capsule, kind="capsule"):
    got = client.get(f"/api/capsules/{capsule}/export", params={"format": kind})
    assert got.status_code == 200, got.text
    return got.content


def foreign(name="Made elsewhere", files=None, **manifest):
    """A capsule of the standard that this platform has not made."""
    items = [item_of(path, "other", "text/plain", content) for path, content in (files or {"data/a.txt": b"a"}).items()]
    made = seal({**MANIFEST, "name": name, **manifest}, items)
    out = io.BytesIO()
    pack("made-elsewhere", made.manifest, made.checksums, items, out)
    return made.capsule_id, out.getvalue()


def test_a_draft_is_not_exported(cast):
    made = draft(cast.owner, team_id=str(cast.team))
    for kind in FORMATS:
        refused = cast.member.get(f"/api/capsules/{made}/export", params={"format": kind})
        assert (refused.status_code, code(refused)) == (409, "capsule_not_sealed")
    assert code(cast.member.get(f"/api/capsules/{made}/export?format=pdf")) == "validation_error"


def test_every_format_is_a_download_for_every_member_and_nobody_else(api, cast, capsule):
    read_key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))
    for kind in FORMATS:
        for client in (cast.owner, cast.member, read_key):
            got = client.get(f"/api/capsules/{capsule}/export", params={"format": kind})
            assert got.status_code == 200 and int(got.headers["content-length"]) == len(got.content) > 0
            assert got.headers["content-disposition"].startswith("attachment") and got.headers["x-content-type-options"] == "nosniff"
            assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert cast.stranger.get(f"/api/capsules/{capsule}/export", params={"format": kind}).status_code == 404


def test_the_file_is_what_the_platform_and_the_published_package_verify(cast, capsule, tmp_path):
    content, proof = export(cast.member, capsule), json.loads(export(cast.member, capsule, "proof"))
    assert export(cast.admin, capsule) == content
    mqc_id = cast.member.get(f"/api/capsules/{capsule}").json()["mqc_id"]
    [key] = cast.anonymous.get("/api/seal-log/keys").json()["items"]
    report = verify(io.BytesIO(content), proof, mqc_id, key["key_id"])
    assert report.status == "verified" and report.log is not None and report.findings == ()
    file = tmp_path / "Bell-twice.capsule"
    file.write_bytes(content)
    assert ask_published(file, mqc_id).returncode == 0
    told = cast.member.post(f"/api/capsules/{capsule}/verify", json={"signer": key["key_id"], "id": mqc_id}).json()
    assert (told["status"], told["exit_code"], told["log_index"]) == ("verified", 0, 0)
    unknown = cast.member.post(f"/api/capsules/{capsule}/verify").json()
    assert (unknown["status"], unknown["exit_code"]) == ("intact", 3)
    wrong = cast.member.post(f"/api/capsules/{capsule}/verify", json={"id": "mqc:1:" + "0" * 64}).json()
    assert wrong["status"] == "broken" and wrong["findings"][0]["layer"] == "id"


def test_a_file_that_was_tampered_with_past_every_guard_is_found(api, cast, capsule):
    with api.owner.transaction():
        # As a superuser who means it.
        api.owner.execute("alter event trigger quapsule_keeps_sealed_tables disable")
        api.owner.execute("alter table public.capsule_artifacts disable trigger all")
        api.owner.execute("update public.capsule_artifacts set content_text = 'other' where name = 'workflow/script.py'")
        api.owner.execute("alter table public.capsule_artifacts enable trigger all")
    told = cast.member.post(f"/api/capsules/{capsule}/verify")
    assert told.json()["status"] == "broken" and told.json()["findings"][0]["file"] == "workflow/script.py"
    assert code(cast.member.get(f"/api/capsules/{capsule}/export")) == "capsule_invalid"


def test_a_bundle_goes_to_another_team_and_comes_back_the_same(api, cast, capsule, sealer):
    bundle = export(cast.owner, capsule, "bundle")
    assert sorted(zipfile.ZipFile(io.BytesIO(bundle)).namelist()) == ["Bell-twice.capsule", "Bell-twice.proof.json"]
    taken = cast.stranger.post("/api/capsules/import", content=bundle)
    assert taken.status_code == 201, taken.text
    row, first = taken.json(), cast.owner.get(f"/api/capsules/{capsule}").json()
    assert (row["state"], row["origin"], row["mqc_id"], row["log_index"]) == ("sealed", "import", first["mqc_id"], None)
    assert (row["name"], row["retention_years"], row["tags"]) == ("Bell, twice", 10, ["paper"])
    assert [(file["name"], file["digest"]) for file in row["artifacts"]] == [(file["name"], file["digest"]) for file in first["artifacts"]]
    assert export(cast.stranger, row["id"]) == export(cast.owner, capsule)
    assert json.loads(export(cast.stranger, row["id"], "proof")) == json.loads(export(cast.owner, capsule, "proof"))
    assert cast.stranger.post(f"/api/capsules/{row['id']}/verify").json()["signatures"]
    again = cast.stranger.post("/api/capsules/import", content=bundle)
    assert code(again) == "already_exists" and row["id"] in again.json()["error"]["hint"]
    assert cast.stranger.get("/api/capsules", params={"q": first["mqc_id"]}).json()["items"][0]["id"] == row["id"]
    assert code(cast.stranger.patch(f"/api/capsules/{row['id']}", json={"name": "x"})) == "capsule_sealed"


def test_a_capsule_of_the_standard_from_elsewhere_is_taken_without_a_proof(cast):
    backend = {"provider": "p", "name": "b", "shots": 5}
    execution = {"task_id": str(uuid4()), "status": "success", "result_type": "deterministic", "backend": backend}
    mqc_id, content = foreign(
        files={"data/a.txt": b"a", "README.md": b"# x", "zero.bin": b"\0"},
        tags=["x"], description="A \0 in a text", total_shots=100,
        task_executions=[execution],
    )  # fmt: skip
    taken = cast.stranger.post("/api/capsules/import", content=content)
    assert taken.status_code == 201, taken.text
    row = taken.json()
    assert (row["mqc_id"], row["sealed_at"][:10], row["total_shots"], row["task_executions"][0]["shots"]) == (mqc_id, "2026-01-02", 100, 5)
    assert {file["name"]: file["artifact_type"] for file in row["artifacts"]} == {
        "data/a.txt": "data",
        "README.md": "other",
        "zero.bin": "other",
    }
    assert export(cast.stranger, row["id"]) == content
    told = cast.stranger.post(f"/api/capsules/{row['id']}/verify").json()
    assert (told["status"], told["signatures"]) == ("intact", [])
    assert code(cast.stranger.get(f"/api/capsules/{row['id']}/export?format=report")) == "not_found"
    assert code(cast.stranger.post(f"/api/capsules/{row['id']}/rerun")) == "capsule_not_repeatable"
    child_id, child = foreign(name="Child", derived_from=mqc_id)
    assert cast.stranger.post("/api/capsules/import", content=child).json()["parent_capsule_id"] == row["id"]
    assert child_id != mqc_id


def hostile():
    _, good = foreign()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    yield "empty", b""
    yield "no archive", b"x" * 5000
    yield "a flipped byte", bytes(flipped)
    yield "cut off", good[:-20]
    yield "with something behind", good + b"x"
    items = [item_of("data/a.txt", "data", "text/plain", b"a")]
    made = seal(MANIFEST, items)
    for name, others in (
        ("a file too many", [*items, item_of("data/b.txt", "data", "text/plain", b"b")]),
        ("a file too few", []),
        ("another content", [item_of("data/a.txt", "data", "text/plain", b"b")]),
    ):
        out = io.BytesIO()
        pack("x", made.manifest, made.checksums, others, out)
        yield name, out.getvalue()
    out = io.BytesIO()
    pack("x", b'{"a": 1, "a": 2}', made.checksums, items, out)
    yield "a key twice", out.getvalue()
    bomb = [item_of("data/bomb", "data", "text/plain", bytes(40 << 20))]
    out = io.BytesIO()
    pack("x", made.manifest, made.checksums, bomb, out)
    yield "a bomb", out.getvalue()

    def bundled(**files):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as bundle:
            for name, content in files.items():
                bundle.writestr(name.replace("_", "."), content)
        return out.getvalue()

    yield "a bundle without a capsule", bundled(a_txt=b"x")
    yield "a bundle of two", bundled(a_capsule=good, b_capsule=good)
    yield "a proof of another", bundled(a_capsule=good, a_proof_json=b'{"format": "quapsule.capsule-proof/v1", "capsule_id": "mqc:1:0"}')
    yield "a proof that is none", bundled(a_capsule=good, a_proof_json=b"[]")
    yield "a bundle that is cut off", bundled(a_capsule=good)[:-30]


@pytest.mark.parametrize(("name", "content"), list(hostile()))
def test_a_hostile_file_is_refused_and_leaves_nothing(start_api, database, name, content):
    api = start_api(capsule_mb=16)
    _, client = api.person()
    refused = client.post("/api/capsules/import", content=content)
    assert refused.status_code == 422 and code(refused) in ("capsule_invalid", "signature_invalid"), refused.text
    for table in ("capsules", "capsule_artifacts", "capsule_seals", "capsule_changes"):
        assert database.value(f"select count(*) from public.{table}") == 0
    assert not list((api.settings.home / "objects").rglob("*")) and not list((api.settings.home / "spool").iterdir())


def test_an_import_larger_than_the_limit_is_refused_before_it_is_read(start_api):
    api = start_api(capsule_mb=1)
    _, client = api.person()
    refused = client.post("/api/capsules/import", content=bytes(2 << 20))
    assert (refused.status_code, code(refused)) == (413, "artifact_too_large")


def test_the_metadata_for_a_doi_names_it_once_it_is_known(cast, capsule):
    cast.admin.post(f"/api/capsules/{capsule}/doi", json={"doi": "10.1234/bell"})
    assert "10.1234/bell" in export(cast.member, capsule, "datacite").decode()


def test_the_crate_holds_the_same_files(cast, capsule, sealer):
    names = zipfile.ZipFile(io.BytesIO(export(cast.member, capsule, "rocrate"))).namelist()
    told = {file["name"] for file in cast.member.get(f"/api/capsules/{capsule}").json()["artifacts"]}
    assert told | {"capsule.yaml", ".checksums"} == {name for name in names if not name.endswith("/")}
    assert sealed(cast.owner, sealer.work, team_id=str(cast.team), name="../../etc")
