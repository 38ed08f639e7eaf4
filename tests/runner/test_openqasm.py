# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""OpenQASM scripts, and Amazon Braket's SDK on the job's backend: its programs cross in standard names and mean the same."""

import inspect
import math

import numpy as np
import pytest
from braket.circuits import Circuit, Instruction, Noise, gates
from braket.ir.openqasm import Program

from quapsule.integrity.certify import certify_witness
from quapsule.integrity.forms.braket import read_circuit
from quapsule.integrity.witness import make_witness
from quapsule.runner.door import DoorError
from quapsule.runner.frameworks.braket_tasks import program_of
from quapsule.runner.frameworks.braket_text import to_standard

from .scripts import run

HEAD = "import math\nfrom braket.circuits import Circuit, FreeParameter\nfrom braket.ir.openqasm import Program\n"
# X on one qubit, another angle on each, measured permuted.
ASYMMETRIC = "Circuit().x(2).rx(0, math.pi).rx(1, 2 * math.pi).cnot(2, 3).measure(1).measure(3).measure(0).measure(2)"


def ask(code, head=HEAD, **params):
    return run(f"{head}def main(params):\n    return {code}\n", "openqasm", **params)


def certify(circuit, change=lambda text: text):
    names = [parameter.name for parameter in circuit.parameters]
    witness = make_witness(lambda values: read_circuit(circuit, values), names)  # none of the names here is a gate's
    return certify_witness(change(program_of(circuit, DoorError)["text"]), "qasm3", witness, hop="script → interchange")


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (Circuit().unitary(matrix=np.eye(2), targets=[0]), "braket unitary"),
        (Circuit().add_verbatim_box(Circuit().rx(0, 0.1)), "braket verbatim"),
        (Circuit().h(0).probability(), "braket result"),
        (Circuit().h(0).add_instruction(Instruction(Noise.BitFlip(0.1), 0)), "braket noise"),
        (Program(source="OPENQASM 3.0;\nqubit[1] q;\n  #pragma something else\nh q[0];"), "something else"),
    ],
)
def test_a_pragma_is_refused_by_name_and_line(program, says):
    with pytest.raises(DoorError) as refusal:
        program_of(program, DoorError)
    assert refusal.value.category == "user" and says in refusal.value.message and refusal.value.line > 1


def test_an_empty_circuit_what_is_no_program_and_missing_inputs_are_refused():
    assert "empty" in ask("device.run(Circuit())").error["message"]
    assert "not int" in ask("device.run(3, shots=5)").error["message"]
    error = ask("device.run(Circuit().rx(0, FreeParameter('alpha')))").error
    assert error["code"] == "unbound_parameters" and "alpha" in error["message"]
    assert "2 programs and 3 inputs" in ask("device.run_batch([Circuit().h(0)] * 2, inputs=[{}] * 3)").error["message"]


_GATES = [
    name
    for name in dir(gates)
    if inspect.isclass(getattr(gates, name))
    and issubclass(getattr(gates, name), gates.Gate)
    and name not in ("Gate", "AngledGate", "DoubleAngledGate", "TripleAngledGate", "PulseGate", "Unitary")
]


@pytest.mark.parametrize("modified", ["plain", "controlled", "power"])
@pytest.mark.parametrize("name", _GATES)
def test_each_gate_means_what_brakets_own_matrix_says(name, modified):
    kind = getattr(gates, name)
    width = kind.fixed_qubit_count()
    angles = [p for p in inspect.signature(kind.__init__).parameters.values() if p.name != "self" and p.kind == p.POSITIONAL_OR_KEYWORD]
    circuit = Circuit().ry(0, 0.3).ry(1, 1.1).ry(2, 2.2).ry(3, 0.7)
    more = {"plain": {}, "controlled": {"control": [3], "control_state": [0]}, "power": {"power": 2}}[modified]
    circuit.add_instruction(Instruction(kind(*(0.4, 1.3, -2.1)[: len(angles)]), [2, 0, 1][:width], **more))
    assert certify(circuit).result == "equivalent"


@pytest.mark.parametrize(
    ("right", "wrong"), [("cnot q[0], q[2]", "cnot q[2], q[0]"), ("b[0] = measure q[2]", "b[0] = measure q[1]"), ("h q[1];", "")]
)
def test_a_text_that_says_something_else_is_told_from_the_circuit(right, wrong):
    circuit = Circuit().rx(0, 0.3).cnot(0, 2).h(1).measure(2).measure(0)
    assert certify(circuit).result == "equivalent"
    changed = certify(circuit, lambda text: text.replace(right, wrong) if right in text else pytest.fail(text))
    assert changed.result == "mismatch"


def test_lines_keep_their_numbers_and_own_definitions_their_meaning():
    text = (
        "// a program\nOPENQASM 3.0;\nqubit[2] q;\ngate cnot a, b { cz a, b; }\nfor int i in [0:1] { h q[i]; }\ncnot q[0], q[1];\nv q[0];\n"
    )
    standard = to_standard(text, DoorError).text
    assert standard.splitlines()[2:] == text.splitlines()[2:]
    assert "gate v a" in standard and "gate cnot a, b { cx" not in standard and "gate i a" not in standard


