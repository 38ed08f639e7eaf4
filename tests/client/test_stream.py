import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.conftest import Played, answer, refusal, stream

from quapsule.client import Refused
from quapsule.client.api import Client
from quapsule.client.stream import Event, parse

PENDING = {"id": "j", "status": "pending", "backend": "local", "result": None}
DONE = {**PENDING, "status": "completed", "result": {"counts": {"00": 1}}}
GREETING = b"retry: 1000\nid: 5-0\n\n"


def pushed(row: object, event_id: str = "7-1") -> bytes:
    import json

    data = json.dumps({"topic": "jobs", "name": "job.completed", "id": "j", "row": row})
    return f"id: {event_id}\nevent: job.completed\ndata: {data}\n\n".encode()


def test_events_have_a_name_an_id_and_data() -> None:
    text = b': hello\n\nretry: 1000\nid: 3-1\n\nevent: job.running\nid: 4-2\ndata: {"a":\ndata: 1}\n\ndata: plain\n\n'
    assert list(parse([text])) == [
        Event("", "", None),
        Event("", "3-1", None),
        Event("job.running", "4-2", {"a": 1}),
        Event("message", "4-2", "plain"),
    ]


def test_a_line_separator_inside_json_does_not_end_the_line() -> None:
    text = 'event: x\ndata: {"log": "a\u2028b\u0085c\x1cd"}\n\n'.encode()
    [event] = parse([text.replace(b"\x1c", b"\\u001c")])
    assert event.data == {"log": "a\u2028b\u0085c\x1cd"}


@given(st.lists(st.integers(0, 120), max_size=8), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_however_the_bytes_arrive_the_events_are_the_same(cuts: list[int], end: bytes) -> None:
    text = 'id: 1-1\nevent: a\ndata: "é€𝄞"\n\n: beat\n\nid: 1-2\nevent: b\ndata: 2\n\n'.encode().replace(b"\n", end)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[start:stop] for start, stop in pairwise(places)]
    assert list(parse(chunks)) == [Event("a", "1-1", "é€𝄞"), Event("", "1-1", None), Event("b", "1-2", 2)]


def test_an_event_that_was_cut_off_is_not_delivered() -> None:
    assert list(parse([b"event: a\ndata: 1\n"])) == []


def test_after_a_break_the_stream_resumes_behind_the_last_event(played: Played) -> None:
    played.then(stream(GREETING, pushed(DONE, "7-1")), refusal("not_ready", 503), stream(pushed(DONE, "7-2")))
    found = Client(played.url).events()
    assert [next(found).id, next(found).id] == ["7-1", "7-2"]
    assert [headers.get("last-event-id") for _, _, headers in played.asked] == [None, "7-1", "7-1"]


def test_an_idle_stream_resumes_behind_its_greeting(played: Played) -> None:
    played.then(stream(GREETING), stream(pushed(DONE)))
    assert next(Client(played.url).events()).id == "7-1"
    assert played.asked[1][2]["last-event-id"] == "5-0"


def test_a_stream_that_is_refused_raises(played: Played) -> None:
    played.then(refusal("unauthorized", 401))
    with pytest.raises(Refused, match="unauthorized"):
        next(Client(played.url).events())


def test_a_wait_ends_with_the_pushed_row_and_asks_nothing_more(played: Played) -> None:
    played.then(stream(GREETING, pushed(DONE)), answer(200, PENDING))
    # The status is asked while the stream is open; the played server answers each connection in its own thread.
    seen: list[str] = []
    job = Client(played.url).wait("j", seen=lambda job: seen.append(job.status))
    assert job.counts == {"00": 1} and seen == ["pending", "completed"]
    assert [path for _, path, _ in played.asked] == ["/api/events?topics=jobs", "/api/jobs/j/status"]


def test_a_job_that_has_ended_before_is_not_waited_for(played: Played) -> None:
    played.then(stream(GREETING), answer(200, DONE))
    assert Client(played.url).wait("j").status == "completed"


def test_without_a_stream_a_wait_polls_long(played: Played) -> None:
    no_stream = refusal("rate_limited", 429, retry_after="5")
    played.then(no_stream, no_stream, no_stream, answer(200, PENDING), answer(200, DONE))
    assert Client(played.url).wait("j").status == "completed"
    assert played.asked[-1][1] == "/api/jobs/j/status?wait=20"


def test_a_wait_that_is_over_gives_the_job_as_it_is(played: Played) -> None:
    def silent(handler: object) -> None:
        stream(GREETING)(handler)  # type: ignore[arg-type]
        time.sleep(1)

    played.then(silent, answer(200, PENDING))
    done: list[str] = []
    thread = threading.Thread(target=lambda: done.append(Client(played.url).wait("j", 0.3).status), daemon=True)
    thread.start()
    thread.join(20)
    assert done == ["pending"]


def test_a_job_that_is_not_there_is_refused_at_once(played: Played) -> None:
    played.then(stream(GREETING), refusal("not_found", 404))
    with pytest.raises(Refused, match="not_found"):
        Client(played.url).wait("j")


def test_a_reset_reads_the_job_anew(played: Played) -> None:
    played.then(stream(b"event: reset\ndata: {}\n\n"), answer(200, PENDING), answer(200, DONE))
    assert Client(played.url).wait("j").status == "completed"
