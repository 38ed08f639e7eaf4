"""Amazon Braket end to end: Amazon's own SDK over its REST protocol to a local server, results over S3. Refusals first."""

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Clone

from quapsule.providers import Program, ProviderProblem
from quapsule.providers.remote import SHOTS_DIFFER, Mismatch
from quapsule.sandbox.launch import Box

from .boxes import Boxes
from .braket_server.house import BraketHouse
from .braket_server.running import HEAD, Attempt, attempt_at, connection_to, new_job

pytestmark = pytest.mark.xdist_group("braket")

SV1, GARNET, ANKAA, FORTE = "sv1", "iqm-garnet", "rigetti-ankaa-3", "ionq-forte-1"
BELL = "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;\n"
GHZ = "qubit[4] q; bit[4] c;\nh q[0]; cx q[0], q[1]; cx q[1], q[2]; cx q[2], q[3]; c = measure q;\n"
# Does nothing: what a benchmark runs that wants to see the errors of its gates.
ECHO = "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; barrier q; cx q[0], q[1]; barrier q; h q[0]; c = measure q;\n"
# One qubit flipped, another angle on each, measured in another order into two registers, one not at all.
ASYMMETRIC = """input float turn;
qubit[4] q; bit[2] a; bit[2] b;
x q[0]; ry(turn) q[1]; ry(1.1) q[2]; ry(2.0) q[3];
cx q[0], q[1];
a[0] = measure q[3]; a[1] = measure q[0]; b[1] = measure q[1];
"""


@pytest.fixture
def engine(boxes: Boxes) -> Iterator[Box]:
    with boxes.engines.take() as box:
        yield box


@pytest.fixture
def attempt(request: pytest.FixtureRequest, database: Clone, engine: Box, braket: BraketHouse) -> Iterator[Attempt]:
    backend = getattr(request, "param", GARNET)
    with attempt_at(database, engine, braket, new_job(database, backend)) as made:
        yield made


def test_nothing_that_costs_is_submitted_while_the_limit_is_zero(database: Clone, engine: Box, braket: BraketHouse) -> None:
    with attempt_at(database, engine, braket, new_job(database, GARNET), connection=connection_to(braket, limit_usd=0.0)) as attempt:
        with pytest.raises(ProviderProblem, match=r"would cost 3\.2 USD") as caught:
            attempt.run(BELL)
        assert (caught.value.category, caught.value.code) == ("user", "budget_exceeded")
        assert attempt.at_the_vendor() == [] and attempt.posts() == []


def test_more_shots_than_the_device_takes_are_refused_here(attempt: Attempt) -> None:
    with pytest.raises(ProviderProblem, match="20,001 shots") as caught:
        attempt.run(BELL, shots=20_001)
    assert caught.value.code == "too_many_shots"
    assert attempt.rows("seq") == []


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("qubit[2] q; bit[2] c; c[0] = measure q[0]; x q[0]; c[1] = measure q[1];", "mid-circuit"),
        ("qubit q; bit c; reset q; c = measure q;", "a reset"),
    ],
)
def test_a_program_that_braket_cannot_express_is_refused_before_anything_is_written(attempt: Attempt, source: str, named: str) -> None:
    with pytest.raises(ProviderProblem, match=named):
        attempt.run(source)
    assert attempt.rows("seq") == [] and attempt.posts() == []


def test_a_translation_that_means_something_else_is_never_submitted(attempt: Attempt) -> None:
    honest = attempt.provider._call

    def lying(frame: dict[str, Any]) -> dict[str, Any]:
        said = honest(frame)
        if frame["verb"] == "translate":
            said["certificates"] = [{**one, "result": "mismatch"} for one in said["certificates"]]
        return said

    attempt.provider._call = lying
    with pytest.raises(Mismatch) as caught:
        attempt.run(BELL)
    assert (caught.value.category, caught.value.code) == ("system", "conversion_mismatch")
    assert [format for format, _ in caught.value.programs] == ["qasm3", "braket"]
    assert attempt.rows("seq") == [] and attempt.posts() == []


