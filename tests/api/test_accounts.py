"""Accounts over HTTP: refusals first."""

import threading
from typing import Any

import pytest
from tests import factories

GOOD = "violet-tram-under-rain"


def _code(answer: Any) -> str:
    return answer.json()["error"]["code"]


def test_sign_up_is_refused_while_closed(api: Any) -> None:
    answer = api.anonymous.post("/api/auth/sign-up", json={"email": "eve@example.org", "password": GOOD})
    assert (answer.status_code, _code(answer)) == (403, "permission_denied")
    assert api.database.value("select count(*) from auth.users") == 0


@pytest.mark.parametrize("password", ["short", "password123", "12345678", "x" * 129, "aaaaaaaaaa", "eve@example.org"])
def test_a_weak_password_is_refused(start_api: Any, password: str) -> None:
    answer = start_api(sign_up="open").anonymous.post("/api/auth/sign-up", json={"email": "eve@example.org", "password": password})
    assert (answer.status_code, _code(answer)) == (400, "validation_error")
    assert password not in answer.text or len(password) < 8


@pytest.mark.parametrize(
    "email", ["", "eve", "eve@", "@example.org", "eve @example.org", "eve@exa mple.org", "e\u0000ve@example.org", "x" * 300 + "@y.z"]
)
def test_what_is_no_address_is_refused(start_api: Any, email: str) -> None:
    answer = start_api(sign_up="open").anonymous.post("/api/auth/sign-up", json={"email": email, "password": GOOD})
    assert (answer.status_code, _code(answer)) == (400, "validation_error")


def test_sign_up_by_code_takes_a_good_code_only_and_only_as_often_as_it_says(start_api: Any) -> None:
    api = start_api(sign_up="code")
    api.owner.execute("select private.make_invitation_code('spring-lab', 1, null)")
    api.owner.execute("select private.make_invitation_code('too-late', 5, now() - interval '1 minute')")
    for body in ({}, {"invitation_code": "no-such-code"}, {"invitation_code": "too-late"}):
        answer = api.anonymous.post("/api/auth/sign-up", json={"email": "ann@example.org", "password": GOOD, **body})
        assert (answer.status_code, _code(answer)) == (403, "permission_denied"), body
    first = api.anonymous.post("/api/auth/sign-up", json={"email": "ann@example.org", "password": GOOD, "invitation_code": "spring-lab"})
    assert first.status_code == 201, first.text
    second = api.anonymous.post("/api/auth/sign-up", json={"email": "bob@example.org", "password": GOOD, "invitation_code": "spring-lab"})
    assert second.status_code == 403


def test_a_refused_sign_up_does_not_use_up_the_code(start_api: Any) -> None:
    api = start_api(sign_up="code")
    factories.make_user(api.owner, "ann@example.org")
    api.owner.execute("select private.make_invitation_code('once', 1, null)")
    answer = api.anonymous.post("/api/auth/sign-up", json={"email": "ANN@example.org", "password": GOOD, "invitation_code": "once"})
    assert (answer.status_code, _code(answer)) == (409, "already_exists")
    assert api.database.value("select used_count from public.invitation_codes") == 0


def test_who_signs_up_owns_a_team_and_can_sign_in(start_api: Any) -> None:
    api = start_api(sign_up="open")
    body = {"email": "Ann@Example.org", "password": GOOD, "name": "Ann", "team_name": "Lab of Ann"}
    made = api.anonymous.post("/api/auth/sign-up", json=body)
    assert made.status_code == 201, made.text
    me = api.as_(made.json()["token"]).get("/api/auth/me").json()
    assert (me["user"]["email"], me["user"]["name"]) == ("ann@example.org", "Ann")
    assert [(team["name"], team["role"]) for team in me["teams"]] == [("Lab of Ann", "owner")]
    again = api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.ORG", "password": GOOD})
    assert again.status_code == 200 and again.json()["token"] != made.json()["token"]


def test_unknown_wrong_and_disabled_get_the_same_answer(start_api: Any) -> None:
    api = start_api(sign_up="open")
    made = api.anonymous.post("/api/auth/sign-up", json={"email": "ann@example.org", "password": GOOD}).json()
    unknown = api.anonymous.post("/api/auth/sign-in", json={"email": "nobody@example.org", "password": GOOD})
    wrong = api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.org", "password": GOOD + "!"})
    factories.disable(api.owner, made["user"]["id"])
    disabled = api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.org", "password": GOOD})
    assert unknown.status_code == wrong.status_code == disabled.status_code == 401
    assert unknown.json() == wrong.json() == disabled.json()


def test_an_account_without_a_password_cannot_be_signed_in_to(api: Any) -> None:
    factories.make_user(api.owner, "first@example.org")
    for password in ("", "null", GOOD):
        answer = api.anonymous.post("/api/auth/sign-in", json={"email": "first@example.org", "password": password})
        assert answer.status_code == 401


