"""Mitigation around a noisy local backend: what it adds, and that it takes nothing away."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from quapsule.providers import Program, Provider, ProviderProblem, Ran
from quapsule.providers.emulated import EmulatedProvider
from quapsule.providers.engines.serve import answer as engine_answer
from quapsule.providers.local import LocalProvider
from quapsule.providers.mitigated import MitigatedProvider
from quapsule.providers.mitigation import read_mitigation
from quapsule.providers.mitigation_engine.serve import answer
from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Limits, Profile
from quapsule.worker.boxes import KINDS

from .box import HEAD, EngineInProcess
from .boxes import ask
from .devices import garnet

ROW = {"slug": "marqov-sim", "name": "Noisy", "qubit_count": 30, "max_qubits": 30, "max_shots": 100_000, "device_type": "simulator"}
NOISE = {"preset": "uniform", "one_qubit": 0.002, "two_qubit": 0.02, "readout": 0.05}
READOUT = {"readout": True}
ZNE = {"zne": {"scale_factors": [1, 3, 5], "extrapolation": "exponential"}}
BOTH = READOUT | ZNE
SHOTS = 4_000
GHZ = f"{HEAD}qubit[4] q;\nbit[4] c;\nh q[0];\ncx q[0], q[1];\ncx q[1], q[2];\ncx q[2], q[3];\nc = measure q;\n"
# <Z> of the register b is cos(left + right).
TURNED = f"""{HEAD}input float left;
input float right;
qubit[2] q;
bit[1] a;
bit[1] b;
ry(left) q[0];
cx q[0], q[1];
cx q[0], q[1];
ry(right) q[0];
cx q[0], q[1];
b[0] = measure q[0];
a[0] = measure q[1];
"""


class Counting:
    """The engine, and how many programs and shots it was asked for."""

    def __init__(self) -> None:
        self.box = EngineInProcess()
        self.frames: list[dict[str, Any]] = []

    def __call__(self, frame: dict[str, Any]) -> dict[str, Any]:
        self.frames.append(frame)
        return engine_answer(self.box.engine, frame)

    def of(self, verb: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["verb"] == verb]


def noisy(engine: Counting | None = None, noise: dict[str, Any] | None = None) -> LocalProvider:
    return LocalProvider(engine or Counting(), ROW, noise=NOISE if noise is None else noise)


def mitigated(options: dict[str, Any], engine: Counting | None = None, noise: dict[str, Any] | None = None) -> MitigatedProvider:
    return MitigatedProvider(noisy(engine, noise), read_mitigation(options), answer)


def run(provider: Provider, text: str, bindings: list[dict[str, float]] | None = None, shots: int = SHOTS, seed: int | None = 7) -> Ran:
    return provider.run(provider.prepare(Program("qasm3", text)).handle, bindings or [{}], shots, seed)


# Refusals


def test_a_dynamic_program_is_refused_before_a_single_shot() -> None:
    engine = Counting()
    text = f"{HEAD}qubit[2] q;\nbit[2] c;\nh q[0];\nc[0] = measure q[0];\nif (c[0]) {{ x q[1]; }}\nc[1] = measure q[1];\n"
    with pytest.raises(ProviderProblem, match="if_else") as caught:
        run(mitigated(BOTH, engine), text)
    assert (caught.value.category, caught.value.code) == ("user", "mitigation_unavailable")
    assert not engine.of("run")


def test_an_observable_that_does_not_fit_is_refused_before_a_single_shot() -> None:
    engine = Counting()
    with pytest.raises(ProviderProblem, match="2 letters") as caught:
        run(mitigated({"zne": {"observable": "ZZ"}}, engine), GHZ)
    assert caught.value.code == "validation_error"
    assert not engine.of("run")


def test_an_analog_program_is_refused() -> None:
    with pytest.raises(ProviderProblem, match="analog") as caught:
        mitigated(READOUT).prepare(Program("ahs", "{}"))
    assert caught.value.code == "mitigation_unavailable"


def test_what_fails_after_the_counts_costs_no_counts() -> None:
    """The engine refuses the calibration's shots, but not the program's: a readout of noise alone tells nothing."""
    noise = {"readout": 0.5}
    with_it = run(mitigated(READOUT, noise=noise), GHZ)
    assert with_it.results == run(noisy(noise=noise), GHZ).results
    assert with_it.mitigated[0]["readout"]["problem"]["code"] == "mitigation_unavailable"
    assert "expectation" not in with_it.mitigated[0]["readout"]


# What it must not change


@pytest.mark.parametrize("options", [READOUT, ZNE, BOTH], ids=["readout", "zne", "both"])
def test_the_raw_counts_are_those_of_a_run_without_it(options: dict[str, Any]) -> None:
    bindings = [{"left": 0.4, "right": 0.3}, {"left": 1.9, "right": -0.2}]
    plain, with_it = run(noisy(), TURNED, bindings), run(mitigated(options), TURNED, bindings)
    assert with_it.results == plain.results
    assert not plain.mitigated
    assert len(with_it.mitigated) == 2


def test_the_same_seed_gives_the_same_mitigated_values() -> None:
    first, second, other = (run(mitigated(BOTH), GHZ, seed=seed).mitigated for seed in (7, 7, 8))
    assert first == second
    assert first[0]["zne"]["values"] != other[0]["zne"]["values"]


# What it brings: 5 % readout error and depolarizing noise, ten seeded runs


@pytest.mark.parametrize("options", [READOUT, ZNE, BOTH], ids=["readout", "zne", "both"])
def test_the_mitigated_value_is_closer_to_the_ideal_than_the_raw(options: dict[str, Any]) -> None:
    for seed in range(1, 11):
        said = run(mitigated(options), GHZ, seed=1000 * seed).mitigated[0]
        ideal = 1.0  # <ZZZZ> of GHZ
        raw = abs(said["raw"]["value"] - ideal)
        for part in options:
            mean = said[part]["expectation"]
            assert abs(mean["value"] - ideal) < raw, (seed, part, said)
            assert mean["standard_error"] < raw


def test_both_together_reach_the_ideal_within_their_error() -> None:
    """Five points at 4 of the stated errors plus 0.02 for what an exponential leaves out: a false alarm in fewer than 1 of 3,000 runs."""
    angles = [{"left": 0.2 * place, "right": -0.05 * place} for place in range(1, 6)]
    options = {"readout": True, "zne": ZNE["zne"] | {"observable": "IZ"}}
    ran = run(mitigated(options), TURNED, angles, shots=20_000)
    for binding, said in zip(angles, ran.mitigated, strict=True):
        ideal = math.cos(binding["left"] + binding["right"])
        mean = said["zne"]["expectation"]
        assert abs(mean["value"] - ideal) < 4 * mean["standard_error"] + 0.02, (ideal, said)
        assert abs(mean["value"] - ideal) < abs(said["raw"]["value"] - ideal)


def test_the_corrected_distribution_is_nearer_to_the_ideal() -> None:
    said = run(mitigated(READOUT, noise={"readout": [0.02, 0.08]}), GHZ)
    ideal = {"0000": 0.5, "1111": 0.5}
    raw = {key: seen / SHOTS for key, seen in said.results[0]["counts"].items()}
    readout = said.mitigated[0]["readout"]

    def distance(found: dict[str, float]) -> float:
        return sum(abs(found.get(key, 0.0) - ideal.get(key, 0.0)) for key in found.keys() | ideal.keys()) / 2

    assert distance(readout["probabilities"]) < 0.4 * distance(raw)
    assert sum(readout["quasi_probabilities"].values()) == pytest.approx(1)
    for matrix, errors in zip(readout["confusion_matrices"], readout["confusion_standard_errors"], strict=True):
        assert abs(matrix[1][0] - 0.02) < 5 * errors[0]
        assert abs(matrix[0][1] - 0.08) < 5 * errors[1]


# What it costs


def test_programs_are_prepared_and_calibrated_once_and_every_shot_is_counted() -> None:
    engine = Counting()
    provider = mitigated(BOTH, engine)
    handle = provider.prepare(Program("qasm3", TURNED)).handle
    runs = [provider.run(handle, [{"left": 0.1 * step, "right": 0.2}], 500, step) for step in range(4)]
    assert len(engine.of("prepare")) == 1 + 2 + 2
    assert len(engine.of("run")) == 2 + 4 * 3
    shots = sum(frame["shots"] * len(frame["bindings"]) for frame in engine.of("run"))
    assert shots == 4 * 500 + sum(said["extra_shots"] for ran in runs for said in ran.mitigated)
    assert [ran.mitigated[0]["extra_shots"] for ran in runs] == [2000, 1000, 1000, 1000]
    assert all(said["cost_usd"] == 0 for ran in runs for said in ran.mitigated)
    for ran in runs:
        assert [one["certificate"]["hop"] for one in ran.mitigated[0]["zne"]["programs"]] == ["interchange → folded"] * 2


def test_more_shots_are_calibrated_anew() -> None:
    engine = Counting()
    provider = mitigated(READOUT, engine)
    handle = provider.prepare(Program("qasm3", GHZ)).handle
    extra = [provider.run(handle, [{}], shots, 1).mitigated[0]["extra_shots"] for shots in (200, 100, 400)]
    assert extra == [400, 0, 800]


# On an emulated device


def test_without_the_devices_size_its_readout_is_not_guessed() -> None:
    row = garnet()
    provider = MitigatedProvider(EmulatedProvider(Counting(), row), read_mitigation(READOUT), answer)
    with pytest.raises(ProviderProblem, match="cannot be calibrated") as caught:
        run(provider, GHZ)
    assert caught.value.code == "mitigation_unavailable"


def test_an_emulated_device_is_corrected_on_the_qubits_that_it_used() -> None:
    row = garnet()
    plain = run(EmulatedProvider(Counting(), row), GHZ)
    ran = run(MitigatedProvider(EmulatedProvider(Counting(), row), read_mitigation(BOTH), answer, row), GHZ)
    assert ran.results == plain.results
    said = ran.mitigated[0]
    assert said["flags"] == []
    raw = abs(said["raw"]["value"] - 1)
    assert abs(said["readout"]["expectation"]["value"] - 1) < raw
    assert abs(said["zne"]["expectation"]["value"] - 1) < raw
    # The chosen qubits' own errors, not those of the qubits that a program of four X would have been put on.
    errors = [row["calibration"]["description"]["readout_error"][qubit] for qubit in (16, 15, 19, 18)]
    for matrix, spread, (up, down) in zip(
        said["readout"]["confusion_matrices"], said["readout"]["confusion_standard_errors"], errors, strict=True
    ):
        assert abs(matrix[1][0] - up) < 5 * spread[0]
        assert abs(matrix[0][1] - down) < 5 * spread[1] + 0.005  # the X that prepares a 1 has an error of its own
    # Barriers keep the folded gates through the compiler.
    assert said["zne"]["scale_factors"] == pytest.approx([1, 3, 5], rel=0.25)
    assert len(ran.tasks) == 1 + 2 + 2


# In its box


@pytest.fixture(scope="module")
def box() -> Iterator[ForkServer]:
    kind = KINDS["mitigation"]
    module = f"quapsule.providers.{kind.package}.serve"
    profile = Profile(Limits(memory_bytes=1 << 30, cpu_seconds=60), code=kind.code)
    server = ForkServer("mitigation", [module], f"{module}:serve", profile, inspect_layers(), spares=0)
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_in_its_box_it_says_the_same_as_outside(box: ForkServer) -> None:
    outside = run(mitigated(BOTH), GHZ)
    with box.take() as taken:
        inside = run(MitigatedProvider(noisy(), read_mitigation(BOTH), lambda frame: ask(taken, frame)), GHZ)
    assert inside.results == outside.results
    assert inside.mitigated[0]["zne"]["expectation"] == pytest.approx(outside.mitigated[0]["zne"]["expectation"])
    assert inside.mitigated[0]["readout"]["confusion_matrices"] == outside.mitigated[0]["readout"]["confusion_matrices"]
