# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""The Qiskit device. Circuits are asymmetric: a Bell state would hide a reversed key."""

import math

import pytest

from quapsule.runner import counts
from quapsule.runner.frameworks import qiskit_programs

from .scripts import run

HEAD = "import numpy as np\nfrom qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile\nfrom qiskit.circuit import Parameter, ParameterVector\n"
# X on one qubit, measured permuted into two registers: q1 is 1, it lands in b[0]; q0 in a[1], q2 in a[0].
PERMUTED = (
    HEAD
    + "qc = QuantumCircuit(QuantumRegister(3, 'q'), ClassicalRegister(2, 'a'), ClassicalRegister(2, 'b'))\nqc.x(1)\nqc.measure([2, 0, 1], [0, 1, 2])\n"
)


def ask(expression: str, head: str = PERMUTED, **more):
    return run(f"{head}def main(params):\n    return {expression}\n", **more)


def test_an_opaque_gate_is_refused_by_name():
    error = ask(
        "backend.run(qc)", HEAD + "from qiskit.circuit import Gate\nqc = QuantumCircuit(1)\nqc.append(Gate('mystery', 1, []), [0])\n"
    ).error
    assert error["category"] == "user" and "'mystery'" in error["message"]


def test_a_simulators_own_instruction_is_refused_by_name():
    error = ask("backend.run(qc)", HEAD + "import qiskit_aer\nqc = QuantumCircuit(1)\nqc.h(0)\nqc.save_statevector()\n").error
    assert error["category"] == "user" and "save_statevector" in error["message"]


def test_an_unbound_parameter_is_refused_by_name():
    assert (
        "unbound parameters: phi"
        in ask("backend.run(qc)", HEAD + "qc = QuantumCircuit(1, 1)\nqc.rx(Parameter('phi'), 0)\nqc.measure(0, 0)\n").error["message"]
    )


def test_something_that_is_no_circuit_is_refused():
    assert "not str" in ask("backend.run(['x'])").error["message"]


def test_keys_are_by_classical_bit_at_the_door_and_in_qiskits_order_inside():
    ran = ask("backend.run(qc).result().get_counts()")
    assert ran.counts == [{"0010": 1000}] and ran.value == {"01 00": 1000}


def test_the_same_circuit_gives_the_same_keys_as_aer():
    code = PERMUTED + "qc.ry(0.4, 0); qc.ry(1.1, 2)\nqc.measure([0, 2], [3, 1])\n"
    ran = ask(
        "[backend.run(qc, shots=4000).result().get_counts(), __import__('qiskit_aer').AerSimulator().run(qc, shots=4000, seed_simulator=5).result().get_counts()]",
        code,
    )
    ours, theirs = ran.value
    assert set(ours) == set(theirs)
    assert all(abs(ours[key] - theirs[key]) < 300 for key in ours)


def test_classical_bit_0_is_the_lowest_bit_of_qiskits_number():
    assert counts.to_number("100") == 1 and counts.to_number("001") == 4


def test_a_circuit_that_measures_nothing_is_measured_whole():
    ran = ask("backend.run(qc).result().get_counts()", HEAD + "qc = QuantumCircuit(3)\nqc.x(0)\n")
    assert ran.value == {"001": 1000} and ran.counts == [{"100": 1000}]
    assert ran.answers[0]["measured"] == "all, added"


def test_classical_bits_outside_registers_and_out_of_order_keep_their_places():
    head = (
        HEAD
        + "from qiskit.circuit import Clbit\nqc = QuantumCircuit(QuantumRegister(3, 'q'))\nqc.add_bits([Clbit(), Clbit()])\nqc.add_register(ClassicalRegister(1, 'r'))\nqc.x(1)\nqc.measure([0, 1, 2], [2, 1, 0])\n"
    )
    ran = ask("backend.run(qc).result().get_counts()", head)
    assert ran.counts == [{"010": 1000}] and ran.value == {"010": 1000}


