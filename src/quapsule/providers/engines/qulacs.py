"""qulacs: a light state vector, quicker to start than Aer."""

import os
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plan import Call, Matrix, Plan

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when its library loads, as Aer's is

NAME = "qulacs"
try:
    import qulacs
    from qulacs import gate as gates

    VERSION: str | None = version("qulacs")
except ImportError:
    VERSION = None


def _phase(first: int, second: int, angle: float) -> Any:
    return gates.DiagonalMatrix([first, second], np.array([1, 1, 1, np.exp(1j * angle)]))


def _turn_zz(first: int, second: int, angle: float) -> Any:
    return gates.PauliRotation([first, second], [3, 3], -angle)


# By our gate's name: (places…, numbers…) → gate. Its rotations named Rot… turn as everybody's do; RX and its like turn back.
_GATES: dict[str, Any] = {} if VERSION is None else {
    "x": gates.X, "y": gates.Y, "z": gates.Z, "h": gates.H, "s": gates.S, "sdg": gates.Sdag, "t": gates.T, "tdg": gates.Tdag,
    "sx": gates.sqrtX, "sxdg": gates.sqrtXdag, "rx": gates.RotX, "ry": gates.RotY, "rz": gates.RotZ, "p": gates.U1, "u1": gates.U1,
    "cx": gates.CNOT, "cz": gates.CZ, "swap": gates.SWAP, "cp": _phase, "cu1": _phase, "rzz": _turn_zz,
    "ccx": gates.TOFFOLI, "cswap": gates.FREDKIN,
}  # fmt: skip


class QulacsState:
    """A plan as a circuit of the engine, made anew for each binding: that is quicker than its own way to change a number."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def probabilities(self, binding: Mapping[str, float]) -> NDArray[np.float64]:
        """Of all 2^qubits outcomes, qubit 0 the most significant bit of the index."""
        state = qulacs.QuantumState(self._plan.qubits)
        for one in self._gates(binding):
            one.update_quantum_state(state)
        amplitudes = state.get_vector()
        found: NDArray[np.float64] = amplitudes.real**2
        found += amplitudes.imag**2
        return found

    def matrices(self, binding: Mapping[str, float]) -> Iterator[Matrix]:
        """Of each gate as the engine keeps it, on the call's qubits in their order."""
        last = self._plan.qubits - 1
        for call, one in zip(self._plan.calls, self._gates(binding), strict=True):
            yield _on(one, [last - qubit for qubit in call.qubits])

    def _gates(self, binding: Mapping[str, float]) -> Iterator[Any]:
        # Its qubit 0 is the least significant bit of the index; ours the most.
        last = self._plan.qubits - 1
        for call, values in self._plan.values(binding):
            yield _gate(call, values, [last - qubit for qubit in call.qubits])


def _gate(call: Call, values: tuple[float, ...], places: list[int]) -> Any:
    if call.name in _GATES:
        return _GATES[call.name](*places, *values)
    # The first place of a matrix is its least significant bit.
    return gates.DenseMatrix(places[::-1], call.matrix(values))


def _on(gate: Any, places: list[int]) -> Matrix:
    """The gate's matrix with its controls, on exactly `places`, the first the most significant. Raises ValueError if it acts elsewhere."""
    targets, controls = list(gate.get_target_index_list()), list(gate.get_control_index_list())
    if sorted(targets + controls) != sorted(places):
        raise ValueError(f"the gate {gate.get_name()} acts on {targets + controls}, not on {places}")
    inner = np.asarray(gate.get_matrix(), dtype=np.complex128)
    matrix = np.eye(1 << len(places), dtype=np.complex128)
    wanted = dict(zip(controls, gate.get_control_value_list(), strict=True))
    bit = {place: len(places) - 1 - index for index, place in enumerate(places)}

    def index(row: int, rest: int) -> int:
        return rest | sum((row >> number & 1) << bit[target] for number, target in enumerate(targets))

    rest = sum(value << bit[control] for control, value in wanted.items())
    for row in range(inner.shape[0]):
        for column in range(inner.shape[0]):
            matrix[index(row, rest), index(column, rest)] = inner[row, column]
    return matrix
