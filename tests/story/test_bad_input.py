"""Bad input against one whole platform: each case ends with the right words, and harms nobody who comes after it."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from tests.factories import BELL, add_member, disable, make_key, make_session, make_user, remove_member, team_of
from tests.story.house import House, refused, serving

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
GHZ_40 = f"{HEAD}qubit[40] q;\nbit[40] c;\nh q[0];\n" + "".join(f"cx q[{n}], q[{n + 1}];\n" for n in range(39)) + "c = measure q;\n"
DENSE_40 = (
    f"{HEAD}qubit[40] q;\nbit[40] c;\n"
    + "".join(f"ry(0.{1 + n}) q[{n}];\n" for n in range(40))
    + "".join(f"cu(0.{1 + (a * 7 + b) % 9}, 0.2, 0.3, 0.1) q[{a}], q[{b}];\n" for a in range(40) for b in range(a))
    + "c = measure q;\n"
)
DENSE_QISKIT = """
from qiskit import QuantumCircuit
qc = QuantumCircuit(40)
for n in range(40):
    qc.ry(0.1 + n, n)
for a in range(40):
    for b in range(a):
        qc.crx(0.1 * (1 + (a * 7 + b) % 9), a, b)
qc.measure_all()
"""
# What a script tries, and how far it came: a value, or the name of the exception.
TRIES = """
import json, os, socket, urllib.request
found = {}
def tried(name, act):
    try:
        found[name] = str(act())
    except Exception as problem:
        found[name] = type(problem).__name__
"""
REACH = """
def postgres():
    return [n for n in os.listdir('/proc') if n.isdigit() and b'postgres' in open(f'/proc/{n}/cmdline', 'rb').read()]
