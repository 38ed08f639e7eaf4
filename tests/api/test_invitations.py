"""Invitations over HTTP: shown once, for one address, once, for a week."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from tests import factories

PATH = "/api/team/invitations"


def _code(answer: Any) -> str:
    return answer.json()["error"]["code"]


def _invite(client: Any, cast: Any, email: str, role: str = "member") -> Any:
    return client.post(PATH, json={"email": email, "role": role, "team_id": str(cast.team)})


def _invited(api: Any, cast: Any, by: str = "owner", role: str = "member") -> tuple[Any, Any, Any]:
    """(the guest's id, the guest's client, the invitation as it was shown)."""
    guest, client = api.person()
    email = api.database.value("select email from auth.users where id = %s", guest)
    shown = _invite(getattr(cast, by), cast, email, role)
    assert shown.status_code == 201, shown.text
    return guest, client, shown.json()


@pytest.mark.parametrize("role, status", [("anonymous", 401), ("stranger", 404), ("member", 403), ("admin", 201), ("owner", 201)])
def test_only_owner_and_admin_invite(cast: Any, role: str, status: int) -> None:
    assert _invite(getattr(cast, role), cast, "new@example.org").status_code == status


@pytest.mark.parametrize(
    "body", [{"email": "x"}, {"email": "a@b.c", "role": "owner"}, {"email": "a@b.c", "role": ""}, {"role": "member"}, {}]
)
def test_a_bad_invitation_is_refused(cast: Any, body: Any) -> None:
    answer = cast.owner.post(PATH, json=body)
    assert (answer.status_code, _code(answer)) == (400, "validation_error")


def test_a_member_and_a_pending_address_are_not_invited_again(api: Any, cast: Any) -> None:
    email = api.database.value("select email from auth.users where id = %s", cast.member_id)
    assert _code(_invite(cast.owner, cast, email.upper())) == "already_exists"
    assert _invite(cast.owner, cast, "new@example.org").status_code == 201
    assert _code(_invite(cast.admin, cast, "NEW@example.org")) == "already_exists"
    api.owner.execute("update public.team_invitations set expires_at = now()")
    assert _invite(cast.admin, cast, "new@example.org").status_code == 201


def test_the_eleventh_invitation_of_a_minute_is_refused(cast: Any) -> None:
    statuses = [_invite(cast.owner, cast, f"guest{number}@example.org").status_code for number in range(21)]
    assert statuses[:10] == [201] * 10 and 429 in statuses


def test_the_token_is_stored_hashed_and_never_listed(api: Any, cast: Any) -> None:
    _, client, shown = _invited(api, cast)
    assert len(shown["token"]) == 64 and shown["link"].endswith(f"#token={shown['token']}")
    stored = api.database.value("select token from public.team_invitations")
    assert stored != shown["token"] and len(stored) == 64
    assert client.post(f"{PATH}/accept", json={"token": stored}).status_code == 404
    listed = cast.admin.get(PATH, params={"team_id": str(cast.team)})
    assert shown["token"] not in listed.text and stored not in listed.text and listed.json()["items"][0]["status"] == "pending"


def test_only_owner_and_admin_list_change_and_revoke(api: Any, cast: Any) -> None:
    _, guest, shown = _invited(api, cast)
    one = f"{PATH}/{shown['id']}"
    for client, expected in ((cast.anonymous, 401), (cast.stranger, 404), (guest, 404), (cast.member, 404)):
        assert client.patch(one, json={"role": "admin"}).status_code == expected
        assert client.delete(one).status_code == expected
    for client, expected in ((cast.anonymous, 401), (cast.stranger, 404), (guest, 404), (cast.member, 403)):
        assert client.get(PATH, params={"team_id": str(cast.team)}).status_code == expected
    assert cast.owner.delete(f"{PATH}/{uuid4()}").status_code == 404
    assert cast.admin.patch(one, json={"role": "admin"}).json()["role"] == "admin"
    assert cast.admin.patch(one, json={}).status_code == 400
    assert cast.admin.delete(one).status_code == 204
    assert cast.admin.delete(one).status_code == 204
    assert guest.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 409


def test_an_invitation_is_for_one_address_only(api: Any, cast: Any) -> None:
    _, client, shown = _invited(api, cast)
    thief = cast.stranger.post(f"{PATH}/accept", json={"token": shown["token"]})
    assert (thief.status_code, _code(thief)) == (403, "permission_denied")
    assert cast.anonymous.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 401
    for bad in ("", "x" * 64, shown["token"][:-1], shown["token"].upper() + "0"):
        assert client.post(f"{PATH}/accept", json={"token": bad}).status_code == 400
    assert client.post(f"{PATH}/accept", json={"token": "0" * 64}).status_code == 404
    joined = client.post(f"{PATH}/accept", json={"token": shown["token"]})
    assert joined.status_code == 200 and joined.json()["id"] == str(cast.team) and joined.json()["role"] == "member"
    assert client.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 409
    assert len(client.get("/api/team/members", params={"team_id": str(cast.team)}).json()["items"]) == 4


def test_of_many_accepts_at_once_one_wins(api: Any, cast: Any) -> None:
    guest, _, shown = _invited(api, cast)
    token = factories.make_session(api.owner, guest)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(api.as_(token).post(f"{PATH}/accept", json={"token": shown["token"]}).status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7
    assert api.database.value("select count(*) from public.team_members where user_id = %s and team_id = %s", guest, cast.team) == 1


def test_an_expired_invitation_is_refused_and_shown_as_expired_until_renewed(api: Any, cast: Any) -> None:
    _, client, shown = _invited(api, cast)
    api.owner.execute("update public.team_invitations set expires_at = now()")
    assert client.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 409
    assert cast.owner.get(PATH).json()["items"][0]["status"] == "expired"
    assert cast.owner.patch(f"{PATH}/{shown['id']}", json={"role": "admin"}).status_code == 409
    renewed = cast.owner.patch(f"{PATH}/{shown['id']}", json={"renew": True}).json()
    assert client.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 404
    assert client.post(f"{PATH}/accept", json={"token": renewed["token"]}).status_code == 200


def test_an_invitation_lasts_seven_days(api: Any, cast: Any) -> None:
    _invited(api, cast)
    assert api.database.value("select expires_at - created_at = interval '7 days' from public.team_invitations")


@pytest.mark.parametrize("how", ["removed", "demoted"])
def test_invitations_end_with_the_right_to_invite(api: Any, cast: Any, how: str) -> None:
    _, client, shown = _invited(api, cast, by="admin", role="admin")
    path = f"/api/team/members/{cast.admin_id}"
    if how == "removed":
        assert cast.owner.delete(path, params={"team_id": str(cast.team)}).status_code == 204
    else:
        assert cast.owner.patch(path, json={"role": "member", "team_id": str(cast.team)}).status_code == 200
    assert api.database.value("select status from public.team_invitations") == "revoked"
    assert client.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 409


def test_a_disabled_inviters_link_is_dead(api: Any, cast: Any) -> None:
    _, client, shown = _invited(api, cast, by="admin")
    factories.disable(api.owner, cast.admin_id)
    assert client.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 409


def test_a_suspended_team_takes_nobody_in(api: Any, cast: Any) -> None:
    _, client, shown = _invited(api, cast)
    factories.suspend(api.owner, cast.team)
    answer = client.post(f"{PATH}/accept", json={"token": shown["token"]})
    assert (answer.status_code, _code(answer)) == (403, "team_suspended")
    assert cast.owner.delete(f"{PATH}/{shown['id']}").status_code == 403


def test_a_key_accepts_nothing(api: Any, cast: Any) -> None:
    guest, _, shown = _invited(api, cast)
    key = api.as_(factories.make_key(api.owner, factories.team_of(api.owner, guest), guest))
    assert key.post(f"{PATH}/accept", json={"token": shown["token"]}).status_code == 403
