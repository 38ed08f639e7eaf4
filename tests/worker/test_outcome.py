"""What a script said becomes something that the database can hold, or is refused."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quapsule.worker.outcome import MAX_LOG_BYTES, Failure, Moment, Outcome, harmless, read_log, refuse_too_large
from quapsule.worker.scripterrors import read_error

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)
)


def test_a_value_nested_too_deep_is_refused() -> None:
    value: object = 1
    for _ in range(300):
        value = [value]
    with pytest.raises(Failure, match="nested deeper"):
        harmless(value)


def test_a_value_of_more_than_eight_mebibytes_is_refused() -> None:
    with pytest.raises(Failure) as refused:
        refuse_too_large({"value": "x" * (9 << 20)})
    assert refused.value.code == "result_too_large"


@given(ANY_JSON)
def test_whatever_comes_can_be_stored(value: object) -> None:
    text = json.dumps(harmless(value), ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text
    text.encode("utf-8")


@given(st.binary(max_size=400))
def test_whatever_is_printed_can_be_stored(output: bytes) -> None:
    log = read_log(output, truncated=False)
    if log is not None:
        assert "\0" not in log.content
        log.content.encode("utf-8")


def test_a_log_fits_its_column_when_replacing_made_it_longer() -> None:
    log = read_log(b"\xff" * MAX_LOG_BYTES, truncated=False)
    assert log is not None
    assert len(log.content.encode()) <= MAX_LOG_BYTES
    assert log.truncated


def test_numbers_that_json_lacks_become_null_and_long_integers_their_digits() -> None:
    assert harmless([float("nan"), float("inf"), 2**70, -(2**63), True]) == [None, None, str(2**70), -(2**63), True]


def test_times_are_told_as_distances() -> None:
    outcome = Outcome("completed", moments=[Moment("box.entered", time.monotonic() - 5)])
    assert outcome.as_json()["events"][0]["seconds_ago"] == pytest.approx(5, abs=0.5)


def test_a_script_cannot_choose_its_category_or_code() -> None:
    failure = read_error({"category": "transient", "code": "engine_died", "type": "OSError", "message": "again, please"}, {})
    assert (failure.category, failure.code, failure.may_pass) == ("user", "script_error", False)


@pytest.mark.parametrize(
    "error", [None, 7, [], {"type": 3, "message": {}, "line": -1, "traceback": "no"}, {"traceback": [1, {"line": "x"}]}]
)
def test_a_malformed_error_is_still_an_error(error: object) -> None:
    failure = read_error(error, {})
    assert failure.category == "user"
    assert failure.message


def test_an_error_that_repeats_a_refusal_keeps_its_code() -> None:
    failure = read_error({"type": "DoorError", "message": "line 3: no such gate"}, {"line 3: no such gate": "parse_error"})
    assert (failure.code, failure.message) == ("parse_error", "line 3: no such gate")
