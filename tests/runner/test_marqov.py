# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""The published SDK in a box: its circuits mean the same on both sides of the door, and its idioms work on the job's backend."""

import math

import numpy as np
import pytest
import quantumflow as qf
from marqov.circuits import Circuit

from quapsule.integrity.certify import certify_witness
from quapsule.runner.door import DoorError
from quapsule.runner.frameworks.marqov_gates import text_of, write_circuit
from quapsule.runner.programs import make_witness, name_inputs

from .scripts import run

HEAD = "import asyncio\nimport math\nfrom marqov.circuits import Circuit\n"
# X on one qubit, another angle on each: no order of the bits but the right one gives these counts.
ASYMMETRIC = "Circuit().x(2).rx(math.pi, 0).rx(2 * math.pi, 1).cnot(2, 3)"
NUMBERS = [0.1234567890123456, -2.718281828459045, 1e-7, math.pi / 12 + 1e-10]


def ask(code, head=HEAD, **params):
    return run(f"{head}async def main(params):\n    return {code}\n", "marqov", **params)


def certify(circuit, lifted=False, text=None):
    written = write_circuit(circuit, DoorError)
    inputs = name_inputs(written) if lifted else ()
    return certify_witness(text or written.text(inputs), "qasm3", make_witness(written, inputs), hop="script → interchange")


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (qf.CCXPow(0.3, 0, 1, 2), "CCXPow"),
        (qf.Rx(math.nan, 0), "finite"),
        (qf.UnitaryGate(np.array([[1, 1], [0, 1]]), [0]), "not unitary"),
        (qf.Measure(0), "no gate"),
        (qf.H("a"), "nonnegative"),
    ],
)
def test_what_openqasm_cannot_hold_is_refused_by_name(operation, says):
    circuit = Circuit()
    circuit._qf += operation
    with pytest.raises(DoorError) as refusal:
        write_circuit(circuit, DoorError)
    assert refusal.value.category == "user" and says in refusal.value.message


def test_an_empty_circuit_a_free_symbol_and_what_is_no_circuit_are_refused():
    assert "no gates" in ask("device.run(Circuit())").error["message"]
    head = HEAD + "import sympy\n"
    error = ask("device.run(Circuit().rx(sympy.Symbol('theta'), 0))", head).error
    assert error["code"] == "unbound_parameters" and "theta" in error["message"]
    assert "not int" in ask("await device.execute(3)").error["message"]
    assert "qubits" in ask("await device.execute(Circuit().h(0), qubits=3)").error["message"]


@pytest.mark.parametrize("lifted", [False, True])
@pytest.mark.parametrize("gate", sorted(set(qf.STDGATES) - {"CCXPow", "CCiX", "CISwap", "Deutsch", "Margolus"}))
def test_each_gate_means_what_the_sdks_own_matrix_says(gate, lifted):
    kind = qf.STDGATES[gate]
    circuit = Circuit().ry(0.3, 0).ry(1.1, 1).ry(2.2, 2)
    numbers = (0.6, 0.8, 0.0, 0.0)[: len(kind.cv_args)] if gate != "Rn" else (1.1, 0.6, 0.0, 0.8)
    circuit._qf += kind(*numbers, *[2, 0, 1][: kind.cv_qubit_nb])
    assert certify(circuit, lifted).result == "equivalent"


def test_any_unitary_of_one_or_two_qubits_is_written_exactly():
    rng = np.random.default_rng(5)
    for size in (2, 4):
        for _ in range(20):
            matrix, _ = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))
            circuit = Circuit().h(0).h(1)
            circuit._qf += qf.UnitaryGate(matrix, [1, 0][: size // 2])
            assert certify(circuit).result == "equivalent"


@pytest.mark.parametrize("number", NUMBERS)
def test_an_angle_is_sent_with_every_digit(number):
    assert repr(number) in text_of(Circuit().rx(number, 0), DoorError)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("cx q[0], q[2]", "cx q[2], q[0]"), ("rx(0.3)", "rx(0.25)"), ("qubit[3] q;", "qubit[3] q;\nx q[1];"), ("ry((-0.4)) q[2];", "")],
)
def test_a_text_that_says_something_else_is_told_from_the_circuit(right, wrong):
    circuit = Circuit().rx(0.3, 0).cnot(0, 2).ry(-0.4, 2)
    text = write_circuit(circuit, DoorError).text()
    assert certify(circuit).result == "equivalent" and right in text
    assert certify(circuit, text=text.replace(right, wrong)).result == "mismatch"


def test_counts_keys_have_qubit_0_leftmost_as_in_the_sdk():
    head = HEAD + "from marqov.executors import LocalExecutor\n"
    ran = ask(f"[(await one.execute({ASYMMETRIC}, shots=100)).counts for one in (device, LocalExecutor())]", head)
    assert ran.value == [{"1011": 100}, {"1011": 100}] and ran.counts == [{"1011": 100}]


def test_a_result_is_the_sdks_own_and_becomes_json():
    ran = ask("await device.execute(Circuit().x(0), shots=30)")
    assert (
        ran.value["counts"] == {"1": 30} and ran.value["shots"] == 30 and ran.value["backend"] == "local" and "raw_result" not in ran.value
    )
    assert ask("(await device.execute(Circuit().h(0))).shots", HEAD).value == 1000


