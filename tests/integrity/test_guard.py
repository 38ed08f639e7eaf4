"""What a backend says it ran: an emptied, thinned or rewired program is flagged, a legally compiled one never."""

import random
from typing import Any

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.random import random_circuit
from qiskit.transpiler import CouplingMap

from quapsule.integrity.certify import Layout, certify_programs
from quapsule.integrity.guard import BARRIER_LOST, EMPTY, ENTANGLING_MISSING, MEASUREMENT_DIFFERS, NOT_EQUIVALENT, REDUCED, guard
from quapsule.integrity.sources import of_circuit, of_text

from .programs import of_body

NATIVE = [
    ["cz", "sx", "rz", "x"], ["cx", "rz", "sx", "x"], ["ecr", "rz", "sx", "x"], ["cx", "u"], ["rx", "ry", "rz", "cz"], ["r", "cz"],
    ["rxx", "r", "rz"], ["rz", "ry", "rx", "cx"],
]  # fmt: skip


def _flags(asked: QuantumCircuit, executed: QuantumCircuit) -> tuple[str, ...]:
    certificate, flags = guard(of_circuit(asked), of_circuit(executed))
    assert (certificate.result == "mismatch") == bool(flags)
    return flags


def _mirror(qubits: int, barrier: bool, seed: int = 3) -> QuantumCircuit:
    """A program and its inverse: it ends where it began, so its counts alone cannot tell whether it ran."""
    dice = random.Random(seed)
    half = QuantumCircuit(qubits)
    for _ in range(3):
        for qubit in range(qubits):
            half.ry(dice.uniform(0.3, 2.5), qubit)
        for qubit in range(qubits - 1):
            half.cx(qubit, qubit + 1)
    circuit = QuantumCircuit(qubits, qubits)
    circuit.compose(half, inplace=True)
    if barrier:
        circuit.barrier()
    circuit.compose(half.inverse(), inplace=True)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def _emptied(qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, qubits)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def _without(circuit: QuantumCircuit, name: str, most: int = 1) -> QuantumCircuit:
    out = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.operation.name == name and most > 0:
            most -= 1
            continue
        out.append(instruction)
    return out


@pytest.mark.parametrize("qubits", [2, 3, 5, 7])
def test_a_program_emptied_across_the_users_barrier_is_flagged_though_its_counts_are_right(qubits: int) -> None:
    """metriq-gym 775: a benchmark scored 0.955 because nothing ran."""
    certificate, flags = guard(of_circuit(_mirror(qubits, barrier=True)), of_circuit(_emptied(qubits)))
    assert {EMPTY, ENTANGLING_MISSING, BARRIER_LOST} == set(flags)
    assert certificate.result == "mismatch"
    assert "between its barriers" in certificate.detail["where"]


def test_a_barrier_that_is_gone_is_flagged_though_every_gate_ran() -> None:
    asked = _mirror(3, barrier=True)
    certificate, flags = guard(of_circuit(asked), of_circuit(_without(asked, "barrier")))
    assert flags == (BARRIER_LOST,)
    assert certificate.detail["where"] == "1 barrier(s) part the program; 0 ran"


def test_a_language_without_barriers_need_not_show_them() -> None:
    asked = of_body("qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; barrier q; cx q[0], q[1]; h q[0]; c = measure q;")
    ran = "OPENQASM 3.0;\nqubit[2] q;\nbit[2] b;\nh q[0];\ncnot q[0], q[1];\ncnot q[0], q[1];\nh q[0];\nb = measure q;\n"
    assert guard(asked, of_text(ran, "braket"))[1] == ()


def test_a_wide_clifford_mirror_that_was_emptied_is_flagged() -> None:
    circuit = QuantumCircuit(20, 20)
    circuit.h(0)
    for qubit in range(19):
        circuit.cx(qubit, qubit + 1)
    circuit.barrier()
    for qubit in reversed(range(19)):
        circuit.cx(qubit, qubit + 1)
    circuit.h(0)
    circuit.measure(range(20), range(20))
    assert set(_flags(circuit, _emptied(20))) == {EMPTY, ENTANGLING_MISSING, BARRIER_LOST}
    assert _flags(circuit, transpile(circuit, basis_gates=NATIVE[0], optimization_level=2)) == ()


