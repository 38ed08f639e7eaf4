"""Qiskit Aer: one warm simulator per method, fed without a transpiler."""

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

# Read once, when the simulator's library loads. Threads that spin while they wait make a Bell 20 times slower on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import qiskit_aer
from numpy.typing import NDArray
from qiskit.circuit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.library import SaveStatevector
from qiskit_aer.noise import NoiseModel

from .problems import EngineProblem

NAME = "aer"
VERSION: str = qiskit_aer.__version__
METHODS = ("statevector", "stabilizer", "matrix_product_state", "density_matrix")


def run_circuits(
    circuits: Sequence[QuantumCircuit],
    method: str,
    shots: int,
    seed: int | None,
    memory_bytes: int,
    parallel: bool,
    noise: NoiseModel | None = None,
) -> list[dict[str, int]]:
    """Raw counts of each circuit: hexadecimal keys, bit i is clbit i. parallel: all cores, for work that is worth waking them."""
    # Trajectories need every channel's Kraus operators. Aer 0.18 finds them on all its threads, where LAPACK fails on a busy machine and
    # takes the process with it; a density matrix has no use for them.
    threads = 0 if parallel and (noise is None or method == "density_matrix") else 1
    # Aer would otherwise go by the machine's memory, of which this box has only a part.
    result = _run(_simulator(method, max(1, memory_bytes >> 20), threads), circuits, shots, seed, noise)
    return [one.data.counts for one in result.results]


def find_states(circuits: Sequence[QuantumCircuit], memory_bytes: int) -> list[NDArray[np.complex128]]:
    """The final state of each circuit, which has neither measurements nor branches: 2^qubits amplitudes, qubit 0 the most significant bit
    of the index."""
    prepared = []
    for circuit in circuits:
        saved = circuit.copy()
        saved.append(SaveStatevector(circuit.num_qubits), circuit.qubits)
        prepared.append(saved)
    result = _run(_simulator("statevector", max(1, memory_bytes >> 20), 1), prepared, 1, None, None)
    found: list[NDArray[np.complex128]] = []
    for circuit, one in zip(circuits, result.results, strict=True):
        amplitudes = np.asarray(one.data.statevector, dtype=np.complex128)
        found.append(amplitudes.reshape((2,) * circuit.num_qubits).transpose().reshape(-1))
    return found


def _run(simulator: AerSimulator, circuits: Sequence[QuantumCircuit], shots: int, seed: int | None, noise: NoiseModel | None) -> Any:
    options: dict[str, Any] = {} if seed is None else {"seed_simulator": seed}
    if noise is not None:
        options["noise_model"] = noise
    try:
        result = simulator.run(list(circuits), shots=shots, **options).result()
    except MemoryError as problem:
        raise EngineProblem("too_many_qubits", "The simulation ran out of the engine's memory.") from problem
    if not result.success:
        status = next((one.status for one in result.results if not one.success), result.status)
        raise EngineProblem("engine_failed", f"The simulator stopped: {status}", category="system")
    return result


@cache
def _simulator(method: str, memory_mb: int, threads: int) -> AerSimulator:
    return AerSimulator(method=method, max_parallel_threads=threads, max_memory_mb=memory_mb)
