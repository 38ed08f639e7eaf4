"""What is found while a job's programs are checked: stored with it, shown on it, and failing it when our own hop went wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.factories import BELL
from tests.worker.conftest import Ended, Jobs

from quapsule.jobs.job import JobDetail, find_detail, find_status
from quapsule.jobs.listing import Filters, list_jobs
from quapsule.providers import Prepared, Program, Provider, Ran
from quapsule.providers.engines import asked, serve
from quapsule.providers.engines.choose import Limits
from quapsule.providers.engines.engine import Engine
from quapsule.providers.engines.expand import expand
from quapsule.worker import steps
from quapsule.worker.engines import Engine as EngineOfASlot
from quapsule.worker.main import Worker
from quapsule.worker.metadata import read_metadata

Start = Callable[..., Worker]


def certificate(result: str = "equivalent", hop: str = "interchange → engine", **detail: Any) -> dict[str, Any]:
    return {"hop": hop, "method": "unitary", "result": result, "qubits": 2, "not_covered": [], "detail": detail, "seconds": 0.001}


class Around:
    """The provider of a job, with something else in its answers."""

    def __init__(self, inner: Provider, prepared: Mapping[str, Any], ran: Mapping[str, Any]) -> None:
        self._inner, self._prepared, self._ran = inner, prepared, ran

    def prepare(self, program: Program) -> Prepared:
        return replace(self._inner.prepare(program), **self._prepared)

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:
        return replace(self._inner.run(handle, bindings, shots, seed), **self._ran)


Plant = Callable[..., None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """`plant(prepared={…}, ran={…})`: what every provider of this test answers instead."""

    def put(prepared: Mapping[str, Any] | None = None, ran: Mapping[str, Any] | None = None) -> None:
        real = steps.provider_of
        monkeypatch.setattr(steps, "provider_of", lambda *given: Around(real(*given), prepared or {}, ran or {}))

    return put


def detail_of(jobs: Jobs, job: Any) -> JobDetail:
    with jobs.database.as_user(jobs.user) as session:
        return find_detail(session, job)


def ended(jobs: Jobs, code: str = BELL, **parameters: Any) -> tuple[Ended, JobDetail]:
    job = jobs.submit(code, "openqasm", **parameters)
    return jobs.end_of(job), detail_of(jobs, job)


@pytest.mark.parametrize("hop", ["script → interchange", "interchange → engine", "interchange → executed", "interchange → braket"])
def test_a_mismatch_on_a_hop_of_ours_fails_the_job_and_keeps_both_programs(jobs: Jobs, start_worker: Start, plant: Plant, hop: str) -> None:
    plant(prepared={"certificates": (certificate(), certificate("mismatch", hop, gate=1, seen="cx is missing"))})
    start_worker()
    end, detail = ended(jobs)
    assert (end.status, end.error["category"], end.error["code"]) == ("failed", "system", "conversion_mismatch")
    assert hop in end.row["error_message"] and "cx is missing" in end.row["error_message"]
    assert end.results == []
    assert end.programs["interchange"] == BELL and end.programs["executed"]
    assert [(row.hop, row.result) for row in detail.certificates] == [("interchange → engine", "equivalent"), (hop, "mismatch")]
    assert "counts" not in (detail.result or {})


def test_a_mismatch_that_is_found_after_the_run_gives_no_counts_either(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(ran={"certificates": (certificate("mismatch"),)})
    start_worker()
    end, detail = ended(jobs)
    assert (end.status, end.error["code"], end.results) == ("failed", "conversion_mismatch", [])
    assert [row.result for row in detail.certificates][-1] == "mismatch"


def test_a_script_cannot_catch_a_mismatch_and_go_on(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(prepared={"certificates": (certificate("mismatch"),)})
    start_worker()
    code = """
def main(params):
    try:
        device.run('OPENQASM 3.0; include "stdgates.inc"; qubit q; bit c; h q; c = measure q;')
    except BaseException:
        pass
    return {"counts": {"0": 100}}