@pytest.mark.parametrize("attempt", [SV1, GARNET, ANKAA, FORTE], indirect=True)
def test_a_bell_pair_comes_back_certified(attempt: Attempt) -> None:
    prepared, ran = attempt.run(BELL)
    counts = ran.results[0]["counts"]
    assert set(counts) == {"00", "11"} and sum(counts.values()) == 2000 == ran.results[0]["shots"]
    assert abs(counts["11"] - 1000) < 5 * math.sqrt(500)
    hops = {one["hop"]: one["result"] for one in (*prepared.certificates, *ran.certificates)}
    assert hops["interchange → braket"] == "equivalent"
    assert ran.flags == ()
    [(arn, status)] = attempt.at_the_vendor()
    assert status == "COMPLETED" and ran.engine["tasks"] == [arn]
    assert attempt.rows("status", "provider_task_id", "emulated") == [("completed", arn, False)]


def test_the_hash_that_is_kept_is_of_the_text_that_was_sent(attempt: Attempt) -> None:
    attempt.run(BELL)
    [(body,)] = attempt.house.ask("select body from tasks where body like ?", f"%{attempt.job}%")
    source = json.loads(json.loads(body)["action"])["source"]
    assert attempt.rows("program_sha256") == [(hashlib.sha256(source.encode()).hexdigest(),)]


@pytest.mark.parametrize("attempt", [SV1, GARNET], indirect=True)
def test_a_ghz_state_of_four_qubits(attempt: Attempt) -> None:
    _, ran = attempt.run(GHZ)
    assert set(ran.results[0]["counts"]) == {"0000", "1111"} and ran.flags == ()


@pytest.mark.parametrize("attempt", [SV1, GARNET, ANKAA, FORTE], indirect=True)
def test_a_permuted_subset_lands_in_its_own_bits(attempt: Attempt) -> None:
    """a[0] = q[3], a[1] = q[0], b[0] nothing, b[1] = q[1]: keys a[0] a[1] b[0] b[1]."""
    prepared, ran = attempt.run(ASYMMETRIC, shots=4000, bindings=[{"turn": 0.4}, {"turn": 2.5}])
    assert prepared.registers == (("a", 2), ("b", 2))
    for turn, result in zip((0.4, 2.5), ran.results, strict=True):
        counts = result["counts"]
        first, last = math.sin(1.0) ** 2, math.cos(turn / 2) ** 2
        for key in ("0100", "0101", "1100", "1101"):
            chance = (first if key[0] == "1" else 1 - first) * (last if key[3] == "1" else 1 - last)
            assert abs(counts.get(key, 0) - 4000 * chance) < 5 * math.sqrt(4000 * chance * (1 - chance)) + 1, (key, counts)
        assert sum(counts.values()) == 4000 and all(key[1] == "1" and key[2] == "0" for key in counts)
    assert len(attempt.rows("seq")) == 2 and ran.flags == ()


def test_equal_programs_of_one_run_are_tasks_of_their_own(attempt: Attempt) -> None:
    _, ran = attempt.run(BELL, shots=100, bindings=[{}, {}, {}])
    assert len(ran.results) == 3
    assert attempt.rows("ordinal") == [(0,), (1,), (2,)] and len(attempt.at_the_vendor()) == 3
    tokens = [token for (token,) in attempt.rows("client_token")]
    assert len(set(tokens)) == 3 and all(1 <= len(token) <= 64 for token in tokens)


def test_a_tasks_cost_is_the_rows_price_and_goes_into_the_run(attempt: Attempt) -> None:
    _, ran = attempt.run(BELL, shots=1000)
    assert ran.cost_usd == pytest.approx(0.3 + 1000 * 0.00145)
    assert attempt.rows("cost_usd::float") == [(pytest.approx(1.75),)]


@pytest.mark.parametrize("attempt", [SV1], indirect=True)
def test_a_simulator_costs_at_least_its_least_time(attempt: Attempt) -> None:
    _, ran = attempt.run(BELL)
    assert ran.cost_usd == pytest.approx(0.075 * 3 / 60)


def test_what_the_device_says_it_ran_is_kept_and_judged(attempt: Attempt) -> None:
    _, ran = attempt.run(BELL)
    [(format, text)] = ran.executed
    assert format == "braket" and "#pragma braket verbatim" in text and "cz $" in text
    guarded = [one for one in ran.certificates if one["hop"] == "asked → executed"]
    assert [one["result"] for one in guarded] == ["equivalent"]


@pytest.mark.parametrize("attempt", [ANKAA], indirect=True)
def test_a_program_told_in_a_language_that_is_not_read_here_is_kept_and_said_to_be_unchecked(attempt: Attempt) -> None:
    _, ran = attempt.run(BELL)
    assert ran.executed[0][0] == "quil"
    [guarded] = [one for one in ran.certificates if one["hop"] == "asked → executed"]
    assert guarded["result"] == "not_checked" and "quil" in guarded["not_covered"][0]


