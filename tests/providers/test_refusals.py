"""What the engine refuses, and how clearly."""

from typing import Any

import pytest

from .box import HEAD, EngineInProcess


@pytest.fixture(scope="module")
def engine() -> EngineInProcess:
    return EngineInProcess(memory_bytes=3 << 30)


def refusal(engine: EngineInProcess, text: str, format: str = "qasm3") -> dict[str, Any]:
    said = engine.prepare(text, format)
    assert "error" in said, said
    assert said["error"]["category"] == "user"
    error: dict[str, Any] = said["error"]
    return error


def place(error: dict[str, Any]) -> tuple[str, int | None, int | None]:
    return error["code"], error.get("line"), error.get("column")


def test_forty_dense_qubits_are_refused_with_numbers_before_memory_dies(engine: EngineInProcess) -> None:
    text = (
        HEAD
        + "qubit[40] q;\nfor int d in [0:30] { for int i in [0:39] { ry(0.1 * i + d) q[i]; } for int i in [0:38] { cz q[i], q[i + 1]; } }"
    )
    error = refusal(engine, text)
    assert error["code"] == "too_many_qubits"
    assert (
        "40 qubits" in error["message"] and "16 TiB" in error["message"] and "27 qubits" in error["message"] and "'ry'" in error["message"]
    )


def test_a_backend_of_fewer_qubits_refuses_more(engine: EngineInProcess) -> None:
    small = EngineInProcess(max_qubits=3)
    assert refusal(small, HEAD + "qubit[4] q;\nh q;")["code"] == "too_many_qubits"


@pytest.mark.parametrize(
    "text",
    [
        "qubit[2000000000] q;",
        "bit[2000000000] c; qubit q;",
        "x $999999999;",
        "OPENQASM 2.0; qreg q[2000000000];",
        "OPENQASM 2.0; creg c[99999];",
    ],
)
def test_a_register_of_billions_is_refused_before_it_is_made(engine: EngineInProcess, text: str) -> None:
    old = text.startswith("OPENQASM 2")
    assert refusal(engine, text if old else HEAD + text, "qasm2" if old else "qasm3")["code"] in ("too_many_qubits", "parse_error")


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        ("qubit[2] q;\nh q[0\ncx q[0], q[1];", 5, 1, "unexpected 'cx'"),
        ("qubit[2] q\nbit c;", 4, 1, "';'"),
        ("qubit[2] q;\n  hh q[0];", 4, 3, "'hh' is not defined"),
        ("qubit[2] q;\nh r[0];", 4, 3, "Undefined symbol 'r'"),
        ("qubit[2] q;\nh q[5];", 4, 1, ""),
        ("qubit[2] q;\ncx q[0], q[0];", 4, 1, "duplicate"),
        ("qubit[2] q;\nrx q[0];", 4, 1, ""),
        ("qubit q;\n rx(1 / 0) q;", 4, 5, "zero"),
        ("qubit[2] q; bit[3] c;\nc = measure q;", 4, 1, ""),
        ("qubit q;\n§", 4, 1, "token recognition"),
        ("qubit q;\nh q", 4, 4, "the end of the program"),
    ],
)
def test_a_mistake_is_named_with_line_and_column(engine: EngineInProcess, body: str, line: int, column: int, words: str) -> None:
    error = refusal(engine, HEAD + body)
    assert place(error) == ("parse_error", line, column), error
    assert words in error["message"] and f"line {line}" in error["message"]


