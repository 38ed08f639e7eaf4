"""What holds for every route: errors of one shape, limits of the body, headers, and the routes of the service itself."""

import re
import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests import factories

from quapsule.api.app import openapi
from quapsule.errors import CODES, Problem

OPERATIONS = sorted((method, path) for path, operations in openapi()["paths"].items() for method in operations)
PUBLIC = sorted(
    (method, path) for path, operations in openapi()["paths"].items() for method, said in operations.items() if said.get("security") == []
)


def _code(answer: Any) -> str:
    return answer.json()["error"]["code"]


def _call(client: Any, method: str, path: str, **more: Any) -> Any:
    filled = re.sub(r"\{\w+\}", str(uuid4()), path)
    with client.stream(method.upper(), filled, **more) as answer:
        if "text/event-stream" not in answer.headers.get("content-type", ""):
            answer.read()
        return answer


@pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])
def test_every_route_sends_the_security_headers(api: Any, signed_in: bool) -> None:
    client = api.person()[1] if signed_in else api.anonymous
    for method, path in [*OPERATIONS, ("get", "/api/nowhere"), ("get", "/nowhere"), ("put", "/api/teams"), ("get", "/api/openapi.json")]:
        answer = _call(client, method, path)
        where = f"{method} {path} ({answer.status_code})"
        assert answer.status_code < 500 or path == "/api/ready", where
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["content-security-policy"].startswith("default-src 'none'"), where
        assert answer.headers["referrer-policy"] == "no-referrer", where
        assert "server" not in answer.headers, where
        if path.startswith("/api"):
            assert answer.headers["cache-control"] == "no-store", where


def test_every_route_that_is_not_public_refuses_nobody_and_unknown_tokens(api: Any) -> None:
    for client in (api.anonymous, api.as_("qk_live_unknown")):
        for method, path in OPERATIONS:
            if (method, path) not in PUBLIC and path != "/api/backends":
                answer = _call(client, method, path, **({"json": {}} if method in ("post", "patch", "put") else {}))
                assert answer.status_code in (400, 401), f"{method} {path}: {answer.status_code}"
                assert _code(answer) in ("unauthorized", "validation_error")


@pytest.mark.parametrize("content", ["", "{", "[1", "nope", "\x00", '{"name": "a"', "name=a", '{"name": NaN', "[" * 5000])
def test_a_body_that_is_not_json_is_refused(api: Any, content: str) -> None:
    _, client = api.person()
    answer = client.post("/api/teams", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, _code(answer)) == (400, "validation_error")


def test_a_form_is_refused_since_any_page_can_send_one(api: Any) -> None:
    _, client = api.person()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = client.post("/api/teams", content='{"name": "Taken over"}', headers={"content-type": kind})
        assert (answer.status_code, _code(answer)) == (400, "validation_error")


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_a_body_of_ten_megabytes_is_refused(api: Any, announced: bool) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    chunks = (body[at : at + 65536] for at in range(0, len(body), 65536))
    _, client = api.person()
    answer = client.post("/api/teams", content=body if announced else chunks, headers={"content-type": "application/json"})
    assert (answer.status_code, _code(answer)) == (413, "body_too_large")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/teams").status_code == 200


def test_nul_and_lone_surrogates_in_text_are_refused_not_failed_on(api: Any, cast: Any) -> None:
    for name in ('"a\\u0000b"', '"a\\ud800b"'):
        body = '{"name": ' + name + "}"
        for path in ("/api/teams", "/api/keys"):
            answer = cast.owner.post(path, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, _code(answer)) == (400, "validation_error"), answer.text


def test_unknown_paths_and_methods_answer_in_our_shape(api: Any) -> None:
    for method, path, code in (
        ("get", "/api/nowhere", "not_found"),
        ("get", "/api", "not_found"),
        ("put", "/api/teams", "method_not_allowed"),
    ):
        answer = _call(api.anonymous, method, path)
        assert (_code(answer), answer.status_code) == (code, CODES[code][0])
    assert _call(api.person()[1], "delete", "/api/keys/not-a-uuid").status_code == 400


def test_a_failure_of_ours_tells_nothing_about_itself(api: Any, cast: Any) -> None:
    api.owner.execute("alter function private.my_account() rename to my_account_gone")
    answer = cast.owner.get("/api/auth/me")
    assert (answer.status_code, _code(answer)) == (500, "internal_error") and "my_account" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"


def test_a_database_that_is_gone_is_not_ready_rather_than_a_failure(start_api: Any, database: Any) -> None:
    api = start_api()
    _, client = api.person()
    assert client.get("/api/teams").status_code == 200
    api.owner.execute("alter role api_login nologin")
    try:
        api.owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'api_login' and datname = current_database()"
        )
        answer = client.get("/api/teams")
        assert (answer.status_code, _code(answer)) == (503, "not_ready")
        assert api.anonymous.get("/api/health").status_code == 200
        assert "quapsule_database_up 0.0" in api.anonymous.get("/metrics").text
    finally:
        api.owner.execute("alter role api_login login")


