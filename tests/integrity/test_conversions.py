"""Programs written by one framework, read by another: the same, and every single change of one is seen."""

import random
from dataclasses import replace
from itertools import combinations
from math import tau

import pytest
from hypothesis import HealthCheck, given, settings

from quapsule.integrity.certificate import Certificate
from quapsule.integrity.certify import certify_programs, certify_witness
from quapsule.integrity.sources import Source, of_circuit, of_text

from .programs import BUILDERS, TURNS, Asked, asked_programs, drawn_program, in_qiskit, text_of, witness_of

SAMPLE = settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
PAIRS = list(combinations(BUILDERS, 2))
HOP = "script → interchange"


def _written(asked: Asked, framework: str) -> str:
    return text_of(framework, BUILDERS[framework](_plain(asked)))


def _plain(asked: Asked) -> Asked:
    """Measured in order: what every framework can say."""
    return replace(asked, measured=tuple(range(asked.qubits)))


def _compare(asked: Asked, one: str, other: str) -> Certificate:
    first, second = of_text(_written(asked, one)), of_text(_written(asked, other))
    if "marqov" in (one, other):  # a Circuit of the SDK holds gates alone
        first, second = (first, second) if one == "marqov" else (second, first)
        return certify_programs(first, second, hop=HOP, measured_all=True)
    return certify_programs(first, second, hop=HOP)


def _mutants(asked: Asked, dice: random.Random) -> list[tuple[str, Asked]]:
    """One of each kind of single change, where the program has room for it."""
    found = []
    operations = list(asked.operations)
    turns = [at for at, (name, _, angle) in enumerate(operations) if name in TURNS and abs((angle or 0) % tau) > 1e-3]
    if turns:
        at = dice.choice(turns)
        name, qubits, angle = operations[at]
        for what, changed in (("angle", (angle or 0) + 1e-6), ("sign", -(angle or 0))):
            if abs((changed - (angle or 0)) % tau) > 1e-7 and abs((changed - (angle or 0)) % tau - tau) > 1e-7:
                found.append((what, replace(asked, operations=(*operations[:at], (name, qubits, changed), *operations[at + 1 :]))))
    at = dice.randrange(asked.qubits)  # the first ones are h on each qubit
    found.append(("dropped", replace(asked, operations=(*operations[:at], *operations[at + 1 :]))))
    found.append(("another gate", replace(asked, operations=(*operations[:at], ("s", operations[at][1], None), *operations[at + 1 :]))))
    found.append(("added", replace(asked, operations=(*operations, ("t", (dice.randrange(asked.qubits),), None)))))
    turned = [at for at, (name, _, _) in enumerate(operations) if name == "cx"]
    if turned:
        at = dice.choice(turned)
        found.append(
            ("turned", replace(asked, operations=(*operations[:at], ("cx", operations[at][1][::-1], None), *operations[at + 1 :])))
        )
    if asked.qubits > 1:
        bits = list(asked.measured)
        bits[0], bits[-1] = bits[-1], bits[0]
        found.append(("relabelled", replace(asked, measured=tuple(bits))))
    return found


@SAMPLE
@given(asked_programs())
def test_a_single_change_is_a_mismatch(asked: Asked) -> None:
    witness = witness_of(in_qiskit(asked))
    for what, mutant in _mutants(asked, random.Random(str(asked))):
        certificate = certify_witness(text_of("qiskit", in_qiskit(mutant)), "qasm3", witness, hop=HOP)
        assert certificate.result == "mismatch", (what, asked, mutant)
        assert certificate.detail["where"]


@pytest.mark.parametrize("framework", BUILDERS)
def test_what_a_framework_writes_is_what_its_circuit_means(framework: str) -> None:
    @SAMPLE
    @given(asked_programs())
    def check(asked: Asked) -> None:
        circuit = BUILDERS[framework](asked)
        certificate = certify_witness(text_of(framework, circuit), "qasm3", witness_of(circuit, framework), hop=HOP)
        assert certificate.result == "equivalent", certificate
        assert certificate.not_covered == ()

    check()


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_frameworks_write_the_same_program(one: str, other: str) -> None:
    for number in range(12):
        certificate = _compare(drawn_program(number), one, other)
        assert certificate.result == "equivalent", certificate


def test_qiskits_openqasm_2_and_3_and_its_circuit_are_one_program() -> None:
    from qiskit import qasm2

    for number in range(40):
        circuit = in_qiskit(drawn_program(number))
        sources: list[Source] = [of_circuit(circuit), of_text(text_of("qiskit", circuit)), of_text(qasm2.dumps(circuit), "qasm2")]
        for one, other in combinations(sources, 2):
            assert certify_programs(one, other, hop=HOP).result == "equivalent"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_programs_are_the_same_in_every_pair_of_frameworks(part: int) -> None:
    for number in range(part * 1000, part * 1000 + 1000):
        asked = drawn_program(1_000_000 + number, most_qubits=6, most_operations=24)
        one, other = PAIRS[number % len(PAIRS)]
        certificate = _compare(asked, one, other)
        assert certificate.result == "equivalent", (number, certificate)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_mutants_are_all_caught(part: int) -> None:
    caught = number = 0
    while caught < 1000:
        number += 1
        dice = random.Random(part * 100_000 + number)
        asked = drawn_program(part * 100_000 + number, most_qubits=6, most_operations=24)
        first = of_circuit(in_qiskit(asked))
        for what, mutant in _mutants(asked, dice):
            certificate = certify_programs(first, of_text(text_of("qiskit", in_qiskit(mutant))), hop=HOP)
            assert certificate.result == "mismatch", (what, asked)
            caught += 1