def test_halves_thinned_in_step_are_flagged() -> None:
    """One CX less before the barrier and one less behind: the whole is still the identity."""
    circuit = QuantumCircuit(3, 3)
    thinned = QuantumCircuit(3, 3)
    for one, pairs in ((circuit, [(0, 1), (1, 2)]), (thinned, [(0, 1)])):
        one.h(0)
        for pair in pairs:
            one.cx(*pair)
        one.barrier()
        for pair in reversed(pairs):
            one.cx(*pair)
        one.h(0)
        one.measure(range(3), range(3))
    assert _flags(circuit, thinned) == (ENTANGLING_MISSING, BARRIER_LOST)


def test_a_single_qubits_pulses_cancelled_across_a_barrier_are_flagged() -> None:
    circuit, emptied = QuantumCircuit(1, 1), QuantumCircuit(1, 1)
    for _ in range(2):
        circuit.x(0)
        circuit.barrier()
    circuit.measure(0, 0)
    emptied.measure(0, 0)
    assert set(_flags(circuit, emptied)) == {EMPTY, BARRIER_LOST}


def test_one_cx_less_is_flagged() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure(range(3), range(3))
    assert NOT_EQUIVALENT in _flags(circuit, _without(circuit, "cx"))
    assert set(_flags(circuit, _emptied(3))) == {NOT_EQUIVALENT, EMPTY}


def test_every_lost_gate_of_a_compiled_program_is_flagged() -> None:
    circuit = _mirror(4, barrier=False, seed=8)
    circuit.remove_final_measurements()
    half = QuantumCircuit(4, 4)
    half.compose(circuit.decompose(), inplace=True)
    half.ry(0.7, 0)
    half.cx(0, 3)
    half.measure(range(4), [2, 0, 3, 1])
    compiled = transpile(half, basis_gates=NATIVE[0], coupling_map=CouplingMap.from_line(4), optimization_level=1, seed_transpiler=4)
    assert _flags(half, compiled) == ()
    for most in (1, 2, 3):
        assert NOT_EQUIVALENT in _flags(half, _without(compiled, "cz", most))


def test_measured_bits_that_differ_are_flagged() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.ry(0.3, 0)
    circuit.cx(0, 1)
    circuit.ry(1.1, 1)
    circuit.measure([0, 1], [0, 1])
    assert MEASUREMENT_DIFFERS in _flags(circuit, _without(circuit, "measure"))
    crossed = _without(circuit, "measure", 2)
    crossed.measure([1, 0], [0, 1])
    assert _flags(circuit, crossed) == (NOT_EQUIVALENT,)


