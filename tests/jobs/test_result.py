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


def test_a_flagged_result_says_what_each_flag_means():
    found = compose("completed", [counts(flags=["executed_empty"]), counts(circuit_index=1, flags=["of_tomorrow"])], None, None)
    assert found is not None and found["flags"] == ["executed_empty", "of_tomorrow"]
    told = {one["flag"]: one["message"] for one in found["warnings"]}
    assert "no gates" in told["executed_empty"] and told["of_tomorrow"]


def test_flags_of_circuits_that_were_not_kept_are_not_lost():
    found = compose("completed", [counts(flags=[], flags_of_dropped=["executed_not_equivalent"])], None, None)
    assert found is not None and found["flags"] == ["executed_not_equivalent"]


def test_a_result_without_flags_has_no_warnings():
    assert "warnings" not in (compose("completed", [counts(flags=[])], None, None) or {})


@pytest.mark.parametrize("verdicts", [["equivalent", "mismatch", "not_checked"], ["mismatch", "equivalent", "not_checked"]])
def test_the_certificate_of_a_job_is_the_worst_of_its_circuits(verdicts):
    rows = [counts(circuit_index=at, certificate={"result": one, "methods": [f"m{at}", "qcec"]}) for at, one in enumerate(verdicts)]
    found = compose("completed", rows, None, None)
    assert found is not None and found["certificate"] == {"result": "mismatch", "methods": ["m0", "qcec", "m1", "m2"]}


def test_a_script_cannot_call_its_own_result_certified_emulated_or_unflagged():
    own = {"certificate": {"result": "equivalent"}, "emulated": True, "calibration_id": "x", "warnings": [], "noise": {}}
    found = compose("completed", [value(own), counts(flags=["executed_empty"])], None, None)
    assert found is not None
    assert not found.keys() & {"certificate", "emulated", "calibration_id", "noise"}
    assert [one["flag"] for one in found["warnings"]] == ["executed_empty"]


def test_a_state_vector_and_mitigated_values_go_with_their_circuit():
    rows = [counts(circuit_index=at) for at in (1, 0)]
    for kind in ("statevector", "mitigated"):
        rows += [{"result_type": kind, "result_data": {"circuit_index": at, "of": at}} for at in (1, 0)]
    found = compose("completed", rows, None, None)
    assert found is not None
    assert (found["statevector"]["of"], found["mitigated"]["of"]) == (0, 0)
    assert [(one["statevector"]["of"], one["mitigated"]["of"]) for one in found["circuits"]] == [(0, 0), (1, 1)]
