"""The playground from the outside: a real API, a real worker, real boxes. Nothing of a run is kept."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.api.conftest import Api
from tests.api.conftest import api as api
from tests.api.conftest import start_api as start_api
from tests.factories import BELL, make_session
from tests.worker.conftest import Jobs

from quapsule.worker.main import Worker

Start = Callable[..., Worker]
Alice = httpx.Client

QISKIT = "from qiskit import QuantumCircuit\ncircuit = QuantumCircuit(2)\ncircuit.h(0)\ncircuit.cx(0, 1)\ncircuit.measure_all()\n"
SPIN = "import time\nimport qiskit\nprint('begun', flush=True)\nwhile True:\n    time.sleep(0.01)\n"


@pytest.fixture
def alice(api: Api, jobs: Jobs) -> Alice:
    return api.as_(make_session(api.owner, jobs.user))


def run(alice: Alice, code: str, **fields: Any) -> Any:
    body = {"inline_code": code, "params": {"shots": 200, "seed": 1}, **fields}
    answer = alice.post("/api/playground/run", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def convert(alice: Alice, code: str, to: str = "qasm3", **fields: Any) -> httpx.Response:
    return alice.post("/api/playground/convert", json={"code": code, "to": to, **fields})


def test_a_script_runs_as_a_job_would_and_leaves_nothing(alice: Alice, jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    told = run(alice, f"print('hello')\n{QISKIT}")
    assert told["status"] == "completed"
    result = told["result"]
    assert set(result["counts"]) == {"00", "11"} and sum(result["counts"].values()) == 200
    assert (result["bit_order"], result["certificate"]["result"], result["flags"]) == ("clbit_0_first", "equivalent", [])
    assert told["log"] == {"content": "hello\n", "truncated": False}
    assert [program["kind"] for program in told["programs"]] == ["interchange", "executed"]
    assert {one["hop"] for one in told["certificates"]} == {"script → interchange", "interchange → engine"}
    assert told["wall_time_seconds"] > 0
    for table in ("job_runs", "job_results", "job_logs", "job_events", "job_programs", "job_certificates", "job_attempts"):
        assert jobs.database.value(f"select count(*) from public.{table}") == 0, table
    assert jobs.database.value("select count(*) from private.errands") == 0
    assert jobs.database.value("select count(*) from private.events where topic = 'jobs'") == 0


def test_a_workflow_runs_and_nobody_is_told_how_it_stands(alice: Alice, jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    code = "from marqov import task, workflow\n@task\ndef one():\n    return 1\n@workflow\ndef flow():\n    return one()\n"
    assert run(alice, code, framework="marqov")["result"]["value"] == 1
    assert jobs.database.value("select count(*) from private.events where topic = 'jobs'") == 0


def test_the_same_seed_gives_the_same_counts_as_a_job(alice: Alice, jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    told = run(alice, BELL)
    assert told["result"]["counts"] == jobs.run(BELL, "openqasm", shots=200, seed=1).counts


def test_an_error_of_the_script_is_told_with_its_line(alice: Alice, start_worker: Start) -> None:
    start_worker()
    told = run(alice, "import qiskit\nprint('so far')\nraise ValueError('no')\n")
    error = told["result"]["error"]
    assert (told["status"], error["category"], error["line"], error["type"]) == ("failed", "user", 3, "ValueError")
    assert "no" in error["message"] and error["hint"]
    assert told["log"]["content"] == "so far\n"
    program = run(alice, "", inline_code=None, circuit={"format": "qasm3", "payload": BELL.replace("h q[0];", "h q[0]")})
    assert (program["status"], program["result"]["error"]["line"]) == ("failed", 6)


def test_a_run_is_cut_at_the_playgrounds_time_and_says_so(alice: Alice, start_worker: Start) -> None:
    start_worker(playground_seconds=1.0)
    told = run(alice, SPIN)
    error = told["result"]["error"]
    assert (told["status"], error["code"]) == ("failed", "time_limit")
    assert "cut after 1 s" in error["message"] and "submit it as a job" in error["hint"]
    assert told["log"]["content"] == "begun\n"


def test_a_result_that_is_too_large_is_refused_by_name(alice: Alice, start_worker: Start) -> None:
    start_worker(job_output_bytes=1 << 20)
    told = run(alice, "import qiskit\ndef main(params):\n    print('x' * 1_000_000)\n    return {'text': 'y' * 7_500_000}\n")
    assert (told["status"], told["result"]["error"]["code"]) == ("failed", "result_too_large")
    assert "8 MiB" in told["result"]["error"]["message"]
    assert told["programs"] == []


def test_an_analysis_does_not_wait_behind_long_runs(alice: Alice, start_worker: Start) -> None:
    start_worker(playground_seconds=8.0)
    with _spinning(alice, 2):
        began = time.monotonic()
        told = alice.post("/api/jobs/estimate", json={"inline_code": QISKIT, "backend": "local", "params": {"shots": 10}}).json()
        assert any(check["id"] == "syntax" and check["level"] == "ok" for check in told["checks"])
        assert time.monotonic() - began < 6
        refused = alice.post("/api/playground/run", json={"inline_code": BELL, "params": {"shots": 10}})
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")


def test_a_client_that_goes_away_ends_its_run(api: Api, alice: Alice, jobs: Jobs, start_worker: Start) -> None:
    start_worker(playground_slots=1)
    with pytest.raises(httpx.ReadTimeout):
        alice.post("/api/playground/run", json={"inline_code": SPIN, "params": {"shots": 10}}, timeout=1.5)
    began = time.monotonic()
    assert run(alice, BELL)["status"] == "completed"  # on the only slot
    assert time.monotonic() - began < 15


def test_a_worker_that_stops_ends_its_runs(alice: Alice, start_worker: Start) -> None:
    worker = start_worker()
    with _spinning(alice, 1) as answers:
        began = time.monotonic()
        worker.stop()
        assert time.monotonic() - began < 15
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [(503, "not_ready")]


@pytest.mark.parametrize(
    ("framework", "code"),
    [
        ("qiskit", QISKIT),
        ("openqasm", BELL),
        (
            "cirq",
            "import cirq\na, b = cirq.LineQubit.range(2)\n"
            "circuit = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key='m'))\n",
        ),
        (
            "pennylane",
            "import pennylane as qml\n@qml.qnode(device)\ndef node():\n    qml.Hadamard(0)\n    qml.CNOT([0, 1])\n    return qml.counts()\n"
            "def main(params):\n    node()\n",
        ),
        (
            "marqov",
            "from marqov.circuits import Circuit\ncircuit = Circuit().h(0).cnot(0, 1)\n",
        ),
    ],
)
@pytest.mark.slow
def test_every_framework_runs_and_is_converted(alice: Alice, start_worker: Start, framework: str, code: str) -> None:
    start_worker()
    assert run(alice, code, framework=framework)["status"] == "completed"
    for to, header in (("qasm3", "OPENQASM 3"), ("qasm2", "OPENQASM 2.0")):
        told = convert(alice, code, to, framework=framework, params={"shots": 100}).json()
        assert told["program"].startswith(header), told
        assert (told["format"], told["certificate"]["result"]) == (to, "equivalent")


def test_a_converted_program_is_the_first_that_would_run(alice: Alice, start_worker: Start) -> None:
    start_worker()
    several = f"{QISKIT}other = circuit.copy()\nother.x(0)\ndef main(params):\n    device.run([circuit, other]).result()\n    1 / 0\n"
    told = convert(alice, several).json()
    assert told["program"].count("h q[0]") == 1 and "x q[0]" not in told["program"].replace("cx q[0]", "")
    assert told["certificate"] == {"result": "equivalent", "methods": told["certificate"]["methods"]}
    assert any("2 programs" in warning for warning in told["warnings"])


def test_inputs_stay_open_in_openqasm_3_and_are_numbers_in_openqasm_2(alice: Alice, start_worker: Start) -> None:
    start_worker()
    code = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\nqubit q;\nrx(a) q;\n'
    open_ = convert(alice, code).json()
    assert "input float a;" in open_["program"]
    assert any("measures nothing" in warning for warning in open_["warnings"])
    assert convert(alice, code, "qasm2").json()["error"]["code"] == "script_failed"
    bound = convert(alice, code, "qasm2", params={"a": 0.5}).json()
    assert "rx(0.5)" in bound["program"] and any("a = 0.5" in warning for warning in bound["warnings"])


def test_what_cannot_be_converted_is_refused_with_its_place(alice: Alice, start_worker: Start) -> None:
    start_worker()
    for code, line, kind in (("import qiskit\n1 / 0\n", 2, "ZeroDivisionError"), ("import qiskit\ndef main(params)\n", 2, "SyntaxError")):
        answer = convert(alice, code)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "script_failed")
        assert (error["details"]["line"], error["details"]["type"], error["details"]["category"]) == (line, kind, "user")
    nothing = convert(alice, "import qiskit\ndef main(params):\n    return 1\n").json()["error"]
    assert (nothing["code"], nothing["details"]["code"]) == ("script_failed", "no_program")
    looped = BELL.replace("h q[0];", "h q[0]; c[0] = measure q[0]; if (c[0]) { x q[1]; }")
    assert convert(alice, looped, "qasm2").json()["error"]["details"]["code"] == "unsupported"
    broken = convert(alice, BELL.replace("h q[0];", "h q[0]")).json()["error"]
    assert (broken["code"], broken["details"]["line"]) == ("script_failed", 6)


class _spinning:  # noqa: N801  # reads as what it does
    """Runs that do not end by themselves, begun when the block is entered; their answers, once it is left."""

    def __init__(self, alice: Alice, count: int) -> None:
        self._alice, self._answers = alice, list[httpx.Response]()
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def __enter__(self) -> list[httpx.Response]:
        for thread in self._threads:
            thread.start()
        time.sleep(1.0)
        return self._answers

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(40)

    def _run(self) -> None:
        self._answers.append(self._alice.post("/api/playground/run", json={"inline_code": SPIN, "params": {"shots": 10}}))
