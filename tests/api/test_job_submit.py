"""POST /api/jobs/submit: what is refused, and what is written."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests import factories
from tests.factories import BELL

QISKIT = "from qiskit import QuantumCircuit\nqc = QuantumCircuit(2)\n"


def body(**changes: Any) -> dict[str, Any]:
    given = {"inline_code": BELL, "backend": "local", "params": {"shots": 100}, **changes}
    return {name: value for name, value in given.items() if value is not None}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert (error["code"], error["status"]) == (code, status)
    return error


def submit(client: httpx.Client, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
    return client.post("/api/jobs/submit", json=body(**changes), headers=headers)


def accepted(answer: httpx.Response) -> UUID:
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"job_id"}
    return UUID(answer.json()["job_id"])


def test_nobody_submits_without_a_token(cast):
    refused(submit(cast.anonymous), 401, "unauthorized")


def test_a_body_that_is_not_json_is_refused(cast):
    refused(cast.owner.post("/api/jobs/submit", content=b"{", headers={"content-type": "application/json"}), 400, "validation_error")


@pytest.mark.parametrize(
    "changes",
    [
        {"params": {"shots": 0}},
        {"params": {"shots": 100_001}},
        {"params": {"shots": "1000"}},
        {"params": {"shots": 1000.0}},
        {"params": {"shots": True}},
        {"params": {}},
        {"params": None},
        {"params": {"shots": 1, "graph_size": 21}},
        {"params": {"shots": 1, "layers": 0}},
        {"params": {"shots": 1, "seed": "x"}},
        {"params": {"shots": 1, "seed": 1 << 70}},
        {"params": {"shots": 1, "theta": "wide"}},
        {"params": {"shots": 1, "note": "\x00"}},
        {"params": {"shots": 1, "note": "\ud800"}},
        {"backend": None},
        {"backend": ""},
        {"inline_code": None},
        {"inline_code": ""},
        {"inline_code": "OPENQASM 3.0;\x00"},
        {"inline_code": "x" * 50_001},
        {"inline_code": "print(1)"},
        {"inline_code": QISKIT, "script_id": str(uuid4())},
        {"inline_code": BELL, "framework": "qiskit"},
        {"inline_code": QISKIT, "framework": "fortran"},
        {"inline_code": None, "circuit": {"format": "qasm2", "payload": BELL}},
        {"inline_code": None, "circuit": {"format": "quil", "payload": BELL}},
        {"inline_code": None, "script_id": "not-a-uuid"},
        {"capsule_name": ""},
        {"capsule_name": "x" * 201},
        {"create_capsule": "yes"},
        {"execution_mode": "sideways"},
        {"team_id": "x"},
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(cast, changes):
    # As text, since a client's own JSON writer refuses half a character.
    answer = cast.owner.post("/api/jobs/submit", content=json.dumps(body(**changes)), headers={"content-type": "application/json"})
    refused(answer, 400, "validation_error")


def test_parameters_that_are_no_json_numbers_or_nested_too_deep_are_refused(cast):
    for note in ("NaN", "Infinity", "[" * 40 + "]" * 40, "[" * 100_000):
        text = f'{{"inline_code": "import qiskit", "backend": "local", "params": {{"shots": 1, "note": {note}}}}}'
        refused(cast.owner.post("/api/jobs/submit", content=text, headers={"content-type": "application/json"}), 400, "validation_error")


@pytest.mark.parametrize(
    ("backend", "code"),
    [
        ("nowhere", "backend_unknown"),
        ("sv1", "backend_unavailable"),
        ("qb-sim-statevector-gpu", "backend_unavailable"),
        ("ionq-aria-1", "backend_retired"),
    ],
)
def test_a_backend_that_cannot_run_it_is_refused(cast, backend, code):
    refused(submit(cast.owner, backend=backend), 422, code)


def test_a_retired_backend_names_its_successor(cast):
    error = refused(submit(cast.owner, backend="ionq-aria-1"), 422, "backend_retired")
    assert "ionq-forte-1" in error["hint"]


def test_more_shots_than_the_backend_takes_are_refused(cast, api):
    api.owner.execute("update public.backends set max_shots = 50 where slug = 'local'")
    refused(submit(cast.owner), 422, "too_many_shots")


def test_a_program_that_declares_more_qubits_than_the_backend_has_is_refused(cast):
    refused(submit(cast.owner, inline_code="OPENQASM 3.0;\nqubit[101] q;\n"), 422, "too_many_qubits")


def test_temporal_is_not_set_up_here(cast):
    refused(submit(cast.owner, execution_mode="temporal"), 422, "execution_mode_unavailable")


def test_a_foreign_private_script_is_refused_like_one_that_does_not_exist(cast, api):
    hers = factories.make_script(api.owner, cast.team, cast.owner_id)
    foreign = submit(cast.stranger, inline_code=None, script_id=str(hers))
    missing = submit(cast.stranger, inline_code=None, script_id=str(uuid4()))
    refused(foreign, 404, "script_not_found")
    assert foreign.content == missing.content


def test_a_foreign_team_is_refused_like_one_that_does_not_exist(cast):
    foreign = submit(cast.stranger, team_id=str(cast.team))
    missing = submit(cast.stranger, team_id=str(uuid4()))
    refused(foreign, 404, "not_found")
    assert foreign.content == missing.content


def test_a_deleted_script_is_refused(cast, api):
    gone = factories.make_script(api.owner, cast.team, cast.owner_id, is_active=False)
    refused(submit(cast.owner, inline_code=None, script_id=str(gone)), 404, "script_not_found")


def test_a_suspended_team_submits_nothing(cast, api):
    factories.suspend(api.owner, cast.team)
    refused(submit(cast.owner), 403, "team_suspended")


def test_a_reading_key_submits_nothing(cast, api):
    refused(submit(api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))), 403, "permission_denied")


def test_a_simulating_key_runs_on_free_backends_only(cast, api):
    key = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "simulate"))
    refused(submit(key, backend="sv1"), 403, "permission_denied")
    accepted(submit(key))


def test_a_key_of_another_team_is_refused(cast, api):
    other = factories.make_team(api.owner, owned_by=cast.owner_id)
    key = api.as_(factories.make_key(api.owner, other, cast.owner_id))
    refused(submit(key, team_id=str(cast.team)), 404, "not_found")


def test_who_belongs_to_several_teams_says_which(cast, api):
    factories.add_member(api.owner, cast.team, cast.stranger_id)
    refused(submit(cast.stranger), 400, "validation_error")
    job = accepted(submit(cast.stranger, team_id=str(cast.team)))
    assert api.database.value("select team_id from public.job_runs where id = %s", job) == cast.team


def test_a_removed_member_submits_nothing(cast, api):
    factories.remove_member(api.owner, cast.team, cast.member_id)
    refused(submit(cast.member, team_id=str(cast.team)), 404, "not_found")


def test_a_malformed_idempotency_key_is_refused(cast):
    refused(submit(cast.owner, {"idempotency-key": "again"}), 400, "validation_error")


def test_the_same_key_twice_makes_one_job_and_another_body_is_refused(cast, api):
    headers = {"idempotency-key": str(uuid4())}
    first, again = submit(cast.owner, headers), submit(cast.owner, headers)
    assert accepted(first) == accepted(again)
    assert again.headers["idempotent-replayed"] == "true"
    refused(submit(cast.owner, headers, params={"shots": 7}), 409, "idempotency_conflict")
    assert api.database.value("select count(*) from public.job_runs") == 1


def test_the_quota_of_a_day_is_per_team(start_api):
    api = start_api(jobs_per_day=2)
    _, client = api.person()
    accepted(submit(client))
    accepted(submit(client))
    answer = submit(client)
    refused(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 86_400
    accepted(submit(api.person()[1]))


@pytest.mark.usefixtures("fresh_minute")
def test_submits_per_minute_are_limited(start_api):
    api = start_api(submits_per_minute=2)
    _, client = api.person()
    accepted(submit(client))
    accepted(submit(client))
    answer = submit(client)
    refused(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 60


def test_a_submit_writes_the_job_its_code_and_its_first_moment(cast, api):
    params = {"shots": 100, "theta": 0.5, "mine": [1]}
    job = accepted(submit(cast.member, team_id=str(cast.team), unknown_key="ignored", params=params, create_capsule=True))
    [row] = api.owner.execute(
        "select team_id, user_id, inline_code, framework, status, backend, parameters, execution_mode, estimated_cost_usd, create_capsule"
        " from public.job_runs where id = %s", (job,)
    ).fetchall()  # fmt: skip
    assert row[1:] == (cast.member_id, BELL, "openqasm", "pending", "local", {"shots": 100, "theta": 0.5, "mine": [1]}, "direct", 0, True)
    asked = api.owner.execute("select kind, seq, format, content from public.job_programs where job_id = %s", (job,)).fetchall()
    assert asked == [("asked", 0, "qasm3", BELL)]
    assert api.owner.execute("select event from public.job_events where job_id = %s", (job,)).fetchall() == [("job.pending",)]


@pytest.mark.parametrize(
    ("code", "framework", "format"),
    [
        (QISKIT, "qiskit", "python"),
        ("import numpy, cirq as c\n", "cirq", "python"),
        ("import pennylane as qml\n", "pennylane", "python"),
        ("from marqov import task\nimport qiskit\n", "marqov", "python"),
        ('"""import cirq"""\nimport qiskit\n', "qiskit", "python"),
        ("// a comment\nOPENQASM 2.0;\nqreg q[1];\n", "openqasm", "qasm2"),
        ("def (:\nimport qiskit\n", "qiskit", "python"),
    ],
)
def test_the_framework_is_read_off_the_code(cast, api, code, framework, format):
    job = accepted(submit(cast.owner, inline_code=code))
    found = api.owner.execute(
        "select r.framework, p.format from public.job_runs r join public.job_programs p on p.job_id = r.id where r.id = %s", (job,)
    )
    assert found.fetchall() == [(framework, format)]


def test_a_circuit_is_run_as_its_format_says(cast, api):
    job = accepted(submit(cast.owner, inline_code=None, circuit={"format": "qasm3", "payload": BELL}))
    assert api.database.value("select format from public.job_programs where job_id = %s", job) == "qasm3"


def test_a_script_is_run_with_its_defaults_and_what_is_given(cast, api):
    script = factories.make_script(api.owner, cast.team, cast.owner_id, framework="qiskit", content=QISKIT)
    api.owner.execute("update public.scripts set default_parameters = %s where id = %s", ('{"theta": 1, "shots": 5, "depth": 3}', script))
    job = accepted(submit(cast.member, inline_code=None, script_id=str(script), team_id=str(cast.team), params={"shots": 9, "theta": 2}))
    [row] = api.owner.execute("select script_id, inline_code, framework, parameters from public.job_runs where id = %s", (job,)).fetchall()
    assert row == (script, None, "qiskit", {"theta": 2, "shots": 9, "depth": 3})


def test_a_template_is_found_by_its_slug_and_framework(cast, api):
    for framework, content in (("openqasm", BELL), ("qiskit", QISKIT)):
        factories.make_script(api.owner, slug="tests-bell", framework=framework, content=content)
    for wanted, found in ((None, "qiskit"), ("openqasm", "openqasm")):
        job = accepted(submit(cast.stranger, inline_code=None, script_slug="tests-bell", framework=wanted))
        assert api.database.value("select framework from public.job_runs where id = %s", job) == found


def test_a_published_script_of_another_team_may_be_run(cast, api):
    script = factories.make_script(api.owner, cast.team, cast.owner_id, is_public=True)
    accepted(submit(cast.stranger, inline_code=None, script_id=str(script)))


def test_an_analysis_must_be_of_what_is_run_and_its_warnings_accepted(cast, api):
    checks = '[{"id": "w1", "level": "warn", "message": "Long."}, {"id": "o", "level": "ok", "message": "Fine."}]'
    analysis = str(_analysis(api, cast, checks))
    refused(submit(cast.owner, analysis_id=str(uuid4())), 404, "not_found")
    refused(submit(cast.member, analysis_id=analysis, team_id=str(cast.team)), 404, "not_found")
    refused(submit(cast.owner, analysis_id=analysis, params={"shots": 7}), 409, "analysis_mismatch")
    refused(submit(cast.owner, analysis_id=analysis, inline_code=BELL + "\n"), 409, "analysis_mismatch")
    refused(submit(cast.owner, analysis_id=analysis), 422, "warning_not_accepted")
    accepted(submit(cast.owner, analysis_id=analysis, warn_check_ids=["w1"]))


def test_a_blocked_check_cannot_be_accepted(cast, api):
    analysis = str(_analysis(api, cast, '[{"id": "b1", "level": "block", "message": "No."}]'))
    refused(submit(cast.owner, analysis_id=analysis, warn_check_ids=["b1"]), 422, "check_blocked")


def _analysis(api: Any, cast: Any, checks: str) -> UUID:
    found: UUID = api.database.value(
        "insert into public.script_analyses (user_id, team_id, backend, shots, content_sha256, checks)"
        " values (%s, %s, 'local', 100, encode(sha256(convert_to(%s, 'UTF8')), 'hex'), %s) returning id",
        cast.owner_id,
        cast.team,
        BELL,
        checks,
    )
    return found