def test_a_mistake_in_qasm2_is_named_with_line_and_column(engine: EngineInProcess) -> None:
    error = refusal(engine, 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\n  hh q[0];', "qasm2")
    assert place(error) == ("parse_error", 4, 3) and "'hh' is not defined" in error["message"]


@pytest.mark.parametrize("file", ["/etc/passwd", "../secrets.inc", "qelib1.inc"])
def test_no_file_is_read_by_include(engine: EngineInProcess, file: str) -> None:
    error = refusal(engine, f'OPENQASM 3.0;\ninclude "{file}";\nqubit q;')
    assert place(error)[:2] == ("unsupported", 2) and file in error["message"]


def test_no_file_is_read_by_include_in_qasm2(engine: EngineInProcess) -> None:
    for file in ("/etc/passwd", "stdgates.inc"):
        assert place(refusal(engine, f'OPENQASM 2.0;\ninclude "{file}";\nqreg q[1];', "qasm2"))[:2] == ("unsupported", 2)
    assert "error" in engine.prepare('OPENQASM 2.0; include\n"/etc/passwd"; qreg q[1];', "qasm2")


@pytest.mark.parametrize(
    "statement",
    [
        "output bit[1] o;",
        "def f(qubit a) { h a; }",
        "int n = 3;",
        "bit[2] c = \"10\";",
        "box[100ns] { h q[0]; }",
        "extern f(int) -> int;",
        "measure q[0];",
        "#pragma something",
        "h[10ns] q[0];",
        "end;",
        "stretch s;",
        "if (1 + 1) { h q[0]; }",
        "opaque thing a;",
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_and_never_dropped(engine: EngineInProcess, statement: str) -> None:
    error = refusal(engine, HEAD + "qubit[2] q;\n" + statement + "\nh q[0];")
    assert error["code"] in ("parse_error", "unsupported") and error.get("line") == 4, error


def test_an_opaque_gate_of_qasm2_is_refused(engine: EngineInProcess) -> None:
    error = refusal(engine, 'OPENQASM 2.0;\ninclude "qelib1.inc";\nopaque magic a;\nqreg q[1];\nmagic q[0];', "qasm2")
    assert error["code"] == "unsupported" and "magic" in error["message"]


def test_definitions_that_double_thirty_times_are_refused(engine: EngineInProcess) -> None:
    gates = "gate g0 a { h a; }\n" + "".join(f"gate g{i} a {{ g{i - 1} a; g{i - 1} a; }}\n" for i in range(1, 31))
    assert refusal(engine, "OPENQASM 3.0;\n" + HEAD.splitlines()[1] + "\n" + gates + "qubit q;\ng30 q;")["code"] == "unsupported"
    gates = "gate g0 a { h a; }\n" + "".join(f"gate g{i} a {{ g{i - 1} a; g{i - 1} a; }}\n" for i in range(1, 31))
    assert refusal(engine, 'OPENQASM 2.0;\ninclude "qelib1.inc";\n' + gates + "qreg q[1];\ng30 q[0];", "qasm2")["code"] == "unsupported"


def test_a_loop_of_a_billion_is_refused(engine: EngineInProcess) -> None:
    assert refusal(engine, HEAD + "qubit q;\nfor int i in [0:1000000000] { h q; }")["code"] == "unsupported"
    assert refusal(engine, HEAD + "qubit q;\nfor int i in [0:1000000000] { }")["code"] == "unsupported"


def test_nesting_without_end_is_refused(engine: EngineInProcess) -> None:
    assert refusal(engine, HEAD + "qubit q;\nrx(" + "(" * 3000 + "1" + ")" * 3000 + ") q;")["code"] == "parse_error"


@pytest.mark.parametrize("text", ["", "OPENQASM 3.0;", "OPENQASM 4.0;\nqubit q;", "OPENQASM 2.0;\nqreg q[1];", "\x00", "bit c;"])
def test_text_that_is_no_program_is_refused(engine: EngineInProcess, text: str) -> None:
    assert refusal(engine, text)["code"] in ("parse_error", "unsupported")


def test_unknown_formats_are_refused(engine: EngineInProcess) -> None:
    assert "quil" in refusal(engine, "H 0", "quil")["message"]


def test_inputs_must_all_be_given_and_no_others(engine: EngineInProcess) -> None:
    handle = engine.prepare(HEAD + "input float theta;\nqubit q;\nrx(theta) q;")["handle"]
    for binding, words in (
        ({}, "theta"),
        ({"theta": 1.0, "phi": 2.0}, "phi"),
        ({"theta": float("nan")}, "finite"),
        ({"theta": float("inf")}, "finite"),
    ):
        error = engine.run(handle, [binding])["error"]
        assert error["category"] == "user" and words in error["message"]


@pytest.mark.parametrize(
    "message",
    [
        {"verb": "dance"},
        {"verb": "prepare"},
        {"verb": "prepare", "program": {"format": "qasm3"}},
        {"verb": "run", "handle": "nothing", "shots": 10},
        {"verb": "run", "handle": 7, "shots": 10},
        {"verb": "run", "handle": "p1", "shots": 0},
        {"verb": "run", "handle": "p1", "shots": "1000"},
        {"verb": "run", "handle": "p1", "shots": True},
        {"verb": "run", "handle": "p1", "shots": 10, "bindings": {"a": 1}},
        {"verb": "run", "handle": "p1", "shots": 10, "bindings": [{"a": "1"}]},
        {"verb": "run", "handle": "p1", "shots": 10, "seed": "abc"},
    ],
)
def test_malformed_messages_get_an_error_and_the_engine_lives_on(engine: EngineInProcess, message: dict[str, Any]) -> None:
    assert engine(message)["error"]["category"] == "user"
    assert "handle" in engine.prepare(HEAD + "qubit q;\nh q;")


def test_an_answer_that_no_frame_holds_is_refused() -> None:
    engine = EngineInProcess()
    handle = engine.prepare(HEAD + "qubit[200] q;\nh q;")["handle"]
    assert engine.run(handle, shots=100_000)["error"]["code"] == "result_too_large"


def test_forgotten_programs_are_gone() -> None:
    engine = EngineInProcess()
    first, second = (engine.prepare(HEAD + f"qubit[{n}] q;\nh q;")["handle"] for n in (1, 2))
    engine({"verb": "forget", "handle": first})
    assert "error" in engine.run(first) and "results" in engine.run(second)
    engine({"verb": "forget", "handle": None})
    assert "error" in engine.run(second)