"""
    end = jobs.run(code, "openqasm")
    assert (end.status, end.error["code"]) == ("failed", "conversion_mismatch")


def test_what_a_backend_ran_otherwise_is_flagged_and_explained(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    emptied = "OPENQASM 3.0;\nbit[2] c;\nqubit[2] q;\nc = measure q;\n"
    found = (certificate("mismatch", "asked → executed"),)
    plant(ran={"certificates": found, "flags": ("executed_empty",), "executed": (("qasm3", emptied),)})
    start_worker()
    end, detail = ended(jobs)
    assert end.status == "completed"
    result = detail.result or {}
    assert result["flags"] == ["executed_empty"]
    assert [one["flag"] for one in result["warnings"]] == ["executed_empty"] and "no gates" in result["warnings"][0]["message"]
    assert result["certificate"]["result"] == "mismatch"
    assert end.programs["executed"] == emptied


def test_flags_of_a_program_and_of_its_runs_come_together_per_circuit_and_per_job(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(prepared={"flags": ("executed_barrier_lost",)}, ran={"flags": ("executed_shots_differ",)})
    start_worker()
    _, detail = ended(jobs)
    counts = next(row.result_data for row in detail.results if row.result_type == "counts")
    assert counts["flags"] == ["executed_barrier_lost", "executed_shots_differ"] == (detail.result or {})["flags"]


def test_a_stranger_sees_none_of_it(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(prepared={"certificates": (certificate(),)})
    start_worker()
    job = jobs.submit(BELL, "openqasm")
    jobs.end_of(job)
    stranger = Jobs(jobs.database)
    for table in ("job_certificates", "job_programs", "job_tasks", "job_results"):
        key = "job_run_id" if table == "job_results" else "job_id"
        with jobs.database.as_user(stranger.user) as session:
            assert session.dicts(f"select * from public.{table} where {key} = %(job)s", {"job": job}) == []
    assert detail_of(jobs, job).certificates


def test_what_nothing_checked_is_said_to_be_unchecked(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(prepared={"certificates": ()}, ran={"certificates": ()})
    start_worker()
    _, detail = ended(jobs)
    assert (detail.result or {})["certificate"] == {"result": "not_checked", "methods": []}


def test_certificates_of_every_hop_are_kept_in_their_order(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(prepared={"certificates": (certificate(hop="script → interchange"), certificate("not_checked"))})
    start_worker()
    end, detail = ended(jobs)
    assert end.status == "completed"
    assert [(row.seq, row.hop, row.result) for row in detail.certificates] == [
        (0, "script → interchange", "equivalent"),
        (1, "interchange → engine", "not_checked"),
    ]
    assert detail.certificates[0].certificate["program"] == 0
    assert (detail.result or {})["certificate"] == {"result": "not_checked", "methods": ["unitary"]}


def test_a_program_that_the_provider_compiled_is_kept_as_executed(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    native = "OPENQASM 3.0;\nqubit[20] q;\nbit[2] c;\n// compiled\n"
    plant(prepared={"executed": native})
    start_worker()
    end, detail = ended(jobs)
    assert end.programs["executed"] == native and end.programs["interchange"] == BELL
    assert ((detail.result or {})["program"], (detail.result or {})["executed"]) == (0, 0)


def test_a_form_that_nobody_reads_here_is_kept_as_text(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(ran={"executed": (("aqt", "R 0.5 0 0"),)})
    start_worker()
    _, detail = ended(jobs)
    assert [(row.format, row.content) for row in detail.programs if row.kind == "executed"] == [("text", "R 0.5 0 0")]


def test_mitigated_values_and_state_vectors_stand_beside_the_counts(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    state = [[0.5**0.5, 0.0], [0.0, 0.0], [0.0, 0.0], [0.5**0.5, 0.0]]
    plant(ran={"mitigated": ({"readout": {"00": 0.5}},), "statevector": (state,)})
    start_worker()
    end, detail = ended(jobs)
    result: Any = detail.result
    assert sorted(row["result_type"] for row in end.results) == ["counts", "mitigated", "statevector"]
    assert result["statevector"]["amplitudes"] == state and result["mitigated"]["readout"] == {"00": 0.5}
    assert sum(result["counts"].values()) == 100


def test_the_tasks_of_an_emulated_device_are_kept(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    calibration = jobs.database.value("select id from public.calibrations where backend = 'iqm-garnet'")
    task = {
        "backend": "iqm-garnet", "shots": 100, "calibration_id": str(calibration), "emulated": True, "program_sha256": "0" * 64,
        "status": "completed", "detail": {"qubits": [1, 2]},
    }  # fmt: skip
    plant(ran={"tasks": (task,)})
    start_worker()
    _, detail = ended(jobs)
    [kept] = detail.tasks
    assert (kept.backend, kept.emulated, kept.calibration_id, kept.cost_usd) == ("iqm-garnet", True, calibration, 0)
    assert kept.detail == {"qubits": [1, 2]} and kept.ended_at is not None


def test_the_list_of_jobs_shows_which_are_flagged(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    start_worker()
    plain = jobs.submit(BELL, "openqasm")
    jobs.end_of(plain)
    plant(ran={"flags": ("executed_empty", "executed_shots_differ")})
    flagged = jobs.submit(BELL, "openqasm")
    jobs.end_of(flagged)
    with jobs.database.as_user(jobs.user) as session:
        found = {one.id: one.flags for one in list_jobs(session, Filters(), {"before_at": None, "before_id": None, "limit": 10})}
    assert found == {plain: [], flagged: ["executed_empty", "executed_shots_differ"]}


def test_a_poll_shows_the_flags_as_the_detail_does(jobs: Jobs, start_worker: Start, plant: Plant) -> None:
    plant(ran={"flags": ("executed_not_equivalent",)})
    start_worker()
    job: UUID = jobs.submit(BELL, "openqasm")
    jobs.end_of(job)
    with jobs.database.as_user(jobs.user) as session:
        assert (find_status(session, job).result or {})["flags"] == ["executed_not_equivalent"]


def test_an_engine_that_loses_a_gate_is_caught_and_its_job_fails(jobs: Jobs, start_worker: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The conversion of the real engine, run in this process so that a bug can be planted in it."""

    def lose_the_last_cx(circuit: Any, *more: Any) -> Any:
        whole = expand(circuit, *more)
        kept, last = whole.copy_empty_like(), max(place for place, one in enumerate(whole.data) if one.operation.name == "cx")
        for place, one in enumerate(whole.data):
            if place != last:
                kept.append(one)
        return kept

    engine = Engine(Limits(1 << 30))
    monkeypatch.setattr(EngineOfASlot, "call", lambda self, frame, seconds: serve.answer(engine, frame))
    start_worker()
    assert ended(jobs)[0].status == "completed"  # unharmed, the same way

    monkeypatch.setattr(asked, "expand", lose_the_last_cx)
    other = BELL.replace("h q[0];", "h q[0];\nx q[1];")
    end, detail = ended(jobs, other)
    assert (end.status, end.error["category"], end.error["code"]) == ("failed", "system", "conversion_mismatch")
    assert end.programs["interchange"] == other and end.programs["executed"]
    assert "mismatch" in {row.result for row in detail.certificates}
    assert end.results == []


