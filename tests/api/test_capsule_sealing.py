"""Sealing and signing over HTTP: who may, the password that is asked for again, one's own key, and the public log."""

import json
from base64 import b64decode, b64encode

import pytest
from tests import factories
from tests.api.sealing import PASSWORD, code, draft, give_password, sealed, serving
from tests.seal.signing import key_of

from quapsule.seal.trust.checkpoint import read_checkpoint
from quapsule.seal.trust.envelope import make_envelope
from quapsule.seal.trust.log import check_consistency, check_inclusion, leaf_hash

PART_11 = {"regulatory_framework": "FDA-21CFR11"}


@pytest.fixture
def sealer(api):
    yield from serving(api)


@pytest.fixture
def capsule(api, cast, sealer):
    """Sealed, of the owner; everybody has the password."""
    for user in (cast.owner_id, cast.admin_id, cast.member_id, cast.stranger_id):
        give_password(api.owner, user)
    return sealed(cast.owner, sealer.work, team_id=str(cast.team))


def sign(client, capsule, **fields):
    return client.post(f"/api/capsules/{capsule}/signatures", json={"meaning": "review", "password": PASSWORD, **fields})


def test_part_11_asks_for_a_meaning_and_the_password(api, cast, sealer):
    give_password(api.owner, cast.stranger_id)
    capsule = draft(cast.stranger, **PART_11)
    base = f"/api/capsules/{capsule}/seal"
    for body, refusal in (
        ({}, "validation_error"),
        ({"meaning": "author"}, "validation_error"),
        ({"meaning": "seal", "password": PASSWORD}, "validation_error"),
        ({"meaning": "author", "password": "wrong"}, "password_wrong"),
    ):
        refused = cast.stranger.post(base, json=body)
        assert code(refused) == refusal, refused.text
    assert sealer.work() == 0
    asked = cast.stranger.post(base, json={"meaning": "author", "password": PASSWORD, "notes": "As measured."})
    assert asked.status_code == 202 and asked.json()["done_at"] is None
    sealer.work()
    found = cast.stranger.get(f"/api/capsules/{capsule}").json()
    assert found["state"] == "sealed" and found["requests"][0]["problem"] is None
    assert [(one["kind"], one["meaning"]) for one in found["signatures"]] == [("platform", "seal"), ("platform", "author")]
    assert api.database.value("select count(*) from private.reauthentications") == 0


def test_a_key_and_an_account_without_a_password_do_not_sign(api, cast, capsule):
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id))
    refused = sign(key, capsule)
    assert (refused.status_code, code(refused)) == (403, "permission_denied")
    assert code(key.post("/api/signing-keys", json={"public_key": "", "password": PASSWORD})) == "permission_denied"
    api.owner.execute("update auth.users set encrypted_password = null where id = %s", (cast.admin_id,))
    refused = sign(cast.admin, capsule)
    assert code(refused) == "password_wrong" and "no password" in refused.json()["error"]["message"] and refused.json()["error"]["hint"]


@pytest.mark.usefixtures("fresh_minute")
def test_a_password_that_is_tried_too_often_is_not_listened_to_and_each_try_is_logged(cast, capsule, caplog):
    assert [code(sign(cast.member, capsule, password="wrong")) for _ in range(6)] == ["password_wrong"] * 5 + ["rate_limited"]
    assert [f"account {cast.member_id}:" in line for line in caplog.messages if "given again to sign was refused" in line] == [True] * 5
    assert code(sign(cast.member, capsule)) == "rate_limited"


def test_what_one_gave_the_password_for_nobody_else_rides_on(api, cast, capsule):
    """Neither a request that failed nor one that was done leaves anything that another could use."""
    drafted = draft(cast.member, team_id=str(cast.team), **PART_11)
    assert code(sign(cast.member, drafted)) == "capsule_not_sealed"
    assert sign(cast.member, capsule).status_code == 202
    with pytest.raises(Exception, match="password again"), api.database.as_user(cast.member_id) as session:
        session.run("select public.request_seal(%(id)s, null, 'author')", {"id": drafted})
    with pytest.raises(Exception, match="role"), api.database.as_user(cast.member_id) as session:
        session.run("select private.note_reauthentication(%(id)s)", {"id": cast.member_id})