def test_the_sixth_try_of_a_minute_is_refused_also_with_the_right_password(start_api: Any) -> None:
    api = start_api(sign_up="open")
    api.anonymous.post("/api/auth/sign-up", json={"email": "ann@example.org", "password": GOOD})
    statuses: list[int] = []
    while 429 not in statuses:  # two windows at most, should a minute end in between
        assert len(statuses) < 11
        last = api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.org", "password": "wrong guess"})
        statuses.append(last.status_code)
    assert statuses[:5] == [401] * 5 and _code(last) == "rate_limited" and 1 <= int(last.headers["retry-after"]) <= 60
    right = api.anonymous.post("/api/auth/sign-in", json={"email": "ANN@example.org", "password": GOOD})
    assert right.status_code == 429 or int(last.headers["retry-after"]) <= 2
    other = factories.make_user(api.owner, "bob@example.org")
    assert other and api.anonymous.post("/api/auth/sign-in", json={"email": "bob@example.org", "password": GOOD}).status_code == 401


def test_a_success_clears_the_tries_of_the_account(start_api: Any) -> None:
    api = start_api(sign_up="open")
    api.anonymous.post("/api/auth/sign-up", json={"email": "ann@example.org", "password": GOOD})
    for _ in range(3):
        for password, status in (("wrong guess", 401), ("wrong guess", 401), (GOOD, 200)):
            assert api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.org", "password": password}).status_code == status


def test_the_twenty_first_try_of_one_address_is_refused(api: Any) -> None:
    for _ in range(2):  # a window may end between the two loops, not twice
        answers = [
            api.anonymous.post("/api/auth/sign-in", json={"email": f"p{number}@example.org", "password": GOOD}).status_code
            for number in range(21)
        ]
        if 429 in answers:
            break
    assert answers[-1] == 429 and set(answers) == {401, 429}


def test_forty_sign_ins_at_once_neither_fail_nor_keep_others_waiting(start_api: Any) -> None:
    api = start_api(sign_up="open")
    statuses: list[int] = []

    def try_it(number: int) -> None:
        statuses.append(api.anonymous.post("/api/auth/sign-in", json={"email": f"n{number}@example.org", "password": GOOD}).status_code)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    assert api.anonymous.get("/api/health").status_code == 200
    for thread in threads:
        thread.join()
    assert len(statuses) == 40 and set(statuses) <= {401, 429}


def test_the_token_is_stored_nowhere_and_the_stored_hash_lets_nobody_in(start_api: Any) -> None:
    api = start_api(sign_up="open")
    token = api.anonymous.post("/api/auth/sign-up", json={"email": "ann@example.org", "password": GOOD}).json()["token"]
    stored = api.database.value("select encode(token_hash, 'hex') from private.sessions")
    assert token not in api.database.value("select s::text from private.sessions as s")
    assert api.as_(stored).get("/api/auth/me").status_code == 401
    assert api.database.value("select encrypted_password from auth.users").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_refresh_rotates_and_the_old_token_is_dead(api: Any) -> None:
    _, client = api.person()
    fresh = client.post("/api/auth/refresh")
    assert fresh.status_code == 200, fresh.text
    assert client.get("/api/auth/me").status_code == 401
    assert client.post("/api/auth/refresh").status_code == 401
    assert api.as_(fresh.json()["token"]).get("/api/auth/me").status_code == 200
    assert api.database.value("select count(*) from private.sessions") == 1


def test_of_two_refreshes_at_once_one_wins(api: Any) -> None:
    user = factories.make_user(api.owner)
    token = factories.make_session(api.owner, user)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(api.as_(token).post("/api/auth/refresh").status_code)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401, 401, 401, 401, 401]


def test_sign_out_ends_the_session_on_the_server(api: Any) -> None:
    _, client = api.person()
    assert client.post("/api/auth/sign-out").status_code == 204
    assert client.get("/api/auth/me").status_code == 401
    assert api.anonymous.post("/api/auth/sign-out").status_code == 401


def test_a_key_is_not_signed_out_and_not_refreshed(api: Any, cast: Any) -> None:
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id))
    assert key.post("/api/auth/sign-out").status_code == 409
    assert key.post("/api/auth/refresh").status_code == 401
    assert key.get("/api/auth/me").json()["key"]["level"] == "full"


@pytest.mark.parametrize("change", ["idle_until = now() - interval '1 second'", "expires_at = now()", "ended_at = now()"])
def test_an_ended_session_lets_nobody_in(api: Any, change: str) -> None:
    _, client = api.person()
    assert client.get("/api/auth/me").status_code == 200
    api.owner.execute(f"update private.sessions set {change}")
    assert client.get("/api/auth/me").status_code == 401
    assert client.post("/api/auth/refresh").status_code == 401


def test_a_disabled_persons_session_and_key_are_refused_at_once(api: Any, cast: Any) -> None:
    key = api.as_(factories.make_key(api.owner, cast.team, cast.admin_id))
    assert cast.admin.get("/api/teams").status_code == key.get("/api/teams").status_code == 200
    factories.disable(api.owner, cast.admin_id)
    for client in (cast.admin, key):
        answer = client.get("/api/teams")
        assert (answer.status_code, _code(answer)) == (401, "unauthorized")


