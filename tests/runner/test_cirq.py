# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""The Cirq sampler. Circuits are asymmetric: a Bell state would hide a reversed key."""

import math

import cirq
import pytest

from .scripts import Ran, run

HEAD = "import cirq, sympy\nimport numpy as np\na, b, c = cirq.LineQubit.range(3)\n"
# X on one qubit, a different angle on each, measured permuted into two registers.
PERMUTED = (
    HEAD
    + "circuit = cirq.Circuit(cirq.X(b), cirq.ry(0.4)(a), cirq.ry(1.1)(c), cirq.Moment(), cirq.measure(c, a, key='left'), cirq.measure(b, key='right'))\n"
)


def ask(expression: str, head: str = PERMUTED, **more) -> Ran:
    return run(f"{head}def main(params):\n    return {expression}\n", "cirq", **more)


def counts_of(result: str = "device.run(circuit)") -> str:
    return f"{{key: {{str(k): v for k, v in {result}.histogram(key=key).items()}} for key in {result}.measurements}}"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("cirq.Circuit(cirq.depolarize(0.1)(a), cirq.measure(a))", "noise_model"),
        ("cirq.Circuit(cirq.X(cirq.LineQid(0, 3)) if False else cirq.IdentityGate(qid_shape=(3,))(cirq.LineQid(0, 3)))", "3 levels"),
        ("cirq.Circuit(cirq.measure(a, key='m', confusion_map={(0,): np.array([[0.9, 0.1], [0.1, 0.9]])}))", "confusion map"),
        ("cirq.Circuit(cirq.X(a)**sympy.Symbol('t'), cirq.measure(a))", "unresolved symbols: t"),
        ("cirq.Circuit(cirq.rx(float('nan'))(a), cirq.measure(a))", "not finite"),
        ("cirq.Circuit(cirq.CircuitOperation(cirq.FrozenCircuit(cirq.H(a), cirq.measure(a, key='m')), repeat_until=cirq.KeyCondition(cirq.MeasurementKey('m')), use_repetition_ids=False))", "repeats until"),
        ("cirq.Circuit(cirq.X(a), cirq.measure(*cirq.LineQubit.range(9), key='m'), cirq.X(a).with_classical_controls('m'))", "9 bits"),
        ("'x'", "not str"),
    ],
)  # fmt: skip
def test_what_cannot_be_expressed_is_refused_by_name(made, told):
    error = ask("device.run(circuit)", HEAD + f"circuit = {made}\n").error
    assert error["category"] == "user" and told in error["message"] and error["line"] == 6


def test_an_unknown_gate_without_a_decomposition_is_refused_by_name():
    gate = "class Mystery(cirq.Gate):\n    def _num_qubits_(self): return 1\n    def __str__(self): return 'mystery'\n"
    error = ask("device.run(circuit)", HEAD + gate + "circuit = cirq.Circuit(Mystery()(a), cirq.measure(a))\n").error
    assert error["category"] == "user" and "Mystery (mystery" in error["message"]


def test_zero_repetitions_are_refused():
    assert "at least once" in ask("device.run(circuit, repetitions=0)").error["message"]


def test_forty_qubits_are_refused_by_the_backend_as_the_users_error():
    layers = "[[cirq.ry(0.3 + n + k)(q[k]) for k in range(40)] + [cirq.CZ(q[k], q[(7 * k + n) % 40]) for k in range(40) if k != (7 * k + n) % 40] for n in range(20)]"
    error = ask("device.run(circuit)", HEAD + f"q = cirq.LineQubit.range(40)\ncircuit = cirq.Circuit({layers}, cirq.measure(*q))\n").error
    assert error["category"] == "user" and "40 qubits" in error["message"] and error["type"] == "Problem"


def test_a_refusal_is_caught_as_cirqs_own_are():
    script = (
        HEAD
        + "def main(params):\n    try:\n        device.run(cirq.Circuit(cirq.depolarize(0.1)(a)))\n    except ValueError as refusal:\n        return str(refusal)[:11]\n"
    )
    assert run(script, "cirq").value == "The channel"


def test_two_times_a_key_of_different_width_is_refused():
    head = HEAD + "circuit = cirq.Circuit(cirq.measure(a, key='m'), cirq.measure(a, b, key='m'))\n"
    assert "'m' measures 1 qubits, and then 2" in ask("device.run(circuit)", head).error["message"]