def test_every_member_signs_what_is_sealed_and_a_stranger_does_not(cast, capsule, sealer):
    assert code(sign(cast.stranger, capsule)) == "not_found"
    for client, meaning in ((cast.member, "review"), (cast.admin, "approval"), (cast.owner, "responsibility")):
        assert sign(client, capsule, meaning=meaning).status_code == 202
        sealer.work()
    found = cast.member.get(f"/api/capsules/{capsule}").json()["signatures"]
    assert [one["meaning"] for one in found] == ["seal", "review", "approval", "responsibility"]
    assert all(one["signer_name"] and one["signed_at"] for one in found)
    report = cast.member.post(f"/api/capsules/{capsule}/verify").json()
    assert report["status"] == "intact" and len(report["signatures"]) == 4 and report["findings"] == []
    assert [one["on_behalf_of"] for one in report["signatures"]] == [False, True, True, True]


def test_a_signature_of_one_s_own_key_is_checked(api, cast, capsule, sealer):
    key, other = key_of("mine"), key_of("other")
    told = b64encode(key.public_bytes).decode()
    assert code(cast.member.post("/api/signing-keys", json={"public_key": told, "password": "wrong"})) == "password_wrong"
    for bad in ("", "x", b64encode(bytes(32)).decode(), b64encode(b"x" * 31).decode()):
        refused = cast.member.post("/api/signing-keys", json={"public_key": bad, "password": PASSWORD})
        assert refused.status_code in (400, 422), bad
    made = cast.member.post("/api/signing-keys", json={"public_key": told, "password": PASSWORD})
    assert made.status_code == 201 and made.json()["key_id"] == key.key_id and made.json()["public_key"] == told
    assert code(cast.admin.post("/api/signing-keys", json={"public_key": told, "password": PASSWORD})) == "already_exists"

    mqc_id, name, person = cast.member.get(f"/api/capsules/{capsule}").json()["mqc_id"], made.json()["name"], str(cast.member_id)
    now = api.database.value("select now()")
    earlier = api.database.value("select now() - interval '2 hours'")

    def envelope(signer=key, capsule_id=mqc_id, who=name, whose=person, meaning="review", at=now):
        return json.loads(make_envelope(signer, capsule_id, "Bell-twice", who, whose, meaning, at))

    good = envelope()
    for client, given in (
        (cast.member, envelope(signer=other)),
        (cast.admin, good),
        (cast.member, envelope(capsule_id="mqc:1:" + "0" * 64)),
        (cast.member, envelope(who="Somebody else")),
        (cast.member, envelope(whose=str(cast.admin_id))),
        (cast.member, envelope(meaning="approval")),
        (cast.member, envelope(at=earlier)),
        (cast.member, good | {"payload": b64encode(b64decode(good["payload"]).replace(b"review", b"author")).decode()}),
        (cast.member, {}),
    ):
        refused = sign(client, capsule, envelope=given)
        assert (refused.status_code, code(refused)) == (422, "signature_invalid"), refused.text
    signed = sign(cast.member, capsule, envelope=good)
    assert signed.status_code == 202 and signed.json()["request_id"] is None and signed.json()["done_at"]
    assert sealer.work() == 0
    report = cast.owner.post(f"/api/capsules/{capsule}/verify", json={"signer": f"SHA256:{key.key_id}"}).json()
    assert report["status"] == "verified" and report["exit_code"] == 0
    assert [(one["kind"], one["meaning"]) for one in report["signatures"]] == [("platform", "seal"), ("user", "review")]

    assert cast.admin.delete(f"/api/signing-keys/{key.key_id}").status_code == 404
    assert cast.member.delete(f"/api/signing-keys/{key.key_id}").status_code == 204
    assert cast.member.get("/api/signing-keys").json()["items"][0]["revoked_at"]
    assert code(sign(cast.member, capsule, envelope=good)) == "signature_invalid"
    assert cast.owner.post(f"/api/capsules/{capsule}/verify", json={"signer": key.key_id}).json()["status"] == "verified"
    assert cast.admin.get("/api/signing-keys").json()["items"] == []


def test_asked_twice_is_asked_once_and_a_wait_ends_with_the_seal(api, cast, sealer):
    capsule = draft(cast.stranger)
    first, again = (cast.stranger.post(f"/api/capsules/{capsule}/seal", json={}) for _ in range(2))
    assert first.json()["request_id"] == again.json()["request_id"]
    sealer.start()
    other = draft(cast.stranger, name="Another")
    done = cast.stranger.post(f"/api/capsules/{other}/seal?wait=20", json={}).json()
    assert done["state"] == "sealed" and done["mqc_id"].startswith("mqc:1:") and done["done_at"] and done["problem"] is None


