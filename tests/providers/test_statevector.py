"""State vectors on request: where there is none, where it is too large, and which number stands where."""

from typing import Any

import numpy as np
import pytest

from quapsule.providers import Program, ProviderProblem
from quapsule.providers.local import LocalProvider
from quapsule.providers.noise import read_noise

from . import reference as ref
from .box import HEAD, EngineInProcess
from .reference import Reference, controlled, rotation


def ask(text: str, bindings: list[dict[str, float]] | None = None, **prepare: Any) -> dict[str, Any]:
    engine = EngineInProcess()
    said = engine({"verb": "prepare", "program": {"format": "qasm3", "text": HEAD + text}, **prepare})
    assert "error" not in said, said
    return engine({"verb": "run", "handle": said["handle"], "bindings": bindings or [{}], "shots": 50, "seed": 3, "statevector": True})


@pytest.mark.parametrize(
    "text",
    [
        "qubit[2] q; bit[2] c;\nh q[0]; c[0] = measure q[0]; h q[0]; c[1] = measure q[0];",
        "qubit[2] q; bit[2] c;\nh q[0]; reset q[0]; c = measure q;",
        "qubit[2] q; bit[2] c;\nh q[0]; c[0] = measure q[0]; if (c[0]) { x q[1]; }",
    ],
)
def test_a_program_whose_shots_end_in_different_states_has_none(text: str) -> None:
    error = ask(text)["error"]
    assert (error["category"], error["code"]) == ("user", "statevector_unavailable")


def test_noise_leaves_no_one_final_state() -> None:
    error = ask("qubit q; bit c;\nh q; c = measure q;", noise=read_noise({"readout": 0.1}).as_json())["error"]
    assert error["code"] == "statevector_unavailable" and "noise" in error["message"]


def test_seventeen_qubits_are_too_many_even_where_the_state_is_simple() -> None:
    error = ask("qubit[17] q; bit[17] c;\nx q[3]; c = measure q;")["error"]
    assert error["code"] == "statevector_too_large" and "16 qubits; the program has 17" in error["message"]


def test_more_states_than_a_frame_holds_are_refused_before_they_are_made() -> None:
    error = ask("input float a; qubit[14] q;\nry(a) q;", [{"a": 0.1 * number} for number in range(10)])["error"]
    assert error["code"] == "statevector_too_large" and "10 bindings" in error["message"]


def test_qubit_zero_is_the_most_significant_bit_of_the_index() -> None:
    found = ask("qubit[3] q; bit[3] c;\nx q[0]; c = measure q;")["statevectors"]
    assert [index for index, (real, _) in enumerate(found[0]) if abs(real) > 0.5] == [0b100]


def test_the_state_of_an_asymmetric_circuit_is_the_references_up_to_its_phase() -> None:
    text = (
        "input float a; qubit[3] q; qubit r; bit[4] c;\nry(a) q[0]; rx(1.3) q[1]; cx q[0], q[2]; crz(0.7) q[1], r; ry(0.4) r;\n"
        "c[0] = measure r; c[1] = measure q[2]; c[2] = measure q[0];"
    )
    answer = ask(text, [{"a": 0.6}, {"a": 2.1}])
    for angle, state in zip((0.6, 2.1), answer["statevectors"], strict=True):
        exact = Reference(4, 1).gate(rotation(ref.Y, angle), 0).gate(rotation(ref.X, 1.3), 1).gate(controlled(ref.X), 0, 2)
        exact.gate(controlled(rotation(ref.Z, 0.7)), 1, 3).gate(rotation(ref.Y, 0.4), 3)
        found = np.array([complex(real, imaginary) for real, imaginary in state])
        assert abs(abs(np.vdot(found, exact.branches[0].state.reshape(-1))) - 1) < 1e-12
    assert len(answer["results"]) == 2 and sum(answer["results"][0]["counts"].values()) == 50


def test_sixteen_qubits_cross_the_door() -> None:
    state = ask("qubit[16] q;\nh q;")["statevectors"][0]
    assert len(state) == 1 << 16 and all(abs(real - 2**-8) < 1e-12 for real, _ in state[::997])


def test_the_provider_gives_it_only_where_it_was_asked_for() -> None:
    program, row = Program("qasm3", HEAD + "qubit[2] q; bit[2] c;\nx q[1]; c = measure q;"), {"slug": "local", "max_shots": 100}
    wanted, plain = LocalProvider(EngineInProcess(), row, statevector=True), LocalProvider(EngineInProcess(), row)
    assert wanted.run(wanted.prepare(program).handle, [{}], 10, 1).statevector == ([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]],)
    assert plain.run(plain.prepare(program).handle, [{}], 10, 1).statevector == ()
    noisy = LocalProvider(EngineInProcess(), row | {"slug": "marqov-sim"}, noise={"readout": 0.1}, statevector=True)
    with pytest.raises(ProviderProblem, match="no one final state") as caught:
        noisy.run(noisy.prepare(program).handle, [{}], 10, 1)
    assert (caught.value.category, caught.value.code) == ("user", "statevector_unavailable")
