"""A superuser can change what is sealed: each way of it is found, and named by its layer, its table and its row."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.capsules.desk import Desk
from tests.client.conftest import Cli
from tests.conftest import Clone
from tests.factories import make_job, make_user, team_of
from tests.jobs import working
from tests.platform.conftest import House
from tests.seal.authority import Authority
from tests.seal.signing import id_of, key_of

from quapsule.errors import Problem
from quapsule.platform.audit import audit, guards
from quapsule.seal.trust.checkpoint import write_checkpoint
from quapsule.seal.trust.envelope import make_envelope
from quapsule.seal.trust.keys import load_key
from quapsule.seal.trust.log import leaf_hash, root_of
from quapsule.seal.trust.timestamps import request_timestamp
from quapsule.worker.sealing import key_path

CAPSULES, SEALS, ARTIFACTS = "public.capsules", "public.capsule_seals", "public.capsule_artifacts"
EXECUTIONS, SIGNATURES, TIMESTAMPS = "public.capsule_task_executions", "public.capsule_signatures", "public.capsule_timestamps"
CHANGES = "public.capsule_changes"
KEYS, LOG, NODES, CHECKPOINTS = "public.signing_keys", "private.seal_log", "private.seal_nodes", "private.checkpoints"

NOTES = "where capsule_id = {id} and name = 'data/notes.txt'"
REWRITTEN = {("log", LOG), ("log", NODES), ("log", CHECKPOINTS)}

# What is done to the second of three capsules, {id}, and where it is found.
TAMPERING = {
    "name": ("update public.capsules set name = 'Better' where id = {id}", {("row", CAPSULES)}),
    "description": ("update public.capsules set description = 'New' where id = {id}", {("row", CAPSULES)}),
    "sealed_at": ("update public.capsules set sealed_at = sealed_at - interval '1 day' where id = {id}", {("row", CAPSULES)}),
    "retention_years": ("update public.capsules set retention_years = 1 where id = {id}", {("row", CAPSULES)}),
    "actual_cost_usd": ("update public.capsules set actual_cost_usd = 0.01 where id = {id}", {("row", CAPSULES)}),
    "git_sha": ("update public.capsules set git_sha = 'abc' where id = {id}", {("row", CAPSULES)}),
    "custom_metadata": ("""update public.capsules set custom_metadata = '{{"tags": ["x"]}}' where id = {id}""", {("row", CAPSULES)}),
    "reopened": ("update public.capsules set lifecycle_state = 'draft' where id = {id}", {("state", CAPSULES)}),
    "capsule deleted": ("delete from public.capsules where id = {id}", {("state", CAPSULES)}),
    "seal deleted": ("delete from public.capsule_seals where capsule_id = {id}", {("state", CAPSULES), ("log", SEALS)}),
    "manifest": (
        "update public.capsule_seals set manifest = convert_to(replace(convert_from(manifest, 'UTF8'), 'Two', 'Too'), 'UTF8')"
        " where capsule_id = {id}",
        {("manifest", SEALS), ("row", CAPSULES)},
    ),
    "manifest that is none": ("update public.capsule_seals set manifest = '[]' where capsule_id = {id}", {("manifest", SEALS)}),
    "canonical": (
        "update public.capsule_seals set canonical = canonical || '\\x20' where capsule_id = {id}",
        {("manifest", SEALS), ("id", SEALS)},
    ),
    "mqc_id": (
        "update public.capsule_seals set mqc_id = 'mqc:1:' || repeat('0', 64) where capsule_id = {id}",
        {("id", SEALS), ("signature", SIGNATURES), ("log", LOG), ("log", SEALS)},
    ),
    "checksums": (
        "update public.capsule_seals set checksums = replace(convert_from(checksums, 'UTF8'), 'notes', 'other')::bytea"
        " where capsule_id = {id}",
        {("checksums", SEALS), ("payload", ARTIFACTS)},
    ),
    "checksums that are none": ("update public.capsule_seals set checksums = 'x' where capsule_id = {id}", {("checksums", SEALS)}),
    "seal's sealed_at": ("update public.capsule_seals set sealed_at = now() where capsule_id = {id}", {("row", CAPSULES)}),
    "file": (f"update public.capsule_artifacts set content_text = null, content_binary = 'Once.' {NOTES}", {("payload", ARTIFACTS)}),
    "digest": (f"update public.capsule_artifacts set digest = 'sha256:' || repeat('0', 64) {NOTES}", {("payload", ARTIFACTS)}),
    "size": (f"update public.capsule_artifacts set size_bytes = 1 {NOTES}", {("payload", ARTIFACTS)}),
    "file renamed": (f"update public.capsule_artifacts set name = 'data/other.txt' {NOTES}", {("payload", ARTIFACTS)}),
    "file removed": (f"delete from public.capsule_artifacts {NOTES}", {("payload", ARTIFACTS)}),
    "file added": (
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text) values ({id}, 'data/more', 'data', 'more')",
        {("payload", ARTIFACTS)},
    ),
    "file moved away": (
        f"update public.capsule_artifacts set content_binary = null, storage_path = 'sha256/00/' || repeat('0', 64) {NOTES}",
        {("payload", ARTIFACTS)},
    ),
    "path that is none": (
        f"update public.capsule_artifacts set content_binary = null, storage_path = '../../etc/passwd' {NOTES}",
        {("payload", ARTIFACTS)},
    ),
    "files swapped": (
        "with b as (select * from public.capsule_artifacts where capsule_id = {id})"
        " update public.capsule_artifacts as a set content_binary = b.content_binary, digest = b.digest, size_bytes = b.size_bytes"
        " from b where a.capsule_id = {id} and a.name = 'data/notes.txt' and b.name = 'workflow/script.py'",
        {("payload", ARTIFACTS)},
    ),
    "task execution": (
        "insert into public.capsule_task_executions (capsule_id, task_id, backend) values ({id}, 't', 'b')",
        {("row", EXECUTIONS)},
    ),
    "signer": ("update public.capsule_signatures set signer_name = 'Mallory' where capsule_id = {id}", {("signature", SIGNATURES)}),
    "meaning": ("update public.capsule_signatures set meaning = 'approval' where capsule_id = {id}", {("signature", SIGNATURES)}),
    "signed_at": ("update public.capsule_signatures set signed_at = now() where capsule_id = {id}", {("signature", SIGNATURES)}),
    "kind": ("update public.capsule_signatures set kind = 'user' where capsule_id = {id}", {("signature", SIGNATURES)}),
    "envelope": ("update public.capsule_signatures set envelope = '{{}}' where capsule_id = {id}", {("signature", SIGNATURES)}),
    "signature deleted": ("delete from public.capsule_signatures where capsule_id = {id}", {("signature", SIGNATURES)}),
    "another capsule's signature": (
        "update public.capsule_signatures set envelope = (select envelope from public.capsule_signatures where capsule_id <> {id} limit 1)"
        " where capsule_id = {id}",
        {("signature", SIGNATURES)},
    ),
    "timestamp that is none": (
        "insert into public.capsule_timestamps values ({id}, 'https://tsa.example', 'no DER', now())",
        {("timestamp", TIMESTAMPS)},
    ),
    "entry deleted": ("delete from private.seal_log where capsule_id = {id}", REWRITTEN),
    "last entry deleted": ("delete from private.seal_log where seq = 2", REWRITTEN),
    "entry edited": (
        "update private.seal_log set entry = 'mqc:1:x', leaf = sha256('\\x00'::bytea || 'mqc:1:x') where capsule_id = {id}",
        {*REWRITTEN, ("log", SEALS)},
    ),
    "entry of another": ("update private.seal_log set capsule_id = gen_random_uuid() where capsule_id = {id}", {("log", LOG)}),
    "entries reordered": (
        "alter table private.seal_log drop constraint seal_log_pkey; update private.seal_log set seq = 1 - seq where seq < 2",
        REWRITTEN,
    ),
    "entries renumbered": ("update private.seal_log set seq = seq + 10 where seq = 2", {("log", LOG)}),
    "entry appended": (
        "insert into private.seal_log values (3, {id}, 'mqc:1:y', sha256('\\x00'::bytea || 'mqc:1:y'))",
        {("log", LOG), ("log", NODES), ("log", SEALS)},
    ),
    "node": ("update private.seal_nodes set hash = sha256('x') where level = 1", {("log", NODES)}),
    "node deleted": ("delete from private.seal_nodes where level = 0 and index = 2", {("log", NODES)}),
    "node added": ("insert into private.seal_nodes values (5, 0, sha256('x'))", {("log", NODES)}),
    "checkpoint's root": ("update private.checkpoints set root = sha256('x') where tree_size = 2", {("log", CHECKPOINTS)}),
    "checkpoint's note": (
        "update private.checkpoints set note = replace(note, E'\\n2\\n', E'\\n3\\n') where tree_size = 2",
        {("log", CHECKPOINTS)},
    ),
    "checkpoint deleted": ("delete from private.checkpoints where tree_size = 2", {("log", LOG)}),
    "trail of the seal": ("delete from public.capsule_changes where action = 'capsule.sealed'", {("trail", CHANGES)}),
    "trail of a signature": ("delete from public.capsule_changes where action = 'signature.added'", {("trail", CHANGES)}),
    "key's owner": (
        "update public.signing_keys set kind = 'user', owner_id = gen_random_uuid()",
        {("signature", SIGNATURES), ("log", CHECKPOINTS)},
    ),
    "key deleted": ("delete from public.signing_keys", {("signature", SIGNATURES), ("log", CHECKPOINTS)}),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_a_superuser_changed_is_found(house: House, what: str) -> None:
    statement, expected = TAMPERING[what]
    house.break_in(statement.format(id=f"'{house.id_of('Two')}'"))
    found = house.found()
    assert expected <= found and {layer for layer, _ in found} <= {layer for layer, _ in expected} | {"guards", "keys"}, found


def test_a_capsule_that_was_deleted_with_all_that_belongs_to_it_is_missed_in_the_log(house: House) -> None:
    gone = house.id_of("Two")
    house.break_in(f"delete from public.capsules where id = '{gone}'", cascading=True)
    (finding,) = house.audit().findings
    assert (finding.layer, finding.row) == ("log", str(gone)) and "gone" in finding.message


def test_a_key_that_was_put_in_anothers_place_is_found(house: House) -> None:
    other = key_of("mallory")
    house.break_in(
        "alter table public.signing_keys drop constraint signing_keys_key_id_check",
        f"update public.signing_keys set public_key = '\\x{other.public_bytes.hex()}'",
    )
    assert {("keys", KEYS), ("signature", SIGNATURES), ("log", CHECKPOINTS)} <= house.found()


def test_a_person_who_did_not_sign_did_not_sign(house: House) -> None:
    """The envelope is right, the key is registered: to somebody else."""
    ada, mallory = key_of("ada"), make_user(house.database.owner, "mallory@example.org", name="Mallory")
    capsule = house.id_of("Two")
    mqc_id = house.database.value("select mqc_id from public.capsule_seals where capsule_id = %s", capsule)
    envelope = make_envelope(ada, mqc_id, "Two", "Ada Lovelace", str(house.user), "approval", "2026-11-23T05:00:00Z")
    house.database.owner.execute(
        "insert into public.signing_keys (key_id, public_key, kind, owner_id, name) values (%s, %s, 'user', %s, 'Mallory')",
        (ada.key_id, ada.public_bytes, mallory),
    )
    house.database.owner.execute(
        "insert into public.capsule_signatures (capsule_id, key_id, kind, signer_id, signer_name, meaning, signed_at, envelope)"
        " values (%s, %s, 'user', %s, 'Ada Lovelace', 'approval', '2026-11-23T05:00:00Z', %s)",
        (capsule, ada.key_id, house.user, envelope),
    )
    (finding,) = house.audit().findings
    assert finding.layer == "signature" and "another person's" in finding.message


def test_a_history_that_was_rewritten_as_a_whole_does_not_fit_a_checkpoint_that_was_kept(house: House, tmp_path: Path) -> None:
    """With the platform's own key, everything can be made to fit but what is kept elsewhere."""
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(house.audit().checkpoint or "")
    assert house.audit(kept).findings == []
    for given in ({"checkpoint": kept.read_text()}, {"log": {"checkpoint": kept.read_text()}}):  # the API's answer; a proof
        (tmp_path / "kept.json").write_text(json.dumps(given))
        assert house.audit(tmp_path / "kept.json").findings == []
    key, origin = load_key(key_path(house.sealer.settings)), house.sealer.settings.seal_origin
    capsule, mqc_id = house.database.owner.execute("select capsule_id, mqc_id from public.capsule_seals where log_seq = 0").fetchall()[0]
    root = root_of([leaf_hash(mqc_id.encode())])
    note = write_checkpoint(key, origin, 1, root)
    others = f"(select id from public.capsules where id <> '{capsule}' and lifecycle_state = 'sealed')"
    house.break_in(
        f"delete from public.capsules where id in {others}",
        "delete from private.seal_log where seq > 0",
        "delete from private.seal_nodes where (level, index) <> (0, 0)",
        f"delete from private.checkpoints where tree_size > 1 or note <> '{note}'",
        cascading=True,
    )
    assert house.audit().findings == []
    assert house.found(kept) == {("log", LOG)}
    house.seal("Four")
    house.seal("Five")
    assert house.audit().findings == []
    (finding,) = house.audit(kept).findings
    assert "rewritten" in finding.message


