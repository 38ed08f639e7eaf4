"""OpenQASM as our own reader takes it: what it cannot read it names, what it reads means what Qiskit, Braket and the language say."""

import random
import re
from contextlib import suppress
from math import pi
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from tests.providers import reference as ref
from tests.providers.reference import Reference, controlled, phase, rotation

from quapsule.integrity import evolve
from quapsule.integrity.certify import certify_programs
from quapsule.integrity.forms import gates
from quapsule.integrity.meaning import Gate, Meaning, Unreadable
from quapsule.integrity.sources import of_circuit, of_text
from quapsule.integrity.terminal import split_terminal
from quapsule.integrity.wires import distance_up_to_phase

from .programs import of_body

ANGLES = (0.37, -1.9, 2.6, 0.8)


def _distribution(meaning: Meaning) -> dict[str, float]:
    """Of all classical bits, from |0…0>; character i is clbit i."""
    items, ends = split_terminal(meaning.steps)
    start = np.zeros((2,) * meaning.qubits, dtype=np.complex128)
    start[(0,) * meaning.qubits] = 1
    qubits = range(meaning.qubits)
    branches = evolve.follow([item.step for item in items], qubits, meaning.clbits, start)
    out: dict[str, float] = {}
    for bits, weights in evolve.outcomes(branches, ends, {qubit: qubit for qubit in qubits}).items():
        for index in np.ndindex(weights.shape):
            full = list(bits)
            for clbit, value in zip(sorted(ends), index, strict=True):
                full[clbit] = value
            if weights[index] > 1e-12:
                key = "".join(map(str, full))
                out[key] = out.get(key, 0.0) + float(weights[index])
    return out


def _assert_same(one: dict[str, float], other: dict[str, float]) -> None:
    assert all(abs(one.get(key, 0.0) - other.get(key, 0.0)) < 1e-9 for key in one.keys() | other.keys()), (one, other)


def _assert_equal(body: str, unrolled: str) -> None:
    certificate = certify_programs(of_body(body), of_body(unrolled), hop="x")
    assert certificate.result == "equivalent", certificate


