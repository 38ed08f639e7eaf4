"""The local provider over an engine: refusals of the backend row, and the answers as dataclasses."""

from typing import Any

import pytest

from quapsule.providers import Program, ProviderProblem
from quapsule.providers.local import BACKENDS, LocalProvider

from .box import HEAD, EngineInProcess

BELL = Program("qasm3", HEAD + "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;")
ROW = {"slug": "local", "name": "Local", "qubit_count": 30, "max_qubits": 32, "max_shots": 100_000, "device_type": "simulator"}


class Call:
    """As the worker's: hands the frame to an engine; the number in it is the provider's."""

    def __init__(self) -> None:
        self.engine = EngineInProcess()

    def __call__(self, frame: dict[str, Any]) -> dict[str, Any]:
        from quapsule.providers.engines.serve import answer

        return answer(self.engine.engine, frame)


def provider(**row: Any) -> LocalProvider:
    return LocalProvider(Call(), ROW | row)


def test_too_many_shots_for_the_backend_are_refused() -> None:
    local = provider(max_shots=500)
    prepared = local.prepare(BELL)
    with pytest.raises(ProviderProblem, match="501 shots are more than the 500") as caught:
        local.run(prepared.handle, [{}], 501, None)
    assert (caught.value.category, caught.value.code) == ("user", "too_many_shots")
    with pytest.raises(ProviderProblem, match="at least 1"):
        local.run(prepared.handle, [{}], 0, None)


def test_too_many_qubits_for_the_backend_are_refused() -> None:
    with pytest.raises(ProviderProblem, match="3 qubits; the backend local has 2") as caught:
        provider(max_qubits=2).prepare(Program("qasm3", HEAD + "qubit[3] q;\nh q;"))
    assert caught.value.code == "too_many_qubits"


def test_a_syntax_error_keeps_its_place() -> None:
    with pytest.raises(ProviderProblem) as caught:
        provider().prepare(Program("qasm3", HEAD + "qubit q;\nhh q;"))
    assert (caught.value.code, caught.value.line, caught.value.column) == ("parse_error", 4, 1)


def test_an_answer_to_another_question_is_a_system_failure() -> None:
    with pytest.raises(ProviderProblem) as caught:
        LocalProvider(lambda frame: {"id": -1, "handle": "p1"}, ROW).prepare(BELL)
    assert caught.value.category == "system"


@pytest.mark.parametrize("slug", BACKENDS)
def test_both_local_backends_run_a_bell_pair_for_nothing(slug: str) -> None:
    local = provider(slug=slug)
    prepared = local.prepare(BELL)
    assert (prepared.registers, prepared.parameters, prepared.qubits, prepared.measured) == ((("c", 2),), (), 2, "as_written")
    ran = local.run(prepared.handle, [{}, {}], 1000, 7)
    assert ran.cost_usd == 0 and ran.engine["method"] == "statevector" and len(ran.results) == 2
    assert all(set(result["counts"]) == {"00", "11"} and result["shots"] == 1000 for result in ran.results)


def dense(qubits: int) -> Program:
    """As many non-Clifford gates as every pair of qubits takes."""
    pairs = f"for int i in [0:{qubits - 2}] {{ for int j in [i + 1:{qubits - 1}] {{ cp(0.3) q[i], q[j]; }} }}"
    return Program("qasm3", HEAD + f"qubit[{qubits}] q;\nry(0.4) q;\n{pairs}")


@pytest.mark.parametrize(
    ("slug", "program", "said"),
    [
        ("qb-sim-density-matrix", dense(14), "14 qubits as a density matrix take 4 GiB; this engine has 1 GiB, enough for 13 qubits."),
        ("dm1", dense(17), "17 qubits as a density matrix take 256 GiB"),
        ("sv1", Program("qasm3", HEAD + "qubit[34] q;\nh q;"), "34 qubits as a state vector take 256 GiB"),
        ("qb-sim-tensor-network", dense(40), "A matrix product state of these 40 qubits could need a bond dimension of 2^20"),
        (
            "tn1",
            Program("qasm3", HEAD + "qubit[2] q; bit c;\nh q[0]; c = measure q[0]; if (c) { x q[1]; }"),
            "branches or wide gates keep it from a matrix product state",
        ),
    ],
)
def test_a_simulator_that_is_stood_for_refuses_what_its_own_method_cannot_hold(slug: str, program: Program, said: str) -> None:
    with pytest.raises(ProviderProblem, match=r"qubits|branches") as caught:
        provider(slug=slug, qubit_count=100, max_qubits=100).prepare(program)
    assert caught.value.code == "too_many_qubits" and said in caught.value.message


def test_a_simulators_own_limit_of_qubits_holds() -> None:
    with pytest.raises(ProviderProblem, match="29 qubits; the backend qb-sim-statevector has 28"):
        provider(slug="qb-sim-statevector", qubit_count=28, max_qubits=28).prepare(
            Program("qasm3", HEAD + "qubit[29] q; bit c;\nx q[0]; c = measure q[0];")
        )


@pytest.mark.parametrize(
    ("slug", "method", "standing"),
    [
        ("qb-sim-statevector", "statevector", {"stands_for": "qpp"}),
        ("qb-sim-tensor-network", "matrix_product_state", {"stands_for": "tnqvm"}),
        ("qb-sim-density-matrix", "density_matrix", {"stands_for": "density-matrix"}),
        ("qb-sim-noisy-aer", "statevector", {"stands_for": "aer"}),
        ("sv1", "statevector", {"emulated": "sv1"}),
        ("dm1", "density_matrix", {"emulated": "dm1"}),
        ("tn1", "matrix_product_state", {"emulated": "tn1"}),
        ("local", "statevector", {}),
    ],
)
def test_a_simulator_of_others_runs_by_its_own_method_and_is_told_from_the_original(
    slug: str, method: str, standing: dict[str, str]
) -> None:
    local = provider(slug=slug)
    text = HEAD + "qubit[3] q; bit[2] c;\nx q[2]; ry(1.0) q[0]; c[0] = measure q[2]; c[1] = measure q[0];"
    ran = local.run(local.prepare(Program("qasm3", text)).handle, [{}], 4000, 3)
    assert ran.engine["method"] == method
    assert {name: ran.engine[name] for name in ("stands_for", "emulated") if name in ran.engine} == standing
    counts = ran.results[0]["counts"]
    assert set(counts) == {"10", "11"} and abs(counts["11"] / 4000 - 0.2298) < 0.03
    assert "noise" not in ran.engine and ran.engine["seconds_predicted"] > 0


def test_a_clifford_circuit_of_forty_qubits_is_no_state_vector_for_sv1() -> None:
    ghz = Program("qasm3", HEAD + "qubit[34] q;\nh q[0];\nfor int i in [0:32] { cx q[i], q[i + 1]; }")
    assert provider(max_qubits=34, qubit_count=34).prepare(ghz).facts["method"] == "stabilizer"
    with pytest.raises(ProviderProblem, match="state vector"):
        provider(slug="sv1", max_qubits=34, qubit_count=34).prepare(ghz)


def test_certificates_and_flags_come_with_what_was_prepared() -> None:
    prepared = provider().prepare(BELL)
    assert [(one["hop"], one["result"]) for one in prepared.certificates] == [("interchange → engine", "equivalent")]
    assert prepared.flags == () and prepared.executed is None