@pytest.mark.parametrize("given", [None, [], {}, {"execution_graph": {}}, {"execution_graph": {"nodes": []}}, "x"])
def test_metadata_of_another_shape_is_left_out(given: Any) -> None:
    assert read_metadata(given) is None


def test_metadata_keeps_what_is_documented_and_counts_for_itself() -> None:
    graph = {"nodes": {"a": {"func_name": "f", "dependencies": [], "secret": 1}}, "execution_levels": [["a"]], "output_nodes": ["a"]}
    moment = {"node_id": "a", "func_name": "f", "level": 0, "status": "completed", "started_at": "2026-01-01", "extra": 1}
    found = read_metadata({"execution_graph": graph, "task_timeline": [moment], "total_tasks": 99, "total_levels": 99, "more": 1})
    assert found is not None
    assert (found["total_tasks"], found["total_levels"]) == (1, 1)
    assert found["execution_graph"]["nodes"] == {"a": {"func_name": "f", "dependencies": []}}
    assert found["task_timeline"] == [{name: moment[name] for name in moment if name != "extra"}]


def test_metadata_beyond_a_megabyte_is_left_out() -> None:
    nodes = {f"n{at}": {"func_name": "f" * 2_000, "dependencies": []} for at in range(600)}
    graph = {"nodes": nodes, "execution_levels": [list(nodes)], "output_nodes": []}
    assert read_metadata({"execution_graph": graph, "task_timeline": []}) is None


WORKFLOW = """
from marqov import task, workflow

@task
def double(x):
    return 2 * x

@task
def add(x, y):
    return x + y

@workflow
def sums(start=3):
    return add(double(start), double(start))
"""


def test_the_graph_of_a_workflow_is_kept_with_the_job(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    end = jobs.run(WORKFLOW, "marqov")
    assert end.status == "completed", end.row["error_message"]
    assert end.value == 12
    kept = end.row["workflow_metadata"]
    assert (kept["total_tasks"], kept["total_levels"]) == (3, 2)
    assert [moment["status"] for moment in kept["task_timeline"]] == ["completed"] * 3
