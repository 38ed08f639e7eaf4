"""Mid-circuit measurement, reset, branches and loops, each against an independent simulation."""

import pytest

from . import reference as ref
from .box import HEAD, EngineInProcess
from .reference import Reference, controlled, distance, rotation

CLOSE = 0.03
SHOTS = 4000


@pytest.fixture(scope="module")
def engine() -> EngineInProcess:
    return EngineInProcess()


def check(engine: EngineInProcess, text: str, expected: Reference, format: str = "qasm3") -> None:
    assert distance(engine.counts(text, format, shots=SHOTS), expected.distribution()) < CLOSE


def test_a_qubit_is_reset_and_used_again(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "qubit[2] q; bit[3] c;\nry(1.2) q[0]; cx q[0], q[1]; c[2] = measure q[0]; reset q[0]; ry(0.4) q[0]; c[0] = measure q[0]; c[1] = measure q[1];"  # noqa: E501
    )
    expected = Reference(2, 3).gate(rotation(ref.Y, 1.2), 0).gate(controlled(ref.X), 0, 1).measure(0, 2).reset(0)
    check(engine, text, expected.gate(rotation(ref.Y, 0.4), 0).measure(0, 0).measure(1, 1))


def test_teleportation_moves_the_state(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[3] q; bit z; bit x; bit[1] out;\nry(0.9) q[0]; rz(0.7) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];\n"
    text += "z = measure q[0]; x = measure q[1]; if (x) { x q[2]; } if (z == 1) { z q[2]; }\nrz(-0.7) q[2]; ry(-0.9) q[2]; "
    text += "out[0] = measure q[2];"
    text = text.replace("bit z; bit x;", "bit mz; bit mx;").replace("z = measure", "mz = measure").replace("x = measure", "mx = measure")
    text = text.replace("if (x)", "if (mx)").replace("if (z == 1)", "if (mz == 1)")
    counts = engine.counts(text, shots=SHOTS)
    assert {key[2] for key in counts} == {"0"} and len(counts) == 4


def test_else_branches_compare_whole_registers(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[3] q; bit[2] m; bit[1] o;\nry(0.8) q[0]; ry(1.7) q[1]; m[0] = measure q[0]; m[1] = measure q[1];\n"
    text += 'if (m == "01") { ry(1.1) q[2]; } else { ry(0.3) q[2]; }\nif (m != 2 && !(m[0] == 1)) { x q[2]; }\no[0] = measure q[2];'
    expected = Reference(3, 3).gate(rotation(ref.Y, 0.8), 0).gate(rotation(ref.Y, 1.7), 1).measure(0, 0).measure(1, 1)
    # "01" has its rightmost character at bit 0.
    expected.when(lambda b: b[:2] == (1, 0), lambda r: r.gate(rotation(ref.Y, 1.1), 2))
    expected.when(lambda b: b[:2] != (1, 0), lambda r: r.gate(rotation(ref.Y, 0.3), 2))
    expected.when(lambda b: b[0] + 2 * b[1] != 2 and b[0] != 1, lambda r: r.gate(ref.X, 2)).measure(2, 2)
    check(engine, text, expected)


def test_a_while_loop_repeats_until_success(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "qubit[2] q; bit[2] c;\nx q[0]; c[0] = measure q[0];\nwhile (c[0]) { reset q[0]; ry(1.3) q[0]; c[0] = measure q[0]; ry(0.5) q[1]; }\nc[1] = measure q[1];"  # noqa: E501
    )
    expected = Reference(2, 2).gate(ref.X, 0).measure(0, 0)
    for _ in range(40):
        expected.when(lambda b: b[0] == 1, lambda r: r.reset(0).gate(rotation(ref.Y, 1.3), 0).measure(0, 0).gate(rotation(ref.Y, 0.5), 1))
    check(engine, text, expected.measure(1, 1))


def test_a_loop_with_break_stops_where_it_says(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "qubit[2] q; bit[2] c;\nfor int i in [0:2] { ry(0.9) q[0]; c[0] = measure q[0]; if (c[0]) { break; } ry(0.4 * i) q[1]; }\nc[1] = measure q[1];"  # noqa: E501
    )
    expected = Reference(2, 3)
    for index in range(3):
        expected.when(lambda b: b[2] == 0, lambda r: r.gate(rotation(ref.Y, 0.9), 0).measure(0, 0).measure(0, 2))
        expected.when(lambda b: b[2] == 0, lambda r, i=index: r.gate(rotation(ref.Y, 0.4 * i), 1))  # type: ignore[misc]
    expected.measure(1, 1)
    two: dict[str, float] = {}
    for key, chance in expected.distribution().items():
        two[key[:2]] = two.get(key[:2], 0.0) + chance
    assert distance(engine.counts(text, shots=SHOTS), two) < CLOSE


def test_loops_count_both_ends_and_may_index_qubits(engine: EngineInProcess) -> None:
    text = HEAD + "qubit[5] q; bit[5] c;\nfor int i in [0:2:4] { x q[i]; }\nfor uint j in {1, 3} { ry(j * pi / 7) q[j]; }\nc = measure q;"
    expected = Reference(5, 5).gate(ref.X, 0).gate(ref.X, 2).gate(ref.X, 4)
    expected.gate(rotation(ref.Y, ref.np.pi / 7), 1).gate(rotation(ref.Y, 3 * ref.np.pi / 7), 3)
    for bit in range(5):
        expected.measure(bit, bit)
    check(engine, text, expected)


def test_qasm2_conditions_are_kept(engine: EngineInProcess) -> None:
    text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2]; creg a[2]; creg b[1];\nry(1.1) q[0]; measure q[0] -> a[1];\nif(a==2) x q[1];\nmeasure q[1] -> b[0];'  # noqa: E501
    expected = (
        Reference(2, 3).gate(rotation(ref.Y, 1.1), 0).measure(0, 1).when(lambda b: b[1] == 1, lambda r: r.gate(ref.X, 1)).measure(1, 2)
    )
    check(engine, text, expected, "qasm2")
    check(engine, engine.prepare(text, "qasm2")["interchange"], expected)


def test_a_clifford_circuit_with_feedback_gives_the_same_on_every_engine() -> None:
    text = HEAD + "qubit[12] q; bit[3] c;\nh q[0]; for int i in [0:10] { cx q[i], q[i + 1]; } c[0] = measure q[0];\n"
    text += "if (c[0]) { x q[5]; s q[3]; } h q[3]; c[1] = measure q[5]; c[2] = measure q[3];"
    engine = EngineInProcess()
    assert engine.prepare(text)["facts"]["method"] == "stabilizer"
    counts = engine.counts(text, shots=SHOTS)
    assert distance(counts, {"000": 0.25, "001": 0.25, "100": 0.25, "101": 0.25}) < CLOSE
