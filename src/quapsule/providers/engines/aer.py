"""Qiskit Aer: one warm simulator per method, fed without a transpiler."""

import os
import time
from collections.abc import Sequence
from functools import cache

# Read once, when the simulator's library loads. Threads that spin while they wait make a Bell 20 times slower on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import qiskit_aer
from qiskit.circuit import QuantumCircuit
from qiskit_aer import AerSimulator

from .problems import EngineProblem

NAME = "aer"
VERSION: str = qiskit_aer.__version__
METHODS = ("statevector", "stabilizer", "matrix_product_state")


def run_circuits(
    circuits: Sequence[QuantumCircuit], method: str, shots: int, seed: int | None, memory_bytes: int, parallel: bool
) -> tuple[list[dict[str, int]], float]:
    """Raw counts of each circuit (hexadecimal keys, bit i is clbit i), and the seconds that they took together.

    parallel: all cores, for work that is worth waking them."""
    began = time.perf_counter()
    options = {} if seed is None else {"seed_simulator": seed}
    try:
        # Aer would otherwise go by the machine's memory, of which this box has only a part.
        result = _simulator(method, max(1, memory_bytes >> 20), 0 if parallel else 1).run(list(circuits), shots=shots, **options).result()
    except MemoryError as problem:
        raise EngineProblem("too_many_qubits", "The simulation ran out of the engine's memory.") from problem
    if not result.success:
        status = next((one.status for one in result.results if not one.success), result.status)
        raise EngineProblem("engine_failed", f"The simulator stopped: {status}", category="system")
    return [one.data.counts for one in result.results], time.perf_counter() - began


@cache
def _simulator(method: str, memory_mb: int, threads: int) -> AerSimulator:
    return AerSimulator(method=method, max_parallel_threads=threads, max_memory_mb=memory_mb)