def test_keys_are_by_measurement_at_the_door_and_in_cirqs_order_inside():
    ran = ask("device.run(circuit, repetitions=4000)")
    ours = ran.counts[0]
    order = [name for name, _ in ran.answers[0]["registers"]]
    assert order == ["left", "right"]
    assert all(key[2] == "1" for key in ours) and sum(ours.values()) == 4000
    left = ran.value["left"]
    assert ran.value["right"] == {"1": 4000} and left == {bits: ours[bits + "1"] for bits in left}
    assert left["10"] / 4000 == pytest.approx(math.sin(0.55) ** 2 * math.cos(0.2) ** 2, abs=0.03)  # c is 1, a is 0


def test_the_same_circuit_gives_the_same_counts_as_cirqs_simulator():
    code = f"[{counts_of('ours')}, {counts_of('theirs')}]"
    script = f"{PERMUTED}def main(params):\n    ours, theirs = device.run(circuit, repetitions=8000), cirq.Simulator(seed=1).run(circuit, repetitions=8000)\n    return {code}\n"
    ours, theirs = run(script, "cirq").value
    for key in ("left", "right"):
        assert set(ours[key]) == set(theirs[key])
        assert all(abs(ours[key][bits] - theirs[key][bits]) < 400 for bits in ours[key])


def test_shots_are_those_of_the_job_unless_the_call_says_otherwise():
    assert ask("[device.run(circuit).repetitions, device.run(circuit, repetitions=7).repetitions]", shots=20).value == [20, 7]


def test_a_circuit_that_measures_nothing_is_measured_whole():
    ran = ask("device.run(circuit)", HEAD + "circuit = cirq.Circuit(cirq.X(b), cirq.I(a), cirq.I(c))\n")
    assert ran.counts == [{"010": 1000}] and list(ran.value.values()) == [{"010": 1000}]
    assert ran.answers[0]["measured"] == "all, added"


def test_a_part_that_is_measured_is_not_relabelled():
    assert ask("device.run(circuit)", HEAD + "circuit = cirq.Circuit(cirq.X(c), cirq.H(a), cirq.measure(c, b, key='m'))\n").value == {
        "m": {"10": 1000}
    }


def test_qubits_of_every_kind_are_taken_in_sorted_order():
    head = "import cirq\nx, y = cirq.NamedQubit('x'), cirq.GridQubit(0, 1)\nz = cirq.LineQubit(-3)\ncircuit = cirq.Circuit(cirq.X(x), cirq.I(y), cirq.I(z))\n"
    script = head + "def main(params):\n    order = sorted(circuit.all_qubits())\n    return [device.run(circuit), order.index(x)]\n"
    ran = run(script, "cirq")
    assert ran.counts[0] == {"".join("1" if place == ran.value[1] else "0" for place in range(3)): 1000}


@pytest.mark.parametrize("key", ["q", "a b", "x", "θ", "measure"])
def test_a_key_of_any_name_keeps_its_counts(key):
    head = HEAD + f"circuit = cirq.Circuit(cirq.X(b), cirq.measure(a, b, key={key!r}), cirq.measure(c, key='a_b'))\n"
    assert ask("device.run(circuit)", head).value == {key: {"01": 1000}, "a_b": {"0": 1000}}


def test_a_repeated_key_keeps_each_time_apart():
    head = HEAD + "circuit = cirq.Circuit(cirq.measure(a, b, key='m'), cirq.X(b), cirq.measure(a, b, key='m'))\n"
    assert ask("[device.run(circuit).records['m'].shape, device.run(circuit).records['m'][0]]", head).value == [
        [1000, 2, 2],
        [[0, 0], [0, 1]],
    ]


def test_mid_circuit_measurement_reset_controls_and_inversion_do_what_cirq_does():
    head = HEAD + (
        "circuit = cirq.Circuit(cirq.X(a), cirq.measure(a, b, key='m', invert_mask=(True, True)), cirq.X(c).with_classical_controls('m'), cirq.reset(a),"
        " cirq.WaitGate(cirq.Duration(nanos=2.5))(b), cirq.measure(c, a, b, key='end'))\n"
    )
    expected = {"m": {"01": 1000}, "end": {"100": 1000}}
    ran = ask("device.run(circuit)", head)
    assert ran.value == expected and "delay[2.5ns]" in ran.sent[1]["program"]["text"]
    assert ask("cirq.Simulator().run(circuit, repetitions=1000)", head).value == expected