def test_memory_has_every_shot_and_the_same_counts():
    ran = ask(
        "[(lambda r: [sorted(r.get_memory()), r.get_counts()])(backend.run(qc, memory=True, shots=50).result())]",
        PERMUTED + "qc.h(1)\nqc.measure(1, 2)\n",
    )
    memory, found = ran.value[0]
    assert len(memory) == 50 and {key: memory.count(key) for key in set(memory)} == found


def test_a_batch_of_different_circuits_keeps_its_order():
    head = HEAD + "def one(n):\n    qc = QuantumCircuit(n, n)\n    qc.x(n - 1)\n    qc.measure(range(n), range(n))\n    return qc\n"
    assert ask("backend.run([one(1), one(3), one(2)]).result().get_counts()", head).value == [{"1": 1000}, {"100": 1000}, {"10": 1000}]


LOOP = (
    HEAD
    + "def step(a, b):\n    qc = QuantumCircuit(2, 2)\n    qc.rx(a, 0); qc.ry(b, 1); qc.rzz(a * b, 0, 1)\n    qc.measure([0, 1], [0, 1])\n    return qc\n"
)


def test_circuits_that_differ_in_numbers_alone_are_one_program_and_one_call():
    ran = ask(f"backend.run([step(0, 0), step({math.pi}, 0), step(0, {math.pi})]).result().get_counts()", LOOP)
    assert ran.value == [{"00": 1000}, {"01": 1000}, {"10": 1000}]
    assert ran.verbs() == ["hello", "prepare", "run", "finish"] and len(ran.sent[2]["bindings"]) == 3


def test_a_variational_loop_prepares_at_most_twice():
    ran = ask(f"[backend.run(step({math.pi} * (n % 2), 0)).result().get_counts() for n in range(20)]", LOOP)
    assert ran.value == [{"01": 1000} if n % 2 else {"00": 1000} for n in range(20)]
    assert ran.verbs().count("prepare") == 2 and ran.verbs().count("run") == 20


@pytest.mark.parametrize("name", ["theta", "θ", "pi", "rx", "c", "q", "a b", "input", "_x"])
def test_parameters_of_any_name_are_bound_to_the_right_angle(name):
    head = (
        HEAD
        + f"first, second = Parameter({name!r}), Parameter('zeta')\nqc = QuantumCircuit(2, 2)\nqc.rx(first, 0); qc.rx(second, 1)\nqc.measure([0, 1], [0, 1])\n"
    )
    ran = ask(f"backend.run(qc, parameter_binds=[{{first: [0, {math.pi}], second: [{math.pi}, 0]}}]).result().get_counts()", head)
    assert ran.value == [{"10": 1000}, {"01": 1000}] and ran.verbs().count("prepare") == 1


TWO = (
    HEAD
    + """
angle = Parameter('angle')
def turned(qubit):
    qc = QuantumCircuit(2, 2)
    qc.rx(angle, qubit)
    qc.measure([0, 1], [0, 1])
    return qc
both = [turned(0), turned(1)]
"""
)


def test_each_circuit_has_its_own_binds_as_in_aer():
    ran = ask(f"backend.run(both, parameter_binds=[{{angle: [0]}}, {{angle: [{math.pi}]}}]).result().get_counts()", TWO)
    assert ran.value == [{"00": 1000}, {"10": 1000}]


def test_as_many_binds_as_circuits_are_asked_for():
    ran = ask("backend.run(both, parameter_binds=[{angle: [0]}]).result()", TWO)
    assert ran.error["category"] == "user" and "give one for each" in ran.error["message"]


