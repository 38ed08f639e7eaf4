# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""The PennyLane device. Circuits are asymmetric: a Bell state would hide a reversed key."""

import math

import pytest

from .scripts import Ran, run

HEAD = "import pennylane as qml\nfrom pennylane import numpy as np\n"
# X on one qubit, a different angle on each.
THREE = "    qml.X(1)\n    qml.RY(0.4, 0)\n    qml.RY(1.1, 2)\n"


def node(body: str, returned: str, arguments: str = "", device: str = "device") -> str:
    return f"@qml.qnode({device})\ndef f({arguments}):\n{body}    return {returned}\n"


def ask(body: str, returned: str, expression: str = "f()", head: str = HEAD, arguments: str = "", **more) -> Ran:
    return run(f"{head}{node(body, returned, arguments)}def main(params):\n    return {expression}\n", "pennylane", **more)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("qml.state()", "qml.state needs the state itself"),
        ("qml.density_matrix(0)", "state itself"),
        ("qml.vn_entropy(0)", "VnEntropyMP needs the state itself"),
        ("qml.classical_shadow(wires=[0, 1])", "ClassicalShadowMP"),
    ],
)
def test_what_needs_the_state_is_refused_with_what_there_is_instead(returned, told):
    error = ask(THREE, returned).error
    assert error["category"] == "user" and told in error["message"] and "counts, sample, probs, expval and var" in error["message"]
    assert error["line"] == 10 and error["type"] == "Problem"


def test_noise_in_a_circuit_is_refused_by_name():
    assert "The channel DepolarizingChannel is noise" in ask("    qml.DepolarizingChannel(0.1, 0)\n", "qml.counts()").error["message"]


def test_an_operator_without_a_definition_is_refused_by_name():
    head = HEAD + "class Mystery(qml.operation.Operator):\n    num_wires = 1\n"
    error = ask("    Mystery(wires=0)\n", "qml.counts()", head=head).error
    assert error["category"] == "user" and "Mystery has no decomposition" in error["message"]


def test_a_number_that_is_not_finite_is_refused():
    assert "not finite" in ask("    qml.RX(float('nan'), 0)\n", "qml.counts()").error["message"]


def test_a_simulators_own_methods_are_refused():
    for option, told in (("mcm_method='one-shot'", "measures mid-circuit itself"), ("postselect_mode='fill-shots'", "hw-like")):
        script = (
            HEAD
            + f"@qml.qnode(device, {option})\ndef f():\n    qml.measure(0)\n    return qml.counts()\ndef main(params):\n    return f()\n"
        )
        assert told in run(script, "pennylane").error["message"]


def test_a_gradient_of_the_simulators_kind_is_pennylanes_own_error():
    script = (
        HEAD
        + "def main(params):\n    f = qml.QNode(lambda x: qml.RX(x, 0) and qml.expval(qml.Z(0)), device, diff_method='backprop')\n    return f(0.1)\n"
    )
    assert run(script, "pennylane").error["type"] == "QuantumFunctionError"


def test_forty_wires_are_refused_by_the_backend_as_the_users_error():
    body = "    for n in range(20):\n        for k in range(40):\n            qml.RY(0.3 + n + k, k)\n        for k in range(40):\n            if k != (7 * k + n) % 40:\n                qml.CZ([k, (7 * k + n) % 40])\n"
    error = ask(body, "qml.counts()").error
    assert error["category"] == "user" and "40 qubits" in error["message"]


def test_a_refusal_is_caught_as_pennylanes_own_are():
    script = (
        HEAD
        + node(THREE, "qml.state()")
        + "def main(params):\n    try:\n        f()\n    except qml.exceptions.DeviceError as refusal:\n        return str(refusal)[:9]\n"
    )
    assert run(script, "pennylane").value == "qml.state"


def test_keys_are_by_wire_at_the_door_and_inside():
    ran = ask("    qml.X(1)\n    qml.Identity(2)\n    qml.Identity(0)\n", "qml.counts()")
    assert ran.counts == [{"010": 1000}] and ran.value == {"010": 1000}


def test_a_measurement_of_some_wires_keeps_their_order_and_leaves_out_the_others():
    ran = ask(THREE, "qml.probs(wires=[2, 1])", shots=8000)
    share = math.sin(0.55) ** 2
    assert ran.value == pytest.approx([0, 1 - share, 0, share], abs=0.03) and all(len(key) == 2 for key in ran.counts[0])


