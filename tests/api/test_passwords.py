"""A person's own password over HTTP: refusals first."""

import threading
from typing import Any

import pytest
from tests import factories
from tests.api.sealing import PASSWORD, code, give_password

NEW = "violet-tram-under-rain"


@pytest.fixture
def ann(api: Any) -> Any:
    """A session of ann@example.org, who has the password."""
    user = factories.make_user(api.owner, "ann@example.org")
    give_password(api.owner, user)
    return api.person(user)


def change(client: Any, new: str = NEW, **fields: Any) -> Any:
    return client.post("/api/auth/password", json={"new_password": new, **fields})


def sign_in(api: Any, password: str) -> Any:
    return api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.org", "password": password})


def stored(api: Any) -> Any:
    return api.database.value("select encrypted_password from auth.users where email = 'ann@example.org'")


def test_nobody_and_an_ended_session_change_nothing(api: Any, ann: Any) -> None:
    before = stored(api)
    assert change(api.anonymous, current_password=PASSWORD).status_code == 401
    api.owner.execute("update private.sessions set ended_at = now()")
    assert change(ann[1], current_password=PASSWORD).status_code == 401
    assert stored(api) == before


@pytest.mark.parametrize("given", [None, PASSWORD])
def test_an_api_key_neither_sets_nor_changes_a_password(api: Any, given: str | None) -> None:
    user = factories.make_user(api.owner, "ann@example.org")
    if given:
        give_password(api.owner, user)
    before = stored(api)
    key = api.as_(factories.make_key(api.owner, factories.team_of(api.owner, user), user))
    answer = change(key, current_password=given)
    assert (answer.status_code, code(answer)) == (403, "permission_denied")
    assert stored(api) == before


@pytest.mark.parametrize("given", [{}, {"current_password": None}, {"current_password": ""}, {"current_password": PASSWORD + "!"}])
def test_without_the_current_password_nothing_is_changed(api: Any, ann: Any, given: dict[str, Any]) -> None:
    before = stored(api)
    answer = change(ann[1], **given)
    assert (answer.status_code, code(answer)) == (403, "password_wrong")
    assert NEW not in answer.text
    assert stored(api) == before and sign_in(api, PASSWORD).status_code == 200


@pytest.mark.parametrize("password", ["short", "password123", "12345678", "x" * 129, "aaaaaaaaaa", "ann@example.org", "Ann@Example.ORG"])
def test_a_weak_password_is_refused_for_a_change_as_at_sign_up(api: Any, ann: Any, password: str) -> None:
    before = stored(api)
    answer = change(ann[1], password, current_password=PASSWORD)
    assert (answer.status_code, code(answer)) == (400, "validation_error")
    assert stored(api) == before


@pytest.mark.parametrize("body", [{}, {"new_password": None}, {"new_password": 12345678}, {"new_password": "x" * 1001}, [], "x"])
def test_what_is_no_password_is_refused(ann: Any, body: Any) -> None:
    answer = ann[1].post("/api/auth/password", json=body)
    assert (answer.status_code, code(answer)) == (400, "validation_error")


def test_the_sixth_try_of_a_minute_is_refused_also_with_the_right_password(ann: Any) -> None:
    codes: list[str] = []
    while "rate_limited" not in codes:  # two windows at most, should a minute end in between
        assert len(codes) < 11
        last = change(ann[1], current_password="wrong guess")
        codes.append(code(last))
    assert codes[:5] == ["password_wrong"] * 5
    assert change(ann[1], current_password=PASSWORD).status_code == 429 or int(last.headers["retry-after"]) <= 2


def test_another_site_does_not_change_the_password_of_its_visitor(api: Any, ann: Any) -> None:
    token = ann[1].headers["authorization"].removeprefix("Bearer ")
    foreign = api.as_(None, cookie=f"__Host-quapsule={token}", origin="https://evil.example")
    assert change(foreign, current_password=PASSWORD).status_code == 403
    own = api.as_(None, cookie=f"__Host-quapsule={token}", origin=api.url)
    assert change(own, current_password=PASSWORD).status_code == 200


def test_where_supabase_keeps_the_accounts_the_password_is_changed_there(start_api: Any) -> None:
    api = start_api(supabase_jwt_secret="a-secret-of-supabase-that-is-long-enough")
    _, client = api.person(factories.make_user(api.owner, "ann@example.org"))
    answer = change(client)
    assert (answer.status_code, code(answer)) == (409, "conflict") and "there" in answer.json()["error"]["hint"]
    assert stored(api) is None


def test_a_change_ends_every_other_session_of_the_person_and_no_one_elses(api: Any, ann: Any) -> None:
    user, client = ann
    others = [api.person(user)[1] for _ in range(2)]
    _, ended = api.person(user)
    assert ended.post("/api/auth/sign-out").status_code == 204
    _, bob = api.person()
    key = api.as_(factories.make_key(api.owner, factories.team_of(api.owner, user), user))
    answer = change(client, current_password=PASSWORD)
    assert (answer.status_code, answer.json()) == (200, {"sessions_ended": 2})
    for other in others:
        assert other.get("/api/auth/me").status_code == 401
        assert other.post("/api/auth/refresh").status_code == 401
    assert [one.get("/api/auth/me").status_code for one in (client, bob, key)] == [200, 200, 200]
    assert sign_in(api, PASSWORD).status_code == 401
    assert sign_in(api, NEW).status_code == 200
    assert stored(api).startswith("$argon2id$") and NEW not in stored(api)


def test_of_changes_at_once_one_wins_and_only_its_password_is_good(api: Any, ann: Any) -> None:
    clients = [api.person(ann[0])[1] for _ in range(4)]
    given = {f"unrelated words number {number}": client for number, client in enumerate(clients)}
    statuses: dict[str, int] = {}

    def try_it(password: str) -> None:
        statuses[password] = change(given[password], password, current_password=PASSWORD).status_code

    threads = [threading.Thread(target=try_it, args=(password,)) for password in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [won] = [password for password, status in statuses.items() if status == 200]
    assert set(statuses.values()) - {200} <= {401, 403, 409}
    assert sign_in(api, won).status_code == 200
    assert given[won].get("/api/auth/me").status_code == 200
    assert sum(client.get("/api/auth/me").status_code == 200 for client in clients) == 1


def test_an_account_without_a_password_sets_one_once_and_then_needs_it(api: Any) -> None:
    user, client = api.person(factories.make_user(api.owner, "ann@example.org"))
    assert code(change(client, current_password=PASSWORD)) == "password_wrong"
    assert change(client, "short").status_code == 400
    assert stored(api) is None
    assert change(client).json() == {"sessions_ended": 0}
    assert sign_in(api, NEW).status_code == 200
    _, other = api.person(user)
    for session in (client, other):
        assert code(change(session, PASSWORD)) == "password_wrong"
    assert change(other, PASSWORD, current_password=NEW).json() == {"sessions_ended": 2}
    assert client.get("/api/auth/me").status_code == 401