def test_gate_definitions_initialize_global_phase_reset_and_conditions_survive():
    head = (
        HEAD
        + """
own = QuantumCircuit(2, name='own')
own.x(0); own.cx(0, 1)
qc = QuantumCircuit(QuantumRegister(3, 'q'), ClassicalRegister(3, 'c'), global_phase=0.3)
qc.initialize([0, 1], 2)
qc.append(own.to_gate(), [0, 1])
qc.measure(0, 0)
with qc.if_test((qc.clbits[0], 1)):
    qc.x(1)
qc.reset(2)
qc.barrier()
qc.delay(10, 0, unit='ns')
qc.unitary(np.array([[0, 1], [1, 0]]), [2])
qc.measure([1, 2], [1, 2])
"""
    )
    assert ask("backend.run(qc).result().get_counts()", head).value == {"101": 1000}


def test_transpiling_for_the_backend_keeps_what_the_circuit_does():
    ran = ask("backend.run(transpile(qc, backend, optimization_level=2)).result().get_counts()")
    assert ran.value == {"01 00": 1000}


def test_the_same_seed_gives_the_same_counts_and_another_seed_others():
    head = HEAD + "qc = QuantumCircuit(3, 3)\nqc.h([0, 1, 2])\nqc.measure(range(3), range(3))\n"
    one, two, three = ask("[backend.run(qc, seed_simulator=s).result().get_counts() for s in (5, 5, 6)]", head).value
    assert one == two != three


def test_sampler_v2_broadcasts_parameters_and_keeps_registers_apart():
    head = (
        HEAD
        + """
a, b = Parameter('a'), Parameter('b')
qc = QuantumCircuit(QuantumRegister(2, 'q'), ClassicalRegister(1, 'left'), ClassicalRegister(1, 'right'))
qc.rx(b, 0); qc.rx(a, 1)
qc.measure([0, 1], [0, 1])
"""
    )
    code = f"""
    values = np.array([[[0, 0], [0, {math.pi}]], [[{math.pi}, 0], [{math.pi}, {math.pi}]]])
    data = device.sampler().run([(qc, values, 100)]).result()[0].data
    return [[list(data.shape)], [[data.left[i, j].get_counts(), data.right[i, j].get_counts()] for i in range(2) for j in range(2)]]
"""
    ran = run(head + "def main(params):" + code)
    assert ran.value[0] == [[2, 2]]
    assert ran.value[1] == [[{"0": 100}, {"0": 100}], [{"1": 100}, {"0": 100}], [{"0": 100}, {"1": 100}], [{"1": 100}, {"1": 100}]]
    assert ran.verbs().count("prepare") == 1 and ran.verbs().count("run") == 1


ANSATZ = (
    HEAD
    + """
from qiskit.quantum_info import SparsePauliOp
from quapsule.runner.frameworks import qiskit_programs
angles = [Parameter(f"t{n}") for n in range(4)]
ansatz = QuantumCircuit(4)
for n in range(4):
    ansatz.ry(angles[n], n)
for n in range(3):
    ansatz.cx(n, n + 1)
measured = ansatz.measure_all(inplace=False)
exports = []
original = qiskit_programs.export
def counted(*given):
    exports.append(1)
    return original(*given)
qiskit_programs.export = counted
"""
)


@pytest.fixture
def counted_exports():
    kept = qiskit_programs.export
    yield
    qiskit_programs.export = kept


def test_200_iterations_of_a_vqe_are_one_program_and_no_conversion(counted_exports):
    loop = "[backend.run(measured, shots=10, parameter_binds=[{a: [0.01 * n] for a in angles}]).result() and None for n in range(200)] and len(exports)"
    ran = ask(loop, ANSATZ)
    assert ran.value == 1 and ran.verbs().count("prepare") == 1 and ran.verbs().count("run") == 200


def test_an_estimator_in_a_loop_converts_each_basis_twice_at_most(counted_exports):
    loop = "[estimator.run([(ansatz, SparsePauliOp(['ZZII', 'IXXI']), [0.01 * n] * 4)], precision=0.2).result() and None for n in range(30)] and len(exports)"
    ran = run(f"{ANSATZ}def main(params):\n    estimator = device.estimator()\n    return {loop}\n")
    assert ran.value <= 4 and ran.verbs().count("prepare") == ran.value and ran.verbs().count("run") == 60


