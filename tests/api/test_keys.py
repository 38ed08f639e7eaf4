"""API keys over HTTP: who may make and see them, and what they stop doing when somebody leaves."""

from typing import Any
from uuid import uuid4

import pytest
from tests import factories

from quapsule.accounts.api_key import is_well_formed


def _code(answer: Any) -> str:
    return answer.json()["error"]["code"]


@pytest.mark.parametrize("role, status", [("anonymous", 401), ("stranger", 404), ("member", 403), ("admin", 201), ("owner", 201)])
def test_only_owner_and_admin_make_keys(cast: Any, role: str, status: int) -> None:
    answer = getattr(cast, role).post("/api/keys", json={"name": "CI", "team_id": str(cast.team)})
    assert answer.status_code == status, answer.text


def test_a_foreign_team_and_no_team_get_the_same_answer(cast: Any) -> None:
    foreign = cast.stranger.post("/api/keys", json={"name": "CI", "team_id": str(cast.team)})
    missing = cast.stranger.post("/api/keys", json={"name": "CI", "team_id": str(uuid4())})
    assert foreign.status_code == missing.status_code == 404 and foreign.json() == missing.json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 101},
        {"name": "a\u0000b"},
        {"name": "CI", "level": "root"},
        {"name": "CI", "expires_in_days": 0},
        {"name": "CI", "team_id": "x"},
        [],
        None,
    ],
)
def test_a_bad_body_is_refused(cast: Any, body: Any) -> None:
    answer = cast.owner.post("/api/keys", json=body)
    assert (answer.status_code, _code(answer)) == (400, "validation_error")


@pytest.mark.parametrize("level", ["read", "simulate", "full"])
def test_a_key_cannot_make_or_revoke_keys(api: Any, cast: Any, level: str) -> None:
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, level))
    assert key.post("/api/keys", json={"name": "child"}).status_code == 403
    [own] = key.get("/api/keys").json()["items"]
    assert key.delete(f"/api/keys/{own['id']}").status_code == 403


def test_a_suspended_team_makes_no_keys(api: Any, cast: Any) -> None:
    factories.suspend(api.owner, cast.team)
    answer = cast.owner.post("/api/keys", json={"name": "CI", "team_id": str(cast.team)})
    assert (answer.status_code, _code(answer)) == (403, "team_suspended")


def test_a_key_is_shown_once_works_for_its_team_and_dies_when_revoked(api: Any, cast: Any) -> None:
    made = cast.owner.post("/api/keys", json={"name": "CI", "team_id": str(cast.team), "expires_in_days": 30}).json()
    assert is_well_formed(made["key"]) and made["key"].startswith("qk_live_") and made["hint"] == made["key"][-4:]
    client = api.as_(made["key"])
    assert [team["id"] for team in client.get("/api/teams").json()["items"]] == [str(cast.team)]
    listed = cast.admin.get("/api/keys", params={"team_id": str(cast.team)})
    assert [item["id"] for item in listed.json()["items"]] == [made["id"]] and made["key"] not in listed.text
    assert "key_hash" not in listed.text and "key" not in listed.json()["items"][0]
    assert cast.stranger.delete(f"/api/keys/{made['id']}").status_code == 404
    assert cast.member.delete(f"/api/keys/{made['id']}").status_code == 404
    assert cast.admin.delete(f"/api/keys/{made['id']}").status_code == 204
    assert cast.admin.delete(f"/api/keys/{made['id']}").status_code == 204
    assert client.get("/api/teams").status_code == 401


def test_a_key_that_can_only_simulate_says_so(cast: Any) -> None:
    made = cast.owner.post("/api/keys", json={"name": "CI", "level": "simulate"}).json()
    assert made["key"].startswith("qk_test_") and made["level"] == "simulate"


def test_an_expired_key_is_refused(api: Any, cast: Any) -> None:
    made = cast.owner.post("/api/keys", json={"name": "CI", "expires_in_days": 1}).json()
    api.owner.execute("update public.api_keys set expires_at = now()")
    assert api.as_(made["key"]).get("/api/teams").status_code == 401


def test_members_do_not_see_keys(cast: Any) -> None:
    answer = cast.member.get("/api/keys", params={"team_id": str(cast.team)})
    assert (answer.status_code, _code(answer)) == (403, "permission_denied")
    assert cast.stranger.get("/api/keys", params={"team_id": str(cast.team)}).status_code == 404
    assert cast.anonymous.get("/api/keys").status_code == 401


def test_a_removed_members_key_is_dead_and_stays_so_when_they_come_back(api: Any, cast: Any) -> None:
    made = cast.admin.post("/api/keys", json={"name": "CI", "team_id": str(cast.team)}).json()
    client = api.as_(made["key"])
    assert client.get("/api/teams").status_code == 200
    assert cast.owner.delete(f"/api/team/members/{cast.admin_id}", params={"team_id": str(cast.team)}).status_code == 204
    assert client.get("/api/teams").status_code == 401
    factories.add_member(api.owner, cast.team, cast.admin_id, "admin")
    assert client.get("/api/teams").status_code == 401


def test_the_stored_hash_lets_nobody_in(api: Any, cast: Any) -> None:
    made = cast.owner.post("/api/keys", json={"name": "CI"}).json()
    row = api.database.value("select k::text from public.api_keys as k")
    assert made["key"] not in row
    stored = api.database.value("select encode(key_hash, 'hex') from public.api_keys")
    assert api.as_(stored).get("/api/teams").status_code == 401


def test_keys_are_paged(cast: Any) -> None:
    for number in range(5):
        assert cast.owner.post("/api/keys", json={"name": f"key {number}"}).status_code == 201
    seen, cursor = [], None
    while True:
        page = cast.owner.get("/api/keys", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"key {number}" for number in (4, 3, 2, 1, 0)]
    for bad in ("x", "WzEsMl0=", "%%%", "a" * 401):
        assert cast.owner.get("/api/keys", params={"cursor": bad}).status_code == 400
    for bad in (0, 201, "x", -1):
        assert cast.owner.get("/api/keys", params={"limit": bad}).status_code == 400