def test_a_secret_in_a_file_stops_the_seal_and_says_where(cast, sealer):
    capsule = draft(cast.stranger)
    secret = "AWS_SECRET_ACCESS_KEY = '" + "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY'\nAKIA" + "IOSFODNN7EXAMPLE\nghp_" + "a1B2" * 9
    cast.stranger.put(f"/api/capsules/{capsule}/artifacts/data/notes.ipynb?artifact_type=data", content=secret.encode())
    asked = cast.stranger.post(f"/api/capsules/{capsule}/seal", json={}).json()
    sealer.work()
    found = cast.stranger.get(f"/api/capsules/{capsule}").json()
    assert found["state"] != "sealed" and found["requests"][0]["id"] == asked["request_id"]
    assert found["requests"][0]["problem"]["code"] == "credential_found" and "data/notes.ipynb" in str(found["requests"][0]["problem"])
    cast.stranger.delete(f"/api/capsules/{capsule}/artifacts/data/notes.ipynb")
    cast.stranger.post(f"/api/capsules/{capsule}/seal", json={})
    sealer.work()
    assert cast.stranger.get(f"/api/capsules/{capsule}").json()["state"] == "sealed"


def test_a_capsule_whose_job_runs_is_not_sealed_by_hand(api, cast):
    body = {"circuit": {"format": "qasm3", "payload": factories.BELL}, "backend": "local", "params": {"shots": 10}}
    job = cast.stranger.post("/api/jobs/submit", json={**body, "create_capsule": True, "seal_capsule": True}).json()["job_id"]
    capsule = cast.stranger.get(f"/api/jobs/{job}").json()["capsule_id"]
    assert code(cast.stranger.post(f"/api/capsules/{capsule}/seal", json={})) == "conflict"
    for wrong in ({"seal_capsule": True}, {"git_sha": "a" * 40}, {"create_capsule": True, "git_sha": "head"}):
        assert code(cast.stranger.post("/api/jobs/submit", json={**body, **wrong})) == "validation_error"


def test_the_log_is_public_and_proves_what_it_holds(cast, capsule, sealer):
    first = cast.anonymous.get("/api/seal-log/checkpoint").json()
    others = [sealed(cast.stranger, sealer.work, name=f"Number {number}") for number in range(4)]
    head = cast.anonymous.get("/api/seal-log/checkpoint").json()
    assert (first["tree_size"], head["tree_size"]) == (1, 5)
    [platform] = cast.anonymous.get("/api/seal-log/keys").json()["items"]
    checkpoint = read_checkpoint(head["checkpoint"], b64decode(platform["public_key"]))
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (head["origin"], 5, b64decode(head["root"]))
    for index, client, one in ((0, cast.owner, capsule), (3, cast.stranger, others[2])):
        mqc_id = client.get(f"/api/capsules/{one}").json()["mqc_id"]
        proof = cast.anonymous.get("/api/seal-log/proof", params={"capsule_id": mqc_id}).json()
        assert proof["index"] == index
        siblings = [b64decode(each) for each in proof["inclusion"]]
        assert check_inclusion(leaf_hash(mqc_id.encode()), index, 5, siblings, checkpoint.root)
    grown = cast.anonymous.get("/api/seal-log/consistency?first=1&second=5").json()["consistency"]
    assert check_consistency(1, 5, b64decode(first["root"]), checkpoint.root, [b64decode(each) for each in grown])


def test_what_the_log_does_not_hold_it_does_not_prove(cast):
    assert code(cast.anonymous.get("/api/seal-log/checkpoint")) == "not_found"
    assert code(cast.anonymous.get("/api/seal-log/proof", params={"capsule_id": "mqc:1:" + "0" * 64})) == "not_found"
    for query in ("first=1&second=1", "first=0&second=1", "first=x&second=1"):
        assert code(cast.anonymous.get(f"/api/seal-log/consistency?{query}")) == "validation_error"
    assert code(cast.anonymous.get("/api/seal-log/proof", params={"capsule_id": "7"})) == "validation_error"


def test_a_doi_is_noted_once_by_a_leader_and_shown(cast, capsule):
    assert code(cast.owner.post(f"/api/capsules/{draft(cast.stranger)}/doi", json={"doi": "10.1234/x"})) == "not_found"
    for bad in ("doi:10.1234/x", "10.1/x", "10.1234/", "10.1234/a b", ""):
        assert code(cast.owner.post(f"/api/capsules/{capsule}/doi", json={"doi": bad})) == "validation_error"
    assert code(cast.member.post(f"/api/capsules/{capsule}/doi", json={"doi": "10.1234/x"})) == "permission_denied"
    assert cast.admin.post(f"/api/capsules/{capsule}/doi", json={"doi": "10.1234/x"}).json()["doi"] == "10.1234/x"
    assert code(cast.owner.post(f"/api/capsules/{capsule}/doi", json={"doi": "10.1234/y"})) == "already_exists"
    assert code(cast.stranger.post(f"/api/capsules/{draft(cast.stranger)}/doi", json={"doi": "10.1234/z"})) == "capsule_not_sealed"
