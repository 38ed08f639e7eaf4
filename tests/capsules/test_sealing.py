"""The seal: what stops it, and what it leaves. Nothing is sealed by halves."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.capsules.desk import Desk
from tests.factories import make_job

from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.checksums import read_checksums, write_checksums
from quapsule.seal.format.manifest import read_manifest
from quapsule.seal.trust.checkpoint import read_checkpoint
from quapsule.seal.trust.envelope import check_envelope
from quapsule.seal.trust.log import check_consistency, consistency_proof, leaf_hash, root_of
from quapsule.seal.trust.proof import check_proof

TOKEN = b"token = 'ghp_" + b"0123456789abcdefghijABCDEFGHIJ012345" + b"'\n"
TRACES = ("public.capsule_seals", "public.capsule_signatures", "private.seal_log", "private.seal_nodes", "private.checkpoints")


def traces(desk: Desk) -> int:
    """Rows that only a seal writes."""
    return sum(desk.database.value(f"select count(*) from {table}") for table in TRACES)


def state(desk: Desk, capsule: UUID) -> Any:
    return desk.row(capsule), desk.rows("select * from public.capsule_artifacts where capsule_id = %s order by name", capsule), traces(desk)


def refused(desk: Desk, capsule: UUID, **asked: Any) -> dict[str, Any]:
    """The problem with which a seal ends; the capsule is as it was, and may be sealed later."""
    before = state(desk, capsule)
    request = desk.ask(capsule, **asked)
    desk.work()
    assert state(desk, capsule) == before
    row = desk.request(request)
    assert row["done_at"] is not None
    return dict(row["problem"])


def test_a_credential_stops_the_seal_and_the_team_can_read_where_it_is(desk: Desk) -> None:
    capsule = desk.capsule({"workflow/script.py": b"pass\n", "data/notes.txt": b"first line\n" + TOKEN})
    problem = refused(desk, capsule)
    assert problem["code"] == "credential_found"
    finding = problem["details"]["findings"][0]
    assert (finding["file"], finding["line"]) == ("data/notes.txt", 2)
    assert TOKEN.decode()[9:-2] not in json.dumps(problem)
    with desk.database.as_user(desk.user) as session:
        seen = session.value("select problem ->> 'code' from public.seal_requests where capsule_id = %(id)s", {"id": capsule})
    assert seen == "credential_found"


def test_a_credential_is_found_in_the_object_store_and_in_a_notebook_too(desk: Desk) -> None:
    capsule = desk.capsule()
    desk.add(capsule, "data/large.bin", b"x" * 5_000_000 + b"\n" + TOKEN + b"y" * 5_000_000, outside=True)
    assert refused(desk, capsule)["details"]["findings"][0]["file"] == "data/large.bin"
    notebook = {
        "cells": [{"cell_type": "code", "source": [TOKEN.decode()], "outputs": []}],
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
    }
    assert refused(desk, desk.capsule({"data/lab.ipynb": json.dumps(notebook).encode()}))["code"] == "credential_found"


def test_a_credential_in_what_the_capsule_says_of_itself_stops_the_seal(desk: Desk) -> None:
    assert refused(desk, desk.capsule(description=TOKEN.decode()))["code"] == "credential_found"


def test_once_the_credential_is_gone_the_capsule_is_sealed(desk: Desk) -> None:
    capsule = desk.capsule({"data/notes.txt": TOKEN})
    refused(desk, capsule)
    desk.database.owner.execute(
        "update public.capsule_artifacts set content_binary = 'none', digest = null where capsule_id = %s", (capsule,)
    )
    assert desk.ask(capsule)
    desk.work()
    assert desk.row(capsule)["lifecycle_state"] == "sealed"


def test_bytes_that_are_not_those_that_were_announced_stop_the_seal(desk: Desk) -> None:
    capsule = desk.capsule()
    desk.database.owner.execute("update public.capsule_artifacts set content_binary = 'other' where capsule_id = %s", (capsule,))
    problem = refused(desk, capsule)
    assert (problem["code"], problem["details"]["file"]) == ("capsule_invalid", "workflow/script.py")


@pytest.mark.parametrize("damage", ["altered", "longer", "gone"])
def test_an_object_that_the_store_holds_no_more_as_it_was_stops_the_seal(desk: Desk, damage: str, tmp_path: Path) -> None:
    capsule = desk.capsule()
    desk.add(capsule, "data/large.bin", b"large" * 1000, outside=True)
    stored = next((tmp_path / "objects" / "sha256").rglob("?" * 64))
    if damage == "gone":
        stored.unlink()
    else:
        stored.write_bytes(b"wrong" * 1000 if damage == "altered" else stored.read_bytes() + b"!")
    assert refused(desk, capsule)["code"] == ("not_found" if damage == "gone" else "capsule_invalid")


@pytest.mark.parametrize("name", ["../up", "capsule.yaml", "REPORT.html", "data/con.txt", "a\\b", "data/e\u0301", "data//x"])
def test_a_name_that_slipped_past_the_api_stops_the_seal(desk: Desk, name: str) -> None:
    assert refused(desk, desk.capsule({"data/a": b"a", name: b"b"}))["code"] == "artifact_name_invalid"


def test_names_that_some_machine_cannot_tell_apart_stop_the_seal(desk: Desk) -> None:
    assert refused(desk, desk.capsule({"data/A": b"a", "data/a": b"b"}))["code"] == "artifact_name_invalid"


def test_an_empty_capsule_is_not_sealed(desk: Desk) -> None:
    assert refused(desk, desk.capsule({}))["code"] == "conflict"


def test_a_capsule_whose_job_still_runs_is_not_sealed(desk: Desk) -> None:
    job = make_job(desk.database.owner, desk.team, desk.user, status="running")
    assert refused(desk, desk.capsule(job_id=job, state="draft"))["code"] == "conflict"


def test_a_capsule_that_is_too_large_is_not_sealed(desk: Desk) -> None:
    desk.worker = desk.another_worker("worker-small", capsule_mb=1)
    capsule = desk.capsule()
    desk.add(capsule, "data/large.bin", bytes(2 << 20), outside=True)
    assert refused(desk, capsule)["code"] == "artifact_too_large"


def test_under_part_11_nothing_is_sealed_without_a_person_s_signature(desk: Desk) -> None:
    capsule = desk.capsule(regulatory_framework="FDA-21CFR11")
    assert refused(desk, capsule)["code"] == "validation_error"
    desk.ask(capsule, meaning="approval")
    desk.work()
    assert desk.row(capsule)["lifecycle_state"] == "sealed"


@pytest.mark.parametrize("state", ["sealed", "archived"])
def test_what_is_sealed_is_not_sealed_again(desk: Desk, state: str) -> None:
    capsule = desk.sealed()
    desk.database.owner.execute("update public.capsules set lifecycle_state = %s where id = %s", (state, capsule))
    before = desk.seal(capsule)
    assert refused(desk, capsule)["code"] == "capsule_sealed"
    assert desk.seal(capsule) == before


def test_a_key_that_others_can_read_seals_nothing(desk: Desk) -> None:
    desk.sealed()
    key = desk.settings.home / "keys" / "seal.pem"
    key.chmod(0o644)
    request = desk.ask(desk.capsule())
    desk.work()
    row = desk.request(request)
    assert (row["done_at"], row["problem"]["code"]) == (None, "not_ready")


def test_a_revoked_key_seals_nothing_until_there_is_a_new_one(desk: Desk) -> None:
    desk.sealed()
    desk.database.owner.execute("update public.signing_keys set revoked_at = now()")
    capsule = desk.capsule()
    request = desk.ask(capsule)
    desk.work()
    assert desk.request(request)["problem"]["code"] == "not_ready"
    (desk.settings.home / "keys" / "seal.pem").rename(desk.settings.home / "keys" / "old.pem")
    desk.database.owner.execute("update public.seal_requests set claimed_at = null where id = %s", (request,))
    desk.work()
    assert desk.problem(request) is None
    assert desk.signatures(capsule)[0]["key_id"] not in {
        row["key_id"] for row in desk.rows("select * from public.signing_keys where revoked_at is not null")
    }


def test_only_a_sealed_capsule_is_signed_or_stamped(desk: Desk) -> None:
    capsule = desk.capsule()
    request = desk.ask(capsule, "sign", meaning="review")
    desk.work()
    assert desk.problem(request) == "capsule_not_sealed"
    assert desk.signatures(capsule) == []


def test_the_seal_leaves_the_bytes_as_they_were_hashed(desk: Desk) -> None:
    capsule = desk.sealed(description="Two entangled qubits — „Bell“.")
    row, seal, items = desk.row(capsule), desk.seal(capsule), desk.items(capsule)
    manifest, canonical, checksums = (bytes(seal[name]) for name in ("manifest", "canonical", "checksums"))
    read = read_manifest(manifest)
    assert canonical_bytes(read) == canonical
    assert capsule_id(canonical) == seal["mqc_id"]
    assert row["digests"] == {
        "capsule_id": seal["mqc_id"],
        "checksums_digest": f"sha256:{sha256(checksums).hexdigest()}",
        "manifest_sha256": sha256(manifest).hexdigest(),
    }
    assert read["checksums_digest"] == row["digests"]["checksums_digest"]
    assert write_checksums(items) == checksums
    assert [item.name for item in items] == ["report.html", "ro-crate-metadata.json", "verify_capsule.py", "workflow/script.py"]
    assert (row["lifecycle_state"], row["sealed_by"], read["sealed_by"]) == ("sealed", desk.user, "Ada Lovelace")


def test_the_instant_of_the_seal_is_one_everywhere(desk: Desk) -> None:
    capsule = desk.sealed()
    seal = desk.seal(capsule)
    told = read_manifest(bytes(seal["manifest"]))["sealed_at"]
    assert desk.row(capsule)["sealed_at"] == seal["sealed_at"] == desk.signatures(capsule)[0]["signed_at"]
    assert desk.database.value("select %s::timestamptz = sealed_at from public.capsule_seals where capsule_id = %s", told, capsule)


def test_the_platform_signs_the_seal_and_the_log_has_it(desk: Desk) -> None:
    capsule = desk.sealed()
    seal, (signature,) = desk.seal(capsule), desk.signatures(capsule)
    key = desk.rows("select * from public.signing_keys")[0]
    signed = check_envelope(signature["envelope"], bytes(key["public_key"]), seal["mqc_id"])
    assert (signed.meaning, signed.on_behalf_of, signature["signer_id"]) == ("seal", False, None)
    assert signed.subject == "Bell-twice.capsule"
    head = desk.rows("select * from private.checkpoints")[0]
    checkpoint = read_checkpoint(head["note"], bytes(key["public_key"]))
    assert (checkpoint.size, checkpoint.root) == (1, leaf_hash(seal["mqc_id"].encode()))
    report = check_proof(desk.proof(capsule), seal["mqc_id"])
    assert report.problems == ()
    assert report.log_index == 0


def test_a_seal_with_a_meaning_is_signed_for_the_person_too(desk: Desk) -> None:
    capsule = desk.capsule()
    desk.ask(capsule, meaning="author", notes="As published.")
    desk.work()
    seal, signatures = desk.seal(capsule), desk.signatures(capsule)
    assert [row["meaning"] for row in signatures] == ["seal", "author"]
    person = signatures[1]
    assert (person["signer_id"], person["signer_name"], person["kind"]) == (desk.user, "Ada Lovelace", "platform")
    proven = check_proof(desk.proof(capsule), seal["mqc_id"]).signatures
    assert [(one.name, one.meaning, one.on_behalf_of) for one in proven][1] == ("Ada Lovelace", "author", True)
    manifest = read_manifest(bytes(seal["manifest"]))
    assert manifest["seal_notes"] == "As published."
    assert manifest["extensions"]["quapsule"]["signer"]["meaning"] == "author"


def test_later_signatures_are_added_and_change_nothing_else(desk: Desk) -> None:
    capsule = desk.sealed()
    before = desk.seal(capsule), desk.row(capsule)
    for meaning in ("review", "approval"):
        desk.ask(capsule, "sign", meaning=meaning)
    desk.work()
    assert [row["meaning"] for row in desk.signatures(capsule)] == ["seal", "review", "approval"]
    assert (desk.seal(capsule), desk.row(capsule)) == before
    assert check_proof(desk.proof(capsule), before[0]["mqc_id"]).problems == ()


def test_the_log_grows_by_one_for_each_seal_and_every_head_continues_the_one_before(desk: Desk) -> None:
    capsules = [desk.sealed({"data/number": str(number).encode()}) for number in range(9)]
    heads = desk.rows("select * from private.checkpoints order by tree_size")
    leaves = [bytes(row["leaf"]) for row in desk.rows("select leaf from private.seal_log order by seq")]
    nodes = {(row["level"], row["index"]): bytes(row["hash"]) for row in desk.rows("select * from private.seal_nodes")}
    assert [head["tree_size"] for head in heads] == list(range(1, 10))
    for head in heads:
        assert bytes(head["root"]) == root_of(leaves[: head["tree_size"]])
        proof = consistency_proof(head["tree_size"], 9, lambda level, index: nodes[level, index])
        assert check_consistency(head["tree_size"], 9, bytes(head["root"]), bytes(heads[-1]["root"]), proof)
    for index, capsule in enumerate(capsules):
        report = check_proof(desk.proof(capsule), desk.seal(capsule)["mqc_id"])
        assert (report.problems, report.log_index) == ((), index)


def test_workers_of_one_home_share_a_key_which_only_its_owner_reads(desk: Desk) -> None:
    desk.sealed()
    desk.worker = desk.another_worker("worker-2")
    desk.sealed()
    assert len(desk.rows("select * from public.signing_keys")) == 1
    key = desk.settings.home / "keys" / "seal.pem"
    assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [path.name for path in key.parent.iterdir()] == ["seal.pem"]


def test_a_name_with_a_percent_sign_is_listed_as_the_standard_writes_it(desk: Desk) -> None:
    capsule = desk.sealed({"data/50% off.txt": b"a", "data/50-.txt": b"b", "data/ü.txt": b"c", "data/\U0001f600.txt": b"d"})
    listed = read_checksums(bytes(desk.seal(capsule)["checksums"]))
    assert listed == {item.name: item.sha256 for item in desk.items(capsule)}


def test_a_capsule_without_declared_digests_gets_those_of_its_bytes(desk: Desk) -> None:
    capsule = desk.capsule()
    insert = (
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text) values (%s, 'data/plain.txt', 'data', %s)"
    )
    desk.database.owner.execute(insert, (capsule, "Grüße"))
    desk.ask(capsule)
    desk.work()
    row = desk.rows("select * from public.capsule_artifacts where name = 'data/plain.txt'")[0]
    content = "Grüße".encode()
    assert (row["size_bytes"], row["digest"]) == (len(content), f"sha256:{sha256(content).hexdigest()}")
    assert desk.row(capsule)["lifecycle_state"] == "sealed"
