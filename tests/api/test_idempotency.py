"""Idempotency-Key over HTTP, on the routes that this part of the API has."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from tests import factories

_KEY = "0b4e6c3e-5c1f-4d3a-9a57-2f8e7d1c6b90"


def _code(answer: Any) -> str:
    return answer.json()["error"]["code"]


def _post(client: Any, key: str, name: str = "Second", path: str = "/api/teams") -> Any:
    return client.post(path, json={"name": name}, headers={"idempotency-key": key})


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "{" + _KEY[1:], _KEY.replace("-", ""), _KEY + "0", "urn:uuid:" + _KEY])
def test_a_malformed_key_is_refused_and_nothing_is_done(api: Any, key: str) -> None:
    _, client = api.person()
    answer = _post(client, key)
    assert (answer.status_code, _code(answer)) == (400, "validation_error")
    assert api.database.value("select count(*) from public.teams") == 1


def test_the_same_key_with_another_body_or_path_is_refused(api: Any, cast: Any) -> None:
    key = str(uuid4())
    assert _post(cast.owner, key).status_code == 201
    other = _post(cast.owner, key, "Third")
    assert (other.status_code, _code(other)) == (409, "idempotency_conflict")
    rename = cast.owner.patch(
        f"/api/teams/{factories.team_of(api.owner, cast.owner_id)}", json={"name": "A"}, headers={"idempotency-key": key}
    )
    assert rename.status_code == 200  # keys of a team and of a person are apart
    again = cast.owner.patch(
        f"/api/teams/{factories.team_of(api.owner, cast.owner_id)}", json={"name": "B"}, headers={"idempotency-key": key}
    )
    assert again.status_code == 409


def test_the_same_key_and_body_get_the_first_answer_again(api: Any) -> None:
    _, client = api.person()
    key = str(uuid4())
    first, second = _post(client, key), _post(client, key.upper())
    assert first.status_code == second.status_code == 201 and first.json() == second.json()
    assert "idempotent-replayed" not in first.headers and second.headers["idempotent-replayed"] == "true"
    respelt = client.post(
        "/api/teams", content='{ "name" :  "Second" }', headers={"idempotency-key": key, "content-type": "application/json"}
    )
    assert respelt.json() == first.json()
    assert api.database.value("select count(*) from public.teams where name = 'Second'") == 1


def test_twenty_twins_at_once_do_it_once(api: Any) -> None:
    user = factories.make_user(api.owner)
    token = factories.make_session(api.owner, user)
    factories.make_team(api.owner, owned_by=user)
    key, answers = str(uuid4()), []
    together = threading.Barrier(20)
    team = factories.team_of(api.owner, user)

    def invite() -> None:
        client = api.as_(token)
        together.wait()
        answers.append(client.patch(f"/api/teams/{team}", json={"name": "Once"}, headers={"idempotency-key": key}))

    threads = [threading.Thread(target=invite) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19


def test_twenty_twins_at_once_make_one_team(start_api: Any) -> None:
    api = start_api()
    user = factories.make_user(api.owner)
    token = factories.make_session(api.owner, user)
    key, statuses = str(uuid4()), []

    def create() -> None:
        statuses.append(_post(api.as_(token), key).status_code)

    threads = [threading.Thread(target=create) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The limit of ten a minute counts replays too, when they come one by one; what matters is that one team was made.
    assert set(statuses) <= {201, 429} and 201 in statuses
    assert api.database.value("select count(*) from public.teams where name = 'Second'") == 1


def test_a_refused_request_does_not_use_up_its_key(api: Any, cast: Any) -> None:
    key = str(uuid4())
    path = f"/api/teams/{cast.team}"
    assert cast.member.patch(path, json={"name": "Mine"}, headers={"idempotency-key": key}).status_code == 403
    assert api.database.value("select count(*) from private.idempotency_keys") == 0
    assert cast.owner.patch(path, json={"name": "Mine"}, headers={"idempotency-key": key}).status_code == 200


def test_what_is_shown_once_is_not_stored_and_a_replay_is_refused(api: Any, cast: Any) -> None:
    key = {"idempotency-key": str(uuid4())}
    body = {"name": "CI", "team_id": str(cast.team)}
    made = cast.owner.post("/api/keys", json=body, headers=key)
    again = cast.owner.post("/api/keys", json=body, headers=key)
    assert made.status_code == 201 and (again.status_code, _code(again)) == (409, "idempotency_conflict") and again.json()["error"]["hint"]
    assert api.database.value("select response is null from private.idempotency_keys")
    assert api.database.value("select count(*) from public.api_keys") == 1


def test_keys_of_one_person_mean_nothing_to_another(api: Any, cast: Any) -> None:
    key = str(uuid4())
    mine, theirs = _post(cast.owner, key), _post(cast.stranger, key)
    assert mine.status_code == theirs.status_code == 201 and mine.json()["id"] != theirs.json()["id"]


def test_a_stranger_cannot_read_a_teams_answers_by_naming_it(api: Any, cast: Any) -> None:
    key = str(uuid4())
    path = f"/api/teams/{cast.team}"
    assert cast.owner.patch(path, json={"name": "Ours"}, headers={"idempotency-key": key}).status_code == 200
    assert cast.stranger.patch(path, json={"name": "Ours"}, headers={"idempotency-key": key}).status_code == 404


def test_a_key_is_forgotten_after_a_day(api: Any) -> None:
    _, client = api.person()
    key = str(uuid4())
    assert _post(client, key).status_code == 201
    api.owner.execute("update private.idempotency_keys set created_at = now() - interval '25 hours'")
    again = _post(client, key, "Another name")
    assert again.status_code == 201 and "idempotent-replayed" not in again.headers


def test_a_removal_that_is_sent_twice_is_done_once(api: Any, cast: Any) -> None:
    key = {"idempotency-key": str(uuid4())}
    path = f"/api/team/members/{cast.member_id}?team_id={cast.team}"
    first, second = cast.member.delete(path, headers=key), cast.member.delete(path, headers=key)
    assert first.status_code == second.status_code == 204 and first.content == second.content == b""
    assert second.headers["idempotent-replayed"] == "true"
    assert cast.member.delete(path).status_code == 404
    assert cast.owner.delete(path, headers={"idempotency-key": "no-uuid"}).status_code == 400