def test_wires_may_have_names():
    ran = ask("    qml.X('b')\n    qml.CNOT(['b', 'a'])\n    qml.Identity('z')\n", "qml.counts(wires=['z', 'a', 'b'])")
    assert ran.value == {"011": 1000}


@pytest.mark.parametrize(
    "returned",
    [
        "qml.expval(qml.Z(0) @ qml.X(2)), qml.var(qml.Y(1)), qml.probs(wires=[0, 2])",
        "qml.expval(qml.Hamiltonian([0.5, -1.5, 0.25, 2.0], [qml.Z(0) @ qml.Z(1), qml.X(0), qml.Y(2) @ qml.Z(0), qml.I(0)]))",
        "qml.expval(qml.Hadamard(0) @ qml.Z(2)), qml.expval(qml.Hermitian(np.array([[1, 2j], [-2j, -0.5]]), 2))",
        "qml.expval(3 * qml.X(0) + qml.prod(qml.Y(0), qml.X(2))), qml.var(qml.Z(0) + qml.Z(2))",
        "qml.var(qml.Z(0) + qml.X(2)), qml.var(0.5 * qml.Y(0) + qml.Z(1) @ qml.Z(2))",
        "qml.var(qml.Hamiltonian([1, 2], [qml.X(0), qml.Z(0)]))",
        "qml.expval(qml.Projector([0, 1], wires=[0, 1])), qml.probs(op=qml.X(2))",
    ],
)
def test_observables_have_the_values_of_the_exact_simulator(returned):
    body = THREE + "    qml.CRY(0.7, [0, 2])\n    qml.S(0)\n"
    script = (
        HEAD + node(body, returned) + "ours = f\n" + node(body, returned, device="qml.device('default.qubit', wires=3)") + "theirs = f\n"
    )
    script += "def main(params):\n    return [np.concatenate([np.ravel(one) for one in (f() if isinstance(f(), tuple) else [f()])]) for f in (ours, theirs)]\n"
    ours, theirs = run(script, "pennylane", shots=40000).value
    assert ours == pytest.approx(theirs, abs=0.06)


def test_samples_and_counts_of_observables_come_in_their_eigenvalues():
    ran = ask(
        "    qml.X(1)\n    qml.Identity(0)\n",
        "qml.sample(), qml.sample(qml.Z(1)), qml.counts(qml.Z(0)), qml.counts(qml.Z(0) @ qml.Z(1))",
        shots=5,
    )
    assert ran.value == [[[0, 1]] * 5, [-1] * 5, {"1.0": 5}, {"-1.0": 5}]


def test_shots_are_the_jobs_unless_the_qnode_says_otherwise():
    expression = "[sum(f().values()), sum(qml.set_shots(f, 7)().values()), [sum(one.values()) for one in qml.set_shots(f, (3, 4))()]]"
    ran = ask("    qml.Hadamard(0)\n", "qml.counts()", expression, shots=50)
    assert ran.value == [50, 7, [3, 4]] and [sum(counts.values()) for counts in ran.counts] == [50, 7, 7]


@pytest.mark.filterwarnings("ignore:The backend has no analytic mode")
def test_an_analytic_qnode_runs_with_the_jobs_shots():
    assert sum(ask("    qml.Hadamard(0)\n", "qml.expval(qml.Z(0))", "qml.set_shots(f, None)()", shots=50).counts[0].values()) == 50


def test_mid_circuit_measurement_conditions_reset_and_postselection():
    body = (
        "    qml.X(0)\n    qml.Hadamard(3)\n    m = qml.measure(0, reset=True)\n    n = qml.measure(1)\n    k = qml.measure(3, postselect=1)\n"
        "    qml.cond(m & ~n, qml.X)(2)\n    qml.cond(m == n, qml.X)(1)\n"
    )
    ran = ask(body, "qml.counts(wires=[0, 1, 2, 3]), qml.expval(m), qml.counts([m, n]), qml.probs(wires=3)")
    counts, mean, both, probs = ran.value
    assert set(counts) == {"0011"} and 400 < counts["0011"] < 600 and mean == 1 and both == {"10": counts["0011"]} and probs == [0, 1]
    assert {key[:2] for key in ran.counts[0]} == {"10"} and ran.verbs().count("run") == 1


@pytest.mark.parametrize("condition", ["m + 2 * n == 2", "m < n", "(m * n) == 0", "m != n"])
@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_every_condition_holds_when_its_arithmetic_does(condition, m, n):
    body = "".join(f"    qml.X({wire})\n" for wire, bit in enumerate((m, n)) if bit)
    body += f"    m, n = qml.measure(0), qml.measure(1)\n    qml.cond({condition}, qml.X, qml.Z)(2)\n"
    assert ask(body, "qml.probs(wires=2)", shots=5).value == ([0, 1] if eval(condition) else [1, 0])


