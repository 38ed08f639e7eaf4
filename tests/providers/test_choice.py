"""Which engine is chosen, that every engine gives the same distribution, and that the reason is told."""

from math import pi

import pytest

from quapsule.providers.engines import aer, lightning
from quapsule.providers.engines.choose import Choice, Limits, choose
from quapsule.providers.engines.facts import quarter_turns
from quapsule.providers.engines.prepared import Task

from . import reference as ref
from .box import HEAD, EngineInProcess
from .reference import Reference, controlled, distance, rotation

GHZ_40 = HEAD + "qubit[40] q;\nh q[0];\nfor int i in [0:38] { cx q[i], q[i + 1]; }"


def test_forty_qubits_of_ghz_run_on_the_stabilizer() -> None:
    engine = EngineInProcess()
    prepared = engine.prepare(GHZ_40)
    ran = engine.run(prepared["handle"], shots=1000)
    assert ran["engine"]["method"] == "stabilizer" and "Clifford" in ran["engine"]["why"]
    assert set(ran["results"][0]["counts"]) == {"0" * 40, "1" * 40}


def test_forty_qubits_of_low_entanglement_run_as_a_matrix_product() -> None:
    engine = EngineInProcess()
    text = HEAD + "qubit[40] q;\nry(0.6) q[0];\nfor int i in [0:38] { cx q[i], q[i + 1]; }\nx q[39];"
    ran = engine.run(engine.prepare(text)["handle"], shots=5000)
    assert ran["engine"]["method"] == "matrix_product_state" and "bond dimension of at most 2" in ran["engine"]["why"]
    expected = Reference(1, 1).gate(rotation(ref.Y, 0.6), 0).measure(0, 0).distribution()
    assert distance(ran["results"][0]["counts"], {"0" * 39 + "1": expected["0"], "1" * 39 + "0": expected["1"]}) < 0.02


def test_a_bell_pair_runs_on_the_lightest_state_vector_and_tells_prediction_and_truth() -> None:
    engine = EngineInProcess()
    ran = engine.run(engine.prepare(HEAD + "qubit[2] q;\nh q[0];\ncx q[0], q[1];")["handle"])
    said = ran["engine"]
    assert said | {"seconds": 0, "seconds_predicted": 0} == {
        "name": "lightning.qubit",
        "method": "statevector",
        "version": lightning.VERSION,
        "why": "2 qubits fit a state vector (64 B), the fastest exact engine for this circuit",
        "seconds": 0,
        "seconds_predicted": 0,
        "memory_bytes_predicted": 96,
    }
    assert said["seconds"] > 0 and 0 < said["seconds_predicted"] < 0.01


def test_forty_declared_qubits_of_which_three_are_used_are_three() -> None:
    engine = EngineInProcess(memory_bytes=1 << 20)
    text = (
        HEAD
        + "qubit[40] q; bit[3] c;\nry(0.4) q[7]; cx q[7], q[31]; t q[31]; c[0] = measure q[7]; c[1] = measure q[31]; c[2] = measure q[39];"
    )
    expected = Reference(3, 3).gate(rotation(ref.Y, 0.4), 0).gate(controlled(ref.X), 0, 1).measure(0, 0).measure(1, 1)
    assert distance(engine.counts(text), expected.distribution()) < 0.015
    assert engine.prepare(text)["facts"]["method"] == "statevector"


@pytest.mark.parametrize(("name", "method"), [*(("aer", method) for method in aer.METHODS), ("lightning.qubit", ""), ("qulacs", "")])
def test_every_engine_gives_the_distribution_of_the_reference(name: str, method: str) -> None:
    gates = "h q[0]; cx q[0], q[3]; rz(pi / 2) q[3]; ry(-pi / 2) q[1]; U(pi / 2, 0, pi) q[2]; rx(3 * pi / 2) q[3]; cp(pi) q[1], q[2]; u2(0, pi) q[1]; swap q[0], q[2];"  # noqa: E501
    engine = EngineInProcess()
    handle = engine.prepare(HEAD + "qubit[4] q; bit[4] c;\n" + gates + "\nc = measure q;")["handle"]
    prepared = engine.engine._prepared[handle]
    assert prepared.facts.clifford
    form = prepared.form(Choice(name, method or "statevector", "", 0.0, 0))
    assert prepared.certificates[-1]["result"] == "equivalent"
    counts = form.run(Task([{}], 20_000, 3, 1 << 30, parallel=False))[0]
    expected = (
        Reference(4, 4).gate(ref.H, 0).gate(controlled(ref.X), 0, 3).gate(rotation(ref.Z, pi / 2), 3).gate(rotation(ref.Y, -pi / 2), 1)
    )
    expected.gate(ref.H, 2).gate(rotation(ref.X, 3 * pi / 2), 3).gate(controlled(ref.Z), 1, 2).gate(ref.u(pi / 2, 0, pi), 1)
    expected.gate(ref.np.eye(4)[[0, 2, 1, 3]].astype(complex), 0, 2)
    for bit in range(4):
        expected.measure(bit, bit)
    assert distance(counts, expected.distribution()) < 0.02


