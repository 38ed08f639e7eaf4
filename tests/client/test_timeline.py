from datetime import UTC, datetime, timedelta

from quapsule.client.rows import Trace
from quapsule.client.timeline import lines, steps

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def trace(event: str, ms: float, attempt: int = 1, **detail: object) -> Trace:
    return Trace(event, START + timedelta(milliseconds=ms), attempt, detail)


def test_no_events_are_no_lines() -> None:
    assert steps([]) == [] and lines([]) == []


def test_times_count_from_the_first_event_in_milliseconds() -> None:
    found = steps([trace("job.running", 4.5), trace("job.pending", 0, 0), trace("job.completed", 21)])
    assert [(step.name, step.at_ms, step.took_ms) for step in found] == [
        ("job.pending", 0.0, 0.0),
        ("job.running", 4.5, 4.5),
        ("job.completed", 21.0, 16.5),
    ]


def test_it_reads_as_a_table() -> None:
    found = lines(steps([trace("job.pending", 0, 0), trace("box.entered", 12.25, worker="w1", seconds=0.25)]))
    assert found == [
        "      0.0 ms  job.pending",
        "     12.2 ms  box.entered      +12.2  worker w1, seconds 0.25",
    ]


def test_a_second_attempt_is_named() -> None:
    assert lines(steps([trace("job.pending", 0, 0), trace("job.running", 9, 2)]))[1].endswith("(attempt 2)")


def test_a_long_note_is_cut_at_the_width_and_escaped() -> None:
    [line] = lines(steps([trace("job.failed", 0, why="\x1b[2J" + "x" * 200)]), width=60)
    assert len(line) == 60 and line.endswith("…") and r"\x1b[2J" in line
