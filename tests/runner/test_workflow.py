# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""A @workflow in direct mode: its graph runs in the script's box, and its metadata tell what became of each task."""

from datetime import datetime

import pytest

from quapsule.runner import telling

from .scripts import run

HEAD = "import asyncio, threading, time\nfrom marqov import task, workflow\nfrom marqov.circuits import Circuit\n"


def ask(body, head=HEAD, **params):
    return run(head + body, "marqov", **params)


def statuses(ran):
    return [(entry["func_name"], entry["level"], entry["status"]) for entry in ran.finish["workflow_metadata"]["task_timeline"]]


def test_two_workflows_are_refused_by_name():
    error = ask("@workflow\ndef one(): pass\n@workflow(name='x')\ndef two(): pass\n").error
    assert error["type"] == "EntryPointError" and "one (line 5)" in error["message"] and "two (line 7)" in error["message"]


def test_a_workflow_that_needs_what_params_do_not_give_is_refused_by_name():
    error = ask("@workflow\ndef flow(theta, depth, width=2):\n    return 1\n", theta=0.5).error
    assert error["type"] == "EntryPointError" and "needs depth;" in error["message"] and "flow (line 5)" in error["message"]


def test_a_failing_task_is_told_with_its_line_and_the_others_end_as_they_do():
    ran = ask(
        """
@task
def good(x):
    time.sleep(0.05)
    return x
@task
def bad(x):
    raise ValueError("no such thing")
@task
def after(a, b):
    return a
@workflow
def flow():
    return after(bad(1), good(2))
"""
    )
    assert ran.error["type"] == "ValueError" and ran.error["line"] == 11 and ran.error["traceback"][-1]["name"] == "bad"
    assert statuses(ran) == [("bad", 0, "failed"), ("good", 0, "completed")]
    told = ran.finish["workflow_metadata"]
    assert told["task_timeline"][0]["error"] == "ValueError: no such thing" and told["total_tasks"] == 3 and told["total_levels"] == 2


def test_a_task_that_ends_the_process_ends_itself_alone():
    ran = ask(
        "import sys\n@task\ndef leave():\n    sys.exit(4)\n@task\ndef stay():\n    return 1\n@workflow\ndef flow():\n    return [leave(), stay()]\n"
    )
    assert "exit code 4" in ran.error["message"] and [entry[2] for entry in statuses(ran)] == ["failed", "completed"]


def test_a_task_beyond_its_timeout_fails_and_its_programs_are_not_run_any_more():
    ran = ask(
        """
@task(timeout=0.1)
def slow():
    time.sleep(0.3)
    device.run(Circuit().x(0))
@task
def patient():
    time.sleep(0.5)
@workflow
def flow():
    return [slow(), patient()]
"""
    )
    assert ran.error["type"] == "TaskTimeout" and "'slow'" in ran.error["message"] and "0.1 seconds" in ran.error["message"]
    assert statuses(ran) == [("slow", 0, "failed"), ("patient", 0, "completed")] and {*ran.verbs()} == {"hello", "workflow", "finish"}


def test_a_value_that_json_cannot_hold_is_told_by_its_path_and_the_metadata_stay():
    ran = ask("@task\ndef one():\n    return float('nan')\n@workflow\ndef flow():\n    return {'a': [one()]}\n")
    assert "value['a'][0]" in ran.error["message"] and statuses(ran) == [("one", 0, "completed")]


def test_a_cycle_of_containers_and_a_branch_on_a_result_are_refused():
    assert "boolean" in ask("@task\ndef one(): return 1\n@workflow\ndef flow():\n    return 1 if one() else 2\n").error["message"]
    assert (
        "yclic"
        in ask("@task\ndef one(x): return 1\n@workflow\ndef flow():\n    a = []\n    a.append(a)\n    return one(a)\n").error["message"]
    )


def test_more_tasks_than_can_be_told_are_refused_and_a_thousand_are_not_too_many_with_a_large_value():
    body = "@task\ndef one(n):\n    return n\n@task\ndef wide(parts):\n    return 'x' * params['width']\n@workflow\ndef flow(tasks):\n    return wide([one(n) for n in range(tasks)])\n"
    assert "at most 1000" in ask(body, tasks=1000, width=1).error["message"]
    assert len(ask(body, tasks=999, width=7 << 20).value) == 7 << 20
    assert "at most 8 MiB" in ask(body, tasks=999, width=(8 << 20) - 5000).error["message"]


