"""The engine in its real box: it says hello, answers, refuses in time, and outlives what it is asked."""

from .box import HEAD
from .boxes import Boxes, ask


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