@pytest.mark.parametrize(
    ("condition", "when"),
    [
        ("'m'", lambda m, n: m != 0),
        ("sympy.Eq(sympy.Symbol('m'), 2)", lambda m, n: m == 2),
        ("sympy.Symbol('m') > sympy.Symbol('n')", lambda m, n: m > n),
        ("cirq.BitMaskKeyCondition('m', bitmask=1, target_value=1, equal_target=True)", lambda m, n: m & 1 == 1),
        ("sympy.Xor(sympy.IndexedBase('m')[0], sympy.IndexedBase('m')[1])", lambda m, n: m in (1, 2)),
        ("'m', 'n'", lambda m, n: m != 0 and n != 0),
    ],
)
@pytest.mark.parametrize("bits", range(8))
def test_every_kind_of_condition_holds_when_cirq_says_so(condition, when, bits):
    m, n = bits >> 1, bits & 1
    set_up = "".join(f"cirq.X(q[{place}]), " for place in range(3) if bits >> (2 - place) & 1)
    head = HEAD + (
        f"q = cirq.LineQubit.range(4)\ncircuit = cirq.Circuit({set_up}cirq.measure(q[0], q[1], key='m'), cirq.measure(q[2], key='n'),"
        f" cirq.X(q[3]).with_classical_controls({condition}), cirq.measure(q[3], key='end'))\n"
    )
    assert ask("device.run(circuit, repetitions=5)", head).value["end"] == {str(int(when(m, n))): 5}


def test_subcircuits_are_unrolled_with_their_qubits_and_keys():
    head = HEAD + (
        "inner = cirq.FrozenCircuit(cirq.X(a), cirq.measure(a, key='m'))\n"
        "circuit = cirq.Circuit(cirq.CircuitOperation(inner, use_repetition_ids=True).repeat(2), cirq.CircuitOperation(inner).with_qubit_mapping({a: c}).with_measurement_key_mapping({'m': 'other'}), cirq.measure(b, key='end'))\n"
    )
    assert ask("device.run(circuit)", head).value == {"0:m": {"1": 1000}, "1:m": {"0": 1000}, "other": {"1": 1000}, "end": {"0": 1000}}


def test_a_phase_under_control_becomes_a_relative_one():
    head = (
        HEAD + "circuit = cirq.Circuit(cirq.H(a), cirq.global_phase_operation(-1).controlled_by(a), cirq.H(a), cirq.measure(a, key='m'))\n"
    )
    assert ask("device.run(circuit)", head).value == {"m": {"1": 1000}}


LOOP = HEAD + (
    "t, u = sympy.symbols('t u')\n"
    "def step(x, y):\n    return cirq.Circuit(cirq.rx(x)(a), cirq.ry(y)(b), cirq.ZZPowGate(exponent=x * y)(a, b), cirq.measure(a, b, key='m'))\n"
)


def test_a_sweep_is_one_program_and_one_call():
    ran = ask(f"device.run_sweep(step(2 * t, u), [{{'t': 0, 'u': 0}}, {{'t': {math.pi / 2}, 'u': 0}}, {{'u': {math.pi}, 't': 0}}])", LOOP)
    assert ran.value == [{"m": {"00": 1000}}, {"m": {"10": 1000}}, {"m": {"01": 1000}}]
    assert ran.verbs() == ["hello", "prepare", "run", "finish"] and len(ran.sent[2]["bindings"]) == 3


def test_a_batch_of_circuits_that_differ_in_numbers_is_one_call_and_keeps_its_order():
    ran = ask(f"device.run_batch([step(0, 0), step({math.pi}, 0), step(0, {math.pi})])", LOOP)
    assert ran.value == [[{"m": {"00": 1000}}], [{"m": {"10": 1000}}], [{"m": {"01": 1000}}]]
    assert ran.verbs() == ["hello", "prepare", "run", "finish"]


def test_a_batch_may_have_sweeps_and_repetitions_of_its_own():
    ran = ask(
        f"[[r.repetitions for r in each] for each in device.run_batch([step(t, 0), step(0, u)], [[{{'t': 1}}, {{'t': 2}}], {{'u': {math.pi}}}], [10, 20])]",
        LOOP,
    )
    assert ran.value == [[10, 10], [20]] and sum(ran.counts[2].values()) == 20


def test_a_variational_loop_prepares_at_most_twice():
    ran = ask(f"[device.run(step({math.pi} * (n % 2), 0.0)) for n in range(20)]", LOOP)
    assert ran.value == [{"m": {"10": 1000}} if n % 2 else {"m": {"00": 1000}} for n in range(20)]
    assert ran.verbs().count("prepare") == 2 and ran.verbs().count("run") == 20


