"""Programs written as OpenQASM 3 and 2: what is written means what was asked, or is not written."""

import pytest

from quapsule.providers.engines.asked import Asked, make_prepared
from quapsule.providers.engines.problems import EngineProblem
from quapsule.providers.engines.written import write_program

_HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
_OLD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n'
PROGRAMS = {
    "bell": ("qasm3", f"{_HEAD}qubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n"),
    "nothing measured": ("qasm3", f"{_HEAD}qubit[2] Q;\nh Q[0];\nctrl @ p(0.3) Q[0], Q[1];\n"),
    "gates of one's own": (
        "qasm3",
        f"{_HEAD}gate foo(a, b) x, y {{ rz(a) x; ctrl @ ry(b) x, y; gphase(a); }}\nqubit[3] q;\nbit[3] c;\nfoo(0.1, 0.2) q[0], q[1];\n"
        "ctrl @ foo(0.3, 0.4) q[2], q[0], q[1];\nfoo(0.5, 0.6) q[1], q[2];\nnegctrl @ x q[0], q[1];\n"
        "pow(0.5) @ x q[0];\nU(0.1, 0.2, 0.3) q[1];\n"
        "cu(1, 2, 3, 4) q[0], q[1];\nreset q[2];\nc = measure q;\n",
    ),
    "a condition on a register": (
        "qasm3",
        f"{_HEAD}qubit[2] q;\nbit[1] c;\nbit[1] d;\nh q[0];\nc[0] = measure q[0];\nif (c == 1) {{ x q[1]; }}\nd[0] = measure q[1];\n",
    ),
    "names that are no names there": ("qasm3", f"{_HEAD}qubit[1] Größe;\nbit[2] If;\nh Größe[0];\nIf[1] = measure Größe[0];\n"),
    "OpenQASM 2": ("qasm2", f"{_OLD}h q[0];\nrzz(0.3) q[0],q[1];\ncu3(1,2,3) q[0],q[1];\nmeasure q -> c;\n"),
    "OpenQASM 2 with a condition": ("qasm2", f"{_OLD}h q[0];\nmeasure q[0] -> c[0];\nif(c==1) x q[1];\nmeasure q[1] -> c[1];\n"),
}


@pytest.mark.parametrize("to", ["qasm3", "qasm2"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_written_is_certified_and_reads_back(name: str, to: str) -> None:
    format, text = PROGRAMS[name]
    written = write_program(make_prepared(Asked(format, text)), {}, to)
    (certificate,) = written["certificates"]
    assert (certificate["result"], certificate["not_covered"]) == ("equivalent", [])
    assert written["text"].startswith("OPENQASM 3" if to == "qasm3" else "OPENQASM 2.0;")
    again = make_prepared(Asked(to, written["text"])).program
    assert again.measured == "as_written"  # also where a measurement had to be added
    assert again.circuit.num_qubits == make_prepared(Asked(format, text)).program.circuit.num_qubits


@pytest.mark.parametrize("name", ["bell", "OpenQASM 2"])
def test_a_program_that_is_in_the_language_already_stays_as_it_is(name: str) -> None:
    format, text = PROGRAMS[name]
    assert write_program(make_prepared(Asked(format, text)), {}, format)["text"] == text


def test_inputs_stay_open_or_become_numbers() -> None:
    prepared = make_prepared(Asked("qasm3", f"{_HEAD}input float a;\nqubit q;\nbit c;\nrx(a * 2) q;\nc = measure q;\n"))
    assert "input float a;" in write_program(prepared, {}, "qasm3")["text"]
    assert "rx(1.5)" in write_program(prepared, {"a": 0.75}, "qasm2")["text"]
    with pytest.raises(EngineProblem, match="No value was given for the input a"):
        write_program(prepared, {}, "qasm2")


@pytest.mark.parametrize("body", ["if (c[0]) { x q; }", "while (c[0]) { h q; c[0] = measure q; }"])
def test_what_openqasm_2_has_no_words_for_is_refused(body: str) -> None:
    prepared = make_prepared(Asked("qasm3", f"{_HEAD}qubit q;\nbit[1] c;\nh q;\nc[0] = measure q;\n{body}\nc[0] = measure q;\n"))
    with pytest.raises(EngineProblem) as refusal:
        write_program(prepared, {}, "qasm2")
    assert (refusal.value.code, refusal.value.category) == ("unsupported", "user")
