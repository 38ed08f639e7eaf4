"""What a circuit would cost on each engine: seconds and bytes, fitted to runs on two cores. The seconds only need to rank the engines; the
result tells prediction and truth side by side."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from . import lightning, qulacs
from .facts import Facts, statevector_bytes
from .plan import WIDEST_GATE

_MOST_BITS = 1000  # beyond it a power of two is not a float any more


@dataclass(frozen=True)
class Noisy:
    """What the choice needs to know of a noise model: whether a stabilizer can follow its channels."""

    stabilizer: bool


@dataclass(frozen=True)
class Cost:
    """Of one circuit: `seconds` with all its shots, `memory_bytes` of the simulation itself."""

    engine: str
    method: str
    seconds: float
    memory_bytes: int


def estimate_costs(facts: Facts, shots: int, noise: Noisy | None) -> list[Cost]:
    """One per engine that can run the circuit exactly; with noise also the trajectories, exact in the limit of many shots."""
    makers: tuple[Callable[[Facts, int, Noisy | None], Cost | None], ...]
    makers = (_lightning, _qulacs, _aer_vector, _density, _stabilizer, _tensors)
    return [cost for cost in (make(facts, shots, noise) for make in makers) if cost is not None]


def _lightning(facts: Facts, shots: int, noise: Noisy | None) -> Cost | None:
    if lightning.VERSION is None or not _is_plain(facts, noise):
        return None
    size = 2.0 ** min(facts.active_qubits, _MOST_BITS)
    per_amplitude = 2e-10 if facts.active_qubits <= 20 else 3.5e-10 if facts.active_qubits == 21 else 5e-10
    work = (facts.gates + 10 * facts.dense_gates) * (7e-7 + per_amplitude * size)
    seconds = 3e-5 + work + 6e-9 * size + _drawing(size, shots) + 3e-6 * facts.open_numbers
    return Cost(lightning.NAME, "statevector", seconds, statevector_bytes(facts.active_qubits) * 3 // 2)


def _qulacs(facts: Facts, shots: int, noise: Noisy | None) -> Cost | None:
    if qulacs.VERSION is None or not _is_plain(facts, noise):
        return None
    size = 2.0 ** min(facts.active_qubits, _MOST_BITS)
    per_amplitude = 1.3e-9 if facts.active_qubits <= 16 else 1.5e-9 / _cores()
    seconds = 5e-5 + (facts.gates + 2 * facts.dense_gates) * (1.5e-6 + per_amplitude * size) + 1e-8 * size + _drawing(size, shots)
    return Cost(qulacs.NAME, "statevector", seconds + 3e-6 * facts.open_numbers, statevector_bytes(facts.active_qubits) * 3)


def _aer_vector(facts: Facts, shots: int, noise: Noisy | None) -> Cost:
    size = 2.0 ** min(facts.active_qubits, _MOST_BITS)
    repeats = _repeats(facts, shots, noise)
    # Shot by shot nothing is fused, and every measurement looks at the whole state.
    per_amplitude = 7e-9 if repeats > 1 else 1.2e-9 if facts.active_qubits <= 20 else 2.2e-9
    if noise is None:  # trajectories keep to one core
        per_amplitude /= _cores()
    seconds = _start(facts, noise) + max(1, facts.gates) * per_amplitude * size * repeats + 7e-7 * shots
    if repeats > 1:
        seconds += repeats * _turn(facts, noise)
    return Cost("aer", "statevector", seconds, statevector_bytes(facts.active_qubits))


def _density(facts: Facts, shots: int, noise: Noisy | None) -> Cost:
    """Noise does not repeat it: the state holds all that can happen. Only a branch on a measured bit does."""
    size = 4.0 ** min(facts.active_qubits, _MOST_BITS // 2)
    repeats = shots if facts.dynamic else 1
    per_number = (4e-9 if noise is None else 9e-9) / _cores()
    seconds = _start(facts, noise) + max(1, facts.gates) * (2e-6 + per_number * size) * repeats + 7e-7 * shots
    if repeats > 1:
        seconds += repeats * _turn(facts, noise)
    return Cost("aer", "density_matrix", seconds, 16 << 2 * facts.active_qubits)


def _stabilizer(facts: Facts, shots: int, noise: Noisy | None) -> Cost | None:
    if not facts.clifford or (noise is not None and not (noise.stabilizer and facts.written_clifford)):
        return None
    qubits = facts.qubits
    repeats = _repeats(facts, shots, noise)
    seconds = _start(facts, noise) + (5e-7 + 1e-8 * qubits**2) * shots
    seconds += 2e-6 * facts.gates if repeats == 1 else repeats * _turn(facts, noise)
    return Cost("aer", "stabilizer", seconds, 1 << 20 | qubits * qubits)


def _tensors(facts: Facts, shots: int, noise: Noisy | None) -> Cost | None:
    if facts.bond_bits is None or facts.bond_bits > 60:
        return None
    repeats = _repeats(facts, shots, noise)
    per_shot = 2e-8 * facts.bond_numbers + 1.1e-6 * facts.qubits
    work = (1.8e-4 if repeats == 1 else 1.2e-5) * facts.gates + 2e-8 * facts.bond_work
    seconds = 5e-3 + _start(facts, noise) + work * repeats + per_shot * shots
    if repeats > 1:
        seconds += repeats * _turn(facts, noise)
    # The tensors and what a decomposition needs beside them.
    return Cost("aer", "matrix_product_state", seconds, int(16 * 4 * facts.bond_numbers))


def _is_plain(facts: Facts, noise: Noisy | None) -> bool:
    """Gates, then measurements, and nothing by chance: what a bare state vector can do."""
    return noise is None and not facts.dynamic and not facts.mid_circuit and facts.widest_gate <= WIDEST_GATE


def _repeats(facts: Facts, shots: int, noise: Noisy | None) -> int:
    return shots if facts.dynamic or noise is not None else 1


def _start(facts: Facts, noise: Noisy | None) -> float:
    """What Aer's Python side takes before the first gate."""
    return (8e-4 if noise is None else 8e-3) + 1.3e-5 * (facts.gates + facts.measurements)


def _turn(facts: Facts, noise: Noisy | None) -> float:
    """Of a shot that is run for itself: to begin it, to go from gate to gate, and to draw what noise does after each."""
    return 5e-5 + (5e-7 if noise is None else 3e-6) * facts.gates


def _drawing(size: float, shots: int) -> float:
    """To draw the shots from the probabilities of `size` outcomes: all at once, or one by one where there are more outcomes than shots."""
    return 5e-8 * size if size <= shots else 1e-7 * shots


def _cores() -> float:
    """How much quicker Aer is on all cores: a seventh of its work keeps to one."""
    cores = int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count() or 1
    return 1 / (0.15 + 0.85 / cores)