def test_a_lost_reset_or_conditional_is_flagged() -> None:
    circuit = QuantumCircuit(2, 3)
    circuit.ry(0.8, 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.ry(1.3, 1)
    circuit.reset(0)
    circuit.ry(0.4, 0)
    circuit.measure([0, 1], [1, 2])
    assert _flags(circuit, circuit) == ()
    for name in ("reset", "if_else"):
        assert _flags(circuit, _without(circuit, name)) == (NOT_EQUIVALENT,)


def test_a_legal_cancellation_to_nothing_is_no_flag() -> None:
    certificate, flags = guard(of_circuit(_mirror(3, barrier=False)), of_circuit(_emptied(3)))
    assert (certificate.result, flags) == ("equivalent", ())
    assert REDUCED in certificate.not_covered


def test_a_vendors_program_on_its_own_qubits_and_in_its_own_gates_is_read() -> None:
    asked = of_body("qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;")
    prefix = "OPENQASM 3.0;\nbit[2] b;\n#pragma braket verbatim\nbox{\n"
    hadamard = "prx(1.5707963267948966, 1.5707963267948966) $%d; rz(3.141592653589793) $%d;\n"
    body = hadamard % (7, 7) + hadamard % (3, 3) + "cz $7, $3;\n" + hadamard % (3, 3)
    text = prefix + body + "}\nb[0] = measure $7;\nb[1] = measure $3;\n"
    certificate, flags = guard(asked, of_text(text, "braket"))
    assert (certificate.result, flags) == ("equivalent", ())
    rounded = text.replace("1.5707963267948966", "1.570796").replace("3.141592653589793", "3.141593")
    certificate, flags = guard(asked, of_text(rounded, "braket"))
    assert (certificate.result, certificate.tolerance, flags) == ("equivalent", 1e-4, ())
    _, flags = guard(asked, of_text(text.replace("cz $7, $3;\n", ""), "braket"))
    assert flags == (NOT_EQUIVALENT,)
    _, flags = guard(asked, of_text(text.replace(body, ""), "braket"))
    assert set(flags) == {NOT_EQUIVALENT, EMPTY}


def test_what_cannot_be_read_is_not_checked_and_never_equivalent() -> None:
    certificate, flags = guard(of_body("qubit q; bit c; h q; c = measure q;"), of_text("DECLARE ro BIT[2]\nRX(pi) 0", "qasm3"))
    assert (certificate.result, flags) == ("not_checked", ())
    assert certificate.not_covered


def _compiled(seed: int) -> tuple[QuantumCircuit, QuantumCircuit]:
    """A random program with pairs of CX that cancel, each third with a barrier in its midst; and what the transpiler makes of it."""
    dice = random.Random(seed)
    qubits = dice.randint(2, 6)
    circuit = random_circuit(qubits, dice.randint(1, 8), max_operands=2, seed=seed)
    for _ in range(3):
        pair = dice.sample(range(qubits), 2)
        circuit.cx(*pair)
        circuit.cx(*pair)
    if seed % 3 == 0:
        circuit.barrier()
        circuit.compose(random_circuit(qubits, 3, max_operands=2, seed=seed + 7), inplace=True)
    circuit.measure_all()
    room = qubits + dice.randint(0, 4)
    couplings: list[Any] = [None, CouplingMap.from_line(room), CouplingMap.from_full(room)]
    if room > 2:
        couplings.append(CouplingMap.from_ring(room))
    given = transpile(
        circuit,
        basis_gates=NATIVE[seed % len(NATIVE)],
        coupling_map=dice.choice(couplings),
        optimization_level=seed % 4,
        seed_transpiler=seed,
    )
    return circuit, given


def _check_compiled(seed: int) -> None:
    circuit, given = _compiled(seed)
    certificate, flags = guard(of_circuit(circuit), of_circuit(given))
    assert (certificate.result, flags) == ("equivalent", ()), (seed, certificate)
    if given.layout is None:
        return
    initial = dict(enumerate(given.layout.initial_index_layout(filter_ancillas=True)))
    final = dict(enumerate(given.layout.final_index_layout(filter_ancillas=True)))
    for layout in (Layout(initial), Layout(initial, final)):
        certificate = certify_programs(of_circuit(circuit), of_circuit(given), hop="interchange → executed", layout=layout)
        assert certificate.result == "equivalent", (seed, certificate)


def test_normally_compiled_programs_are_not_flagged() -> None:
    for seed in range(80):
        _check_compiled(seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_a_thousand_normally_compiled_programs_are_not_flagged(part: int) -> None:
    for seed in range(1000 + part * 200, 1000 + part * 200 + 200):
        _check_compiled(seed)


def test_a_wrong_layout_is_a_mismatch() -> None:
    circuit = QuantumCircuit(3, 3)
    for qubit, angle in enumerate((0.3, 1.1, 2.0)):
        circuit.ry(angle, qubit)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure(range(3), range(3))
    given = transpile(circuit, basis_gates=NATIVE[0], coupling_map=CouplingMap.from_line(5), initial_layout=[3, 2, 1], optimization_level=1)
    right, wrong = Layout({0: 3, 1: 2, 2: 1}), Layout({0: 1, 1: 2, 2: 3})
    assert certify_programs(of_circuit(circuit), of_circuit(given), hop="x", layout=right).not_covered == ()
    certificate = certify_programs(of_circuit(circuit), of_circuit(given), hop="x", layout=wrong)
    assert certificate.not_covered == ("states other than |0…0>, in which the program begins",)


def test_our_own_compilation_that_loses_a_barrier_is_a_mismatch() -> None:
    circuit = _mirror(3, barrier=True)
    layout = Layout({qubit: qubit for qubit in range(3)})
    assert certify_programs(of_circuit(circuit), of_circuit(circuit), hop="x", layout=layout).result == "equivalent"
    for given in (_mirror(3, barrier=False), _emptied(3)):
        certificate = certify_programs(of_circuit(circuit), of_circuit(given), hop="x", layout=layout)
        assert (certificate.result, "barrier" in certificate.detail["where"]) == ("mismatch", True)
