"""Who may use the playground, and for what; what runs there is tested with a real worker (tests/worker/test_playground.py)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb
from tests import factories
from tests.api.conftest import Api, Cast
from tests.factories import BELL

RUN = {"inline_code": BELL, "params": {"shots": 100}}
CONVERT = {"code": BELL, "to": "qasm2"}


@pytest.fixture(autouse=True)
def worker(api: Api) -> Iterator[None]:
    """One that is there, and does nothing."""
    with api.database.as_worker() as session:
        session.value("select worker.note_worker('tests', 1, '{}')")
    yield


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(("path", "body"), [("run", RUN), ("convert", CONVERT)])
def test_whoever_may_not_submit_may_not_play(api: Api, cast: Cast, path: str, body: dict[str, Any]) -> None:
    assert code(cast.anonymous.post(f"/api/playground/{path}", json=body)) == (401, "unauthorized")
    reader = api.as_(factories.make_key(api.owner, cast.team, cast.member_id, "read"))
    assert code(reader.post(f"/api/playground/{path}", json=body)) == (403, "permission_denied")
    api.owner.execute("update public.teams set suspended_at = now()")  # every team of everybody
    assert code(cast.member.post(f"/api/playground/{path}", json=body)) == (403, "team_suspended")
    assert api.database.value("select count(*) from private.errands") == 0


def test_only_free_backends_of_this_installation_are_played_on(cast: Cast) -> None:
    refusals = {
        "none": "backend_unknown",
        "iqm-garnet": "backend_unavailable",
        "sv1": "backend_unavailable",
        "ionq-aria-1": "backend_retired",
    }
    for backend, refusal in refusals.items():
        assert code(cast.member.post("/api/playground/run", json={**RUN, "backend": backend})) == (422, refusal), backend
    emulated = cast.member.post("/api/playground/run", json={**RUN, "backend": "sv1", "params": {"shots": 10, "emulate": True}})
    assert code(emulated) == (422, "backend_unavailable")
    assert "submit it as a job" in emulated.json()["error"]["hint"]
    noisy = cast.member.post(
        "/api/playground/run", json={**RUN, "params": {"shots": 10, "noise_model": {"preset": "uniform", "one_qubit": 0.1}}}
    )
    assert code(noisy) == (422, "noise_model_unavailable")
    wide = cast.member.post("/api/playground/run", json={**RUN, "inline_code": "OPENQASM 3.0;\nqubit[500] q;\n"})
    assert code(wide) == (422, "too_many_qubits")


def test_what_is_malformed_is_refused_before_anybody_is_asked(cast: Cast) -> None:
    for body in (
        {},
        {**RUN, "circuit": {"format": "qasm3", "payload": BELL}},
        {**RUN, "inline_code": None},
        {**RUN, "params": {"shots": 0}},
        {**RUN, "params": {}},
        {**RUN, "inline_code": "x" * 50_001},
        {**RUN, "framework": "qsharp"},
        {**RUN, "inline_code": "print(1)"},
    ):
        assert code(cast.member.post("/api/playground/run", json=body)) == (400, "validation_error")
    for body in ({}, {**CONVERT, "to": "quil"}, {**CONVERT, "params": {"emulate": "yes"}}, {**CONVERT, "framework": "cirq"}):
        assert code(cast.member.post("/api/playground/convert", json=body)) == (400, "validation_error")
    packages = "# /// script\n# dependencies = ['numpyro']\n# ///\nimport qiskit\n"
    assert code(cast.member.post("/api/playground/run", json={**RUN, "inline_code": packages})) == (422, "requirement_not_allowed")


def test_without_a_worker_it_is_said_at_once(api: Api, cast: Cast) -> None:
    api.owner.execute("delete from private.workers")
    for path, body in (("run", RUN), ("convert", CONVERT)):
        assert code(cast.member.post(f"/api/playground/{path}", json=body)) == (503, "not_ready")
    assert api.database.value("select count(*) from private.errands") == 0


def test_two_at_a_time_beside_two_analyses(api: Api, cast: Cast) -> None:
    asked = {"code": BELL, "params": {"shots": 1}, "backend": {"slug": "local"}}
    with api.database.as_user(cast.member_id) as session:
        for _ in range(2):
            session.value("select private.ask('analyse', '{}')")
            session.value("select private.ask_to_play('run', %(input)s, null)", {"input": Jsonb(asked)})
    for path, body in (("run", RUN), ("convert", CONVERT)):
        assert code(cast.member.post(f"/api/playground/{path}", json=body)) == (429, "rate_limited")
