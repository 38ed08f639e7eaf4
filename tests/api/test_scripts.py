"""Scripts over HTTP: the library, saving, changing, and what an analysis says."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests import factories
from tests.factories import BELL

QISKIT = "from qiskit import QuantumCircuit\nqc = QuantumCircuit(2)\n"
SHA256 = hashlib.sha256(BELL.encode()).hexdigest()
PROGRAM = {"parameters": [], "registers": [["c", 2]], "measured": "as_written"}


@pytest.fixture
def script(api: Any, cast: Any) -> UUID:
    """Of the team, by its member."""
    return factories.make_script(api.owner, cast.team, cast.member_id)


def upload(client: Any, **changes: Any) -> Any:
    given = {"name": "My Bell", "script_content": BELL, **changes}
    return client.post("/api/scripts/upload", json={name: value for name, value in given.items() if value is not None})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/execution-options", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/analyse", {"backend": "local", "shots": 1, "content": BELL, "content_hash": SHA256}),
    ],
)
def test_a_foreign_private_script_is_like_one_that_does_not_exist(cast, script, method, path, body):
    assert cast.anonymous.request(method, f"/api/scripts/{script}{path}", json=body).status_code == 401
    foreign, missing = (cast.stranger.request(method, f"/api/scripts/{one}{path}", json=body) for one in (script, uuid4()))
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "script_not_found")
    assert foreign.content == missing.content


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": None},
        {"script_content": ""},
        {"script_content": "import qiskit\x00"},
        {"script_content": "x" * 500_001},
        {"script_content": "print(1)"},
        {"framework": "fortran"},
        {"script_type": "poem"},
        {"qubits": 0},
        {"default_parameters": [1]},
    ],
)
def test_an_upload_of_the_wrong_shape_is_refused(cast, changes):
    answer = upload(cast.owner, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_error")


def test_nobody_a_reading_key_and_a_suspended_team_upload_nothing(cast, api):
    assert upload(cast.anonymous).status_code == 401
    assert upload(cast.stranger, team_id=str(cast.team)).status_code == 404
    assert upload(api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))).json()["error"]["code"] == "permission_denied"
    factories.suspend(api.owner, cast.team)
    assert upload(cast.owner).json()["error"]["code"] == "team_suspended"


def test_an_upload_is_the_team_s_and_nobody_else_s(cast):
    answer = upload(cast.owner, description="Two qubits.", default_parameters={"shots": 10}, requirements="qiskit\n")
    assert answer.status_code == 200, answer.text
    new = answer.json()
    assert (new["framework"], new["script_type"], new["version"], new["source_sha256"]) == ("openqasm", "script", 1, SHA256)
    assert new["slug"].startswith("my-bell-")
    for client in (cast.owner, cast.admin, cast.member):
        assert client.get(f"/api/scripts/{new['script_id']}").json()["script_content"] == BELL
    assert cast.stranger.get(f"/api/scripts/{new['script_id']}").status_code == 404
    assert upload(cast.owner).json()["slug"] != new["slug"]


def test_the_same_key_uploads_once(cast, api):
    client, key = cast.owner, {"idempotency-key": str(uuid4())}
    body = {"name": "Once", "script_content": BELL}
    first, again = (client.post("/api/scripts/upload", json=body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert api.database.value("select count(*) from public.scripts where name = 'Once'") == 1


def test_a_member_changes_no_script_of_others(cast, api):
    other = factories.make_script(api.owner, cast.team, cast.owner_id)
    for answer in (cast.member.patch(f"/api/scripts/{other}", json={"name": "Mine"}), cast.member.delete(f"/api/scripts/{other}")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


def test_a_template_is_changed_by_nobody(cast, api):
    template = factories.make_script(api.owner, is_public=True)
    for client in (cast.owner, cast.stranger):
        assert client.get(f"/api/scripts/{template}").json()["is_template"] is True
        assert client.patch(f"/api/scripts/{template}", json={"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("body", [{}, {"name": None}, {"is_public": "yes"}, {"name": "\x00"}, {"unknown": 1}])
def test_a_change_of_the_wrong_shape_is_refused(cast, script, body):
    assert cast.member.patch(f"/api/scripts/{script}", json=body).status_code == 400


def test_a_member_publishes_nothing(cast, script):
    assert cast.member.patch(f"/api/scripts/{script}", json={"is_public": True}).json()["error"]["code"] == "permission_denied"


@pytest.mark.parametrize("who", ["admin", "owner"])
def test_an_admin_or_the_owner_publishes(cast, api, script, who):
    answer = getattr(cast, who).patch(f"/api/scripts/{script}", json={"is_public": True})
    assert (answer.status_code, answer.json()["is_public"]) == (200, True)
    assert cast.stranger.get(f"/api/scripts/{script}").status_code == 200
    assert cast.stranger.patch(f"/api/scripts/{script}", json={"name": "Mine"}).json()["error"]["code"] == "permission_denied"


def test_each_text_becomes_a_version(cast, script):
    answer = cast.member.patch(f"/api/scripts/{script}", json={"script_content": BELL + "// more\n", "description": None})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.json()["description"], answer.json()["name"]) == (2, None, "Bell")
    same = cast.member.patch(f"/api/scripts/{script}", json={"name": "Renamed"}).json()
    assert [version["version"] for version in same["versions"]] == [2, 1]
    assert same["versions"][1]["sha256"] == SHA256


def test_each_text_that_a_script_had_can_be_read_by_its_people(cast, script):
    cast.member.patch(f"/api/scripts/{script}", json={"script_content": BELL + "// more\n"}).raise_for_status()
    first = cast.owner.get(f"/api/scripts/{script}/versions/1").json()
    assert (first["version"], first["script_content"], first["sha256"]) == (1, BELL, SHA256)
    second = cast.owner.get(f"/api/scripts/{script}/versions/2").json()
    assert (second["script_content"], second["created_by"]) == (BELL + "// more\n", str(cast.member_id))
    for client, version in ((cast.owner, 3), (cast.stranger, 1), (cast.stranger, 2)):
        answer = client.get(f"/api/scripts/{script}/versions/{version}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    cast.owner.patch(f"/api/scripts/{script}", json={"is_public": True}).raise_for_status()
    assert cast.stranger.get(f"/api/scripts/{script}/versions/1").status_code == 404
    assert cast.stranger.get(f"/api/scripts/{script}/versions/2").status_code == 200
    cast.member.delete(f"/api/scripts/{script}").raise_for_status()
    assert cast.owner.get(f"/api/scripts/{script}/versions/1").status_code == 404


@pytest.mark.parametrize("version", ["0", "-1", "one", "2147483648"])
def test_what_is_no_version_is_refused(cast, script, version):
    assert cast.owner.get(f"/api/scripts/{script}/versions/{version}").status_code == 400


def test_a_deleted_script_is_gone_from_the_library(cast, script):
    assert cast.member.delete(f"/api/scripts/{script}").json() == {"script_id": str(script), "is_active": False}
    for client in (cast.member, cast.owner):
        assert client.get(f"/api/scripts/{script}").status_code == 404
        assert client.get("/api/scripts?library=team").json()["items"] == []


def test_an_ended_inline_job_is_saved_as_a_script(cast, api):
    done = factories.make_job(api.owner, cast.team, cast.member_id, status="completed")
    answer = cast.member.post("/api/scripts", json={"job_id": str(done), "name": "From a job"})
    assert answer.status_code == 200, answer.text
    found = cast.owner.get(f"/api/scripts/{answer.json()['script_id']}").json()
    assert (found["script_content"], found["default_parameters"], found["team_id"]) == (BELL, {"shots": 100}, str(cast.team))
    assert cast.stranger.post("/api/scripts", json={"job_id": str(done), "name": "Stolen"}).status_code == 404


def test_a_running_job_and_one_of_a_script_are_not_saved(cast, api, script):
    running = factories.make_job(api.owner, cast.team, cast.member_id, status="running")
    saved = factories.make_job(api.owner, cast.team, cast.member_id, status="completed", script=script, code=None)
    for job in (running, saved):
        assert cast.member.post("/api/scripts", json={"job_id": str(job), "name": "x"}).json()["error"]["code"] == "conflict"


def test_the_library_shows_templates_own_team_and_published(cast, api, script):
    mine = factories.make_script(api.owner, cast.team, cast.owner_id, framework="qiskit", content=QISKIT)
    template = factories.make_script(api.owner, slug="tests-template")
    foreign = factories.make_script(api.owner, factories.team_of(api.owner, cast.stranger_id), cast.stranger_id, is_public=True)
    factories.make_script(api.owner, factories.team_of(api.owner, cast.stranger_id), cast.stranger_id)

    def found(query: str) -> set[str]:
        items = cast.owner.get(f"/api/scripts?limit=200&{query}").json()["items"]
        return {item["id"] for item in items if item["slug"] == "tests-template" or not item["is_template"]}

    ids = {name: str(value) for name, value in {"script": script, "mine": mine, "template": template, "foreign": foreign}.items()}
    assert found("") == set(ids.values())
    assert found("library=platform") == found("slug=tests-template") == {ids["template"]}
    assert found("library=mine") == found("framework=qiskit&library=team") == {ids["mine"]}
    assert found("library=team") == {ids["mine"], ids["script"]}
    assert found("library=published") == {ids["foreign"]}
    assert found("q=%25") == set()
    assert cast.owner.get("/api/scripts?library=all").status_code == 400
    assert cast.anonymous.get("/api/scripts").status_code == 401


def test_execution_options_tell_for_each_backend_whether_and_for_how_much(cast, script):
    answer = cast.member.get(f"/api/scripts/{script}/execution-options?shots=200").json()
    assert (answer["source_sha256"], answer["team_id"]) == (SHA256, str(cast.team))
    options = {item["backend"]: item for item in answer["destinations"]}
    assert (options["local"]["can_run"], options["local"]["cost"]["total_usd"]) == (True, 0)
    assert (options["iqm-garnet"]["can_run"], options["iqm-garnet"]["cost"]["total_usd"]) == (False, 0.59)
    assert options["ionq-aria-1"]["checks"][0]["level"] == "block"
    assert cast.member.get(f"/api/scripts/{script}/execution-options?shots=0").status_code == 400


def test_an_analysis_of_another_hash_is_refused(cast, script):
    body = {"backend": "local", "shots": 100, "content": BELL, "content_hash": "0" * 64}
    answer = cast.member.post(f"/api/scripts/{script}/analyse", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "analysis_mismatch")


def test_an_analysis_without_a_worker_says_so(cast, script):
    answer = cast.member.post(
        f"/api/scripts/{script}/analyse", json={"backend": "local", "shots": 1, "content": BELL, "content_hash": SHA256}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_ready")


def test_an_analysis_is_kept_and_its_warning_must_be_accepted(cast, api, script):
    checks = [{"id": "syntax", "level": "ok", "message": "It parses."}, {"id": "import:x", "level": "warn", "message": "No x.", "line": 3}]
    body = {"backend": "local", "shots": 100, "content": BELL, "content_hash": f"sha256:{SHA256}"}
    with answering(api.database, {"analysis": {"checks": checks, "program": {**PROGRAM, "qubits": 2}}}) as asked:
        answer = cast.member.post(f"/api/scripts/{script}/analyse", json=body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["content_hash"], told["can_run"], told["cost"]["total_usd"]) == (SHA256, True, 0)
    assert (
        checks[1] in told["checks"] and {"id": "qubits", "level": "ok", "message": "2 qubits, Local simulator has 100."} in told["checks"]
    )
    assert (asked[0]["code"], asked[0]["format"], asked[0]["backend"]["target"], asked[0]["params"]) == (
        BELL,
        "qasm3",
        "local",
        {"shots": 100},
    )
    submit = {
        "script_id": str(script),
        "backend": "local",
        "params": {"shots": 100},
        "analysis_id": told["analysis_id"],
        "team_id": str(cast.team),
    }
    assert cast.member.post("/api/jobs/submit", json=submit).json()["error"]["code"] == "warning_not_accepted"
    assert cast.member.post("/api/jobs/submit", json=submit | {"warn_check_ids": ["import:x"]}).status_code == 200
    assert api.database.value("select count(*) from private.errands") == 0


def test_an_error_of_the_script_blocks(cast, api, script):
    body = {"backend": "local", "shots": 100, "content": BELL, "content_hash": SHA256}
    with answering(api.database, {"error": {"category": "user", "code": "syntax", "message": "line 1: no", "line": 1}}):
        told = cast.member.post(f"/api/scripts/{script}/analyse", json=body).json()
    assert told["can_run"] is False
    assert {"id": "program", "level": "block", "message": "line 1: no", "line": 1} in told["checks"]


def test_an_estimate_submits_nothing_and_says_when_nobody_looked(cast, api):
    body = {"inline_code": BELL, "backend": "iqm-garnet", "params": {"shots": 200}}
    told = cast.owner.post("/api/jobs/estimate", json=body).json()
    assert (told["can_run"], told["cost"]["total_usd"], told["wait"]) == (False, 0.59, {"queue_depth": 0, "seconds": 0.0})
    local = cast.owner.post("/api/jobs/estimate", json=body | {"backend": "local"}).json()
    assert local["can_run"] is True
    assert [check["level"] for check in local["checks"] if check["id"] == "program"] == ["warn"]
    assert api.database.value("select count(*) from public.job_runs") == 0


def test_an_estimate_refuses_what_is_malformed_foreign_or_unknown(cast, script):
    body = {"script_id": str(script), "backend": "local", "params": {"shots": 200}}
    assert cast.anonymous.post("/api/jobs/estimate", json=body).status_code == 401
    assert cast.stranger.post("/api/jobs/estimate", json=body).json()["error"]["code"] == "script_not_found"
    assert cast.member.post("/api/jobs/estimate", json=body | {"backend": "none"}).json()["error"]["code"] == "backend_unknown"
    assert cast.member.post("/api/jobs/estimate", json=body | {"params": {"shots": 0}}).status_code == 400


def test_an_estimate_shows_what_a_worker_found(cast, api, script):
    body = {"script_id": str(script), "backend": "local", "params": {"shots": 200}}
    with answering(
        api.database, {"analysis": {"checks": [{"id": "syntax", "level": "ok", "message": "Fine."}], "program": {**PROGRAM, "qubits": 101}}}
    ):
        told = cast.member.post("/api/jobs/estimate", json=body).json()
    assert told["can_run"] is False
    assert {check["id"]: check["level"] for check in told["checks"]} == {"backend": "ok", "shots": "ok", "qubits": "block", "syntax": "ok"}


@contextmanager
def answering(database: Any, output: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """A worker that answers the first errand with `output`, through the worker's own functions; gives what was asked."""
    with database.as_worker() as session:
        session.value("select worker.note_worker('tests', 1, '{}')")
    asked: list[dict[str, Any]] = []

    def work() -> None:
        until = time.monotonic() + 20
        while not asked and time.monotonic() < until:
            with database.as_worker() as session:
                for errand in session.dicts("select * from worker.claim_errands('tests', 1)"):
                    asked.append(errand["input"])
                    session.value(
                        "select worker.finish_errand('tests', %(id)s, %(output)s)", {"id": errand["errand_id"], "output": Jsonb(output)}
                    )
            time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield asked
    finally:
        thread.join()
    assert asked, "nothing was asked of the worker"