def test_a_program_that_does_not_parse_has_its_own_line():
    error = ask("device.run(Program(source='OPENQASM 3.0;\\nqubit[1] q;\\nfrobnicate q[0];'))").error
    assert error["category"] == "user" and error["line"] == 3


def test_counts_keys_are_by_the_classical_bits_in_order():
    ran = ask(f"[(t := device.run({ASYMMETRIC}, shots=50).result()).measurement_counts, t.measured_qubits, t.measurements[0]]")
    assert ran.value == [{"0111": 50}, [1, 3, 0, 2], [0, 1, 1, 1]] and ran.counts == [{"0111": 50}]


def test_a_task_says_what_brakets_tasks_say():
    ran = ask(
        "[(t := device.run(Circuit().x(0), 20)).state(), t.result().measurement_probabilities, t.id == t.result().id, t.metadata()['shots']]"
    )
    assert ran.value == ["COMPLETED", {"1": 1.0}, True, 20]


def test_the_jobs_shots_hold_where_none_are_given():
    assert ask("sum(device.run(Circuit().h(0)).result().measurement_counts.values())").value == 1000


def test_a_batch_of_inputs_is_one_program_and_one_call():
    ran = ask(
        "[one.measurement_counts for one in device.run_batch(Circuit().rx(0, 2 * FreeParameter('a')).x(1), shots=9, inputs=[{'a': 0.0}, {'a': math.pi / 2}]).results()]"
    )
    assert ran.value == [{"01": 9}, {"11": 9}] and ran.verbs() == ["hello", "prepare", "run", "finish"]


def test_a_batch_of_programs_keeps_its_order():
    ran = ask("[t.result().measurement_counts for t in device.run_batch([Circuit().x(0), Circuit().i(0), Circuit().x(0)], shots=3).tasks]")
    assert ran.value == [{"1": 3}, {"0": 3}, {"1": 3}] and ran.verbs().count("run") == 2


def test_a_program_has_its_own_inputs():
    source = "OPENQASM 3.0;\\ninput float t;\\nbit[2] b;\\nqubit[2] q;\\nrx(t) q[0];\\ncnot q[0], q[1];\\nb = measure q;"
    assert ask(f"device.run(Program(source='{source}', inputs={{'t': math.pi}}), shots=4).result().measurement_counts").value == {"11": 4}


@pytest.mark.parametrize("name", ["t", "v", "x", "p", "sin", "U", "alpha"])
def test_free_parameters_may_be_called_as_gates_are(name):
    circuit = f"Circuit().rx(0, FreeParameter('{name}')).t(0).v(1).vi(1).rz(1, 2 * FreeParameter('zeta'))"
    assert ask(f"device.run({circuit}, shots=4, inputs={{'{name}': math.pi, 'zeta': 0.5}}).result().measurement_counts").value == {"10": 4}


def test_a_top_level_circuit_and_a_returned_one_are_run():
    ran = run(f"{HEAD}circuit = Circuit().rx(0, FreeParameter('theta')).i(1)\n", "openqasm", theta=math.pi)
    assert ran.counts == [{"10": 1000}] and ran.finish["entry_point"] == "circuit"
    assert ask("Circuit().x(0).i(1)").counts == [{"10": 1000}]


AHS = """
from braket.ahs import AnalogHamiltonianSimulation, AtomArrangement, DrivingField
from braket.timings import TimeSeries
register = AtomArrangement()
register.add([0, 0])
register.add([0, 5.5e-6])
ramp = TimeSeries().put(0, 0).put(1e-6, 1e7).put(2e-6, 0)
program = AnalogHamiltonianSimulation(register, DrivingField(ramp, TimeSeries().put(0, 0).put(2e-6, 0), TimeSeries().put(0, -1e7).put(2e-6, 1e7)))
"""


def test_an_analog_program_crosses_as_brakets_json_and_a_gate_backend_refuses_it():
    ran = ask("device.run(program, shots=10)", AHS)
    assert ran.error["category"] == "user"
    sent = next(message for message in ran.sent if message["verb"] == "prepare")
    assert (
        sent["program"]["format"] == "ahs"
        and '"ahs_register"' in sent["program"]["text"]
        and "braket.ir.ahs.program" in sent["program"]["text"]
    )


def test_braket_is_imported_only_by_the_scripts_that_use_it(run_in_box):
    told = run_in_box(
        "openqasm", "import json, sys\nprint(json.dumps({'there': any(name.split('.')[0] == 'braket' for name in sys.modules)}))\n"
    )
    assert told.value == {"there": False}
    code = f"{HEAD}def main(params):\n    return device.run({ASYMMETRIC}, shots=5).result().measurement_counts\n"
    assert run_in_box("openqasm", code).value == {"0111": 5}
