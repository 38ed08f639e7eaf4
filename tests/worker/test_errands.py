"""Work without a job row: a script is looked at in a box, and nothing of it is run."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from tests.factories import BELL
from tests.worker.conftest import Jobs

from quapsule.worker.main import Worker

Start = Callable[..., Worker]


def ask(jobs: Jobs, kind: str = "analyse", **given: Any) -> dict[str, Any]:
    """Asks as the person and waits for the answer."""
    text = {"format": "python", "framework": "qiskit", "params": {"shots": 10}, "backend": "local", **given}
    with jobs.database.as_user(jobs.user) as session:
        errand = session.value("select private.ask(%(kind)s, %(input)s)", {"kind": kind, "input": Jsonb(text)})
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with jobs.database.as_user(jobs.user) as session:
            answer = session.value("select private.answer(%(id)s)", {"id": errand})
        if answer is not None:
            return dict(answer)
        time.sleep(0.02)
    raise AssertionError("there was no answer")


def levels(answer: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["level"] for check in answer["analysis"]["checks"]}


def test_an_unknown_errand_is_told_so(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    assert ask(jobs, "fetch the moon")["error"]["code"] == "errand_unknown"


def test_a_script_that_does_not_compile_is_blocked_with_its_line(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    (check,) = ask(jobs, code="def main(params)\n    return 1\n")["analysis"]["checks"]
    assert (check["id"], check["level"], check["line"]) == ("syntax", "block", 1)


def test_a_program_that_does_not_parse_is_blocked(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    answer = ask(jobs, code=BELL.replace("h q[0];", "h q[0]"), format="qasm3", framework="openqasm")
    assert levels(answer)["syntax"] == "block"


def test_a_program_is_read_and_not_run(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    answer = ask(jobs, code=BELL, format="qasm3", framework="openqasm")
    assert levels(answer)["syntax"] == "ok"
    assert answer["analysis"]["program"]["qubits"] == 2


@pytest.mark.parametrize("code", ["while True:\n    pass\n", "raise SystemExit(1)\n"])
def test_a_script_is_read_and_not_run(jobs: Jobs, start_worker: Start, code: str) -> None:
    start_worker()
    assert levels(ask(jobs, code=code))["syntax"] == "ok"
