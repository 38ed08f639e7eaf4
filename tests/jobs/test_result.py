"""The one place that says what a job's `result` looks like."""

import pytest

from quapsule.jobs.result import compose

BELL = {
    "counts": {"00": 1},
    "counts_source": "backend",
    "bit_order": "clbit_0_first",
    "shots": 1,
    "measured": "all, added",
    "engine": {"name": "x"},
}


def counts(**changes: object) -> dict[str, object]:
    return {"result_type": "counts", "result_data": BELL | {"circuit_index": 0} | changes}


def value(value: object) -> dict[str, object]:
    return {"result_type": "value", "result_data": {"value": value}}


@pytest.mark.parametrize("status", ["pending", "queued", "running"])
def test_a_job_that_has_not_ended_has_no_result(status):
    assert compose(status, [counts()], None, None) is None


def test_a_cancelled_job_that_left_nothing_has_no_result():
    assert compose("cancelled", None, None, None) is None


def test_an_error_without_details_is_ours():
    assert compose("failed", None, "Lost.", None) == {"error": {"category": "system", "type": "Error", "message": "Lost."}, "flags": []}


def test_an_error_keeps_category_place_and_traceback_and_nothing_else():
    details = {"category": "user", "type": "E", "line": 2, "column": 4, "traceback": [], "hint": "h", "code": "c", "internal": "x"}
    found = compose("failed", [], "No.", details)
    assert found == {"error": {key: details[key] for key in details if key != "internal"} | {"message": "No."}, "flags": []}


def test_a_value_s_own_keys_are_on_top_unless_they_collide():
    own = {"energy": 1, "counts": {"9": 9}, "engine": "mine", "flags": ["x"], "shots": 7, "error": "none", "value": 3}
    found = compose("completed", [value(own), counts()], None, None)
    assert found == BELL | {"flags": [], "energy": 1, "value": own}


def test_counts_that_only_the_script_returned_are_shown_as_uncertified():
    found = compose("completed", [value({"counts": {"10": 5}, "counts_source": "backend"})], None, None)
    assert found is not None
    assert (found["counts"], found["counts_source"]) == ({"10": 5}, "script")
    assert "bit_order" not in found


@pytest.mark.parametrize("own", [[1, 2], "text", None, 3.5])
def test_a_value_that_is_no_object_stands_alone(own):
    assert compose("completed", [value(own)], None, None) == {"value": own, "flags": []}


def test_of_several_circuits_the_first_is_on_top_and_all_are_there():
    found = compose("completed", [counts(circuit_index=1, counts={"1": 1}, flags=["emptied"]), counts()], None, None)
    assert found is not None
    assert (found["counts"], found["flags"]) == ({"00": 1}, ["emptied"])
    assert [circuit["circuit_index"] for circuit in found["circuits"]] == [0, 1]
