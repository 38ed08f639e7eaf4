"""The drawing that goes into a capsule: text, folded, bounded, and never a reason for anything to fail."""

import pytest

from quapsule.providers import Program
from quapsule.providers.drawing import draw
from quapsule.providers.engines.drawing import LINE_WIDTH, MOST_CLBITS, MOST_GATES, MOST_QUBITS

from .box import HEAD, EngineInProcess
from .boxes import Boxes, ask

BELL = HEAD + "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + f"qubit[{MOST_QUBITS + 1}] q; h q[0];", "too many qubits"),
        (HEAD + f"qubit q; bit[{MOST_CLBITS + 1}] c; h q; c[0] = measure q;", "too many bits"),
        (HEAD + f"qubit q; for int i in [0:{MOST_GATES}] {{ h q; }}", "too many gates"),
        (HEAD + "qubit q; bit c; c = measure q; if (c) { " + "h q; " * MOST_GATES + "}", "too many gates in a branch"),
        (HEAD + "qubit[60] q; gate " + "g" * 20_000 + " a { x a; } " + ("g" * 20_000 + " q[0]; ") * 2, "a name too long"),
    ],
    ids=["qubits", "bits", "gates", "branch", "name"],
)
def test_what_nobody_could_read_is_not_drawn(text: str, why: str) -> None:
    engine = EngineInProcess()
    assert "handle" in engine({"verb": "prepare", "program": {"format": "qasm3", "text": text}, "simulate": False}), why
    assert draw(engine, Program("qasm3", text)) is None


@pytest.mark.parametrize("program", [Program("qasm3", "no program"), Program("qasm2", ""), Program("ahs", "{}"), Program("cobol", BELL)])
def test_what_is_no_circuit_is_not_drawn_and_not_refused(program: Program) -> None:
    assert draw(EngineInProcess(), program) is None


def test_a_malformed_question_is_answered_as_such() -> None:
    assert EngineInProcess()({"verb": "draw", "program": "a bell pair"})["error"]["code"] == "validation_error"


def test_a_bell_pair_is_drawn_with_its_wires_and_gates() -> None:
    drawn = draw(EngineInProcess(), Program("qasm3", BELL))
    assert drawn is not None and drawn.endswith("\n")
    assert "┤ H ├──■──┤M├" in drawn and "q_1:" in drawn and "c: 2/" in drawn


def test_a_program_that_measures_nothing_is_drawn_as_it_runs() -> None:
    drawn = draw(EngineInProcess(), Program("qasm2", 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[0];'))
    assert drawn is not None and drawn.count("┤M├") == 2


def test_branches_loops_inputs_and_gates_of_ones_own_are_drawn() -> None:
    text = HEAD + (
        "input float a; qubit[3] q; bit[3] c;\n"
        "gate pair(t) left, right { ry(t) left; ctrl @ x left, right; }\nh q[0]; c[0] = measure q[0];\n"
        "if (c[0]) { x q[1]; while (c[1]) { c[1] = measure q[1]; } } else { rx(a / 2) q[2]; }\npair(0.5) q[0], q[2]; barrier q; reset q[0];"
    )
    drawn = draw(EngineInProcess(), Program("qasm3", text))
    assert drawn is not None
    assert all(word in drawn for word in ("If-0", "Else-0", "While-1", "Rx(a/2)", "pair(0.5)", "|0>"))


def test_lines_are_folded_so_that_they_fit_a_page() -> None:
    text = HEAD + "qubit[3] q;\n" + "rz(0.123) q[0]; cx q[0], q[1]; " * 100
    drawn = draw(EngineInProcess(), Program("qasm3", text))
    assert drawn is not None and drawn.count("\n") > 50
    assert max(map(len, drawn.splitlines())) <= LINE_WIDTH


def test_the_largest_that_is_drawn_passes_the_door(boxes: Boxes) -> None:
    text = HEAD + f"qubit[{MOST_QUBITS}] q;\n" + "cx q[0], q[59]; " * (MOST_GATES - 2 * MOST_QUBITS)
    with boxes.engines.take() as engine:
        drawn = draw(lambda frame: ask(engine, frame), Program("qasm3", text))
        assert drawn is not None and drawn.count("■") == MOST_GATES - 2 * MOST_QUBITS
        assert "handle" in ask(engine, {"verb": "prepare", "id": 1, "program": {"format": "qasm3", "text": BELL}})