def test_wide_gates_reach_the_matrix_product_engine_in_pieces() -> None:
    engine = EngineInProcess()
    text = (
        HEAD
        + "qubit[30] q; bit[3] c;\nry(1.0) q[0]; ry(2.0) q[1]; ctrl(2) @ ry(0.9) q[0], q[1], q[2]; for int i in [3:29] { ry(0.2) q[i]; }\nc = measure q[0:2];"  # noqa: E501
    )
    prepared = engine.prepare(text)
    assert prepared["facts"]["method"] == "matrix_product_state"
    expected = (
        Reference(3, 3).gate(rotation(ref.Y, 1.0), 0).gate(rotation(ref.Y, 2.0), 1).gate(controlled(rotation(ref.Y, 0.9), 2), 0, 1, 2)
    )
    assert distance(engine.counts(text), expected.measure(0, 0).measure(1, 1).measure(2, 2).distribution()) < 0.015


def test_the_predicted_memory_bounds_the_choice() -> None:
    engine = EngineInProcess(memory_bytes=1 << 40)
    text = (
        HEAD
        + "qubit[26] q;\nfor int d in [0:20] { for int i in [0:25] { ry(0.1 * i + d) q[i]; } for int i in [0:24] { cz q[i], q[i + 1]; } }"
    )
    facts = engine.engine._prepared[engine.prepare(text)["handle"]].facts
    roomy, tight = choose(facts, 1000, Limits(2 << 30)), choose(facts, 1000, Limits(1100 << 20))
    assert (roomy.engine, roomy.memory_bytes) == ("lightning.qubit", 3 << 29)  # its probabilities lie beside the state
    assert (tight.engine, tight.memory_bytes) == ("aer", 1 << 30)
    with pytest.raises(Exception, match=r"26 qubits as a state vector take 1 GiB.*512 MiB.*25 qubits"):
        choose(facts, 1000, Limits(512 << 20))


@pytest.mark.parametrize(
    ("angle", "turns"), [(0.0, 0), (pi / 2, 1), (-pi / 2, 3), (7 * pi, 2), (pi / 2 + 1e-9, None), (1e-9, None), (0.3, None)]
)
def test_only_exact_quarter_turns_are_quarter_turns(angle: float, turns: int | None) -> None:
    assert quarter_turns(angle) == turns


def test_a_program_that_runs_elsewhere_may_be_wider_than_anything_here() -> None:
    engine = EngineInProcess()
    pairs = "for int i in [0:34] { for int j in [i + 1:35] { cp(0.3) q[i], q[j]; } }"
    frame = {
        "verb": "prepare",
        "program": {"format": "qasm3", "text": HEAD + "qubit[36] q; bit[36] c;\nh q;\n" + pairs + "\nc = measure q;"},
    }
    assert engine(frame)["error"]["code"] == "too_many_qubits"
    said = engine(frame | {"simulate": False})
    assert said["qubits"] == 36 and said["facts"]["method"] is None and "elsewhere" in said["facts"]["why"] and said["certificates"] == []
    assert engine.run(said["handle"])["error"]["code"] == "too_many_qubits"


def test_a_circuit_with_the_same_text_is_read_once() -> None:
    engine = EngineInProcess()
    first, second = engine.prepare(GHZ_40)["handle"], engine.prepare(GHZ_40)["handle"]
    assert first != second
    assert engine.engine._prepared[first] is engine.engine._prepared[second]


def test_inputs_may_make_a_wide_circuit_clifford_and_else_it_is_refused() -> None:
    engine = EngineInProcess()
    text = HEAD + "input float a;\nqubit[40] q;\nh q;\nfor int i in [0:39] { for int j in [i + 1:39] { cp(a) q[i], q[j]; } }\nh q;"
    prepared = engine.prepare(text)
    assert prepared["facts"]["method"] is None and "inputs" in prepared["facts"]["why"]
    ran = engine.run(prepared["handle"], [{"a": 0.0}, {"a": 2 * pi}], shots=100)
    assert ran["engine"]["method"] == "stabilizer" and [one["counts"] for one in ran["results"]] == [{"0" * 40: 100}] * 2
    assert engine.run(prepared["handle"], [{"a": 0.3}])["error"]["code"] == "too_many_qubits"
    assert engine.prepare(text.replace("h q;\nfor", "t q;\nh q;\nfor"))["error"]["code"] == "too_many_qubits"