tried('shadow', lambda: open('/etc/shadow').read())
tried('home', lambda: os.listdir(HOME))
tried('left', lambda: open('/tmp/secret').read())
tried('loopback', lambda: socket.create_connection(('127.0.0.1', PORT), 1))
tried('dns', lambda: socket.getaddrinfo('example.org', 80))
tried('http', lambda: urllib.request.urlopen('http://1.1.1.1/', timeout=1))
tried('others', postgres)
tried('environment', lambda: [n for n in os.environ if 'QUAPSULE' in n or 'TOKEN' in n or 'DATABASE' in n])
print(json.dumps(found))
"""
pytestmark = pytest.mark.xdist_group("bad input")  # one platform of these narrow limits
OUT_OF_REACH = {"FileNotFoundError", "PermissionError", "OSError", "gaierror", "URLError", "ConnectionRefusedError"}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with serving(job_seconds=3.0, job_memory_mb=512, job_processes=24) as made:
        yield made


@pytest.fixture(autouse=True)
def an_honest_job_still_runs(house: House) -> Iterator[None]:
    """Whatever a test did: the parts are the same ones as before, and both runtimes work."""
    before = house.running.pids()
    yield
    assert house.running.pids() == before
    bell = "from qiskit import QuantumCircuit\nqc = QuantumCircuit(2)\nqc.h(0)\nqc.cx(0, 1)\nqc.measure_all()\n"
    for code, framework in ((BELL, "openqasm"), (bell, "qiskit")):
        shown = house.run(code, framework)
        assert shown["status"] == "completed", shown
        assert set(shown["result"]["counts"]) <= {"00", "11"}
        assert sum(shown["result"]["counts"].values()) == 100


# At the door of the server


def test_what_is_not_json_and_what_is_too_long_is_refused(house: House) -> None:
    sent = {"content-type": "application/json"}
    refused(house.http.post("/api/jobs/submit", content=b'{"backend": local}', headers=sent), 400, "validation_error")
    big = json.dumps({"inline_code": "#" * 10_000_000, "backend": "local", "params": {"shots": 1}})
    refused(house.http.post("/api/jobs/submit", content=big.encode(), headers=sent), 413, "body_too_large")


def test_a_backend_that_is_unknown_or_retired_is_refused_with_a_way_on(house: House) -> None:
    assert "nowhere" in refused(house.submit(BELL, "openqasm", backend="nowhere"), 422, "backend_unknown")["message"]
    assert "ionq-forte-1" in refused(house.submit(BELL, "openqasm", backend="ionq-aria-1"), 422, "backend_retired")["hint"]


@pytest.mark.parametrize("shots", [0, -1, 100_001, "1000", 10.5, None, True])
def test_shots_are_a_whole_number_between_1_and_100000(house: House, shots: Any) -> None:
    error = refused(house.submit(BELL, "openqasm", params={"shots": shots}), 400, "validation_error")
    assert "shots" in json.dumps(error)


def test_the_same_key_twice_is_one_job_and_another_body_is_refused(house: House) -> None:
    key = {"idempotency-key": str(uuid4())}
    first, second = (house.submit(BELL, "openqasm", headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    refused(house.submit(BELL, "openqasm", headers=key, params={"shots": 7}), 409, "idempotency_conflict")
    assert house.end(second)["status"] == "completed"


@pytest.mark.parametrize("cursor", ["x", "%00", "W10=", "eyJhIjoxfQ==", "a" * 5000, "WyIyMDI2IiwgIngiXQ=="])
def test_a_malformed_cursor_is_refused(house: House, cursor: str) -> None:
    for path in ("/api/jobs", "/api/scripts", "/api/teams", "/api/keys"):
        refused(house.http.get(path, params={"cursor": cursor}), 400, "validation_error")


def test_the_token_of_a_disabled_person_and_the_key_of_a_removed_member_open_nothing(house: House) -> None:
    person, member, team = make_user(house.owner), make_user(house.owner), team_of(house.owner, house.user)
    add_member(house.owner, team, member)
    tokens = [
        make_session(house.owner, person),
        make_key(house.owner, team_of(house.owner, person), person),
        make_key(house.owner, team, member),
    ]
    for token in tokens:
        with house.client(token) as http:
            assert http.get("/api/jobs").status_code == 200
    disable(house.owner, person)
    remove_member(house.owner, team, member)
    for token in tokens:
        with house.client(token) as http:
            refused(http.get("/api/jobs"), 401, "unauthorized")
            body = {"inline_code": BELL, "backend": "local", "params": {"shots": 1}}
            refused(http.post("/api/jobs/submit", json=body), 401, "unauthorized")


# Programs


def test_forty_dense_qubits_meet_a_clear_limit_and_forty_of_ghz_run(house: House) -> None:
    error = house.failed(DENSE_40, "openqasm")
    assert error["code"] == "too_many_qubits"
    assert error["message"].startswith("40 qubits as a state vector take 16 TiB")
    assert error["hint"]
    error = house.failed(DENSE_QISKIT)
    assert error["code"] == "too_many_qubits"
    assert error["message"].startswith("40 qubits as a state vector take 16 TiB")
    counts = house.run(GHZ_40, "openqasm")["result"]["counts"]
    assert set(counts) <= {"0" * 40, "1" * 40}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (f"{HEAD}qubit[2] q;\n  hh q[0];\n", 4, 3),
        ('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\n  hh q[0];\n', 4, 3),
        ('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[0]\ncx q[0],q[1];\n', 5, 1),
    ],
)
def test_a_program_that_does_not_parse_is_told_line_and_column(house: House, text: str, line: int, column: int) -> None:
    error = house.failed(text, "openqasm")
    assert (error["code"], error["line"], error["column"]) == ("parse_error", line, column), error
    assert f"line {line}, column {column}" in error["message"]


def test_a_syntax_error_is_told_with_its_line(house: House) -> None:
    error = house.failed("import qiskit\n\ndef main(params):\n    return (1 +\n")
    assert (error["code"], error["type"], error["line"]) == ("script_error", "SyntaxError", 4)
    assert "line 4" in error["message"]


def test_a_package_that_is_missing_is_named_with_its_line(house: House) -> None:
    error = house.failed("import qiskit\nimport tensorflow\n")
    assert (error["code"], error["type"], error["line"]) == ("script_error", "ModuleNotFoundError", 2)
    assert "tensorflow" in error["message"]
    assert "install" in error["hint"]


def test_a_script_that_brings_no_result_is_told_what_would_be_one(house: House) -> None:
    error = house.failed("import qiskit\nprint('hello')\n")
    assert error["code"] == "script_error"
    assert "def main(params)" in error["message"]
    assert "circuit" in error["message"]


# Scripts without measure


def test_an_endless_loop_and_an_endless_sleep_meet_the_time_limit(house: House) -> None:
    started = [house.submit(code) for code in ("while True:\n    pass\n", "import time\ntime.sleep(1000)\n")]
    for answer in started:
        error = house.end(answer)["result"]["error"]
        assert (error["category"], error["code"]) == ("user", "time_limit"), error
        assert "3" in error["message"]
        assert error["hint"]


def test_a_fork_bomb_meets_its_limit(house: House) -> None:
    patient = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
    hasty = "import os, time\nfor _ in range(500):\n    if os.fork() == 0:\n        time.sleep(60)\n"
    started = [house.submit(code) for code in (patient, hasty)]
    codes = []
    for answer in started:
        error = house.end(answer)["result"]["error"]
        assert error["category"] == "user", error
        codes.append(error["code"])
    assert codes[0] in ("time_limit", "out_of_memory")
    assert codes[1] == "script_error"


@pytest.mark.parametrize(
    "code",
    [
        "kept = []\nwhile True:\n    kept.append(bytearray(8 << 20))\n",
        "import numpy\nnumpy.ones(1 << 34)\n",
        "import os\nif os.fork() == 0:\n    kept = []\n    while True:\n        kept.append(bytearray(8 << 20))\nos.wait()\nprint('{}')\n",
    ],
    ids=["heap", "numpy", "child"],
)
def test_a_memory_bomb_is_out_of_memory(house: House, code: str) -> None:
    error = house.failed(code)
    assert error["code"] == "out_of_memory", error
    assert error["hint"]


def test_a_hundred_megabytes_of_output_are_cut_and_cost_no_result(house: House) -> None:
    shown = house.run("def main(params):\n    for _ in range(100):\n        print('x' * (1 << 20))\n    return {'done': True}\n")
    assert (shown["status"], shown["result"]["value"]) == ("completed", {"done": True})
    log = house.log(shown["id"])
    assert (log["truncated"], len(log["content"])) == (True, house.settings.job_output_bytes)


def test_nul_and_terminal_codes_come_back_as_text(house: House) -> None:
    code = "import sys\nsys.stdout.buffer.write(b'a\\x00b\\x1b]0;owned\\x07\\x1b[31mred\\xff\\n')\n"
    code += "def main(params):\n    return {'text': 'a\\x00b\\x1b[31m', 'k\\x00': 1, '_summary': {'t\\x1b': 'u\\x00'}}\n"
    shown = house.run(code)
    assert shown["status"] == "completed", shown
    assert shown["result"]["value"] == {"text": "a\ufffdb\x1b[31m", "k\ufffd": 1}
    raw = house.http.get(f"/api/jobs/{shown['id']}/logs")
    assert raw.headers["content-type"].startswith("application/json")
    assert not {b"\x00", b"\x1b", b"\x07"} & {bytes([byte]) for byte in raw.content}  # JSON's own escapes hold them
    assert raw.json()["content"] == "a\ufffdb\x1b]0;owned\x07\x1b[31mred\ufffd\n"
    error = house.failed("raise ValueError('\\x1b[2Jgone\\x00')\n")
    assert error["message"].startswith("ValueError: \x1b[2Jgone\ufffd")


def test_the_machine_other_jobs_and_the_network_are_out_of_reach(house: House) -> None:
    left = house.run("open('/tmp/secret', 'w').write('mine')\nprint('{\"left\": true}')\n")
    assert left["status"] == "completed", left
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = f"{TRIES}HOME, PORT = {str(house.settings.home)!r}, {listener.getsockname()[1]}\n{REACH}"
        shown = house.run(code)
    assert shown["status"] == "completed", shown
    found = shown["result"]["value"]
    assert found.pop("others") == "[]"
    assert found.pop("environment") == "[]"
    assert found["shadow"] in ("FileNotFoundError", "PermissionError")
    assert set(found.values()) <= OUT_OF_REACH, found


def test_a_huge_file_stops_at_the_disk_limit(house: House) -> None:
    error = house.failed("with open('/tmp/huge', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))\n")
    assert (error["code"], error["type"], error["line"]) == ("script_error", "OSError", 3), error


@pytest.mark.parametrize("victim", ["os.getppid()", "1", "-1", "0", "os.getpid()"])
def test_a_script_that_kills_its_parent_kills_nobody_else(house: House, victim: str) -> None:
    shown = house.run(f"import os, signal, time\nos.kill({victim}, signal.SIGKILL)\ntime.sleep(0.1)\nprint('{{\"alive\": true}}')\n")
    if shown["status"] == "completed":
        assert shown["result"]["value"] == {"alive": True}
    else:
        assert shown["result"]["error"]["category"] == "user", shown
        assert shown["result"]["error"]["code"] in ("script_crashed", "script_error"), shown


def test_twenty_bad_jobs_at_once_all_end_by_their_own_fault(house: House) -> None:
    bad = ["import os\nos._exit(3)\n", "1 / 0\n", "import os\nos.close(9)\n", "import os\nos.write(9, b'\\xff' * 64)\n"]
    for shown in [house.end(answer) for answer in [house.submit(code) for code in bad * 5]]:
        assert shown["status"] == "failed", shown
        assert shown["result"]["error"]["category"] == "user", shown