def test_a_batch_of_primitives_is_one_call_for_each_structure():
    head = HEAD + "from qiskit.quantum_info import SparsePauliOp\na = Parameter('a')\nqc = QuantumCircuit(2)\nqc.ry(a, 0)\nqc.cx(0, 1)\n"
    ran = ask(
        "device.estimator().run([(qc, [['ZZ'], ['XX'], ['IZ']], np.linspace(0, 3, 20))], precision=0.1).result()[0].data.evs.shape", head
    )
    assert ran.value == [3, 20] and ran.verbs().count("run") == 2 and ran.verbs().count("prepare") == 2
    assert sum(len(message["bindings"]) for message in ran.sent if message["verb"] == "run") == 40
    ran = ask("device.sampler().run([(qc.measure_all(inplace=False), np.linspace(0, 3, 50), 10)]).result()[0].data.meas.num_shots", head)
    assert ran.value == 10 and ran.verbs().count("run") == 1 and ran.verbs().count("prepare") == 1


def test_structures_that_alternate_in_a_batch_are_one_call_each_and_keep_their_order():
    ran = ask(
        "backend.run([step(0, 0), flipped(0), step(3.141592653589793, 0), flipped(3.141592653589793)], shots=5).result().get_counts()",
        LOOP
        + "\ndef flipped(angle):\n    qc = QuantumCircuit(2, 2)\n    qc.rx(angle, 1)\n    qc.x(0)\n    qc.measure([0, 1], [0, 1])\n    return qc\n",
    )
    assert ran.value == [{"00": 5}, {"01": 5}, {"01": 5}, {"11": 5}] and ran.verbs().count("run") == 2


@pytest.mark.parametrize("lifted", [False, True])
def test_each_text_is_certified_against_the_circuit_that_it_was_written_from(lifted):
    code = "[qc] + [qc] * params['again']"
    head = HEAD + "qc = QuantumCircuit(3, 2)\nqc.rx(0.3, 0)\nqc.cp(-1.1, 0, 2)\nqc.u(0.1, 0.2, 0.3, 1)\nqc.measure([2, 0], [0, 1])\n"
    ran = ask(f"backend.run({code}).result() and 1", head, again=int(lifted))
    (prepared,) = [answer for answer in ran.answers if "handle" in answer]
    assert bool(prepared["parameters"]) == lifted
    found = [certificate for certificate in prepared["certificates"] if certificate["hop"] == "script → interchange"]
    assert [certificate["result"] for certificate in found] == ["equivalent"]


def test_qiskits_own_backend_sampler_works_on_the_backend():
    assert ask(
        "__import__('qiskit.primitives', fromlist=['x']).BackendSamplerV2(backend=backend).run([qc], shots=20).result()[0].data.b.get_counts()"
    ).value == {"01": 20}


def test_estimator_v2_gives_the_right_expectation_values():
    head = HEAD + "from qiskit.quantum_info import SparsePauliOp\na = Parameter('a')\nqc = QuantumCircuit(2)\nqc.ry(a, 0)\nqc.x(1)\n"
    ran = ask(
        "device.estimator().run([(qc, [SparsePauliOp('IZ'), SparsePauliOp('ZI'), SparsePauliOp('IX')], [0.6])], precision=0.01).result()[0].data.evs",
        head,
    )
    assert ran.value == pytest.approx([math.cos(0.6), -1, math.sin(0.6)], abs=0.05)


def test_a_local_simulator_in_the_script_does_not_cross_the_door():
    ran = ask("__import__('qiskit_aer').AerSimulator().run(qc, shots=10).result().get_counts()")
    assert ran.value == {"01 00": 10} and ran.verbs() == ["hello", "finish"]


def test_the_target_says_what_the_backend_takes():
    assert ask(
        "[backend.name, backend.num_qubits, backend.max_shots, 'cx' in backend.operation_names, 'if_else' in backend.operation_names]"
    ).value == ["local", 24, 100000, True, True]