def test_health_ready_and_meta(api: Any) -> None:
    assert api.anonymous.get("/api/health").json() == {"status": "ok"}
    lone = api.anonymous.get("/api/ready")
    assert (lone.status_code, _code(lone)) == (503, "not_ready")
    assert lone.json()["error"]["details"]["database"] == {"ready": True}
    api.owner.execute(
        "insert into private.workers (name, slots, layers, seen_at)"
        """ values ('w1', 2, '{"seccomp": {"on": true, "says": "filtered"}}', clock_timestamp())"""
    )
    api.owner.execute("insert into private.workers (name, slots, seen_at) values ('dead', 2, now() - interval '1 hour')")
    ready = api.anonymous.get("/api/ready").json()
    assert ready["ready"] and ready["parts"]["workers"] == {"ready": True, "alive": 1, "slots": 2}
    assert ready["parts"]["sandbox"]["layers"] == {"seccomp": {"on": True, "says": "filtered"}}
    meta = api.anonymous.get("/api/meta").json()
    assert meta["api_version"] == "1" and meta["mode"] == "single" and meta["accounts"] == "embedded"


def test_metrics_count_requests_jobs_queue_and_workers(api: Any, cast: Any) -> None:
    factories.make_job(api.owner, cast.team, cast.owner_id)
    factories.make_job(api.owner, cast.team, cast.owner_id, status="completed")
    cast.owner.get(f"/api/keys?team_id={cast.team}")
    _call(cast.owner, "delete", "/api/keys/{id}")
    text = api.anonymous.get("/metrics").text
    assert 'quapsule_jobs{status="pending"} 1.0' in text and 'quapsule_jobs{status="completed"} 1.0' in text
    assert "quapsule_queue_depth 1.0" in text and "quapsule_workers 0.0" in text and "quapsule_database_up 1.0" in text
    assert 'quapsule_http_requests_total{method="DELETE",route="/api/keys/{key_id}",status="404"}' in text
    assert str(cast.team) not in text
    assert 'quapsule_http_request_seconds_bucket{le="0.005",route="/api/keys"}' in text


def test_metrics_are_not_for_those_behind_a_proxy(api: Any) -> None:
    answer = api.as_(None, **{"x-forwarded-for": "203.0.113.9"}).get("/metrics")
    assert (answer.status_code, _code(answer)) == (403, "permission_denied")


def test_invented_methods_and_paths_do_not_fill_the_metrics(api: Any) -> None:
    for number in range(5):
        api.anonymous.request(f"BREW{number}", f"/api/invented/{number}")
    text = api.anonymous.get("/metrics").text
    assert "BREW" not in text and "invented" not in text


def test_the_openapi_document_says_what_is_spoken(api: Any) -> None:
    document = api.anonymous.get("/api/openapi.json").json()
    assert document == openapi()
    identifiers = [said["operationId"] for operations in document["paths"].values() for said in operations.values()]
    assert len(identifiers) == len(set(identifiers)) == len(OPERATIONS)
    assert "HTTPValidationError" not in str(document) and "Problem" in document["components"]["schemas"]
    assert set(document["components"]["schemas"]["Problem"]["properties"]["error"]["properties"]["code"]["enum"]) == set(CODES)


def test_request_smuggling_spellings_are_refused(api: Any) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    for lines in (
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -1\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(f"POST /api/teams HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}\r\n0\r\n\r\n".encode())
            first = raw.recv(65536).split(b"\r\n")[0]
            assert b" 400 " in first or b" 401 " in first, (lines, first)


def test_limits_hand_out_no_more_than_they_say_in_blocks_too(api: Any) -> None:
    from quapsule.api.limits import limit

    for count in (3, 250, 1000):
        bucket, taken = f"test {uuid4()}", 0
        with pytest.raises(Problem) as refused:
            while taken <= count:
                with api.pool.as_login() as session:
                    limit(session, bucket, count, 86_400)
                taken += 1
        assert taken == count and refused.value.code == "rate_limited" and (refused.value.retry_after_seconds or 0) > 0


def test_the_body_limit_is_the_one_of_the_settings(start_api: Any, tmp_path: Path) -> None:
    api = start_api(max_body_bytes=100)
    _, client = api.person()
    assert client.post("/api/teams", json={"name": "x" * 90}).status_code == 413
    assert client.post("/api/teams", json={"name": "small"}).status_code == 201


def test_nul_in_a_query_is_refused_not_failed_on(api: Any, cast: Any) -> None:
    for path in ("/api/jobs?q=%00", "/api/jobs?status=%00", "/api/jobs?backend=%00", "/api/scripts?q=%00", "/api/keys?team_id=%00"):
        answer = cast.owner.get(path)
        assert answer.status_code in (200, 400), f"{path}: {answer.text}"
