"""The worker's end of the door believes nothing that it reads."""

import json
import os
import socket
import struct
import threading

import pytest

from quapsule.sandbox.frames import MAX_FRAME, Door, FrameError, encode


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Door(ours), theirs


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 2000 + b"]" * 2000, "too_deep"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "too_deep"),
        (b'{"a":NaN}', "bad_json"),
        (b'{"a":Infinity}', "bad_json"),
        (b'{"a":1e999}', "bad_json"),
        (b'{"a":"\\ud800"}', "bad_json"),
        (b'{"a":"\xff"}', "bad_json"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"b":{"a":1,"a":2}}', "duplicate_key"),
        (b"[1]", "not_an_object"),
        (b"null", "not_an_object"),
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\x80\x04\x95pickle", "bad_json"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_not_strict_json_is_refused(ends, body, code):
    door, box = ends
    box.sendall(frame(body))
    with pytest.raises(FrameError) as refusal:
        door.receive(1.0)
    assert refusal.value.code == code


def test_a_pickle_is_not_opened(ends, tmp_path):
    import pickle

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    door, box = ends
    box.sendall(frame(pickle.dumps(Trap())))
    with pytest.raises(FrameError):
        door.receive(1.0)
    assert not (tmp_path / "sprung").exists()


def test_a_frame_that_claims_more_than_8_mib_is_refused_before_it_is_read(ends):
    door, box = ends
    box.sendall(struct.pack(">I", MAX_FRAME + 1))
    with pytest.raises(FrameError) as refusal:
        door.receive(1.0)
    assert refusal.value.code == "too_large"


def test_a_message_of_more_than_8_mib_is_not_sent():
    with pytest.raises(FrameError) as refusal:
        encode({"text": "x" * MAX_FRAME})
    assert refusal.value.code == "too_large"


def test_a_door_that_closes_within_a_frame_is_told_from_one_that_ends(ends):
    door, box = ends
    box.sendall(b"\0\0\0\x09{")
    box.close()
    with pytest.raises(FrameError) as refusal:
        door.receive(1.0)
    assert refusal.value.code == "cut_off"


def test_the_end_of_the_door_is_none(ends):
    door, box = ends
    box.close()
    assert door.receive(1.0) is None


def test_a_slow_drip_keeps_what_came_and_times_out(ends):
    door, box = ends
    for byte in frame(b'{"verb":"hello"}'):
        with pytest.raises(TimeoutError):
            door.receive(0.001)
        box.sendall(bytes([byte]))
    assert door.receive(1.0) == {"verb": "hello"}


def test_a_box_that_does_not_read_cannot_hold_the_worker(ends):
    door, _ = ends
    with pytest.raises(TimeoutError):
        door.send({"text": "x" * (4 << 20)}, timeout=0.2)


def test_the_largest_message_passes_both_ways(ends):
    door, box = ends
    message = {"text": "ü" * ((MAX_FRAME - 100) // 2)}
    writer = threading.Thread(target=box.sendall, args=(frame(json.dumps(message, ensure_ascii=False).encode()),))
    writer.start()
    assert door.receive(5.0) == message
    writer.join()


def test_nul_and_terminal_codes_arrive_as_they_were_sent(ends):
    door, box = ends
    box.sendall(frame(b'{"text":"\\u0000\\u001b[31m\\u202e"}'))
    assert door.receive(1.0) == {"text": "\0\x1b[31m\u202e"}
