"""The OpenAPI document is true: what each route really answers is what the document says. Every client of these tests checks that anew
(see document.py); here are those answers that no other test asks for, and what the document as a whole promises."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests import factories
from tests.api.document import check, document, faults
from tests.api.sealing import Sealer, draft
from tests.factories import BELL
from tests.jobs.working import COUNTS, claim, finish

OPERATIONS = [
    (method, path, operation) for path, operations in document()["paths"].items() for method, operation in sorted(operations.items())
]
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]
PUBLIC = {
    "get /api/backends",
    "get /api/backends/{slug}/calibrations",
    "get /api/calibrations/{calibration_id}",
    "get /api/health",
    "get /api/ready",
    "get /api/meta",
    "get /api/seal-log/checkpoint",
    "get /api/seal-log/consistency",
    "get /api/seal-log/keys",
    "get /api/seal-log/proof",
    "get /metrics",
    "post /api/auth/enter",
    "post /api/auth/sign-up",
    "post /api/auth/sign-in",
    "post /api/auth/validate-code",
}
VALUE = {"counts": {"00": 0.5}, "shots": "many", "measured": 3, "energy": -1.5, "statevector": [0.7, 0.7]}


@pytest.mark.parametrize(("status", "body"), [(418, "{}"), (200, "{}"), (200, '{"status": "fine"}'), (200, '{"status": "ok", "more": 1}')])
def test_an_answer_that_is_not_as_documented_is_found(status: int, body: str) -> None:
    for path in ("/api/health", f"/api/jobs/{uuid4()}/status"):
        request = httpx.Request("GET", f"http://localhost{path}")
        answer = httpx.Response(status, content=body, headers={"content-type": "application/json"}, request=request)
        with pytest.raises(AssertionError):
            check(answer)


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, {"type": "integer"}),
        ("1", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ("not-a-uuid", {"type": "string", "format": "uuid"}),
        ("soon", {"type": "string", "format": "date-time"}),
        ("paused", {"type": "string", "enum": ["pending", "running"]}),
        ({"items": [{}]}, {"$ref": "#/components/schemas/Listing_Team_"}),
        ({"a": "b"}, {"type": "object", "additionalProperties": {"type": "number"}}),
    ],
)
def test_a_value_of_another_form_is_found(value: Any, schema: dict[str, Any]) -> None:
    assert faults(value, schema)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_route_says_what_it_answers_and_how_it_refuses(method: str, path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    [good] = [status for status in responses if status.startswith("2")]
    for content in responses[good].get("content", {}).values():
        assert content["schema"], f"{method} {path} says nothing of its {good}"
    assert good == "204" or responses[good]["content"]
    assert responses["5XX"] and "default" not in responses
    assert ("401" in responses) or operation["security"] == []
    for status, response in responses.items():
        if status != good:
            assert response["description"] and response["x-codes"]


def test_the_public_routes_are_those_that_need_no_caller() -> None:
    assert {f"{method} {path}" for method, path, operation in OPERATIONS if operation.get("security") == []} == PUBLIC


def test_the_stream_of_events_says_what_its_data_is() -> None:
    content = document()["paths"]["/api/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    assert content["x-event-data"] == {"$ref": "#/components/schemas/Event"}


def test_each_route_that_takes_an_idempotency_key_says_so() -> None:
    taking = {
        name
        for name, (_, _, operation) in zip(NAMES, OPERATIONS, strict=True)
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    }
    assert {"post /api/jobs/submit", "post /api/keys", "delete /api/scripts/{script_id}", "patch /api/teams/{team_id}"} <= taking
    assert not any(name.startswith("get ") for name in taking)


def test_every_reading_route_answers_as_documented(api: Any, cast: Any) -> None:
    script = factories.make_script(api.owner, cast.team, cast.owner_id)
    job = _job(cast.owner, inline_code=BELL)
    finish(api.database, job, results=[{"result_type": "counts", "result_data": COUNTS, "shots": 100}, _value(VALUE)])
    factories.make_key(api.owner, cast.team, cast.owner_id)
    cast.owner.post("/api/team/invitations", json={"email": "new@example.org"}).raise_for_status()
    calibration = cast.owner.get("/api/backends/iqm-garnet/calibrations").json()["items"][0]["id"]
    first, capsule = _sealed(api, cast.owner)
    ids = {"{job_id}": job, "{script_id}": script, "{version}": "1", "{slug}": "iqm-garnet", "{calibration_id}": calibration}
    told = {"simulator": "quantum-circuit", "version": "1", "seed": 1, "session_id": "tab", "shots": 1, "qubit_count": 1, "gate_count": 0}
    simulation = cast.owner.post("/api/simulations", json={**told, "execution_time_ms": 0.5, "counts": {"0": 1}}).json()["id"]
    ids |= {"{capsule_id}": first, "{name}": "results/counts.json", "{simulation_id}": simulation}
    asked = {"/api/seal-log/consistency": "?first=1&second=2", "/api/seal-log/proof": f"?capsule_id={capsule['mqc_id']}"}
    seen = set()
    for method, path, _ in OPERATIONS:
        if method != "get" or path == "/api/events":
            continue
        for name, value in ids.items():
            path = path.replace(name, str(value))
        answer = cast.owner.get(path + asked.get(path, ""))
        assert answer.status_code == (503 if path == "/api/ready" else 200), f"{path}: {answer.text}"
        seen.add(path)
    assert len(seen) == sum(name.startswith("get ") for name in NAMES) - 1


def test_a_platform_with_a_worker_is_ready_as_documented(api: Any) -> None:
    with api.database.as_worker() as session:
        session.run("""select worker.note_worker('tests', 2, '{"seccomp": {"on": true, "says": "filtered"}}')""")
    assert api.anonymous.get("/api/ready").json()["parts"]["workers"]["slots"] == 2


@pytest.mark.parametrize("value", [VALUE, {"counts": {"00": "half"}, "bit_order": None}, [1], "text", None, {"circuits": 2, "summary": 1}])
def test_whatever_a_script_returns_the_result_is_as_documented(api: Any, cast: Any, value: Any) -> None:
    job = _job(cast.owner, inline_code=BELL)
    finish(api.database, job, results=[_value(value)])
    for path in ("", "/status", "/results"):
        assert cast.owner.get(f"/api/jobs/{job}{path}").status_code == 200
    assert cast.owner.get(f"/api/jobs/{job}").json()["result"]["value"] == value


def test_a_failed_job_is_shown_as_documented(api: Any, cast: Any) -> None:
    job = _job(cast.owner, inline_code=BELL)
    error = {"category": "user", "code": "script_failed", "type": "NameError", "line": 3, "traceback": ["…"]}
    finish(api.database, job, "failed", error_message="x is not defined", error_details=error)
    assert cast.owner.get(f"/api/jobs/{job}/status").json()["result"]["error"]["line"] == 3
    assert cast.owner.get(f"/api/jobs/{job}").json()["status"] == "failed"


def test_the_life_of_a_job_is_as_documented(api: Any, cast: Any) -> None:
    job = _job(cast.owner, inline_code=BELL)
    assert cast.owner.post(f"/api/jobs/{job}/cancel").json() == {"job_id": str(job), "status": "cancelled"}
    again = cast.owner.post(f"/api/jobs/{job}/retry").json()
    assert again["retried_from"] == str(job)
    [taken] = claim(api.database)
    assert cast.owner.post(f"/api/jobs/{taken['job_id']}/cancel").json()["status"] == "running"
    estimate = cast.owner.post("/api/jobs/estimate", json={"inline_code": BELL, "backend": "ankaa-3", "params": {"shots": 1}})
    assert estimate.status_code in (200, 422)


def test_the_life_of_a_script_is_as_documented(cast: Any) -> None:
    saved = cast.owner.post("/api/scripts/upload", json={"name": "Pair", "script_content": BELL, "default_parameters": {"shots": 5}})
    path = f"/api/scripts/{saved.json()['script_id']}"
    for slug in [backend["slug"] for backend in cast.anonymous.get("/api/backends").json()["backends"]]:
        told = cast.owner.post("/api/jobs/estimate", json={"inline_code": BELL, "backend": slug, "params": {"shots": 10}})
        assert told.status_code == 200, told.text
        if slug != "local":
            body = {"backend": slug, "shots": 1, "content": BELL, "content_hash": hashlib.sha256(BELL.encode()).hexdigest()}
            assert cast.owner.post(f"{path}/analyse", json=body).status_code in (200, 503)
    assert cast.owner.patch(path, json={"script_content": BELL + "\n"}).json()["version"] == 2
    assert cast.owner.delete(path).json()["is_active"] is False


def test_what_is_made_in_a_team_is_as_documented(cast: Any) -> None:
    key = cast.owner.post("/api/keys", json={"name": "Laptop", "expires_in_days": 3}).json()
    team = cast.owner.post("/api/teams", json={"name": "Second"}).json()
    assert cast.owner.patch(f"/api/teams/{team['id']}", json={"name": "Third"}).status_code == 200
    made = cast.owner.post("/api/team/invitations", json={"email": "a@example.org", "team_id": team["id"]}).json()
    assert cast.owner.patch(f"/api/team/invitations/{made['id']}", json={"role": "admin"}).status_code == 200
    assert cast.owner.delete(f"/api/team/invitations/{made['id']}").status_code == 204
    assert (
        cast.owner.patch(f"/api/team/members/{cast.member_id}", json={"role": "admin"}, params={"team_id": str(cast.team)}).status_code
        == 200
    )
    assert cast.owner.delete(f"/api/keys/{key['id']}").status_code == 204
    assert cast.anonymous.post("/api/auth/validate-code", json={"code": str(uuid4())}).json()["valid"] is False


@pytest.mark.parametrize("count", ["many", [1], -3, 1.5, 10**17])
def test_a_script_whose_defaults_make_no_sense_is_estimated_all_the_same(cast: Any, count: Any) -> None:
    saved = cast.owner.post(
        "/api/scripts/upload", json={"name": "Odd", "script_content": BELL, "default_parameters": {"circuit_count": count}}
    )
    body = {"script_id": saved.json()["script_id"], "backend": "local", "params": {"shots": 1}}
    answer = cast.owner.post("/api/jobs/estimate", json=body)
    assert (answer.status_code, answer.json()["cost"]["circuit_count"]) == (200, 1)


def test_a_wrong_method_is_told_which_ones_there_are(cast: Any) -> None:
    assert cast.owner.put("/api/jobs/submit").headers["allow"] == "POST"


def _job(client: httpx.Client, **work: Any) -> UUID:
    answer = client.post("/api/jobs/submit", json={"backend": "local", "params": {"shots": 100}, **work})
    return UUID(answer.json()["job_id"])


def _value(value: Any) -> dict[str, Any]:
    return {"result_type": "value", "result_data": {"value": value}}


def _sealed(api: Any, owner: httpx.Client) -> tuple[str, dict[str, Any]]:
    """A capsule, and one that was made from it, as the API shows it; both sealed, with counts."""
    sealer, parent = Sealer(api), None
    for _ in range(2):
        made = draft(owner, **({"parent_capsule_id": parent} if parent else {}))
        path = f"/api/capsules/{made}"
        owner.put(f"{path}/artifacts/results/counts.json?artifact_type=results", json={"counts": {"0": 5, "1": 5}}).raise_for_status()
        owner.post(f"{path}/seal", json={}).raise_for_status()
        sealer.work()
        first, parent = parent or made, made
    return first, owner.get(f"/api/capsules/{parent}").json()
