"""How often `compare` calls two samples of one distribution different, and how often it finds depolarising noise.

`alarms`: seeded pairs of samples, both of one distribution; `noise`: an ideal run beside one with depolarising noise after each two-qubit
gate, both of so many shots, as the local engine (Aer) computes them. Ends with an error when a wanted figure is not held.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

from bench.figures import machine
from quapsule.seal.statistics.compare import compare

ALPHA = 0.01
FEWEST, MOST = 0.003, 0.0135
WANTED = 0.95
SHOTS = 4_000
TWO_QUBIT_GATES = ["cx", "cz", "cp", "swap"]

Shares = NDArray[np.float64]


def bell() -> QuantumCircuit:
    return ghz(2)


def ghz(qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits)
    circuit.h(0)
    for qubit in range(qubits - 1):
        circuit.cx(qubit, qubit + 1)
    return circuit


def inverse_qft(qubits: int = 5, number: int = 13) -> QuantumCircuit:
    """The Fourier state of a basis state, made by turns of single qubits, and the inverse transform, which ends in that basis state."""
    circuit = QuantumCircuit(qubits)
    for qubit in range(qubits):
        circuit.h(qubit)
        circuit.p(2 * pi * number / 2 ** (qubit + 1), qubit)
    for target in range(qubits):
        for control in range(target):
            circuit.cp(-pi / 2 ** (target - control), control, target)
        circuit.h(target)
    return circuit


CIRCUITS = {"Bell": bell(), "GHZ-5": ghz(5), "inverse QFT": inverse_qft()}


def shares_of(circuit: QuantumCircuit, depolarising: float) -> Shares:
    """Probability of each outcome, in the order of the bit strings' numbers."""
    noise = NoiseModel()
    if depolarising:
        noise.add_all_qubit_quantum_error(depolarizing_error(depolarising, 2), TWO_QUBIT_GATES)
    asked = circuit.copy()
    asked.save_probabilities()
    engine = AerSimulator(method="density_matrix", noise_model=noise)
    # At level 0 nothing is merged: the noise comes after each gate as it is written.
    found = engine.run(transpile(asked, engine, optimization_level=0)).result().data()["probabilities"]
    shares = np.clip(np.asarray(found, dtype=np.float64), 0.0, None)
    return np.asarray(shares / shares.sum())


def sample(shares: Shares, shots: int, dice: np.random.Generator) -> dict[str, int]:
    width = max(1, (len(shares) - 1).bit_length())
    return {format(index, f"0{width}b"): int(count) for index, count in enumerate(dice.multinomial(shots, shares)) if count}


def distributions(dice: np.random.Generator) -> Iterator[tuple[Shares, tuple[int, int]]]:
    """For ever: flat and steep ones of 3 to 256 outcomes, dense and sparse, with equal and unequal shots."""
    while True:
        outcomes = int(dice.choice([4, 8, 32, 256]))
        shots = dice.choice([400, 1_000, 4_000, 10_000], size=2)
        yield dice.dirichlet(np.full(outcomes, float(dice.choice([0.2, 1.0, 10.0])))), (int(shots[0]), int(shots[1]))


def count_alarms(pairs: int, seed: int) -> int:
    dice = np.random.default_rng(seed)
    alarms = 0
    for (shares, shots), _ in zip(distributions(dice), range(pairs), strict=False):
        first, second = sample(shares, shots[0], dice), sample(shares, shots[1], dice)
        alarms += compare(first, second, alpha=ALPHA, state_power=False).verdict == "DIFFERENT"
    return alarms


def count_found(ideal: Shares, noisy: Shares, pairs: int, seed: int) -> int:
    dice = np.random.default_rng(seed)
    found = 0
    for _ in range(pairs):
        found += compare(sample(ideal, SHOTS, dice), sample(noisy, SHOTS, dice), alpha=ALPHA, state_power=False).verdict == "DIFFERENT"
    return found


def main(pairs: int, seed: int) -> int:
    print(machine())
    began = time.perf_counter()
    alarms = count_alarms(pairs, seed)
    seconds = time.perf_counter() - began
    share, spread = alarms / pairs, sqrt(ALPHA * (1 - ALPHA) / pairs)
    held = FEWEST <= share <= MOST
    print(f"same distribution, alpha {ALPHA:g}: {alarms} alarms in {pairs:,} pairs, {share:.2%} ± {spread:.2%}", end=" ")
    print(f"(wanted {FEWEST:.2%} to {MOST:.2%}: {'held' if held else 'NOT HELD'}); {seconds:.1f} s, {seconds / pairs * 1e3:.2f} ms each")

    every = max(200, pairs // 20)
    for name, circuit in CIRCUITS.items():
        ideal = shares_of(circuit, 0.0)
        rates: Mapping[float, float] = {
            noise: count_found(ideal, shares_of(circuit, noise), every, seed) / every for noise in (0.002, 0.005, 0.01, 0.05)
        }
        found = "   ".join(f"{noise:.1%}: {rate:7.2%}" for noise, rate in rates.items())
        held = held and rates[0.05] >= WANTED
        print(f"{name:<12} depolarising after each two-qubit gate, {SHOTS:,} shots, {every} pairs: {found}", end=" ")
        print(f"(wanted >= {WANTED:.0%} at 5 %: {'held' if rates[0.05] >= WANTED else 'NOT HELD'})")
        stated = compare(sample(ideal, SHOTS, np.random.default_rng(seed)), sample(ideal, SHOTS, np.random.default_rng(seed + 1))).power
        assert stated is not None
        print(f"{'':<12} stated power: 5 % uniform {stated.detects_mix:.0%}; 95 % at a TVD of {stated.smallest_tvd}")
    return 0 if held else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20_261_123)
    given = parser.parse_args()
    raise SystemExit(main(given.pairs, given.seed))