def shown(ran):
    return [message["metadata"] for message in ran.sent if message["verb"] == "workflow"]


def test_how_the_tasks_stand_is_told_while_they_run_and_the_last_word_comes_before_the_end(monkeypatch):
    monkeypatch.setattr(telling, "_MOMENT_SECONDS", 30)  # on a busy machine a moment is long
    ran = ask(
        "@task\ndef first():\n    return 1\n@task\ndef second(x):\n    return device.run(Circuit().x(0), shots=5)\n@workflow\ndef flow():\n    return second(first())\n"
    )
    told = [
        [(entry["func_name"], entry.get("status"), "started_at" in entry) for entry in metadata["task_timeline"]] for metadata in shown(ran)
    ]
    done, running = [("first", "completed", True)], [("second", None, True)]
    assert done + running in told and told[-1] == [*done, ("second", "completed", True)]
    assert [len(one) for one in told] == sorted(len(one) for one in told) and shown(ran)[0]["total_tasks"] == 2
    # What the task asks of the worker comes after the news that it runs.
    before = [message for message in ran.sent[: ran.verbs().index("prepare")] if message["verb"] == "workflow"]
    assert [entry["func_name"] for entry in before[-1]["metadata"]["task_timeline"]] == ["first", "second"]
    assert ran.verbs()[-2:] == ["workflow", "finish"] and shown(ran)[-1] == ran.finish["workflow_metadata"]


def test_a_hundred_short_tasks_are_told_a_few_times_alone():
    ran = ask("@task\ndef one(n):\n    return n\n@workflow\ndef flow():\n    return [one(n) for n in range(100)]\n")
    begun, ended = (datetime.fromisoformat(moment) for moment in span(ran.finish["workflow_metadata"]["task_timeline"]))
    assert 2 <= len(shown(ran)) <= 11 + 5 * (ended - begun).total_seconds()
    assert shown(ran)[-1] == ran.finish["workflow_metadata"]


def span(timeline):
    return min(entry["started_at"] for entry in timeline), max(entry["completed_at"] for entry in timeline)


def test_a_graph_that_is_too_large_to_be_shown_runs_all_the_same():
    ran = ask("def one():\n    return 1\none.__name__ = 'x' * (2 << 20)\none = task(one)\n@workflow\ndef flow():\n    return one()\n")
    assert ran.value == 1 and shown(ran) == []


def test_a_script_without_a_workflow_tells_of_none():
    assert shown(ask("def main(params):\n    return device.run(Circuit().x(0))\n")) == []


def test_results_take_their_places_in_the_graph_and_in_the_output():
    ran = ask(
        """
from collections import namedtuple
Pair = namedtuple("Pair", "left right")
@task
def number(n):
    return n
@task(name="adding")
def add(pair, *, more, table):
    return pair.left + pair.right + sum(more) + table["x"]
@workflow
def flow(theta, shots):
    a, b, c = number(1), number(2), number(theta)
    total = add(Pair(a, b), more=[c, 10], table={"x": b})
    return {"total": total, "parts": (a, [b, c]), "shots": shots, "fixed": "text"}
""",
        theta=4,
    )
    assert ran.value == {"total": 19, "parts": [1, [2, 4]], "shots": 1000, "fixed": "text"}
    assert ran.finish["entry_point"] == "workflow"
    told = ran.finish["workflow_metadata"]
    graph = told["execution_graph"]
    assert told["total_tasks"] == 4 and told["total_levels"] == 2 and [len(level) for level in graph["execution_levels"]] == [3, 1]
    names = {name: node["func_name"] for name, node in graph["nodes"].items()}
    assert [names[name] for name in graph["execution_levels"][0]] == ["number"] * 3
    (last,) = graph["execution_levels"][1]
    assert names[last] == "add" and graph["nodes"][last]["dependencies"] == graph["execution_levels"][0]
    assert graph["output_nodes"] == [last]
    for entry in told["task_timeline"]:
        assert datetime.fromisoformat(entry["started_at"]) <= datetime.fromisoformat(entry["completed_at"])


def test_the_tasks_of_a_level_run_at_the_same_time():
    # Each waits for the others: one after another they would wait for ever, and the barrier breaks.
    ran = ask(
        "meeting = threading.Barrier(3)\n@task\ndef meet(n):\n    meeting.wait(20)\n    return n\n@workflow\ndef flow():\n    return [meet(n) for n in range(3)]\n"
    )
    assert ran.value == [0, 1, 2]


