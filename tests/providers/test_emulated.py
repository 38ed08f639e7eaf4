"""Emulated devices in a real engine box: each device of the catalogue, the noise that its snapshot tells, and what is refused."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from quapsule.database.seeds.calibrations import read_calibrations
from quapsule.providers import Prepared, Program, ProviderProblem, Ran
from quapsule.providers.emulated import EmulatedProvider
from quapsule.sandbox.launch import Box

from .box import HEAD
from .boxes import Boxes, ask
from .devices import device

SHOTS = 4000
BELL = HEAD + "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;"
GHZ = HEAD + "qubit[4] q; bit[4] c;\nh q[0]; cx q[0], q[1]; cx q[1], q[2]; cx q[2], q[3]; c = measure q;"
# X on one qubit, another angle on each, measured permuted into two registers.
ASYMMETRIC = (
    HEAD + "input float w;\nqubit[3] q; bit[2] a; bit[1] b;\nx q[0]; ry(w) q[1]; ry(1.1) q[2]; barrier q;\n"
    "b[0] = measure q[0]; a[1] = measure q[1]; a[0] = measure q[2];"
)
SNAPSHOTS = {row["backend"]: row["description"] for row in read_calibrations()}
CALIBRATION = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def engine(boxes: Boxes) -> Iterator[Box]:
    with boxes.engines.take() as taken:
        yield taken


def emulated(engine: Box, slug: str, description: dict[str, Any], **row: Any) -> EmulatedProvider:
    calibration = {"id": CALIBRATION, "sha256": "0" * 64, "taken_at": "2026-01-01", "source": "a test", "description": description}
    limits = {"max_shots": 5000, "max_qubits": description["qubits"], "qubit_count": description["qubits"]}
    return EmulatedProvider(lambda frame: ask(engine, frame), {"slug": slug, **limits, "calibration": calibration, **row})


def run(provider: EmulatedProvider, text: str, shots: int = SHOTS, **inputs: float) -> tuple[Prepared, Ran, dict[str, float]]:
    prepared = provider.prepare(Program("qasm3", text))
    ran = provider.run(prepared.handle, [inputs], shots, 11)
    counts = ran.results[0]["counts"]
    assert sum(counts.values()) == shots
    return prepared, ran, {key: seen / shots for key, seen in counts.items()}


def certain(prepared: Prepared) -> None:
    """Every hop was compared and found right."""
    assert {one["hop"] for one in prepared.certificates} >= {"interchange → executed"}
    assert all(one["result"] == "equivalent" for one in prepared.certificates), prepared.certificates
    assert prepared.flags == ()


def line(**changes: Any) -> dict[str, Any]:
    return device(3, [[0, 1], [1, 2]], ["prx"], "cz", **changes)


def test_a_device_without_calibration_is_refused() -> None:
    with pytest.raises(ProviderProblem, match="no calibration") as refused:
        EmulatedProvider(lambda frame: frame, {"slug": "iqm-garnet"})
    assert refused.value.code == "backend_unavailable"


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (HEAD + "qubit[4] q; h q;", "too_many_qubits", "4 qubits; the device has 3"),
        (HEAD + "qubit[2] q; bit c; c = measure q[0]; if (c) { x q[1]; }", "unsupported", "conditionals"),
        (HEAD + "qubit[2] q; bit[2] c; c[0] = measure q[0]; x q[0]; c[1] = measure q[0];", "unsupported", "measures once"),
        (HEAD + "qubit q; reset q;", "unsupported", "cannot reset"),
        (HEAD + "qubit q; hh q;", "parse_error", "hh"),
    ],
)
def test_what_the_device_cannot_do_is_refused_with_the_reason(engine: Box, text: str, code: str, says: str) -> None:
    with pytest.raises(ProviderProblem, match=says) as refused:
        emulated(engine, "line", line()).prepare(Program("qasm3", text))
    assert (refused.value.category, refused.value.code) == ("user", code)


def test_the_devices_own_limit_of_shots_binds(engine: Box) -> None:
    provider = emulated(engine, "line", line(), max_shots=100)
    prepared = provider.prepare(Program("qasm3", BELL))
    with pytest.raises(ProviderProblem, match="101 shots are more than the 100"):
        provider.run(prepared.handle, [{}], 101, None)


def test_without_error_the_counts_are_perfect(engine: Box) -> None:
    prepared, _, seen = run(emulated(engine, "line", line()), BELL)
    assert set(seen) == {"00", "11"} and abs(seen["00"] - 0.5) < 5 * math.sqrt(0.25 / SHOTS)
    certain(prepared)
    _, _, seen = run(emulated(engine, "line", line()), ASYMMETRIC, w=0.0)
    assert set(seen) == {"001", "101"}


@pytest.mark.parametrize("flipped", [0, 1, 2])
def test_a_qubit_that_is_always_misread_flips_its_own_bit_and_no_other(engine: Box, flipped: int) -> None:
    """Three qubits with a chain of gates use the whole line; the text says which of them each bit is read from."""
    flips = [[1.0, 1.0] if qubit == flipped else [0.0, 0.0] for qubit in range(3)]
    text = HEAD + "qubit[3] q; bit[2] a; bit[1] b;\nx q[0]; cx q[0], q[1]; cx q[1], q[2];\n"
    text += "b[0] = measure q[1]; a[0] = measure q[0]; x q[2]; a[1] = measure q[2];"
    prepared, _, seen = run(emulated(engine, "line", line(readout_error=flips)), text, 200)
    assert prepared.executed is not None
    bits = ["a[0]", "a[1]", "b[0]"]
    place = next(bits.index(said.split(" = ")[0]) for said in prepared.executed.splitlines() if said.endswith(f"measure ${flipped};"))
    wanted = list("101")
    wanted[place] = "0" if wanted[place] == "1" else "1"
    assert seen == {"".join(wanted): 1.0}


def test_one_sided_readout_and_gate_errors_are_those_of_the_snapshot(engine: Box) -> None:
    prepared, _, seen = run(emulated(engine, "line", line(readout_error=[[0.0, 0.2]] * 3)), HEAD + "qubit q; bit c; x q; c = measure q;")
    certain(prepared)
    assert seen["0"] == pytest.approx(0.2, abs=5 * math.sqrt(0.16 / SHOTS))
    # Depolarization with average infidelity 0.1 moves 2/15 of |1> … two thirds of 1.5 × 0.1 … into |0>.
    _, _, seen = run(emulated(engine, "line", line(one_qubit_error=[0.1] * 3)), HEAD + "qubit q; bit c; x q; c = measure q;")
    assert seen["0"] == pytest.approx(0.1, abs=5 * math.sqrt(0.09 / SHOTS))


@pytest.mark.parametrize("slug", SNAPSHOTS)
def test_each_device_runs_bell_ghz_and_an_asymmetric_circuit_within_its_noise(engine: Box, slug: str) -> None:
    provider, described = emulated(engine, slug, SNAPSHOTS[slug]), SNAPSHOTS[slug]
    for text, ideal, inputs in (
        (BELL, {"00": 0.5, "11": 0.5}, {}),
        (GHZ, {"0000": 0.5, "1111": 0.5}, {}),
        (ASYMMETRIC, _asymmetric(0.5), {"w": 0.5}),
    ):
        prepared, ran, seen = run(provider, text, **inputs)
        certain(prepared)
        distance = sum(abs(seen.get(key, 0.0) - ideal.get(key, 0.0)) for key in {*seen, *ideal}) / 2
        # Errors add up at most; sampling adds its own.
        assert distance <= _most_error(prepared, described) + 5 * math.sqrt(len(ideal) / (4 * SHOTS))
        assert all(seen[key] > chance / 2 for key, chance in ideal.items() if chance > 0.1)
        assert ran.cost_usd == 0
        assert (ran.engine["emulated"], ran.engine["device"], ran.engine["calibration_id"]) == (True, slug, CALIBRATION)
        [task] = ran.tasks
        assert (task["backend"], task["shots"], task["calibration_id"], task["emulated"]) == (slug, SHOTS, CALIBRATION, True)
        natives = {*described["native_gates"]["one"], *described["native_gates"]["two"]}
        assert _gates(prepared) <= natives and _gates(prepared) & natives


def test_a_program_is_compiled_once_and_bound_as_often_as_it_is_run(engine: Box) -> None:
    provider = emulated(engine, "line", line())
    prepared = provider.prepare(Program("qasm3", ASYMMETRIC))
    assert prepared.parameters == ("w",) and prepared.executed is not None and "input float w;" in prepared.executed
    ran = provider.run(prepared.handle, [{"w": 0.0}, {"w": math.pi}], 500, 3)
    assert [{key[1] for key in result["counts"]} for result in ran.results] == [{"0"}, {"1"}]


def _asymmetric(angle: float) -> dict[str, float]:
    """a[0] from q[2], a[1] from q[1], b[0] from q[0]."""
    two, one = math.sin(1.1 / 2) ** 2, math.sin(angle / 2) ** 2
    return {
        f"{a}{b}1": (two if a == "1" else 1 - two) * (one if b == "1" else 1 - one) for a in "01" for b in "01"
    }  # fmt: skip


def _gates(prepared: Prepared) -> set[str]:
    assert prepared.executed is not None
    lines = [line for line in prepared.executed.splitlines() if "$" in line and " = measure " not in line]
    return {line.split("(")[0].split(" ")[0] for line in lines} - {"barrier", "delay"}


def _most_error(prepared: Prepared, described: dict[str, Any]) -> float:
    """The sum of what the snapshot says of every gate and readout in the executed text. A gate's average infidelity e is at most
    1.5 e (one qubit) or 1.25 e (two) as a distance, whatever it acts on."""
    assert prepared.executed is not None
    place = {label: index for index, label in enumerate(described["labels"])}
    total = 0.0
    for said in prepared.executed.splitlines():
        qubits = [place[word.strip(",;")[1:]] for word in said.split() if word.startswith("$")]
        if "measure" in said:
            total += max(described["readout_error"][qubits[0]])
        elif len(qubits) == 2 and not said.startswith("barrier"):
            errors = described["two_qubit_error"]
            total += 1.25 * errors.get(f"{qubits[0]}-{qubits[1]}", errors.get(f"{qubits[1]}-{qubits[0]}"))
        elif len(qubits) == 1 and not said.startswith(("rz", "barrier")):
            total += 1.5 * described["one_qubit_error"][qubits[0]]
    return total
