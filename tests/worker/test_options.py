"""Whole jobs with the parameters that are the platform's own, through real boxes: emulation, noise, state vector, mitigation."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.factories import BELL
from tests.worker.conftest import Jobs

from quapsule.jobs.job import JobDetail, find_detail
from quapsule.worker.main import Worker

Start = Callable[..., Worker]
NOISE = {"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01, "readout": 0.05}


def detail(jobs: Jobs, backend: str, code: str = BELL, framework: str = "openqasm", **parameters: Any) -> JobDetail:
    job = jobs.submit(code, framework, backend=backend, **parameters)
    jobs.end_of(job)
    with jobs.database.as_user(jobs.user) as session:
        return find_detail(session, job)


def result_of(found: JobDetail) -> Any:
    assert found.status == "completed", found.error_message
    return found.result


@pytest.mark.parametrize(
    ("backend", "parameters", "code"),
    [
        ("iqm-garnet", {}, "backend_unavailable"),
        ("local", {"noise_model": NOISE}, "noise_model_unavailable"),
        ("marqov-sim", {"noise_model": {"preset": "loud"}}, "validation_error"),
        ("local", {"mitigation": {"readout": 1}}, "validation_error"),
    ],
)
def test_what_slipped_past_submit_is_refused_by_the_worker(
    jobs: Jobs, start_worker: Start, backend: str, parameters: dict[str, Any], code: str
) -> None:
    start_worker()
    end = jobs.end_of(jobs.submit(BELL, "openqasm", backend=backend, **parameters))
    assert (end.status, end.error["code"], end.results) == ("failed", code, [])


def test_an_emulated_device_says_so_with_its_calibration_program_and_task(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    found = detail(jobs, "iqm-garnet", emulate=True)
    result = result_of(found)
    calibration = jobs.database.value("select id from public.calibrations where backend = 'iqm-garnet' order by taken_at desc limit 1")
    assert result["emulated"] is True and result["calibration_id"] == str(calibration) and result["calibration_taken_at"]
    assert "interchange → executed" in {row.hop for row in found.certificates}
    assert {row.result for row in found.certificates} <= {"equivalent", "not_checked"}
    [executed] = [row.content for row in found.programs if row.kind == "executed"]
    assert "prx" in executed and executed != BELL
    [task] = found.tasks
    assert (task.backend, task.emulated, task.calibration_id, task.cost_usd) == ("iqm-garnet", True, calibration, 0)


def test_a_retired_device_is_emulated_too(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    assert result_of(detail(jobs, "ionq-aria-1", emulate=True))["emulated"] is True


def test_noise_is_in_the_counts_and_on_the_result(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    result = result_of(detail(jobs, "marqov-sim", noise_model=NOISE, shots=4_000, seed=1))
    assert result["noise"]["preset"] == "uniform"
    # A readout error of 0.05 on each of two bits alone leaves 1 - 2·0.05·0.95 = 0.905 of the shots even.
    wrong = (result["counts"].get("01", 0) + result["counts"].get("10", 0)) / 4_000
    assert 0.07 < wrong < 0.13


def test_a_state_vector_stands_beside_the_counts(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    state = result_of(detail(jobs, "local", statevector=True))["statevector"]["amplitudes"]
    assert [round(real**2 + imaginary**2, 9) for real, imaginary in state] == [0.5, 0, 0, 0.5]


def test_mitigation_stands_beside_the_raw_counts(jobs: Jobs, start_worker: Start) -> None:
    start_worker()
    result = result_of(detail(jobs, "marqov-sim", noise_model=NOISE, mitigation={"readout": True}, shots=2_000, seed=3))
    assert sum(result["counts"].values()) == 2_000
    raw, better = result["mitigated"]["raw"]["value"], result["mitigated"]["readout"]["expectation"]["value"]
    assert abs(1 - better) < abs(1 - raw)