@pytest.mark.parametrize("attempt", [FORTE], indirect=True)
def test_a_device_that_does_not_tell_what_it_ran_is_said_to_be_unchecked(attempt: Attempt) -> None:
    _, ran = attempt.run(BELL)
    assert ran.executed == ()
    [guarded] = [one for one in ran.certificates if one["hop"] == "asked → executed"]
    assert guarded["result"] == "not_checked"


@pytest.mark.parametrize(
    ("fault", "source", "flag"),
    [
        ("executed_empty", BELL, "executed_empty"),
        ("executed_one_cx_less", BELL, "executed_not_equivalent"),
        ("executed_one_cx_less", ECHO, "executed_entangling_gates_missing"),
        ("executed_barrier_lost", ECHO, "executed_barrier_lost"),
    ],
)
def test_a_device_that_ran_something_else_is_flagged(attempt: Attempt, fault: str, source: str, flag: str) -> None:
    attempt.house.plant(fault)
    _, ran = attempt.run(source)
    assert flag in ran.flags and SHOTS_DIFFER not in ran.flags
    assert attempt.rows("status") == [("completed",)], "it is flagged, not failed"


def test_a_legally_compiled_program_gets_no_flag(attempt: Attempt) -> None:
    source = "qubit[3] q; bit[3] c;\nh q[0]; cx q[0], q[1]; cx q[0], q[1]; t q[2]; barrier q; cx q[0], q[2]; c = measure q;\n"
    _, ran = attempt.run(source)
    assert ran.flags == ()


def test_a_program_that_measures_nothing_is_measured_whole(attempt: Attempt) -> None:
    prepared, ran = attempt.run("qubit[2] q; bit[3] unused;\nx q[1];\n")
    assert prepared.measured == "all, added" and set(ran.results[0]["counts"]) == {"01"}


def test_the_device_is_described_by_itself(attempt: Attempt) -> None:
    device = attempt.provider._vendor.describe()
    assert (device.name, device.provider, device.online) == ("Garnet", "IQM", True)
    assert device.gates and "cz" in device.gates


def test_a_task_names_the_calibration_that_the_device_told(attempt: Attempt) -> None:
    attempt.run(BELL, shots=10)
    attempt.run(GHZ, shots=10)
    [(first, status), (second, _)] = attempt.rows("calibration_id", "status")
    assert first == second is not None and status == "completed"
    [row] = attempt.database.owner.execute(
        "select backend, format, taken_at::text, description ->> 'qubits' from public.calibrations where id = %s", (first,)
    ).fetchall()
    assert row[:2] == (GARNET, "braket.device_schema.iqm.iqm_device_capabilities/1")
    assert row[2].startswith("2026-11-20") and row[3] == "20"


@pytest.mark.parametrize("attempt", [ANKAA], indirect=True)
def test_a_calibration_that_cannot_be_read_is_none(attempt: Attempt) -> None:
    attempt.run(BELL, shots=10)
    assert attempt.rows("calibration_id", "status") == [(None, "completed")]


def test_openqasm_2_goes_the_same_way(attempt: Attempt) -> None:
    text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2]; creg c[2];\nx q[0]; measure q[0] -> c[0]; measure q[1] -> c[1];\n'
    prepared = attempt.provider.prepare(Program("qasm2", text))
    assert set(attempt.provider.run(prepared.handle, [{}], 50, None).results[0]["counts"]) == {"10"}


@pytest.mark.parametrize("attempt", [FORTE], indirect=True)
def test_a_program_that_no_engine_here_could_hold_is_prepared_for_a_device_that_can(attempt: Attempt) -> None:
    layers = "".join(f"ry(0.{1 + q}) q[{q}];\n" for q in range(36)) + "".join(f"cx q[{a}], q[{b}];\n" for a in range(36) for b in range(a))
    prepared = attempt.provider.prepare(Program("qasm3", f"{HEAD}qubit[36] q; bit[36] c;\n{layers * 3}c = measure q;\n"))
    assert prepared.qubits == 36
    with pytest.raises(ProviderProblem, match="37 qubits; the backend"):
        attempt.provider.prepare(Program("qasm3", f"{HEAD}qubit[37] q; bit c; c = measure q[36];\n"))