@pytest.mark.parametrize("header", ["Bearer", "Basic YTpi", "qk_live_x", "Bearer qk_live_x", "Bearer a.b.c", "Bearer " + "x" * 4000])
def test_any_bearer_text_is_read_and_refused(api: Any, header: str) -> None:
    answer = api.as_(None, authorization=header).get("/api/auth/me")
    assert (answer.status_code, _code(answer), answer.headers["www-authenticate"]) == (401, "unauthorized", "Bearer")


def test_the_cookie_is_for_our_own_pages(start_api: Any) -> None:
    api = start_api(sign_up="open")
    body = {"email": "ann@example.org", "password": GOOD, "cookie": True}
    foreign = api.as_(None, origin="https://evil.example").post("/api/auth/sign-up", json=body)
    assert foreign.status_code == 403 and "set-cookie" not in foreign.headers
    made = api.as_(None, origin=api.url).post("/api/auth/sign-up", json=body)
    assert made.status_code == 201 and "token" not in made.json()
    said = made.headers["set-cookie"]
    assert said.startswith("__Host-quapsule=qs_")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(said.split("; ")) and "Domain" not in said
    cookie = said.split(";")[0]
    assert api.as_(None, cookie=cookie).get("/api/auth/me").status_code == 200
    refused = [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
    ]
    for headers in refused:
        answer = api.as_(None, cookie=cookie, **headers).post("/api/teams", json={"name": "Taken over"})
        assert (answer.status_code, _code(answer)) == (403, "permission_denied"), headers
    own = api.as_(None, cookie=cookie, origin=api.url)
    assert own.post("/api/teams", json={"name": "Mine"}).status_code == 201
    fresh = own.post("/api/auth/refresh")
    assert fresh.status_code == 200 and "token" not in fresh.json() and fresh.headers["set-cookie"].split(";")[0] != cookie
    again = api.as_(None, cookie=fresh.headers["set-cookie"].split(";")[0], origin=api.url)
    out = again.post("/api/auth/sign-out")
    assert out.status_code == 204 and 'quapsule=""' in out.headers["set-cookie"]
    assert again.get("/api/auth/me").status_code == 401


def test_a_code_is_checked_by_anybody_five_times_a_minute(api: Any) -> None:
    api.owner.execute("select private.make_invitation_code('lab_2', 3, null)")
    for bad in ("", "a b", "x" * 65, "ä", 5, None):
        answer = api.anonymous.post("/api/auth/validate-code", json={"code": bad})
        assert (answer.status_code, _code(answer)) == (400, "validation_error"), bad
    api.owner.execute("delete from private.rate_counters")
    assert api.anonymous.post("/api/auth/validate-code", json={"code": "lab_2"}).json() == {"valid": True, "remaining_uses": 3}
    assert api.anonymous.post("/api/auth/validate-code", json={"code": "none"}).json() == {"valid": False, "remaining_uses": 0}
    statuses = [api.anonymous.post("/api/auth/validate-code", json={"code": "none"}).status_code for _ in range(9)]
    assert 429 in statuses


def test_with_supabase_our_own_sign_in_is_closed_and_its_tokens_are_good(start_api: Any) -> None:
    import time

    import jwt

    secret = "a-secret-of-supabase-that-is-long-enough"
    api = start_api(supabase_jwt_secret=secret, sign_up="open")
    closed = api.anonymous.post("/api/auth/sign-in", json={"email": "ann@example.org", "password": GOOD})
    assert (closed.status_code, _code(closed)) == (409, "conflict")
    user = factories.make_user(api.owner, "ann@example.org")
    claims = {"sub": str(user), "aud": "authenticated", "role": "authenticated", "exp": int(time.time()) + 60}
    good = jwt.encode(claims, secret, algorithm="HS256")
    assert api.as_(good).get("/api/auth/me").json()["user"]["id"] == str(user)
    bad = [
        jwt.encode(claims, "another-secret-that-is-long-enough-too", algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode({**claims, "exp": int(time.time()) - 60}, secret, algorithm="HS256"),
        jwt.encode({**claims, "aud": "anon"}, secret, algorithm="HS256"),
        jwt.encode({**claims, "role": "service_role"}, secret, algorithm="HS256"),
        jwt.encode({key: value for key, value in claims.items() if key != "exp"}, secret, algorithm="HS256"),
        jwt.encode({**claims, "sub": "not-a-uuid"}, secret, algorithm="HS256"),
    ]
    for token in bad:
        assert api.as_(token).get("/api/auth/me").status_code == 401
    # A claim of the issuer that means something to our database is not passed on.
    other = factories.make_user(api.owner)
    narrowed = jwt.encode({**claims, "level": "read", "team_id": str(factories.team_of(api.owner, other))}, secret, algorithm="HS256")
    assert len(api.as_(narrowed).get("/api/auth/me").json()["teams"]) == 1
    # A token outlives the account that it was made for.
    api.owner.execute("update auth.users set banned_until = 'infinity' where id = %s", (user,))
    for path in ("/api/auth/me", "/api/jobs", "/api/scripts", "/api/backends"):
        assert api.as_(good).get(path).status_code == 401
