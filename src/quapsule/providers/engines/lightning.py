"""The compiled state vector of lightning.qubit, without PennyLane around it: under a microsecond a gate, the quickest for most circuits."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plan import Call, Matrix, Plan

NAME = "lightning.qubit"
try:
    from pennylane_lightning.lightning_qubit_ops import MeasurementsC128, StateVectorC128

    VERSION: str | None = version("pennylane_lightning")
except ImportError:
    VERSION = None

# Qiskit's name → (the engine's, whether inverted, how many of the first qubits are controls beyond its own).
_GATES = {
    "x": ("PauliX", False, 0), "y": ("PauliY", False, 0), "z": ("PauliZ", False, 0), "h": ("Hadamard", False, 0),
    "s": ("S", False, 0), "sdg": ("S", True, 0), "t": ("T", False, 0), "tdg": ("T", True, 0),
    "sx": ("SX", False, 0), "sxdg": ("SX", True, 0), "rx": ("RX", False, 0), "ry": ("RY", False, 0), "rz": ("RZ", False, 0),
    "p": ("PhaseShift", False, 0), "u1": ("PhaseShift", False, 0),
    "cx": ("CNOT", False, 0), "cy": ("CY", False, 0), "cz": ("CZ", False, 0), "swap": ("SWAP", False, 0),
    "cp": ("ControlledPhaseShift", False, 0), "cu1": ("ControlledPhaseShift", False, 0),
    "crx": ("CRX", False, 0), "cry": ("CRY", False, 0), "crz": ("CRZ", False, 0),
    "rxx": ("IsingXX", False, 0), "ryy": ("IsingYY", False, 0), "rzz": ("IsingZZ", False, 0),
    "ccx": ("Toffoli", False, 0), "cswap": ("CSWAP", False, 0), "ccz": ("PauliZ", False, 2), "csx": ("SX", False, 1),
    "mcx": ("PauliX", False, -1), "mcphase": ("PhaseShift", False, -1),
}  # fmt: skip


class LightningState:
    """A plan as calls of the engine, found once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._actions = [_action(call, call.qubits) for call in plan.calls]

    def probabilities(self, binding: Mapping[str, float]) -> NDArray[np.float64]:
        """Of all 2^qubits outcomes, qubit 0 the most significant bit of the index."""
        state = _fresh(self._plan.qubits)
        for act, (call, values) in zip(self._actions, self._plan.values(binding), strict=True):
            _do(act, call, values, state)
        found: NDArray[np.float64] = MeasurementsC128(state).probs(list(range(self._plan.qubits)))
        return found

    def matrices(self, binding: Mapping[str, float]) -> Iterator[Matrix]:
        """What each call really does, seen on every basis state of its own qubits."""
        for call, values in self._plan.values(binding):
            width = len(call.qubits)
            act = _action(call, tuple(range(width)))
            matrix = np.empty((1 << width, 1 << width), dtype=np.complex128)
            for column in range(1 << width):
                state = _fresh(width)
                state.setBasisState([column >> bit & 1 for bit in reversed(range(width))], list(range(width)))
                _do(act, call, values, state)
                seen = np.empty(1 << width, dtype=np.complex128)
                state.getState(seen)
                matrix[:, column] = seen
            yield matrix


def _fresh(qubits: int) -> Any:
    state = StateVectorC128(qubits)
    state.resetStateVector()
    return state


def _action(call: Call, qubits: tuple[int, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The engine's function and its arguments before the numbers. Without a word of the engine: by matrix."""
    if call.name not in _GATES:
        return None, (list(qubits), False)
    name, inverse, controls = _GATES[call.name]
    if controls == 0:
        return getattr(StateVectorC128, name), (list(qubits), inverse)
    split = controls if controls > 0 else len(qubits) - 1
    return getattr(StateVectorC128, name), (list(qubits[:split]), [True] * split, list(qubits[split:]), inverse)


def _do(action: tuple[Any, tuple[Any, ...]], call: Call, values: tuple[float, ...], state: Any) -> None:
    function, arguments = action
    if function is None:
        state.applyMatrix(call.matrix(values), *arguments)
    else:
        function(state, *arguments, values)