@pytest.mark.parametrize(
    ("body", "line", "what"),
    [
        ("qubit q;\nfoo q;", 4, "'foo' is not known"),
        ("qubit q;\nrx(0.1, 0.2) q;", 4, "takes 1 numbers"),
        ("qubit[2] q;\ncx q[0], q[2];", 4, "numbered from 0"),
        ("qubit[2] q;\ncx q[0], q[0];", 4, "twice"),
        ("qubit[2] q; qubit[3] r;\ncx q, r;", 4, "registers of 2 and 3"),
        ("qubit q; bit c;\nc = measure q;\nwhile (c) { x q; }", 5, "decided while the program runs"),
        ("qubit q; bit c; int n = 0;\nc = measure q;\nif (c) { n = 1; }", 5, "is changed in a branch"),
        ("qubit q; bit[2] c;\nc = 1;", 4, "written by something else"),
        ("qubit q;\nmeasure q;", 4, "not kept"),
        ("def f(qubit q) { x q; }\nqubit q;", 3, "'def'"),
        ("array[int[8], 2] a;", 3, "'array'"),
        ("qubit q;\nstretch s;", 4, "'stretch'"),
        ('include "mine.inc";', 3, "'mine.inc'"),
        ("qubit q; gate g a { h a; }\nx $0;", 4, "hardware qubits"),
        ("qubit q;\n@bind x\nh q;", 4, "unexpected '@'"),
        ("#pragma other stuff\nqubit q;", 3, "#pragma other stuff"),
        ("input float a;\nqubit q;", 3, "'a' has no value"),
        ("qubit q; gate g a { g a; }\ng q;", 3, "nested too deeply"),
        ("qubit q;\nrx(1/0) q;", 4, "division"),
        ("qubit q;\nrx(2 q;", 4, "is not closed"),
        ("qubit q;\nrx 2) q;", 4, "closes nothing"),
        ("qubit q;\nh q", 4, "the end of the program"),
        ("qubit q;\nh ` q;", 4, "no word"),
        ("qubit[12] q;\nctrl(11) @ x q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7], q[8], q[9], q[10], q[11];", 4, "12 qubits at once"),
        ("qubit q;\nfor int i in [0:400000] { h q; }", 4, "too long"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(body: str, line: int, what: str) -> None:
    with pytest.raises(Unreadable) as raised:
        of_body(body).read({})
    assert what in str(raised.value)
    assert raised.value.line == line


def test_the_version_and_the_format_must_agree() -> None:
    for text, format in (("OPENQASM 2.0;", "qasm3"), ("OPENQASM 3.0;", "qasm2"), ("OPENQASM 4.0;", "qasm3"), ("{}", "ahs")):
        with pytest.raises(Unreadable):
            of_text(text, format).read({})


def test_an_opaque_gate_is_not_read() -> None:
    with pytest.raises(Unreadable, match="'opaque'"):
        of_text("OPENQASM 2.0;\nopaque magic q;\nqreg q[1];\nmagic q[0];", "qasm2").read({})


def test_text_that_is_no_program_raises_nothing_else() -> None:
    for text in (
        "",
        "\x00",
        "((((((",
        "]",
        "if if if",
        "gate",
        "qubit",
        "OPENQASM",
        "h q;" * 3,
        "{" * 2000,
        "input input input",
        "é",
        "1 2 3",
    ):
        for format in ("qasm3", "qasm2", "braket"):
            try:
                of_text(text, format).read({})
            except Unreadable:
                continue


def test_a_text_with_words_lost_or_in_disorder_raises_nothing_else() -> None:
    texts = {
        "qasm3": 'OPENQASM 3.0;\ninclude "stdgates.inc";\ngate g(x) a, b { rx(x) a; ctrl @ gphase(x) b; }\n'
        "qubit[3] q; bit[2] c; int m = 2;\n"
        "g(0.3 ** 2) q[0], q[1]; c = measure q[0:1]; if (c == 2 && !c[0]) { x q[0]; } else reset q[2];\n"
        "switch (c) { case 0, 1 { x q[0]; } default { } } while (m > 0) { m -= 1; h q[m]; }\n"
        "delay[100ns] q; let z = q[1:2]; pow(0.5) @ x z;\n",
        "qasm2": 'OPENQASM 2.0;\ninclude "qelib1.inc";\ngate f(a) x, y { u3(a, a^2, -a/2) x; cu1(a) x, y; }\nqreg q[3]; creg c[2];\n'
        "f(pi) q[0], q[2]; measure q[0] -> c[1]; if (c == 2) x q[1]; reset q;\n",
        "braket": "OPENQASM 3.0;\nbit[2] b;\n#pragma braket verbatim\nbox { prx(0.1, 0.2) $0; ms(0.1, 0.2) $0, $4; }\nb[0] = measure $0;\n",
    }
    dice = random.Random(7)
    for format, text in texts.items():
        of_text(text, format).read({})
        words = re.findall(r"\s+|\w+|[^\w\s]", text)
        for _ in range(400):
            mixed = list(words)
            for _ in range(dice.randint(1, 3)):
                mixed[dice.randrange(len(mixed))] = dice.choice(("", dice.choice(words)))
            with suppress(Unreadable):
                of_text("".join(mixed), format).read({})


@pytest.mark.parametrize("name", sorted({*gates.OPENQASM3, *gates.OPENQASM2} - {"CX", "phase", "cphase", "u0", "c3x", "c4x", "c3sqrtx"}))
def test_a_gate_of_openqasm_is_qiskits_gate(name: str) -> None:
    counts, maker = gates.OPENQASM3.get(name) or gates.OPENQASM2[name]
    matrix = maker(*ANGLES[: counts[0]])
    width = matrix.shape[0].bit_length() - 1
    circuit = QuantumCircuit(width)
    values = list(ANGLES[: counts[0]])
    older: dict[str, Any] = {"u1": ("p", values), "u3": ("u", values), "u2": ("u", [pi / 2, *values]), "cu1": ("cp", values)}
    called, values = older.get(name, (name, values))
    if name == "cu3":
        called, values = "cu", [*values, 0.0]
    if name == "c3sx":
        from qiskit.circuit.library import C3SXGate

        circuit.append(C3SXGate(), range(4))
    else:
        getattr(circuit, {"U": "u"}.get(called, called))(*values, *range(width))
    (step,) = of_circuit(circuit).read({}).steps
    assert isinstance(step, Gate)
    assert step.qubits == tuple(range(width))
    assert distance_up_to_phase(np.asarray(matrix), step.matrix) < 1e-12


@pytest.mark.parametrize("name", sorted(set(gates.BRAKET) - {"U"}))
def test_a_gate_of_brakets_dialect_is_brakets_gate(name: str) -> None:
    from braket.circuits import Circuit

    counts, maker = gates.BRAKET[name]
    for count in counts:
        matrix = maker(*ANGLES[:count])
        width = matrix.shape[0].bit_length() - 1
        circuit = getattr(Circuit(), name)(*range(width), *ANGLES[:count])
        assert np.abs(np.asarray(matrix) - circuit.to_unitary()).max() < 1e-12


@pytest.mark.parametrize("name", ["h", "sdg", "sx", "rx", "u3", "swap", "gphase"])
def test_a_controls_phase_is_qiskits(name: str) -> None:
    """Only under a control does a gate's own phase matter: the standard library's definitions decide it."""
    counts = {"rx": 1, "u3": 3, "gphase": 1}.get(name, 0)
    values = list(ANGLES[:counts])
    width = {"swap": 2, "gphase": 0}.get(name, 1)
    written = f"({', '.join(map(str, values))})" if values else ""
    text = f"qubit[3] q; ctrl @ {name}{written} {', '.join(f'q[{index}]' for index in range(width + 1))};"
    (step,) = of_body(text).read({}).steps
    assert isinstance(step, Gate)
    base = {
        "h": ref.H,
        "sdg": ref.S.conj().T,
        "sx": np.exp(0.25j * pi) * rotation(ref.X, pi / 2),
        "rx": rotation(ref.X, ANGLES[0]),
        "u3": np.exp(-0.5j * (ANGLES[1] + ANGLES[2])) * ref.u(*ANGLES[:3]),
        "swap": gates.SWAP,
        "gphase": np.array([[np.exp(1j * ANGLES[0])]]),
    }[name]
    assert np.abs(step.matrix - controlled(base)).max() < 1e-12


def test_u_has_the_phase_of_its_version() -> None:
    for version, extra in (("3.0", 0.0), ("3.1", 0.55)):
        text = f'OPENQASM {version};\ninclude "stdgates.inc";\nqubit[2] q; ctrl @ U(1.1, 0.3, 0.9) q[0], q[1];'
        (step,) = of_text(text).read({}).steps
        assert isinstance(step, Gate)
        assert np.abs(step.matrix - controlled(np.exp(1j * extra) * ref.u(1.1, 0.3, 0.9))).max() < 1e-12


def test_registers_bits_and_measurements_in_both_forms() -> None:
    body = "qubit[5] q; bit[2] b; bit lone; bit[2] a;\nx q[3]; ry(0.7) q[0]; ry(1.9) q[4];\n"
    body += "a[1] = measure q[0]; measure q[3] -> b[0]; lone = measure q[4]; a[0] = measure q[1]; b[1] = measure q[2];"
    meaning = of_body(body).read({})
    assert meaning.registers == (("b", 2), ("lone", 1), ("a", 2))
    expected = Reference(5, 5).gate(ref.X, 3).gate(rotation(ref.Y, 0.7), 0).gate(rotation(ref.Y, 1.9), 4)
    expected.measure(0, 4).measure(3, 0).measure(4, 2).measure(1, 3).measure(2, 1)
    _assert_same(_distribution(meaning), expected.distribution())


def test_openqasm_2_with_its_if_its_powers_and_its_gates() -> None:
    text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\ngate twice(a, b) x, y { ry(a^2) x; barrier x, y; cu1(b/2) x, y; }\n'
    text += (
        "qreg q[2]; qreg r[1]; creg m[2]; creg k[1];\nh q; twice(1.5, 3) q[0], r[0]; measure q -> m;\nif (m == 2) x r[0];\nmeasure r -> k;"
    )
    meaning = of_text(text, "qasm2").read({})
    expected = Reference(3, 3).gate(ref.H, 0).gate(ref.H, 1).gate(rotation(ref.Y, 2.25), 0).gate(controlled(phase(1.5)), 0, 2)
    expected.measure(0, 0).measure(1, 1).when(lambda bits: bits[:2] == (0, 1), lambda then: then.gate(ref.X, 2)).measure(2, 2)
    _assert_same(_distribution(meaning), expected.distribution())


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("c[1]", lambda a, b, d: b),
        ("!c[1]", lambda a, b, d: not b),
        ("~d", lambda a, b, d: not d),
        ("c == 2", lambda a, b, d: (a, b) == (0, 1)),
        ("2 == c", lambda a, b, d: (a, b) == (0, 1)),
        ("c != 2", lambda a, b, d: (a, b) != (0, 1)),
        ("c < 2", lambda a, b, d: not b),
        ("1 <= c", lambda a, b, d: a or b),
        ('c == "10"', lambda a, b, d: (a, b) == (0, 1)),
        ("c[0] && d", lambda a, b, d: a and d),
        ("c[0] || !d", lambda a, b, d: a or not d),
        ("!(c[0] && d) || c[1] == 1", lambda a, b, d: not (a and d) or b),
        ("int(c) == 3", lambda a, b, d: a and b),
        ("c", lambda a, b, d: a or b),
        ("c[0] == d == true", None),
        ("true", lambda a, b, d: True),
        ("1 > 2", lambda a, b, d: False),
    ],
)
def test_a_condition_holds_where_it_says(condition: str, holds: Any) -> None:
    body = "qubit[4] q; bit[2] c; bit d; bit out;\nry(0.8) q[0]; ry(1.3) q[1]; ry(2.0) q[2];\n"
    body += f"c = measure q[0:1]; d = measure q[2];\nif ({condition}) x q[3]; else {{ ry(0.4) q[3]; }}\nout = measure q[3];"
    if holds is None:
        with pytest.raises(Unreadable):
            of_body(body).read({})
        return
    expected = Reference(4, 4).gate(rotation(ref.Y, 0.8), 0).gate(rotation(ref.Y, 1.3), 1).gate(rotation(ref.Y, 2.0), 2)
    expected.measure(0, 0).measure(1, 1).measure(2, 2)
    expected.when(lambda bits: bool(holds(*bits[:3])), lambda then: then.gate(ref.X, 3).measure(3, 3).gate(ref.X, 3))
    expected.when(lambda bits: not holds(*bits[:3]), lambda then: then.gate(rotation(ref.Y, 0.4), 3).measure(3, 3))
    _assert_same(_distribution(of_body(body).read({})), expected.distribution())


def test_a_switch_takes_the_case_of_its_value() -> None:
    start = "qubit[3] q; bit[2] c; bit d; h q[0]; h q[1]; c = measure q[0:1];\n"
    cases = "switch (c) { case 0, 3 { x q[2]; } case 1 { h q[2]; } default { } } d = measure q[2];"
    _assert_equal(start + cases, start + "if (c == 0) x q[2]; if (c == 3) x q[2]; if (c == 1) h q[2]; d = measure q[2];")


@pytest.mark.parametrize(
    ("body", "unrolled"),
    [
        ("qubit[4] q; for int i in [0:2] { cx q[i], q[i+1]; }", "qubit[4] q; cx q[0], q[1]; cx q[1], q[2]; cx q[2], q[3];"),
        ("qubit[4] q; for uint[8] i in [3:-2:0] h q[i];", "qubit[4] q; h q[3]; h q[1];"),
        ("qubit[4] q; for int i in {0, 3} { rx(pi / (i + 1.0)) q[i]; }", "qubit[4] q; rx(pi) q[0]; rx(pi/4) q[3];"),
        ("qubit[3] q; int n = 0; while (n < 3) { ry(0.1 + n) q[n]; n += 1; }", "qubit[3] q; ry(0.1) q[0]; ry(1.1) q[1]; ry(2.1) q[2];"),
        ("qubit[4] q; h q; cx q[0], q[1:3];", "qubit[4] q; h q[0]; h q[1]; h q[2]; h q[3]; cx q[0], q[1]; cx q[0], q[2]; cx q[0], q[3];"),
        ("qubit[4] q; x q[{0, 2}]; z q[-1]; s q[0:2:3];", "qubit[4] q; x q[0]; x q[2]; z q[3]; s q[0]; s q[2];"),
        ("qubit[3] q; qubit r; let a = q[1:2] ++ r; cx q[0], a;", "qubit[3] q; qubit r; cx q[0], q[1]; cx q[0], q[2]; cx q[0], r;"),
        ("qubit q; const int n = 7; const float t = n / 2; rx(t) q; rx(n / 2.0) q;", "qubit q; rx(3.0) q; rx(3.5) q;"),
        ("qubit q; rx(-2**2) q; rx(sin(π/3) * 2 + cos(0) - sqrt(4)) q;", "qubit q; rx(-4) q; rx(1.7320508075688772 - 1) q;"),
        (
            "qubit q; rx(arctan(1.0)) q; rx(mod(7.5, 2)) q; rx(floor(2.7)) q; rx(1e-3 + 0x10) q;",
            "qubit q; rx(pi/4) q; rx(1.5) q; rx(2) q; rx(16.001) q;",
        ),
        ("qubit q; bool b = true; if (b && 1 < 2) { h q; } else { x q; }", "qubit q; h q;"),
        ("qubit q; if (false) x q; else if (true) y q; else z q;", "qubit q; y q;"),
        ("qubit[2] q; inv @ t q[0]; pow(2) @ t q[1]; pow(-2) @ s q[0];", "qubit[2] q; tdg q[0]; s q[1]; z q[0];"),
        ("qubit[2] q; pow(1/2.0) @ x q[0]; pow(0.25) @ z q[1];", "qubit[2] q; sx q[0]; t q[1];"),
        (
            "qubit[3] q; ctrl(2) @ x q[0], q[1], q[2]; negctrl @ x q[0], q[1];",
            "qubit[3] q; ccx q[0], q[1], q[2]; x q[0]; cx q[0], q[1]; x q[0];",
        ),
        (
            "gate g(a) x, y { rx(a) x; cx x, y; ry(a / 2) y; }\nqubit[3] q; inv @ g(0.6) q[2], q[0];",
            "qubit[3] q; ry(-0.3) q[0]; cx q[2], q[0]; rx(-0.6) q[2];",
        ),
        (
            "gate g(a) x, y { rx(a) x; cx x, y; }\nqubit[3] q; ctrl @ g(0.6) q[1], q[2], q[0];",
            "qubit[3] q; crx(0.6) q[1], q[2]; ccx q[1], q[2], q[0];",
        ),
        ("gate g(a) x { for int i in [1:3] { rx(a * i) x; } }\nqubit q; g(0.1) q;", "qubit q; rx(0.1) q; rx(0.2) q; rx(0.3) q;"),
        ("qubit[2] q; box { h q[0]; cx q[0], q[1]; } { z q[1]; }", "qubit[2] q; h q[0]; cx q[0], q[1]; z q[1];"),
        ("qubit[2] q; h q[0]; // h q[1];\n/* x q[0];\n*/ cx q[0], q[1];", "qubit[2] q; h q[0]; cx q[0], q[1];"),
        ("h $3; cx $3, $0;", "qubit[4] q; h q[3]; cx q[3], q[0];"),
        (
            "qubit[2] q; U(0.1, 0.2, 0.3) q[0]; cu(0.1, 0.2, 0.3, 0.4) q[0], q[1]; CX q[0], q[1];",
            "qubit[2] q; u3(0.1, 0.2, 0.3) q[0]; ctrl @ gphase(0.4) q[0]; ctrl @ U(0.1, 0.2, 0.3) q[0], q[1]; cx q[0], q[1];",
        ),
        ("qubit q; h q; delay[100ns] q; delay[0.5us] q; h q;", "qubit q; h q; delay[0.1us] q; delay[500ns] q; h q;"),
    ],
)
def test_a_spelling_means_what_its_long_form_means(body: str, unrolled: str) -> None:
    _assert_equal(body, unrolled)


def test_inputs_are_bound_by_name() -> None:
    source = of_body("input float[64] theta; input angle phi; input int n;\nqubit q; rx(n * theta) q; rz(phi / 2) q;")
    assert source.parameters == ("theta", "phi", "n")
    bound = source.bound({"phi": 0.8, "theta": 0.1})
    assert bound.parameters == ("n",)
    assert certify_programs(bound.bound({"n": 3}), of_body("qubit q; rx(0.3) q; rz(0.4) q;"), hop="x").result == "equivalent"


def test_a_hundred_random_circuits_with_branches_and_resets_read_as_qiskit_means_them() -> None:
    from qiskit import qasm3
    from qiskit.circuit.random import random_circuit

    for seed in range(100):
        qubits = 1 + seed % 4
        circuit = random_circuit(
            qubits, 5, max_operands=min(3, qubits), measure=True, conditional=seed % 2 == 0, reset=seed % 3 == 0, seed=seed
        )
        certificate = certify_programs(of_circuit(circuit), of_text(qasm3.dumps(circuit)), hop="x")
        assert certificate.result == "equivalent", (seed, certificate)
