"""The engine in its real box: it says hello, answers, refuses in time, and outlives what it is asked."""

import subprocess
import sys
from pathlib import Path

import pytest

import quapsule
from quapsule.sandbox.profile import ENVIRONMENT

from .box import HEAD
from .boxes import Boxes, ask
from .devices import device


def test_the_engine_says_hello_warm_and_runs_a_bell_pair(boxes: Boxes) -> None:
    with boxes.engines.take() as engine:
        assert engine.hello["verb"] == "hello"
        assert ask(engine, {"verb": "configure", "id": 1, "memory_bytes": 1 << 30, "max_qubits": 32}) == {"id": 1, "ok": True}
        text = HEAD + "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;"
        prepared = ask(engine, {"verb": "prepare", "id": 2, "program": {"format": "qasm3", "text": text}})
        ran = ask(engine, {"verb": "run", "id": 3, "handle": prepared["handle"], "bindings": [{}], "shots": 1000, "seed": 3})
        assert set(ran["results"][0]["counts"]) == {"00", "11"}


def test_forty_dense_qubits_are_refused_and_the_engine_lives_on(boxes: Boxes) -> None:
    with boxes.engines.take() as engine:
        ask(engine, {"verb": "configure", "id": 1, "memory_bytes": 1 << 30})
        dense = (
            HEAD
            + "qubit[40] q;\nfor int d in [0:30] { for int i in [0:39] { ry(0.1 * i + d) q[i]; } for int i in [0:38] { cz q[i], q[i + 1]; } }"  # noqa: E501
        )
        refused = ask(engine, {"verb": "prepare", "id": 2, "program": {"format": "qasm3", "text": dense}})
        assert refused["error"]["code"] == "too_many_qubits"
        ghz = HEAD + "qubit[40] q;\nh q[0];\nfor int i in [0:38] { cx q[i], q[i + 1]; }"
        prepared = ask(engine, {"verb": "prepare", "id": 3, "program": {"format": "qasm3", "text": ghz}})
        ran = ask(engine, {"verb": "run", "id": 4, "handle": prepared["handle"], "bindings": [{}], "shots": 500, "seed": 3})
        assert ran["engine"]["method"] == "stabilizer"


@pytest.mark.slow
def test_the_largest_circuit_that_is_taken_fits_the_box(boxes: Boxes) -> None:
    with boxes.engines.take() as engine:
        ask(engine, {"verb": "configure", "id": 1, "memory_bytes": 1 << 30})
        text = (
            HEAD
            + "qubit[25] q;\nfor int d in [0:1] { for int i in [0:24] { ry(0.1 * i + d) q[i]; } for int i in [0:24] { for int j in [i + 1:24] { cp(0.3) q[i], q[j]; } } }"  # noqa: E501
        )
        prepared = ask(engine, {"verb": "prepare", "id": 2, "program": {"format": "qasm3", "text": text}})
        assert prepared["facts"]["method"] == "statevector"
        ran = ask(engine, {"verb": "run", "id": 3, "handle": prepared["handle"], "bindings": [{}], "shots": 10, "seed": 3})
        assert sum(ran["results"][0]["counts"].values()) == 10


def test_noise_a_device_a_state_and_a_translation_cross_the_door(boxes: Boxes) -> None:
    text = HEAD + "qubit[2] q; bit[2] c;\nry(0.5) q[0]; cx q[0], q[1]; c = measure q;"
    with boxes.engines.take() as engine:
        prepare = {"verb": "prepare", "program": {"format": "qasm3", "text": text}}
        noise = {"preset": "uniform", "one_qubit": 0.01, "two_qubit": 0.05, "readout": [0.01, 0.02]}
        noisy = ask(engine, {**prepare, "id": 1, "noise": noise})
        ran = ask(engine, {"verb": "run", "id": 2, "handle": noisy["handle"], "bindings": [{}], "shots": 2000, "seed": 3})
        assert ran["engine"]["method"] == "density_matrix" and len(ran["results"][0]["counts"]) == 4
        line = device(3, [[0, 1], [1, 2]], ["prx"], "cz")
        emulated = ask(engine, {**prepare, "id": 3, "device": line})
        assert "prx" in emulated["executed"] and [one["result"] for one in emulated["certificates"]] == ["equivalent", "equivalent"]
        plain = ask(engine, {**prepare, "id": 4})
        state = ask(
            engine, {"verb": "run", "id": 5, "handle": plain["handle"], "bindings": [{}], "shots": 9, "seed": 3, "statevector": True}
        )
        assert len(state["statevectors"][0]) == 4 and state["engine"]["name"] == "lightning.qubit"
        there = ask(engine, {"verb": "translate", "id": 6, "handle": plain["handle"], "to": "braket", "bindings": {}})
        assert "cnot" in there["text"] and there["certificates"][0]["result"] == "equivalent"


def test_the_fork_server_preloads_the_engines_without_a_thread() -> None:
    code = "import os; import quapsule.providers.engines.serve; print(len(os.listdir('/proc/self/task')))"
    environment = {**ENVIRONMENT, "PYTHONPATH": str(Path(quapsule.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "1"
