"""Teams, members and invitations over HTTP, as owner, admin, member, stranger and nobody."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from tests import factories


def _code(answer: Any) -> str:
    return answer.json()["error"]["code"]


def _role(api: Any, team: Any, user: Any) -> str | None:
    return api.database.value("select role from public.team_members where team_id = %s and user_id = %s", team, user)


def _change(client: Any, cast: Any, user: Any, role: str) -> Any:
    return client.patch(f"/api/team/members/{user}", json={"role": role, "team_id": str(cast.team)})


def _remove(client: Any, cast: Any, user: Any) -> Any:
    return client.delete(f"/api/team/members/{user}", params={"team_id": str(cast.team)})


# Teams --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role, status", [("anonymous", 401), ("stranger", 404), ("member", 403), ("admin", 200), ("owner", 200)])
def test_only_owner_and_admin_rename_a_team(api: Any, cast: Any, role: str, status: int) -> None:
    answer = getattr(cast, role).patch(f"/api/teams/{cast.team}", json={"name": "Renamed"})
    assert answer.status_code == status, answer.text
    assert (api.database.value("select name from public.teams where id = %s", cast.team) == "Renamed") == (status == 200)


def test_nobody_lifts_the_suspension_of_their_team(api: Any, cast: Any) -> None:
    factories.suspend(api.owner, cast.team)
    answer = cast.owner.patch(f"/api/teams/{cast.team}", json={"name": "Renamed", "suspended_at": None})
    assert (answer.status_code, _code(answer)) == (403, "team_suspended")
    assert api.database.value("select suspended_at from public.teams where id = %s", cast.team) is not None
    seen = {team["id"]: team["suspended_at"] for team in cast.member.get("/api/teams").json()["items"]}
    assert seen[str(cast.team)] is not None and list(seen.values()).count(None) == 1


def test_a_key_makes_no_team(api: Any, cast: Any) -> None:
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id))
    assert key.post("/api/teams", json={"name": "Second"}).status_code == 403
    assert key.patch(f"/api/teams/{cast.team}", json={"name": "Second"}).status_code == 403
    assert cast.anonymous.post("/api/teams", json={"name": "Second"}).status_code == 401


def test_who_makes_a_team_owns_it_and_others_do_not_see_it(cast: Any) -> None:
    made = cast.member.post("/api/teams", json={"name": "  Second  "})
    assert made.status_code == 201 and made.json()["name"] == "Second" and made.json()["role"] == "owner"
    assert made.json()["id"] in [team["id"] for team in cast.member.get("/api/teams").json()["items"]]
    assert made.json()["id"] not in cast.owner.get("/api/teams").text


def test_teams_are_paged(api: Any) -> None:
    _, client = api.person()
    for number in range(4):
        assert client.post("/api/teams", json={"name": f"team {number}"}).status_code == 201
    first = client.get("/api/teams", params={"limit": 3}).json()
    rest = client.get("/api/teams", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert len(first["items"]) == 3 and len(rest["items"]) == 2 and rest["next_cursor"] is None


# Members ------------------------------------------------------------------------------------------------------------------------


def test_members_see_members_and_others_see_nothing(cast: Any) -> None:
    for client in (cast.owner, cast.admin, cast.member):
        items = client.get("/api/team/members", params={"team_id": str(cast.team)}).json()["items"]
        assert {item["role"] for item in items} == {"owner", "admin", "member"} and all("@" in item["email"] for item in items)
    foreign = cast.stranger.get("/api/team/members", params={"team_id": str(cast.team)})
    missing = cast.stranger.get("/api/team/members", params={"team_id": str(uuid4())})
    assert foreign.status_code == missing.status_code == 404 and foreign.json() == missing.json()
    assert cast.anonymous.get("/api/team/members").status_code == 401


def test_the_team_must_be_named_by_who_is_in_several(cast: Any) -> None:
    assert len(cast.owner.get("/api/team/members").json()["items"]) == 3
    answer = cast.member.get("/api/team/members")
    assert (answer.status_code, _code(answer)) == (400, "validation_error")


@pytest.mark.parametrize(
    "who, whom, role, status",
    [
        ("anonymous", "member", "admin", 401),
        ("stranger", "member", "admin", 404),
        ("member", "member", "admin", 403),
        ("member", "member", "owner", 403),
        ("member", "owner", "member", 403),
        ("admin", "admin", "owner", 403),
        ("admin", "owner", "member", 403),
        ("admin", "member", "owner", 403),
        ("admin", "member", "admin", 403),
        ("owner", "owner", "admin", 409),
        ("owner", "owner", "member", 409),
        ("owner", "stranger", "member", 404),
        ("admin", "admin", "member", 200),
        ("owner", "admin", "member", 200),
        ("owner", "member", "admin", 200),
        ("owner", "member", "owner", 200),
    ],
)
def test_roles_are_changed_by_those_above_only(api: Any, cast: Any, who: str, whom: str, role: str, status: int) -> None:
    user = getattr(cast, f"{whom}_id")
    before = _role(api, cast.team, user)
    answer = _change(getattr(cast, who), cast, user, role)
    assert answer.status_code == status, answer.text
    assert _role(api, cast.team, user) == (role if status == 200 else before)


@pytest.mark.parametrize(
    "who, whom, status",
    [
        ("anonymous", "member", 401),
        ("stranger", "member", 404),
        ("member", "admin", 403),
        ("member", "owner", 403),
        ("admin", "owner", 403),
        ("owner", "owner", 409),
        ("owner", "stranger", 404),
        ("member", "member", 204),
        ("admin", "admin", 204),
        ("admin", "member", 204),
        ("owner", "admin", 204),
    ],
)
def test_members_are_removed_by_those_above_or_leave(api: Any, cast: Any, who: str, whom: str, status: int) -> None:
    user = getattr(cast, f"{whom}_id")
    answer = _remove(getattr(cast, who), cast, user)
    assert answer.status_code == status, answer.text
    assert (_role(api, cast.team, user) is None) == (status == 204 or whom == "stranger")


def test_an_admin_does_not_remove_another_admin(api: Any, cast: Any) -> None:
    other, _ = api.person()
    factories.add_member(api.owner, cast.team, other, "admin")
    assert _remove(cast.admin, cast, other).status_code == 403
    assert _change(cast.admin, cast, other, "member").status_code == 403


def test_the_last_owner_is_told_what_to_do(cast: Any) -> None:
    answer = _remove(cast.owner, cast, cast.owner_id)
    assert _code(answer) == "last_owner" and "owner" in answer.json()["error"]["hint"]


def test_of_two_owners_who_leave_at_once_one_stays(api: Any, cast: Any) -> None:
    for _ in range(5):
        api.owner.execute("update public.team_members set role = 'owner' where team_id = %s and user_id = %s", (cast.team, cast.admin_id))
        statuses: list[int] = []
        together = threading.Barrier(2)

        def leave(client: Any, user: Any, statuses: list[int] = statuses, together: threading.Barrier = together) -> None:
            together.wait()
            statuses.append(_change(client, cast, user, "member").status_code)

        threads = [threading.Thread(target=leave, args=pair) for pair in ((cast.owner, cast.owner_id), (cast.admin, cast.admin_id))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 409]
        assert api.database.value("select count(*) from public.team_members where team_id = %s and role = 'owner'", cast.team) == 1
        api.owner.execute("update public.team_members set role = 'owner' where team_id = %s and user_id = %s", (cast.team, cast.owner_id))


@pytest.mark.parametrize("level", ["read", "simulate", "full"])
def test_a_key_changes_nobody(api: Any, cast: Any, level: str) -> None:
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, level))
    assert _change(key, cast, cast.member_id, "admin").status_code == 403
    assert _remove(key, cast, cast.member_id).status_code == 403
    assert key.post("/api/team/invitations", json={"email": "eve@example.org"}).status_code == 403


def test_a_suspended_team_changes_nobody(api: Any, cast: Any) -> None:
    factories.suspend(api.owner, cast.team)
    for answer in (
        _change(cast.owner, cast, cast.member_id, "admin"),
        _remove(cast.owner, cast, cast.member_id),
        _remove(cast.member, cast, cast.member_id),
        cast.owner.post("/api/team/invitations", json={"email": "eve@example.org", "team_id": str(cast.team)}),
    ):
        assert (answer.status_code, _code(answer)) == (403, "team_suspended")


def test_a_removed_member_sees_nothing_at_once(api: Any, cast: Any) -> None:
    assert _remove(cast.owner, cast, cast.member_id).status_code == 204
    assert cast.member.get("/api/team/members", params={"team_id": str(cast.team)}).status_code == 404


def test_the_owner_of_another_team_gets_no_further_with_our_ids(api: Any, cast: Any) -> None:
    own = factories.team_of(api.owner, cast.stranger_id)
    answer = cast.stranger.patch(f"/api/team/members/{cast.member_id}", json={"role": "admin", "team_id": str(own)})
    assert answer.status_code == 404
    body = {"role": "member", "team_id": str(own), "user_id": str(cast.owner_id)}
    assert cast.stranger.patch(f"/api/team/members/{cast.owner_id}", json=body).status_code == 404