def test_the_next_level_waits_for_all_of_the_one_before():
    ran = ask(
        "done = []\n@task\ndef first(n):\n    time.sleep(0.05 * n)\n    done.append(n)\n    return n\n@task\ndef second(a, b):\n    return sorted(done)\n@workflow\ndef flow():\n    return second(first(0), first(2))\n"
    )
    assert ran.value == [0, 2]


def test_a_task_is_tried_again_as_often_as_it_says():
    body = "seen = []\n@task(retries=2)\ndef often():\n    seen.append(1)\n    if len(seen) < {need}:\n        raise RuntimeError(f'try {{len(seen)}}')\n    return len(seen)\n@workflow\ndef flow():\n    return often()\n"
    assert ask(body.format(need=3)).value == 3
    assert ask(body.format(need=4)).error["message"] == "try 3"


def test_tasks_of_a_level_share_the_device_and_keep_their_own_counts():
    ran = ask(
        """
@task
async def turned(n):
    return (await device.execute(Circuit().rx(3.141592653589793 * (n % 2), 0).x(1), shots=10 + n)).counts
@task
def plain(n):
    return device.run(Circuit().x(n), shots=5)
@workflow
def flow():
    return [[turned(n) for n in range(12)], [plain(n) for n in range(12)]]
"""
    )
    turned, plain = ran.value
    assert turned == [{("11" if n % 2 else "01"): 10 + n} for n in range(12)]
    assert plain == [{"0" * n + "1": 5} for n in range(12)]
    assert ran.finish["workflow_metadata"]["total_levels"] == 1


def test_a_task_outside_of_a_workflow_is_a_plain_call():
    ran = ask(
        "@task\ndef double(x):\n    return 2 * x\n@task\nasync def later(x):\n    return 3 * x\nasync def main(params):\n    return [double(4), await later(4)]\n"
    )
    assert ran.value == [8, 12] and "workflow_metadata" not in ran.finish


def test_a_task_within_a_task_is_a_plain_call():
    ran = ask(
        "@task\ndef inner(x):\n    return x + 1\n@task\ndef outer(x):\n    return inner(x) * 10\n@workflow\ndef flow():\n    return outer(1)\n"
    )
    assert ran.value == 20 and ran.finish["workflow_metadata"]["total_tasks"] == 1


def test_a_workflow_without_tasks_gives_its_value_and_one_that_the_script_drew_itself_still_runs():
    assert ask("@workflow\ndef flow():\n    return {'a': 1}\n").value == {"a": 1}
    ran = ask("@task\ndef one():\n    return device.name\n@workflow\ndef flow():\n    return one()\nprint(flow().visualize())\n")
    assert ran.value == "local" and "digraph" in ran.output


@pytest.mark.parametrize("framework", ["qiskit", "cirq", "openqasm"])
def test_a_workflow_runs_whatever_framework_the_job_names(framework):
    ran = run(
        "from marqov import task, workflow\n@task\ndef one():\n    return device.name\n@workflow\ndef flow():\n    return [one()]\n",
        framework,
    )
    assert len(ran.value) == 1 and ran.finish["workflow_metadata"]["total_tasks"] == 1


def test_the_tasks_of_a_workflow_may_use_qiskit_circuits():
    body = "from qiskit import QuantumCircuit\n@task\nasync def one(n):\n    q = QuantumCircuit(2, 2)\n    q.x(n)\n    q.measure([0, 1], [0, 1])\n    return (await device.execute(q, shots=9)).counts\n@workflow\ndef flow():\n    return [one(0), one(1)]\n"
    assert ask(body).value == [{"10": 9}, {"01": 9}]


def test_a_workflow_runs_in_a_real_box(run_in_box):
    body = """
@task
async def turned(n):
    return (await device.execute(Circuit().rx(3.141592653589793 * (n % 2), 0).x(1), shots=5)).counts
@task
def total(*parts):
    return len(parts)
@workflow
def flow(layers):
    return total(*[turned(n) for n in range(layers)])
"""
    told = run_in_box("marqov", HEAD + body, layers=20)
    assert told.value == 20 and len(told.counts) == 20 and told.prepared == 2
    assert told.finish["workflow_metadata"]["total_tasks"] == 21
    assert {entry["status"] for entry in told.finish["workflow_metadata"]["task_timeline"]} == {"completed"}