def test_measurements_may_be_deferred_when_asked():
    script = (
        HEAD
        + "@qml.qnode(device, mcm_method='deferred')\ndef f():\n    qml.X(0)\n    m = qml.measure(0)\n    qml.cond(m, qml.X)(1)\n    return qml.counts(m), qml.probs(wires=1)\ndef main(params):\n    return f()\n"
    )
    ran = run(script, "pennylane")
    assert ran.value == [{"1": 1000}, [0, 1]] and "mid" not in ran.sent[1]["program"]["text"]


ANSATZ = "    qml.RX(x, 0)\n    qml.RY(y, 1)\n    qml.CNOT([0, 1])\n"


def test_a_gradient_is_the_analytic_one_and_its_shifted_circuits_are_one_call():
    expression = "qml.grad(f)(np.array(0.3, requires_grad=True), np.array(0.4, requires_grad=True))"
    ran = ask(ANSATZ, "qml.expval(qml.Z(0) @ qml.Z(1) + qml.Z(0))", expression, arguments="x, y", shots=40000)
    assert ran.value == pytest.approx([-math.sin(0.3), -math.sin(0.4)], abs=0.03)
    runs = [message for message in ran.sent if message["verb"] == "run"]
    assert [len(message["bindings"]) for message in runs] == [1, 4]
    assert ran.finish["value"] and ran.verbs().count("prepare") == 2


SUM = "0.5 * qml.Z(0) @ qml.Z(1) + 1.5 * qml.X(0) - 2 * qml.Y(1) @ qml.X(0)"
VALUES = "[f(0.3, 0.4), *qml.grad(f)(np.array(0.3, requires_grad=True), np.array(0.4, requires_grad=True)), f(0.5, 0.6)]"


def test_the_groups_of_a_hamiltonian_and_all_shifts_are_one_program_and_one_call():
    ran = ask(ANSATZ, f"qml.expval({SUM})", VALUES, arguments="x, y", shots=40000)
    runs = [len(message["bindings"]) for message in ran.sent if message["verb"] == "run"]
    assert ran.verbs().count("prepare") == 1 and runs == [2, 2, 8, 2]


@pytest.mark.parametrize("observable", [SUM, f"{SUM} + qml.Hadamard(0)", f"{SUM} + qml.Y(0) @ qml.Z(1)"])
def test_a_hamiltonian_of_any_bases_has_the_values_and_gradients_of_the_exact_simulator(observable):
    ran = ask(ANSATZ, f"qml.expval({observable})", VALUES, arguments="x, y", shots=40000)
    exact = ask(ANSATZ, f"qml.expval({observable})", VALUES, HEAD + "device = qml.device('default.qubit', wires=2)\n", arguments="x, y")
    assert ran.value == pytest.approx(exact.value, abs=0.08) and exact.verbs() == ["hello", "finish"]


def test_broadcast_parameters_are_one_program_and_one_call():
    ran = ask(ANSATZ, "qml.counts()", f"f(np.array([0.0, {math.pi}, 0.0]), np.array([0.0, 0.0, {math.pi}]))", arguments="x, y")
    assert ran.counts == [{"00": 1000}, {"11": 1000}, {"01": 1000}]
    assert ran.verbs() == ["hello", "prepare", "run", "finish"]


def test_a_batch_of_tapes_is_one_call_and_keeps_its_order():
    head = HEAD + "def tape(x):\n    return qml.tape.QuantumScript([qml.RX(x, 0), qml.Identity(1)], [qml.counts()], shots=10)\n"
    script = head + f"def main(params):\n    return qml.execute([tape(0.0), tape({math.pi}), tape(0.0)], device)\n"
    ran = run(script, "pennylane")
    assert ran.value == [{"00": 10}, {"10": 10}, {"00": 10}] and ran.verbs() == ["hello", "prepare", "run", "finish"]


def test_a_variational_loop_prepares_at_most_twice():
    ran = ask(ANSATZ, "qml.counts()", f"[f({math.pi} * (n % 2), 0.0) for n in range(20)]", arguments="x, y")
    assert ran.value == [{"11": 1000} if n % 2 else {"00": 1000} for n in range(20)]
    assert ran.verbs().count("prepare") == 2 and ran.verbs().count("run") == 20


