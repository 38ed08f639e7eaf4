"""Fork servers: which are started when, and the clock that a job's own time runs on."""

import time
from pathlib import Path

import pytest

from quapsule.errors import Problem
from quapsule.sandbox.layers import inspect_layers
from quapsule.settings import Settings
from quapsule.worker.boxes import FRAMEWORKS, Boxes
from quapsule.worker.deadline import Deadline
from quapsule.worker.engines import Engines
from quapsule.worker.outcome import Failure


def boxes_of(home: Path, warm: str) -> Boxes:
    return Boxes(Settings(home=home, warm_frameworks=warm), inspect_layers())


def test_a_framework_that_nobody_knows_is_no_setting(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        boxes_of(tmp_path, "qiskit,qskit")
    assert refused.value.code == "validation_error" and "qskit" in refused.value.message


@pytest.mark.parametrize(("warm", "wanted"), [("all", set(FRAMEWORKS)), ("", set()), (" cirq, openqasm ", {"cirq", "openqasm"})])
def test_the_settings_say_which_frameworks_are_warm(tmp_path: Path, warm: str, wanted: set[str]) -> None:
    assert set(boxes_of(tmp_path, warm).warm_frameworks) == wanted


def test_frameworks_beyond_the_first_start_behind_readiness_or_with_their_first_job(tmp_path: Path) -> None:
    boxes = boxes_of(tmp_path, "openqasm,marqov")
    try:
        boxes.start()
        assert set(boxes._servers) == {"engine", "openqasm"}
        boxes.start_others()
        until = time.monotonic() + 60
        while "marqov" not in boxes._servers:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert set(boxes._servers) == {"engine", "openqasm", "marqov"}
        boxes.take_engine("mitigation").close()  # lazily, as whatever nobody waited for
        assert "mitigation" in boxes._servers
    finally:
        boxes.close()


def test_time_in_somebody_elses_queue_is_not_the_jobs() -> None:
    deadline = Deadline(0.2)
    with deadline.paused(), deadline.paused():
        time.sleep(0.3)
        assert 0 < deadline.left <= 0.2
    assert 0 < deadline.left <= 0.2
    time.sleep(0.21)
    assert deadline.left <= 0


def test_a_job_that_was_ended_gets_no_engine_any_more(boxes: Boxes) -> None:
    engines = Engines(boxes, 1 << 30)
    try:
        engines.begin(Deadline(10.0), lambda: True)
        with pytest.raises(Failure) as ended:
            engines.call_of("engine")({"verb": "forget", "id": 1, "handle": None})
        assert ended.value.category == "transient"
        engines.begin(Deadline(10.0))
        assert engines.call_of("engine")({"verb": "forget", "id": 2, "handle": None}) == {"id": 2, "ok": True}
    finally:
        engines.close()
