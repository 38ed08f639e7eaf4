from uuid import UUID, uuid4

import pytest
from tests.client.conftest import Played, answer, hang_up, refusal

from quapsule.client import Refused, Unreachable
from quapsule.client.api import Client
from quapsule.client.connection import Connection

KEY = UUID("6f0c1e9e-8f42-4a9e-9c4b-2d8f0f1f6f11")


def test_nobody_there_is_unreachable_with_a_way_out() -> None:
    with pytest.raises(Unreachable) as refused:
        Connection("http://127.0.0.1:1", patience_seconds=0).send("GET", "/api/health")
    assert refused.value.exit_code == 3 and "quapsule up" in (refused.value.hint or "")


@pytest.mark.parametrize("url", ["127.0.0.1:8400", "ftp://x", "http://", "", "http://exa mple:99999999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="Not an address"):
        Connection(url).send("GET", "/")


def test_a_refusal_keeps_the_servers_words(played: Played) -> None:
    body = {"error": {"code": "too_many_shots", "message": "No.", "status": 422, "hint": "Fewer.", "details": {"max": 5}}}
    played.then(answer(422, body))
    with pytest.raises(Refused) as refused:
        Connection(played.url).send("POST", "/api/jobs/submit", body={})
    refusal = refused.value
    assert (refusal.code, refusal.message, refusal.hint, refusal.status, refusal.details) == (
        "too_many_shots",
        "No.",
        "Fewer.",
        422,
        {"max": 5},
    )
    assert refusal.body() == body and refusal.exit_code == 1


@pytest.mark.parametrize(("status", "code", "exit_code"), [(401, "unauthorized", 4), (404, "not_found", 1), (502, "unexpected_answer", 3)])
def test_an_answer_of_something_else_is_told_by_its_status(played: Played, status: int, code: str, exit_code: int) -> None:
    played.then(answer(status, ["<html>"]))
    with pytest.raises(Refused) as refused:
        Connection(played.url, patience_seconds=0).send("GET", "/")
    assert refused.value.code == code and refused.value.exit_code == exit_code


def test_a_write_without_a_key_is_never_repeated(played: Played) -> None:
    played.then(refusal("not_ready", 503))
    with pytest.raises(Refused):
        Connection(played.url).send("POST", "/api/keys", body={})
    played.answers[:] = [hang_up]
    with pytest.raises(Unreachable):
        Connection(played.url).send("POST", "/api/keys", body={})
    assert len(played.asked) == 2


def test_a_read_is_repeated_until_the_server_is_back(played: Played) -> None:
    played.then(hang_up, refusal("not_ready", 503), answer(200, {"ok": True}))
    assert Connection(played.url, patience_seconds=30).send("GET", "/api/health") == {"ok": True}
    assert len(played.asked) == 3


def test_patience_ends(played: Played) -> None:
    played.then(refusal("not_ready", 503))
    with pytest.raises(Refused) as refused:
        Connection(played.url, patience_seconds=0.2).send("GET", "/")
    assert refused.value.code == "not_ready" and len(played.asked) > 1


def test_a_submit_is_repeated_with_the_same_key_and_so_makes_one_job(played: Played) -> None:
    played.then(hang_up, answer(200, {"job_id": "j"}))
    assert Client(played.url, patience_seconds=30).submit({"backend": "local"}) == "j"
    first, second = (headers["idempotency-key"] for _, _, headers in played.asked)
    assert first == second and UUID(first)


def test_a_rate_limit_is_waited_for_only_within_our_patience(played: Played) -> None:
    played.then(refusal("rate_limited", 429, retry_after="3600"))
    with pytest.raises(Refused) as refused:
        Connection(played.url, patience_seconds=5).send("GET", "/")
    assert refused.value.code == "rate_limited" and len(played.asked) == 1


def test_an_ended_session_is_renewed_once(played: Played) -> None:
    played.then(refusal("unauthorized", 401), answer(200, {}))
    connection = Connection(played.url, "old", renew=lambda: "new")
    connection.send("POST", "/api/x", body={})
    assert [headers["authorization"] for _, _, headers in played.asked] == ["Bearer old", "Bearer new"]
    played.answers[:] = [refusal("unauthorized", 401)]
    with pytest.raises(Refused) as refused:
        connection.send("GET", "/")
    assert refused.value.exit_code == 4 and len(played.asked) == 4


def test_no_token_no_header_and_ids_cannot_leave_their_place_in_the_path(played: Played) -> None:
    played.then(answer(200, {"content": ""}))
    Client(played.url).logs("../../keys?x=1#")
    [(_, path, headers)] = played.asked
    assert path == "/api/jobs/..%2F..%2Fkeys%3Fx%3D1%23/logs" and "authorization" not in headers


def test_a_list_is_read_to_its_last_page(played: Played) -> None:
    played.then(
        answer(200, {"items": [{"id": "1", "name": "a"}], "next_cursor": "next"}),
        answer(200, {"items": [{"id": "2"}], "next_cursor": None}),
    )
    assert [team.id for team in Client(played.url).teams()] == ["1", "2"]
    assert played.asked[1][1] == "/api/teams?cursor=next"


def test_no_content_is_none_and_no_json_is_refused(played: Played) -> None:
    played.then(answer(204), lambda handler: answer(200, None)(handler))
    assert Connection(played.url).send("DELETE", f"/api/keys/{uuid4()}") is None
