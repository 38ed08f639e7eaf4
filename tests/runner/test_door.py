"""Both ends of the door against one file of frames."""

import json
import socket
from pathlib import Path

import pytest

from quapsule.runner.door import Door as ScriptDoor
from quapsule.runner.door import DoorError
from quapsule.sandbox import frames
from quapsule.sandbox.warm import DoorEnd

VECTORS = json.loads(Path(__file__).with_name("door_vectors.json").read_text())
FRAMES = {vector["name"]: vector for vector in VECTORS["frames"]}


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.settimeout(2)
    theirs.settimeout(2)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_the_worker_refuses(ends, vector):
    ours, theirs = ends
    theirs.sendall(bytes.fromhex(vector["bytes"]))
    theirs.close()
    with pytest.raises(frames.FrameError) as refusal:
        frames.Door(ours).receive(1.0)
    assert refusal.value.code == vector["code"]


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["name"])
def test_the_worker_reads_and_writes(ends, vector):
    ours, theirs = ends
    theirs.sendall(bytes.fromhex(vector["bytes"]))
    assert frames.Door(ours).receive(1.0) == vector["message"]
    assert frames.encode(vector["message"]).hex() == vector["bytes"]


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["name"])
def test_the_box_reads_and_writes(ends, vector):
    ours, theirs = ends
    ours.sendall(bytes.fromhex(vector["bytes"]))
    end = DoorEnd(theirs, "qiskit")
    assert end.receive() == vector["message"]
    end.send(vector["message"])
    assert ours.recv(1 << 20).hex() == vector["bytes"]


class Recorded:
    """The worker's end, answering from the vectors."""

    name = "qiskit"

    def __init__(self, *answers):
        self.sent, self.answers = [], [dict(FRAMES[name]["message"]) for name in answers]

    def send(self, message):
        self.sent.append(message)

    def receive(self):
        return {**self.answers.pop(0), "id": self.sent[-1]["id"]}


def test_the_scripts_door_speaks_as_the_vectors_say():
    recorded = Recorded("prepared", "ran")
    door = ScriptDoor(recorded)
    prepared = door.prepare("qasm3", "OPENQASM 3;\nqubit[2] q;\n")
    counts = door.run(prepared, [{"theta": 0.1}, {"theta": -2.5}], 1000)
    door.progress("Schritt 3 – ψ", 0.5)
    door.tell_workflow(FRAMES["workflow"]["message"]["metadata"])
    assert recorded.sent == [FRAMES[name]["message"] for name in ("prepare", "run", "progress", "workflow")]
    assert prepared.registers == (("c", 2),) and prepared.parameters == ("theta",)
    assert counts == [{"01": 512, "11": 488}, {"00": 1000}] and door.ran == 2


def test_a_refusal_is_raised_with_its_category_and_place():
    with pytest.raises(DoorError) as refusal:
        ScriptDoor(Recorded("refused")).prepare("qasm3", "")
    assert (refusal.value.category, refusal.value.code, refusal.value.line, refusal.value.column) == ("user", "parse_error", 3, 5)


def test_an_answer_to_another_question_is_a_fault_of_the_system():
    recorded = Recorded("prepared")
    recorded.receive = lambda: {"id": 99}  # type: ignore[method-assign]
    with pytest.raises(DoorError) as refusal:
        ScriptDoor(recorded).prepare("qasm3", "")
    assert refusal.value.category == "system"


def test_more_bindings_than_a_call_takes_are_sent_in_pieces_with_seeds_that_differ():
    recorded = Recorded("prepared")
    door = ScriptDoor(recorded)
    prepared = door.prepare("qasm3", "")
    recorded.receive = lambda: {"id": recorded.sent[-1]["id"], "results": [{"counts": {"0": 1}} for _ in recorded.sent[-1]["bindings"]]}  # type: ignore[method-assign]
    assert len(door.run(prepared, [{}] * 2500, 1, seed=7)) == 2500
    assert [(len(m["bindings"]), m["seed"]) for m in recorded.sent[1:]] == [(1000, 7), (1000, 1007), (500, 2007)]


def test_a_message_of_more_than_8_mib_does_not_leave_the_box(ends):
    with pytest.raises(ValueError, match="8388608"):
        DoorEnd(ends[1], "x").send({"text": "x" * (9 << 20)})


def test_lone_surrogates_of_a_script_do_not_break_the_frame(ends):
    DoorEnd(ends[1], "x").send({"text": "a\ud800b"})
    assert frames.Door(ends[0]).receive(1.0) == {"text": "a?b"}


def test_the_end_of_the_door_is_told_to_the_box(ends):
    ends[0].close()
    with pytest.raises(EOFError):
        DoorEnd(ends[1], "x").receive()