def test_the_device_is_an_executor_of_the_sdk():
    head = HEAD + "from marqov.executors import BaseExecutor\n"
    ran = ask("[isinstance(device, BaseExecutor), device.name, device.is_simulator, (await device.get_status()).status]", head)
    assert ran.value == [True, "local", True, "online"]


def test_get_device_gives_the_jobs_backend_and_another_when_it_is_named():
    head = "from marqov import get_device\nfrom marqov.circuits import Circuit\n"
    assert ask("[get_device(params) is device, get_device({'backend': 'sv1'}) is device]", head).value == [True, False]


def test_executions_that_are_awaited_together_go_out_in_one_call():
    ran = ask(
        "[one.counts for one in await asyncio.gather(*(device.execute(Circuit().rx(math.pi * n, 0).x(1), shots=50) for n in range(4)))]"
    )
    assert ran.value == [{"01": 50}, {"11": 50}, {"01": 50}, {"11": 50}]
    assert ran.verbs() == ["hello", "prepare", "run", "finish"] and len(ran.sent[2]["bindings"]) == 4


def test_one_that_is_refused_does_not_take_the_others_with_it():
    ran = ask(
        "[str(one) if isinstance(one, Exception) else one.counts for one in await asyncio.gather(device.execute(Circuit()), device.execute(Circuit().x(0), 5), return_exceptions=True)]"
    )
    assert "no gates" in ran.value[0] and ran.value[1] == {"1": 5}


def test_a_loop_over_angles_prepares_at_most_twice():
    ran = ask("[device.run(Circuit().rx(math.pi * (n % 2), 0), shots=10) for n in range(20)]")
    assert ran.value == [{"1": 10} if n % 2 else {"0": 10} for n in range(20)]
    assert ran.verbs().count("prepare") == 2 and ran.verbs().count("run") == 20


def test_a_batch_keeps_its_order_between_structures():
    ran = ask("device.run_batch([Circuit().x(0), Circuit().rx(0, 0).x(1), Circuit().y(0), Circuit().rx(math.pi, 0).x(1)], shots=4)")
    assert ran.value == [{"1": 4}, {"01": 4}, {"1": 4}, {"11": 4}] and ran.verbs().count("run") == 3


def test_a_top_level_circuit_takes_the_numbers_of_its_symbols_from_params():
    code = (
        "import sympy\nfrom marqov.circuits import Circuit\na, b = sympy.symbols('beta alpha')\ncircuit = Circuit().rx(a, 0).rx(2 * b, 1)\n"
    )
    ran = run(code, "marqov", beta=math.pi, alpha=0.0)
    assert ran.counts == [{"10": 1000}] and ran.finish["entry_point"] == "circuit"
    assert run(code, "marqov", beta=0.0, alpha=math.pi / 2).counts == [{"01": 1000}]


def test_a_circuit_that_is_returned_in_a_value_is_its_text():
    text = ask("{'c': Circuit().x(1).rx(0.5, 0)}").value["c"]["text"]
    assert "rx(0.5) q[0];" in text and text.startswith("OPENQASM 3.0;")


QISKIT = "from qiskit import QuantumCircuit\nq = QuantumCircuit(2, 2)\nq.x(0)\nq.measure([0, 1], [1, 0])\n"
CIRQ = "import cirq\na, b = cirq.LineQubit.range(2)\nq = cirq.Circuit(cirq.X(a), cirq.measure(a, b, key='m'))\n"
BRAKET = "from braket.circuits import Circuit as Braket\nq = Braket().x(0).i(1)\n"
TEXT = "q = 'OPENQASM 3; include \"stdgates.inc\"; qubit[2] q; bit[2] c; x q[0]; c[1] = measure q[0]; c[0] = measure q[1];'\n"


@pytest.mark.parametrize(
    ("made", "key"), [(QISKIT, "01"), (CIRQ, "10"), (BRAKET, "10"), (TEXT, "01")], ids=["qiskit", "cirq", "braket", "text"]
)
def test_circuits_of_other_frameworks_run_with_their_own_measurements(made, key):
    ran = ask("[device.run(q, shots=7), (await device.execute(q, shots=8)).counts]", HEAD + made)
    assert ran.value == [{key: 7}, {key: 8}]


def test_pennylanes_tapes_run_too():
    made = (
        "import pennylane as qml\nwith qml.tape.QuantumTape() as q:\n    qml.PauliX(0)\n    qml.Identity(1)\n    qml.counts(wires=[0, 1])\n"
    )
    assert ask("device.run(q, shots=7)", HEAD + made).value == {"10": 7}


@pytest.mark.parametrize("made", [QISKIT, CIRQ], ids=["qiskit", "cirq"])
def test_the_sdks_own_importers_work(made):
    importer = "from_qiskit" if made is QISKIT else "from_cirq"
    assert ask(f"device.run(Circuit.{importer}(q), shots=3)", HEAD + made).value == {"1": 3}  # the SDK leaves out what no gate touches


def test_the_sdks_examples_run_in_a_box(run_in_box):
    code = f"{HEAD}from marqov.executors import LocalExecutor\nasync def run_experiment(device, params):\n    return [(await one.execute({ASYMMETRIC}, shots=20)).counts for one in (device, LocalExecutor())]\n"
    told = run_in_box("marqov", code)
    assert told.value == [{"1011": 20}, {"1011": 20}] and told.counts == [{"1011": 20}]