def test_a_loop_over_composite_operators_prepares_at_most_twice():
    body = "    qml.StronglyEntanglingLayers(x, wires=range(3))\n    qml.SingleExcitation(x[0, 0, 0], [0, 1])\n    qml.ctrl(qml.RX, 0)(x[0, 0, 1], 2)\n"
    head = HEAD + "shape = qml.StronglyEntanglingLayers.shape(2, 3)\n"
    ran = ask(body, "qml.expval(qml.X(0) @ qml.Y(2))", "[float(f(np.full(shape, 0.1 * n))) for n in range(1, 6)]", head=head, arguments="x")
    assert ran.verbs().count("prepare") == 2 and ran.verbs().count("run") == 5


def test_a_top_level_tape_is_run_and_measured_whole_when_it_measures_nothing():
    ran = run(HEAD + "tape = qml.tape.QuantumScript([qml.X(1), qml.Identity(0)])\n", "pennylane")
    assert ran.finish["entry_point"] == "circuit" and ran.counts == [{"01": 1000}]


def test_a_top_level_qnode_is_run_on_the_backend_with_params_by_name():
    head = HEAD + "@qml.qnode(qml.device('default.qubit'))\ndef circuit(y, x=0.0):\n" + ANSATZ
    ran = run(head + "    return qml.expval(qml.Z(0))\n", "pennylane", y=math.pi)
    assert ran.finish["entry_point"] == "circuit" and ran.counts == [{"0": 1000}]
    ran = run(head + "    return qml.counts()\n", "pennylane", y=0.0, x=math.pi)
    assert ran.counts == [{"11": 1000}]
    assert "no value for y" in run(head + "    return qml.counts()\n", "pennylane").error["message"]


def test_returned_tensors_become_numbers_and_tapes_become_openqasm():
    expression = "{'tensor': np.array([0.5, 2], requires_grad=True), 'tape': qml.workflow.construct_tape(f)(), 'number': np.array(1.5)}"
    value = ask("    qml.RX(0.1 + 1e-15, 0)\n", "qml.counts()", expression).value
    assert value["tensor"] == [0.5, 2] and value["number"] == 1.5 and f"rx({0.1 + 1e-15!r}) q[0];" in value["tape"]["text"]


def test_a_barrier_stands_in_the_text():
    ran = ask("    qml.X(0)\n    qml.Barrier([0, 1])\n    qml.X(0)\n", "qml.counts()")
    assert "barrier q[0], q[1];" in ran.sent[1]["program"]["text"] and ran.value == {"00": 1000}


def test_each_text_has_a_witness_and_its_certificate_says_equivalent():
    ran = ask(
        ANSATZ + "    m = qml.measure(0)\n    qml.cond(m, qml.RZ)(x, 1)\n",
        "qml.expval(qml.Y(1))",
        "[f(0.1, 0.2), f(0.3, 0.4)]",
        arguments="x, y",
    )
    prepared = [answer for answer in ran.answers if "handle" in answer]
    assert len(prepared) == 2
    for answer in prepared:
        assert answer["certificates"][0]["hop"] == "script → interchange" and answer["certificates"][0]["result"] == "equivalent"


@pytest.mark.parametrize(
    ("body", "type_", "told", "line"),
    [
        ("import {missing}\n", "ModuleNotFoundError", "is not installed here", 4),
        ("def main(params):\n    return [1, 2][params['shots']]\n", "IndexError", "out of range", 5),
        ("def main(params):\n    return {{'a': [1.0, float('nan')]}}\n", "ValueRefused", "value['a'][1] is nan", None),
        ("def main(params):\n    return np.zeros(1 << 25, dtype=np.complex64)\n", "ResultTooLarge", "33,554,432 numbers", None),
        ("def main(params):\n    return 1\ndef main(params):\n    return 2\n", "EntryPointError", "declares main 2 times", None),
        ("x = 1\n", "EntryPointError", "Nothing to run", None),
    ],
)
def test_what_is_wrong_with_a_script_is_told_with_its_line(body, type_, told, line):
    error = run(HEAD + "\n" + body.format(missing="jax"), "pennylane").error
    assert error["category"] == "user" and error["type"] == type_ and told in error["message"] and error.get("line") == line


def test_a_script_that_never_calls_its_device_keeps_its_value():
    ran = run(HEAD + "\n" + "def main(params):\n    return params['shots']\n", "pennylane")
    assert ran.value == 1000 and ran.counts == [] and ran.verbs() == ["hello", "finish"]
