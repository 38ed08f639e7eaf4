"""Programs compiled to a device: what is refused, that every native gate set means the same, and that the noise is the calibration's."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from qiskit.circuit import ClassicalRegister, Parameter, QuantumCircuit
from qiskit.circuit.library import ECRGate, RZZGate, XXPlusYYGate, iSwapGate
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator, Statevector, average_gate_fidelity

from quapsule.integrity.certify import Layout, certify_programs
from quapsule.integrity.guard import guard
from quapsule.integrity.sources import of_text
from quapsule.providers.engines.device import Compiled, compile_for
from quapsule.providers.engines.device_native import DEFINITIONS
from quapsule.providers.engines.device_noise import noise_of
from quapsule.providers.engines.problems import EngineProblem
from quapsule.providers.engines.qasm3 import read_qasm3

from .box import HEAD
from .devices import device

LINE = [[index, index + 1] for index in range(6)]
ALL = [list(pair) for pair in itertools.combinations(range(5), 2)]
DEVICES = {
    "prx cz": device(7, LINE, ["prx"], "cz"),
    "prx cx": device(7, LINE, ["prx"], "cx", directed=True),
    "prx iswap": device(7, LINE, ["prx"], "iswap"),
    "rx rz iswap": device(7, LINE, ["rx", "rz"], "iswap"),
    "rx rz xy": device(7, LINE, ["rx", "rz"], "xy"),
    "sx x rz ecr": device(7, LINE, ["sx", "x", "rz"], "ecr", directed=True),
    "sx x rz rzz": device(7, LINE, ["sx", "x", "rz"], "rzz"),
    "gpi gpi2 ms": device(5, ALL, ["gpi", "gpi2"], "ms"),
    "gpi gpi2 zz": device(5, ALL, ["gpi", "gpi2"], "zz"),
    "gpi gpi2 cx": device(5, ALL, ["gpi", "gpi2"], "cx"),
}


def compiled(text: str, on: dict[str, Any] | None = None) -> Compiled:
    program = read_qasm3(HEAD + text)
    return compile_for(program.circuit, on or DEVICES["prx cz"], program.parameters)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("qubit[8] q;", "8 qubits; the device has 7"),
        ("qubit[2] q; bit[2] c; c[0] = measure q[0]; if (c[0]) { x q[1]; }", "conditionals"),
        ("qubit[2] q; bit[2] c; while (c[0]) { c[0] = measure q[0]; }", "loops that depend on a measurement"),
        ("qubit q; bit[2] c; c[0] = measure q; x q; c[1] = measure q;", "measures once, at the end"),
        ("qubit q; bit[2] c; c[0] = measure q; c[1] = measure q;", "measures once, at the end"),
        ("qubit q; x q; reset q; bit c; c = measure q;", "cannot reset"),
    ],
)
def test_what_no_such_device_can_do_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(EngineProblem, match=says):
        compiled(text)


def test_unknown_native_gates_are_refused() -> None:
    with pytest.raises(EngineProblem, match="native gates warp, cz"):
        compiled("qubit q; h q;", device(7, LINE, ["warp"], "cz"))


@pytest.mark.parametrize(
    ("gate", "angles", "matrix"),
    [
        ("prx", (0.3, 0.7), None),
        ("gpi", (0.7,), None),
        ("gpi2", (0.7,), None),
        ("ms", (0.3, 0.8, 0.6), None),
        ("xy", (0.6,), XXPlusYYGate(-0.6)),
        ("zz", (0.6,), RZZGate(0.6)),
        ("rzz", (0.6,), RZZGate(0.6)),
        ("iswap", (), iSwapGate()),
        ("ecr", (), ECRGate()),
    ],
)
def test_each_definition_is_the_vendors_gate(gate: str, angles: tuple[float, ...], matrix: Any) -> None:
    from braket.circuits import gates

    qubits = 1 if gate in ("prx", "gpi", "gpi2") else 2
    given = f"({', '.join(map(repr, angles))})" if angles else ""
    text = f"{DEFINITIONS[gate]}\nqubit[{qubits}] q;\n{gate}{given} {', '.join(f'q[{index}]' for index in range(qubits))};\n"
    found = Operator(read_qasm3(HEAD + text).circuit)
    if matrix is not None:
        assert found.equiv(Operator(matrix))
    named = {"prx": "PRx", "gpi": "GPi", "gpi2": "GPi2", "ms": "MS", "zz": "ZZ", "xy": "XY", "iswap": "ISwap"}.get(gate)
    if named is not None:
        vendors = Operator(getattr(gates, named)(*angles).to_matrix())
        assert found.equiv(vendors.reverse_qargs() if qubits == 2 else vendors)


@pytest.mark.parametrize("name", DEVICES)
def test_random_circuits_with_an_open_input_keep_their_outcomes(name: str) -> None:
    rng, turn = np.random.default_rng(7), Parameter("turn")
    for seed in range(12):
        width = int(rng.integers(1, 5))
        circuit = random_circuit(width, 3, max_operands=min(width, 3), seed=seed)
        circuit.rx(turn / 2 + 0.1, 0)
        if width > 1:
            circuit.rzz(turn, 0, 1)
            circuit.cp(turn, 1, 0)
        bits = [int(bit) for bit in rng.permutation(width)]
        wanted = outcomes(circuit.assign_parameters({turn: 0.777}), bits)
        circuit.add_register(ClassicalRegister(width, "c"))
        circuit.measure(range(width), bits)
        made = compile_for(circuit, DEVICES[name], [turn])
        read = read_qasm3(made.text)
        for found in (read.circuit, made.circuit):
            bound = found.assign_parameters(dict.fromkeys(found.parameters, 0.777))
            assert measured(bound) == pytest.approx(wanted, abs=1e-9)


def outcomes(circuit: QuantumCircuit, bits: list[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for state, chance in Statevector(circuit).probabilities_dict().items():
        key = [""] * len(bits)
        for qubit, bit in enumerate(bits):
            key[bit] = state[::-1][qubit]
        found["".join(key)] = found.get("".join(key), 0.0) + chance
    return {key: chance for key, chance in found.items() if chance > 1e-12}


def measured(circuit: QuantumCircuit) -> dict[str, float]:
    places = {circuit.find_bit(one.clbits[0]).index: circuit.find_bit(one.qubits[0]).index for one in circuit.data if one.name == "measure"}
    bare = circuit.remove_final_measurements(inplace=False)
    kept = QuantumCircuit(circuit.num_qubits)
    for one in bare.data:
        if one.name != "barrier":
            kept.append(one.operation, [circuit.find_bit(qubit).index for qubit in one.qubits])
    found: dict[str, float] = {}
    for state, chance in Statevector(kept).probabilities_dict().items():
        key = "".join(state[::-1][places[bit]] for bit in range(len(places)))
        found[key] = found.get(key, 0.0) + chance
    return {key: chance for key, chance in found.items() if chance > 1e-12}


ASYMMETRIC = (
    "input float w; qubit[3] q; bit[2] a; bit[1] b; x q[0]; ry(w) q[1]; ry(1.1) q[2]; cx q[0], q[2]; barrier q;"
    " b[0] = measure q[0]; a[1] = measure q[1]; a[0] = measure q[2];"
)


@pytest.mark.parametrize("name", DEVICES)
def test_what_is_compiled_is_certified_and_not_flagged_and_a_planted_fault_is_seen(name: str) -> None:
    made, asked = compiled(ASYMMETRIC, DEVICES[name]), of_text(HEAD + ASYMMETRIC)
    layout = Layout(made.initial, made.final)
    assert certify_programs(asked, of_text(made.text), hop="interchange → executed", layout=layout).result == "equivalent"
    assert guard(asked, of_text(made.text), layout=layout)[1] == ()
    line = next(line for line in made.text.splitlines() if line.startswith(DEVICES[name]["native_gates"]["two"][0]))
    broken = of_text(made.text.replace(line + "\n", "", 1))
    assert certify_programs(asked, broken, hop="interchange → executed", layout=layout).result == "mismatch"
    assert guard(asked, broken, layout=layout)[1]


def test_barriers_and_waits_stay_between_the_gates_that_they_part() -> None:
    made = compiled("qubit[2] q; bit[2] c; x q[0]; barrier q; x q[0]; delay[100ns] q[0]; x q[0]; c = measure q;")
    names = [one.name for one in made.operations if 0 in one.qubits or made.initial[0] in one.qubits]
    assert names == ["prx", "barrier", "prx", "delay", "prx", "measure"]
    assert "barrier $" in made.text and "delay[100.0ns] $" in made.text


def test_the_same_program_gives_the_same_text_and_only_its_own_qubits_are_simulated() -> None:
    first, second = (compiled(ASYMMETRIC) for _ in range(2))
    assert first.text == second.text
    assert first.circuit.num_qubits == len(first.physical) == 3


def test_vendors_labels_name_the_qubits_of_the_text() -> None:
    named = device(7, LINE, ["prx"], "cz", labels=[str(10 + index) for index in range(7)])
    made = compiled("qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;", named)
    assert {f"${10 + index}" for index in made.physical} == {word.strip(",;") for word in made.text.split() if word.startswith("$")}
    assert set(made.initial.values()) == {10 + index for index in made.physical}


def test_a_name_of_the_program_does_not_collide_with_a_native_gate() -> None:
    text = "input float gpi2; qubit[2] q; bit[2] zz; rx(gpi2) q[0]; cx q[0], q[1]; zz = measure q;"
    read = read_qasm3(compiled(text, DEVICES["gpi gpi2 zz"]).text)
    assert [parameter.name for parameter in read.parameters] == ["gpi2"] and read.registers == (("zz", 2),)


def test_better_qubits_are_chosen() -> None:
    errors = {f"{first}-{second}": 0.2 for first, second in LINE} | {"4-5": 0.001}
    made = compiled("qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;", device(7, LINE, ["prx"], "cz", two_qubit_error=errors))
    assert made.physical == (4, 5)


@pytest.mark.parametrize(("t1", "t2"), [(None, None), (40.0, 15.0), (40.0, 80.0), (40.0, 500.0), (0.2, 0.1)])
@pytest.mark.parametrize("reported", [1e-5, 0.004, 0.3])
def test_a_gate_has_the_error_that_was_reported(t1: float | None, t2: float | None, reported: float) -> None:
    times = {"t1_us": None if t1 is None else [t1] * 7, "t2_us": None if t2 is None else [t2] * 7}
    on = device(7, LINE, ["prx"], "cz", one_qubit_error=[reported] * 7, two_qubit_error=dict.fromkeys(pairs(), reported), **times)
    model = noise_of(on, (2, 3))
    for qubits, gate in (((0,), "r"), ((0, 1), "cz"), ((1, 0), "cz")):
        error = model._local_quantum_errors[gate][qubits]
        assert 1 - average_gate_fidelity(error) == pytest.approx(reported, rel=0.05)


def test_a_wait_decays_by_t1() -> None:
    on = device(7, LINE, ["prx"], "cz", t1_us=[20.0] * 7, t2_us=[30.0] * 7)
    made = compiled("qubit q; bit c; x q; delay[20us] q; c = measure q;", on)
    decay = next(one.operation for one in made.circuit.data if one.name not in ("r", "measure", "barrier"))
    excited = np.diag([0.0, 1.0])
    from qiskit.quantum_info import DensityMatrix, SuperOp

    assert DensityMatrix(excited).evolve(SuperOp(decay)).probabilities()[1] == pytest.approx(math.exp(-1))


def pairs() -> list[str]:
    return [f"{first}-{second}" for first, second in LINE]


@pytest.mark.parametrize(
    "body",
    [
        "cx q[0], q[1]; cx q[0], q[1];",
        "h q[0]; barrier q; h q[0]; barrier q; cx q[1], q[2];",
        "swap q[0], q[2]; cx q[0], q[1]; swap q[0], q[2];",
        "rz(0.3) q[0]; cz q[0], q[1]; rz(-0.3) q[0]; cz q[0], q[1];",
        "ccx q[0], q[1], q[2]; x q[0];",
        "h q[0]; cp(0.2) q[0], q[2]; h q[2]; s q[1];",
    ],
)
@pytest.mark.parametrize("name", ["prx cz", "rx rz iswap", "gpi gpi2 ms"])
def test_what_a_compiler_may_take_out_or_move_is_not_flagged(name: str, body: str) -> None:
    text = f"qubit[3] q; bit[3] c; h q[1]; {body} c[2] = measure q[0]; c[0] = measure q[1]; c[1] = measure q[2];"
    made, asked = compiled(text, DEVICES[name]), of_text(HEAD + text)
    layout = Layout(made.initial, made.final)
    certificate, flags = guard(asked, of_text(made.text), layout=layout)
    assert (certificate.result, flags) == ("equivalent", ())
