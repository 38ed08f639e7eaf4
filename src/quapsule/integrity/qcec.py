"""MQT QCEC as a second opinion on wide programs whose form does not decide. Imported only when it is asked."""

import os
import resource
import select
import signal
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .meaning import Gate, Matrix

MOST_GATES = 5000
MOST_BYTES = 512 << 20  # that a check may take beyond what the process has


def same_unitary(left: Sequence[Gate], right: Sequence[Gate], qubits: Sequence[int], seconds: float) -> bool | None:
    """Up to a global phase; None when it does not decide within `seconds`, or is not installed."""
    return verify(left, right, qubits, qubits, {}, seconds)


def verify(
    left: Sequence[Gate],
    right: Sequence[Gate],
    left_qubits: Sequence[int],
    right_qubits: Sequence[int],
    measured: Mapping[int, tuple[int, int]],
    seconds: float,
) -> bool | None:
    """left_qubits[i] starts where right_qubits[i] does; qubits of either beyond the other's begin in |0>. `measured`: clbit → (qubit of
    left, of right); without it the outputs sit where the inputs did. None when it is not decided."""
    if len(left) + len(right) > MOST_GATES or find_spec("qiskit") is None:
        return None
    try:
        from mqt import qcec
    except ImportError:
        return None
    bits = sorted(measured)
    one = _circuit(left, left_qubits, [measured[bit][0] for bit in bits])
    other = _circuit(right, right_qubits, [measured[bit][1] for bit in bits])
    if one is None or other is None:
        return None
    return _within(seconds, lambda: _decide(qcec, one, other, bool(measured)))


def _decide(qcec: Any, one: Any, other: Any, partial: bool) -> bool | None:
    found = qcec.verify(one, other, numerical_tolerance=1e-10, check_partial_equivalence=partial).equivalence
    name = getattr(found, "name", str(found))
    if name in ("equivalent", "equivalent_up_to_global_phase", "equivalent_up_to_phase"):
        return True
    return False if name == "not_equivalent" else None


def _within(seconds: float, decide: Callable[[], bool | None]) -> bool | None:
    """In a child that is killed: QCEC looks at its own time limit between its steps only, and one step can take minutes."""
    reading, writing = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, none of which the child needs
            child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if child == 0:
        try:
            _limit_memory()
            answer = decide()
            os.write(writing, b"u" if answer is None else b"y" if answer else b"n")
        finally:
            os._exit(0)
    os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], seconds)
        said = os.read(reading, 1) if ready else b""
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return {b"y": True, b"n": False}.get(said)


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _circuit(gates: Sequence[Gate], qubits: Sequence[int], measured: Sequence[int]) -> Any:
    """In the gates that QCEC reads."""
    from qiskit import QuantumCircuit

    place = {qubit: index for index, qubit in enumerate(qubits)}
    circuit = QuantumCircuit(len(qubits), len(measured))
    for gate in gates:
        if len(gate.qubits) > 3:
            return None
        for name, values, at in _spelled(gate.matrix.tobytes(), gate.matrix):
            getattr(circuit, name)(*values, *(place[gate.qubits[index]] for index in at))
    for bit, qubit in enumerate(measured):
        circuit.measure(place[qubit], bit)
    return circuit


_KNOWN: dict[bytes, list[tuple[str, tuple[float, ...], tuple[int, ...]]]] = {}


def _spelled(key: bytes, matrix: Matrix) -> list[tuple[str, tuple[float, ...], tuple[int, ...]]]:
    """u and cx (and diagonals and permutations by qiskit's synthesis) whose product it is, up to a global phase."""
    if key in _KNOWN:
        return _KNOWN[key]
    from qiskit.circuit.library import CXGate
    from qiskit.synthesis import OneQubitEulerDecomposer, TwoQubitBasisDecomposer, qs_decomposition

    width = matrix.shape[0].bit_length() - 1
    # The synthesis has its qubit 0 as the least significant bit.
    if width == 1:
        found = OneQubitEulerDecomposer("U")(matrix)
    elif width == 2:
        found = TwoQubitBasisDecomposer(CXGate(), euler_basis="U")(matrix)
    else:
        found = qs_decomposition(np.array(matrix)).decompose(reps=4)
    out = []
    for instruction in found.data:
        at = tuple(width - 1 - found.find_bit(qubit).index for qubit in instruction.qubits)
        name = instruction.operation.name
        out.append(({"u3": "u"}.get(name, name), tuple(float(value) for value in instruction.operation.params), at))
    if len(_KNOWN) > 2000:
        _KNOWN.clear()
    _KNOWN[key] = out
    return out
