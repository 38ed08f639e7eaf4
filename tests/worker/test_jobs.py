"""Whole jobs through real boxes and engines: what a script may do, what it is told when it may not, what is kept."""

from collections.abc import Callable

import pytest
from tests.factories import BELL
from tests.worker.conftest import Jobs

from quapsule.worker.boxes import FRAMEWORKS
from quapsule.worker.main import Worker

Start = Callable[..., Worker]

BELL_QISKIT = """
from qiskit import QuantumCircuit
circuit = QuantumCircuit(2, 2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])
"""
# X on one qubit only, measured crosswise into two registers: a reversed order cannot hide.
PERMUTED = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[1] a;
bit[2] b;
x q[2];
a[0] = measure q[2];
b[0] = measure q[0];
b[1] = measure q[1];
"""


# Refusals and limits


def test_a_program_that_does_not_parse_is_told_line_and_column(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run('OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nh q[0]\ncx q[0], q[1];\n', "openqasm")
    assert ended.status == "failed"
    assert (ended.error["category"], ended.error["code"]) == ("user", "parse_error")
    assert ended.error["line"] in (4, 5)
    assert ended.error["column"] >= 1
    assert f"line {ended.error['line']}" in ended.row["error_message"]


def test_forty_qubits_are_refused_before_memory_dies(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', "qubit[40] q;", "bit[40] c;"]
    lines += [f"ry(0.{1 + qubit}) q[{qubit}];" for qubit in range(40)]
    lines += [f"cu(0.{1 + (a * 7 + b) % 9}, 0.2, 0.3, 0.1) q[{a}], q[{b}];" for a in range(40) for b in range(40) if a != b]
    ended = jobs.run("\n".join([*lines, "c = measure q;"]), "openqasm")
    assert ended.status == "failed"
    assert (ended.error["category"], ended.error["code"]) == ("user", "too_many_qubits")
    assert ended.results == []


def test_a_script_error_names_the_line_and_shows_only_the_scripts_frames(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("import math\n\ndef main(params):\n    return inner(0)\n\ndef inner(x):\n    return 1 / x\n")
    assert ended.status == "failed"
    assert (ended.error["category"], ended.error["type"], ended.error["line"]) == ("user", "ZeroDivisionError", 7)
    assert [frame["line"] for frame in ended.error["traceback"]] == [4, 7]
    assert "(line 7)" in ended.row["error_message"]


def test_a_missing_package_is_the_users_error(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("import tensorflow_of_nobody\n")
    assert (ended.status, ended.error["type"]) == ("failed", "ModuleNotFoundError")
    assert "tensorflow_of_nobody" in ended.row["error_message"]


def test_a_framework_that_is_not_installed_is_told_what_is(jobs: Jobs, start_worker: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FRAMEWORKS, "cirq", "cirq_that_nobody_installed")
    start_worker()
    ended = jobs.run("import cirq\n", "cirq")
    assert (ended.status, ended.error["code"]) == ("failed", "framework_unavailable")
    assert "qiskit" in ended.error["hint"]


def test_an_endless_loop_meets_the_time_limit(jobs: Jobs, start_worker: Start) -> None:
    start_worker(job_seconds=2.0)
    ended = jobs.run("while True:\n    pass\n")
    assert (ended.status, ended.error["category"], ended.error["code"]) == ("failed", "user", "time_limit")
    assert ended.error["hint"]


def test_sleeping_meets_the_time_limit_too(jobs: Jobs, start_worker: Start) -> None:
    start_worker(job_seconds=1.0)
    ended = jobs.run("import time\nprint('before', flush=True)\ntime.sleep(100)\n")
    assert ended.error["code"] == "time_limit"
    assert ended.log == "before\n"


def test_a_heap_that_outgrows_its_limit_is_out_of_memory(jobs: Jobs, start_worker: Start) -> None:
    start_worker(job_memory_mb=256)
    ended = jobs.run("def main(params):\n    kept = []\n    while True:\n        kept.append(bytearray(8 << 20))\n")
    assert (ended.status, ended.error["category"], ended.error["code"]) == ("failed", "user", "out_of_memory")


def test_a_script_that_ends_itself_is_told_how(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("import os\nprint('so far', flush=True)\nos._exit(7)\n")
    assert (ended.status, ended.error["code"], ended.error["exit_code"]) == ("failed", "script_crashed", 7)
    assert ended.log == "so far\n"


def test_a_script_without_an_entry_point_is_told_which_there_are(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("x = 1\n")
    assert (ended.status, ended.error["category"]) == ("failed", "user")
    assert "def main(params)" in ended.row["error_message"]


def test_more_shots_than_the_backend_takes_are_refused_at_the_door(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run(
        f"text = {BELL!r}\ndef run_experiment(device, params):\n    return device.run(text, shots=100001)\n",
        "openqasm",
    )
    assert ended.status == "failed"
    assert ended.error["code"] == "too_many_shots"


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("b'\\x00\\x00\\x00\\x05hello'", "door_misused"),
        ("b'\\xff\\xff\\xff\\xff'", "result_too_large"),
        ('b\'\\x00\\x00\\x00\\x10{"verb":"obey!"}\'', "door_misused"),
        ('b\'\\x00\\x00\\x00\\x19{"verb":"run","handle":"p9"}\'', "door_misused"),
    ],
)
def test_what_is_no_message_ends_the_script(jobs: Jobs, start_worker: Start, says: str, code: str) -> None:
    start_worker()
    ended = jobs.run(f"import os, time\nos.write(9, {says})\ntime.sleep(20)\n")
    assert (ended.status, ended.error["category"], ended.error["code"]) == ("failed", "user", code)


@pytest.mark.parametrize("witness", ["[1]", "'x'", "{'steps': ['x' * 300_000]}"])
def test_a_witness_that_is_none_or_too_large_ends_the_script(jobs: Jobs, start_worker: Start, witness: str) -> None:
    start_worker()
    frame = f"{{'verb': 'prepare', 'id': 1, 'program': {{'format': 'qasm3', 'text': {BELL!r}, 'witness': {witness}}}}}"
    says = f"said = json.dumps({frame}).encode()\nos.write(9, len(said).to_bytes(4, 'big') + said)"
    ended = jobs.run(f"import json, os, time\n{says}\ntime.sleep(20)\n")
    assert (ended.status, ended.error["code"]) == ("failed", "door_misused")


def test_a_script_cannot_forge_counts_of_the_backend(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("def main(params):\n    return {'counts': {'11': 1000}, 'counts_source': 'backend'}\n")
    assert ended.status == "completed"
    assert [row["result_type"] for row in ended.results] == ["value"]


# What is kept


def test_a_bell_state_in_openqasm_is_counted(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run(BELL, "openqasm", shots=1000)
    assert ended.status == "completed"
    assert set(ended.counts) == {"00", "11"}
    assert sum(ended.counts.values()) == 1000
    (row,) = ended.results
    assert row["shots"] == 1000
    assert row["result_data"]["bit_order"] == "clbit_0_first"
    assert row["result_data"]["counts_source"] == "backend"
    assert row["result_data"]["engine"]["name"]
    assert ended.programs["asked"] == BELL
    assert {"interchange", "executed"} <= set(ended.programs)
    assert ended.events[-1] == "job.completed"
    assert [e for e in ended.events if e != "job.completed"] == ["job.running", "box.entered", "program.prepared", "program.ran"]
    assert ended.row["wall_time_seconds"] > 0


def test_a_bell_state_in_qiskit_is_counted(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run(BELL_QISKIT, shots=500)
    assert ended.status == "completed", ended.row["error_message"]
    assert set(ended.counts) == {"00", "11"}
    assert sum(ended.counts.values()) == 500


def test_bits_come_by_register_and_index(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    assert jobs.run(PERMUTED, "openqasm", shots=50).counts == {"100": 50}


def test_a_seed_reproduces_counts(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    runs = [jobs.run(BELL, "openqasm", shots=1000, seed=seed).counts for seed in (7, 7, 8)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_what_a_script_returns_is_kept_as_it_is(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run(
        "def main(params):\n    return {'energy': -1.5, 'big': 2**70, 'text': 'a\\x00b', 'theta': params['theta']}\n", theta=0.25
    )
    assert ended.status == "completed", ended.row["error_message"]
    assert ended.value["energy"] == -1.5
    assert ended.value["text"] == "a\ufffdb"
    assert ended.value["theta"] == 0.25


def test_nul_and_escape_sequences_in_output_are_kept_as_text(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("import sys\nsys.stdout.buffer.write(b'a\\x00b\\x1b[31mred\\xff\\n')\nprint('{\"done\": 1}')\n")
    assert ended.status == "completed", ended.row["error_message"]
    assert ended.log == 'a\ufffdb\x1b[31mred\ufffd\n{"done": 1}\n'
    assert ended.value == {"done": 1}


def test_a_hundred_megabytes_of_output_are_cut(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("def main(params):\n    for _ in range(100):\n        print('x' * (1 << 20))\n    return 'done'\n")
    assert (ended.status, ended.value) == ("completed", "done")
    assert ended.truncated is True
    assert ended.log is not None
    assert len(ended.log) == 1 << 20


def test_a_value_that_is_too_large_is_refused(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    ended = jobs.run("def main(params):\n    return 'x' * (9 << 20)\n")
    assert (ended.status, ended.error["category"]) == ("failed", "user")


def test_many_runs_of_one_program_are_one_preparation(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    text = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float theta;\nqubit q;\nbit c;\nry(theta) q;\nc = measure q;\n'
    code = (
        f"text = {text!r}\n"
        "def run_experiment(device, params):\n"
        "    counts = device.run_many(text, [{'theta': 0.0}, {'theta': 3.141592653589793}])\n"
        "    return {'zeros': counts[0], 'ones': counts[1]}\n"
    )
    ended = jobs.run(code, "openqasm", shots=20)
    assert ended.status == "completed", ended.row["error_message"]
    assert ended.value == {"zeros": {"0": 20}, "ones": {"1": 20}}
    rows = sorted(row["result_data"]["circuit_index"] for row in ended.results if row["result_type"] == "counts")
    assert rows == [0, 1]
    assert ended.events.count("program.prepared") == 1