def test_a_kept_checkpoint_of_another_platform_or_none_is_refused(house: House, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(write_checkpoint(key_of("other"), "quapsule/seal-log", 1, bytes(32)))
    assert house.found(kept) == {("log", CHECKPOINTS)}
    for content in (b"\xff", b"{}", b"{", b'{"checkpoint": 1}', b'{"log": []}', b'{"log": null}'):
        kept.write_bytes(content)
        with pytest.raises(Problem, match="checkpoint") as refused:
            house.audit(kept)
        assert refused.value.code == "validation_error"
    with pytest.raises(Problem, match="checkpoint"):
        house.audit(tmp_path / "none")


def test_a_time_that_the_authority_did_not_state_is_found(house: House, tmp_path: Path) -> None:
    authority, other = Authority(tmp_path / "tsa"), Authority(tmp_path / "other")
    capsule = house.id_of("Two")
    mqc_id = house.database.value("select mqc_id from public.capsule_seals where capsule_id = %s", capsule)
    token = request_timestamp(mqc_id, authority.answer)
    query = "insert into public.capsule_timestamps (capsule_id, authority, token, stamped_at) values (%s, 'https://tsa.example', %s, %s)"
    house.database.owner.execute(query, (capsule, token.der, token.at))
    roots = {name: tmp_path / name / "root.pem" for name in ("tsa", "other")}
    assert house.audit().findings == [] == house.audit(tsa_certificates=str(roots["tsa"])).findings
    assert [finding.layer for finding in house.audit(tsa_certificates=str(roots["other"])).findings] == ["timestamp"]
    assert other.roots != authority.roots
    house.break_in("update public.capsule_timestamps set stamped_at = now() - interval '1 year'")
    assert house.found() == {("timestamp", TIMESTAMPS)}
    elsewhere = request_timestamp(id_of("other"), authority.answer).der
    house.break_in(f"update public.capsule_timestamps set token = '\\x{elsewhere.hex()}'")
    assert house.found() == {("timestamp", TIMESTAMPS)}


def test_a_login_that_does_not_see_all_rows_is_refused_instead_of_finding_nothing(house: House) -> None:
    with pytest.raises(Problem) as refused:
        house.audit(database_url=house.database.api_url)
    assert refused.value.code == "not_ready" and "row-level security" in (refused.value.hint or "")


def test_the_verb_names_the_row_and_ends_with_1(house: House, cli: Cli) -> None:
    said = cli("audit", "--json")
    assert said.code == 0 and said.json["clean"] and said.json["looked_at"]["capsules"] == 3 and said.json["checkpoint"]
    assert "public.capsules.capsules_guard" in said.json["guards"]
    drawn = cli("audit")
    assert drawn.code == 0 and "Everything is as it was sealed." in drawn.out and "quapsule/seal-log\n3\n" in drawn.err
    house.break_in(
        f"update public.capsule_artifacts set content_text = null, content_binary = 'x' {NOTES}".format(id=f"'{house.id_of('Two')}'")
    )
    row = f"{house.id_of('Two')} data/notes.txt"
    said = cli("audit", "--json")
    assert said.code == 1 and said.json["clean"] is False
    message = "The file is not the one that was sealed."
    assert said.json["findings"] == [{"layer": "payload", "table": ARTIFACTS, "row": row, "message": message}]
    drawn = cli("audit")
    assert drawn.code == 1 and row in drawn.out and "1 findings." in drawn.out
    assert cli("audit", "--checkpoint", "/none").code == 2


def test_all_ways_to_a_sealed_capsule_are_clean(house: House) -> None:
    house.seal("With everything", description="A ünïcode text", git_sha="abc", git_repo="https://example.org/r", retention_years=5,
               max_budget_usd=1.5, actual_cost_usd=0.1, estimated_cost_usd=2, total_shots=10, wall_time_seconds=1.25,
               parent_capsule_id=house.id_of("One"))  # fmt: skip
    owner = house.database.owner
    owner.execute("update public.capsules set lifecycle_state = 'archived' where id = %s", (house.id_of("Two"),))
    house.sealer.sign(house.id_of("Two"), requested_by=house.user, requested_name="Ada Lovelace", meaning="review")
    owner.execute("insert into public.capsules (team_id, name) values (%s, 'A draft')", (house.team,))
    done = house.audit()
    assert done.findings == [] and (done.counted.capsules, done.counted.signatures, done.log_size) == (4, 5, 4)


def test_what_may_still_change_after_the_seal_is_not_a_finding(house: House) -> None:
    house.seal("Child", parent_capsule_id=house.id_of("One"))
    house.database.owner.execute("update public.capsules set user_id = null, parent_capsule_id = null")
    house.database.owner.execute("update public.teams set name = 'Renamed'")
    assert house.audit().findings == []


def test_what_left_with_its_team_after_the_retention_is_not_a_finding(house: House) -> None:
    house.database.owner.execute("update public.capsules set updated_at = now()")
    other = make_user(house.database.owner, "grace@example.org", name="Grace")
    made = House(house.database, house.sealer, other, team_of(house.database.owner, other))
    made.seal("Gone", retention_years=0)
    house.database.owner.execute("delete from public.teams where id = %s", (made.team,))
    assert house.database.value("select count(*) from private.seal_log") == 4
    assert house.database.value("select count(*) from public.capsule_seals") == 3
    assert house.audit().findings == []


def test_an_imported_capsule_is_looked_at_too(house: House) -> None:
    owner, first = house.database.owner, house.id_of("One")
    with owner.transaction():
        copy = owner.execute(
            "insert into public.capsules (team_id, name, custom_metadata) values (%s, 'Copy', '{}') returning id", (house.team,)
        ).fetchone()
        assert copy is not None
        owner.execute(
            "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text, content_binary)"
            " select %s, name, artifact_type, content_text, content_binary from public.capsule_artifacts where capsule_id = %s",
            (copy[0], first),
        )
        owner.execute(
            "insert into public.capsule_seals (capsule_id, mqc_id, origin, manifest, canonical, checksums, sealed_at)"
            " select %s, mqc_id, 'import', manifest, canonical, checksums, sealed_at from public.capsule_seals where capsule_id = %s",
            (copy[0], first),
        )
        owner.execute(
            "update public.capsules as c set lifecycle_state = 'sealed', sealed_at = s.sealed_at"
            " from public.capsule_seals as s where c.id = %s and s.capsule_id = c.id",
            copy,
        )
    done = house.audit()
    assert done.findings == [] and (done.counted.capsules, done.log_size) == (4, 3)
    house.break_in(f"update public.capsule_seals set foreign_proof = '{{}}' where capsule_id = '{copy[0]}'")
    assert house.found() == {("signature", SEALS)}
    house.break_in(f"update public.capsule_artifacts set content_text = 'x', content_binary = null where capsule_id = '{copy[0]}'")
    assert house.found() == {("signature", SEALS), ("payload", ARTIFACTS)}


def test_an_object_store_that_does_not_answer_is_said_beside_all_else(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    done = house.audit(object_store=str(tmp_path / "file"))
    assert [finding.layer for finding in done.findings] == ["objects"] and done.counted.capsules == 3


def test_a_job_that_was_sealed_is_clean(database: Clone, tmp_path: Path, schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "SCHEMA", schema)
    desk = Desk(database, tmp_path)
    job = make_job(database.owner, desk.team, desk.user, parameters={"shots": 100, "angle": 0.1, "large": 2**60})
    working.finish(database, job, actual_cost_usd=0.25, wall_time_seconds=1.5)
    capsule = desk.capsule({}, state="draft", job_id=job)
    desk.ask(capsule, "fill")
    desk.work()
    desk.add(capsule, "data/large.bin", b"large" * 100_000, outside=True)
    desk.ask(capsule)
    desk.work()
    assert desk.row(capsule)["lifecycle_state"] == "sealed" and desk.row(capsule)["actual_cost_usd"] > 0
    settings = replace(desk.settings, database_url=database.owner_url)
    done = audit(settings)
    assert done.findings == [] and done.counted.capsules == 1 and done.leftovers.found == 0
    for stored in (tmp_path / "objects" / "sha256").rglob("?" * 64):
        stored.chmod(0o600)
        stored.write_bytes(b"wrong" * 100_000)
    (finding,) = audit(settings).findings
    assert (finding.layer, finding.row) == ("payload", f"{capsule} data/large.bin")
    for stored in (tmp_path / "objects" / "sha256").rglob("?" * 64):
        stored.unlink()
    (finding,) = audit(settings).findings
    assert (finding.layer, finding.row) == ("payload", f"{capsule} data/large.bin") and "cannot be read" in finding.message
