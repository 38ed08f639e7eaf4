"""Noise models as jobs give them: what is refused, by name and range, and what they come down to."""

from typing import Any

import pytest
from qiskit.circuit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

from quapsule.providers import Program, ProviderProblem
from quapsule.providers.engines import aer
from quapsule.providers.local import RULES, LocalProvider
from quapsule.providers.noise import Noise, read_noise

from .box import HEAD, EngineInProcess

DEVICE = {"preset": "device", "t1_us": 50, "t2_us": 70, "one_qubit_ns": 25, "two_qubit_ns": 60}
UNIFORM = {"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01, "readout": 0.02}
PROGRAM = Program("qasm3", HEAD + "qubit[2] q; bit[2] c;\nh q[0]; cx q[0], q[1]; c = measure q;")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "noise_model: must be an object."),
        ({}, "noise_model: is empty"),
        ({"preset": "ibm"}, 'noise_model.preset: must be "uniform" or "device", not \'ibm\''),
        ({"preset": None, "readout": 0.1}, "noise_model.preset: must be"),
        ({"preset": "uniform", "one_qbit": 0.1}, "noise_model.one_qbit: is not known; known are preset, one_qubit"),
        ({"preset": "uniform", "amplitude_damping": 0.1}, "noise_model.amplitude_damping: is not known"),
        ({"preset": "uniform", "one_qubit": 1.01}, "noise_model.one_qubit: must be a probability, 0 to 1, not 1.01"),
        ({"preset": "uniform", "two_qubit": -1e-9}, "noise_model.two_qubit: must be a probability"),
        ({"preset": "uniform", "one_qubit": "0.1"}, "noise_model.one_qubit: must be a number"),
        ({"preset": "uniform", "one_qubit": True}, "noise_model.one_qubit: must be a number"),
        ({"preset": "uniform", "one_qubit": None}, "noise_model.one_qubit: must be a number"),
        ({"preset": "uniform", "one_qubit": float("nan")}, "noise_model.one_qubit: must be a finite number"),
        ({"preset": "uniform", "one_qubit": 10**400}, "noise_model.one_qubit: must be a finite number"),
        (DEVICE | {"t2_us": 101}, "noise_model.t2_us: T2 is at most 2·T1 = 100 microseconds, not 101"),
        (DEVICE | {"t1_us": 0}, "noise_model.t1_us: must be above 0"),
        (DEVICE | {"t2_us": -3}, "noise_model.t2_us: must be above 0"),
        (DEVICE | {"two_qubit_ns": -1}, "noise_model.two_qubit_ns: must be at least 0"),
        ({"preset": "device", "t1_us": 50, "t2_us": 70, "one_qubit_ns": 25}, "noise_model.two_qubit_ns: is needed"),
        (DEVICE | {"t1": 50}, "noise_model.t1: is not known"),
        ({"depolarizing": 0.1}, "noise_model.depolarizing: must be"),
        ({"depolarizing": {"one_qubit": 2}}, "noise_model.depolarizing.one_qubit: must be a probability"),
        ({"depolarizing": {"three_qubit": 0.1}}, "noise_model.depolarizing.three_qubit: is not known"),
        ({"bitflip": 0.1}, "noise_model.bitflip: is not known; known are depolarizing, amplitude_damping, phase_damping, readout"),
        ({"amplitude_damping": 1.5}, "noise_model.amplitude_damping: must be a probability"),
        ({"phase_damping": float("inf")}, "noise_model.phase_damping: must be a finite number"),
        ({"readout": [0.1]}, "noise_model.readout: must be one probability, or two"),
        ({"readout": [0.1, 0.2, 0.3]}, "noise_model.readout: must be one probability, or two"),
        ({"readout": [0.1, 7]}, "noise_model.readout[1]: must be a probability"),
        ({"readout": {"p": 0.1}}, "noise_model.readout: must be a number"),
    ],
)
def test_what_no_noise_can_be_is_refused_with_its_path(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match="noise_model") as caught:
        read_noise(given)
    assert said in str(caught.value)


