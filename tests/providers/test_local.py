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