def test_a_loop_over_resolvers_prepares_once():
    ran = ask(f"[device.run(step(t, u), {{'u': 0, 't': {math.pi} * (n % 2)}}) for n in range(10)]", LOOP)
    assert ran.value[1] == {"m": {"10": 1000}} and ran.verbs().count("prepare") == 1


def test_numbers_given_in_any_order_are_bound_by_name():
    head = LOOP + "circuit = step(t, u)\n"
    ran = run(head, "cirq", u=math.pi, t=0.0)
    assert ran.finish["entry_point"] == "circuit" and ran.counts == [{"01": 1000}]


def test_symbols_without_a_number_are_all_named():
    assert "unresolved symbols: t, u." in run(LOOP + "circuit = step(t, u)\n", "cirq").error["message"]


def test_a_gate_that_is_written_by_its_numbers_alone_may_have_symbols():
    head = (
        LOOP
        + "circuit = cirq.Circuit(cirq.X(a), cirq.givens(u)(a, b).controlled_by(c), cirq.PhasedFSimGate(t, 0, 0, 0, 0)(a, b), cirq.measure(a, b, key='m'))\n"
    )
    ran = ask(f"device.run_sweep(circuit, [{{'t': 0, 'u': 1}}, {{'t': {math.pi / 2}, 'u': 1}}])", head)
    assert ran.value == [{"m": {"10": 1000}}, {"m": {"01": 1000}}]


def test_a_returned_circuit_is_run():
    assert ask("[circuit, circuit]").counts and len(ask("[circuit, circuit]").counts) == 2


def test_the_samplers_own_methods_work():
    ran = ask(
        "device.sample(cirq.Circuit(cirq.X(a)**t, cirq.measure(a, key='m')), repetitions=3, params=[{'t': 0}, {'t': 1}])['m'].tolist()",
        LOOP,
    )
    assert ran.value == [0, 0, 0, 1, 1, 1]
    ran = ask(
        "device.sample_expectation_values(cirq.Circuit(cirq.ry(0.6)(a), cirq.X(b)), [cirq.Z(a), cirq.X(a), cirq.Z(a) * cirq.Z(b)], num_samples=20000)[0]"
    )
    assert ran.value == pytest.approx([math.cos(0.6), math.sin(0.6), -math.cos(0.6)], abs=0.05)


def test_a_circuit_as_a_value_is_openqasm():
    value = ask("{'circuit': circuit}").value["circuit"]
    assert value["format"] == "qasm3" and "ry(pi*0.12732395447351627)" in value["text"]


def test_every_digit_of_an_angle_crosses():
    angle = 0.1 + 1e-15
    ran = ask("device.run(circuit)", HEAD + f"circuit = cirq.Circuit(cirq.rz({angle!r})(a), cirq.CZ(a, b)**(1/7), cirq.measure(a))\n")
    assert f"rz(pi*{cirq.rz(angle).exponent!r})" in ran.sent[1]["program"]["text"] and f"cp(pi*{1 / 7!r})" in ran.sent[1]["program"]["text"]


def test_each_text_has_a_witness_and_its_certificate_says_equivalent():
    ran = ask("[device.run(circuit), device.run(circuit), device.run(step(t, 1), {'t': 0.3})]", PERMUTED + LOOP)
    prepared = [answer for answer in ran.answers if "handle" in answer]
    assert len(prepared) == 3
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
    error = run(HEAD + body.format(missing="cirq_google"), "cirq").error
    assert error["category"] == "user" and error["type"] == type_ and told in error["message"] and error.get("line") == line


def test_a_script_that_never_calls_its_device_keeps_its_value():
    ran = run(HEAD + "def main(params):\n    return params['shots']\n", "cirq")
    assert ran.value == 1000 and ran.counts == [] and ran.verbs() == ["hello", "finish"]


def test_the_samplers_asynchronous_methods_take_the_jobs_shots_too():
    script = PERMUTED + (
        "async def main(params):\n    return [(await device.run_async(circuit)).repetitions, len(device.sample(circuit)),"
        " [r.repetitions for r in await device.run_sweep_async(circuit, None)], (await device.run_batch_async([circuit], None, 3))[0][0].repetitions]\n"
    )
    assert run(script, "cirq", shots=20).value == [20, 20, [20], 3]


def test_a_circuit_without_qubits_is_the_users_error():
    assert ask("device.run(cirq.Circuit())").error["category"] == "user"