def test_a_backend_without_noise_refuses_it_and_names_those_that_have_it() -> None:
    for slug in (slug for slug, rule in RULES.items() if not rule.noise):
        with pytest.raises(ProviderProblem, match="marqov-sim, qb-sim-noisy-aer, qb-sim-density-matrix, dm1") as caught:
            LocalProvider(EngineInProcess(), {"slug": slug}, noise=UNIFORM)
        assert (caught.value.category, caught.value.code) == ("user", "noise_model_unavailable")


def test_a_wrong_noise_model_is_the_users_error_with_its_path() -> None:
    with pytest.raises(ProviderProblem, match=r"noise_model\.readout: must be a probability") as caught:
        LocalProvider(EngineInProcess(), {"slug": "marqov-sim"}, noise={"readout": 1.2})
    assert (caught.value.category, caught.value.code) == ("user", "validation_error")


def test_an_emulated_device_takes_no_noise_of_the_users_own() -> None:
    with pytest.raises(ProviderProblem, match="iqm-garnet simulates no noise of your own"):
        LocalProvider(EngineInProcess(), {"slug": "iqm-garnet"}, noise=UNIFORM)


@pytest.mark.parametrize(
    "given",
    [
        UNIFORM,
        DEVICE,
        DEVICE | {"readout": [0.01, 0.05]},
        {"depolarizing": {"two_qubit": 0.02}},
        {"amplitude_damping": 0.1, "phase_damping": 0.2},
        {"readout": 0},
    ],
)
def test_what_a_noise_model_comes_down_to_is_read_again_to_the_same(given: dict[str, Any]) -> None:
    noise = read_noise(given)
    assert read_noise(noise.as_json()) == noise


def test_one_readout_number_counts_for_both_outcomes() -> None:
    assert read_noise({"readout": 0.1}) == Noise(readout=(0.1, 0.1))
    assert read_noise({"readout": [0.1, 0.2]}).readout == (0.1, 0.2)


@pytest.mark.parametrize("slug", ["marqov-sim", "qb-sim-noisy-aer", "qb-sim-density-matrix", "dm1"])
def test_each_noisy_backend_runs_it_and_tells_which_noise_it_was(slug: str) -> None:
    local = LocalProvider(EngineInProcess(), {"slug": slug, "max_qubits": 14, "max_shots": 100_000}, noise={"readout": 0.25})
    ran = local.run(local.prepare(PROGRAM).handle, [{}], 4000, 5)
    counts = ran.results[0]["counts"]
    assert ran.engine["noise"] == read_noise({"readout": 0.25}).as_json()
    # Each of two bits is told wrongly in a quarter of the shots, whatever the bits were.
    assert abs((counts["01"] + counts["10"]) / 4000 - 2 * 0.25 * 0.75) < 0.03


def test_the_same_program_without_noise_is_another_program() -> None:
    engine = EngineInProcess()
    noisy = LocalProvider(engine, {"slug": "marqov-sim"}, noise={"readout": 1.0})
    plain = LocalProvider(engine, {"slug": "marqov-sim"})
    first, second = noisy.prepare(PROGRAM).handle, plain.prepare(PROGRAM).handle
    assert set(plain.run(second, [{}], 100, 1).results[0]["counts"]) == {"00", "11"}
    one = noisy.prepare(Program("qasm3", HEAD + "qubit q; bit c;\nx q; c = measure q;")).handle
    assert noisy.run(one, [{}], 100, 1).results[0]["counts"] == {"0": 100}
    assert "noise" in noisy.run(first, [{}], 100, 1).engine and "noise" not in plain.run(second, [{}], 100, 1).engine


@pytest.mark.parametrize(("method", "threads"), [("statevector", 1), ("matrix_product_state", 1), ("density_matrix", 0)])
def test_only_a_density_matrix_runs_noise_on_all_threads(method: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Aer finds Kraus operators on all the threads that it has; there LAPACK fails now and then, and takes the process with it.
    used: list[int] = []
    make = aer._simulator

    def simulator(method: str, memory_mb: int, threads: int) -> AerSimulator:
        used.append(threads)
        return make(method, memory_mb, threads)

    monkeypatch.setattr(aer, "_simulator", simulator)
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(0.1, 1), "x")
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure([0, 1], [0, 1])
    [counts] = aer.run_circuits([circuit], method, 100, 1, 1 << 28, parallel=True, noise=model)
    assert sum(counts.values()) == 100
    assert used == [threads]
