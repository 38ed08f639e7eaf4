"""State vectors that a meaning turns random product states into, with a branch for every outcome of a measurement in its midst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .blocks import applied, gather
from .meaning import Gate, If, Matrix, Measure, Reset, Step

MOST_BRANCHES = 1024
MOST_AMPLITUDES = 1 << 22  # of all branches together: 64 MiB
_NOTHING = 1e-14  # a probability that is rounding error


class TooMany(Exception):  # noqa: N818
    """More branches than can be followed."""


@dataclass(frozen=True)
class Branch:
    """`bits`: what has been measured, by classical bit (0 where nothing has been); `state`: (2,)*n, its squared norm the probability."""

    bits: tuple[int, ...]
    state: Matrix


def product_states(count: int, qubits: int, seed: int) -> Matrix:
    """(qubits, count, 2): amplitudes of random one-qubit states."""
    drawn = np.random.default_rng(seed)
    parts = drawn.normal(size=(qubits, count, 2)) + 1j * drawn.normal(size=(qubits, count, 2))
    out: Matrix = parts / np.linalg.norm(parts, axis=2, keepdims=True)
    return out


def product(parts: Matrix) -> Matrix:
    """(n, count, 2) → (2,)*n + (count,)"""
    qubits, count, _ = parts.shape
    out = np.ones((1, count), dtype=np.complex128)
    for one in parts:
        out = (out[:, None, :] * one.T[None, :, :]).reshape(-1, count)
    return out.reshape((2,) * qubits + (count,))


def run_gates(gates: Sequence[Gate], place: Mapping[int, int], state: Matrix, widest: int = 5) -> Matrix:
    """`place`: qubit → axis of `state`, whose further axes are carried along."""
    qubits = len(place)
    if qubits > 5:
        gates = gather(gates, min(widest, qubits))
    for gate in gates:
        state = applied(state, gate.matrix, [place[qubit] for qubit in gate.qubits])
    return state


def unitary(gates: Sequence[Gate], qubits: Sequence[int]) -> Matrix:
    """2^n × 2^n, qubits[0] the most significant bit."""
    size = 1 << len(qubits)
    start = np.eye(size, dtype=np.complex128).reshape((2,) * len(qubits) + (size,))
    return run_gates(gates, {qubit: axis for axis, qubit in enumerate(qubits)}, start).reshape(size, size)


def follow(steps: Sequence[Step], qubits: Sequence[int], clbits: int, state: Matrix) -> list[Branch]:
    """`state`: (2,)*n over `qubits`. Raises TooMany."""
    place = {qubit: axis for axis, qubit in enumerate(qubits)}
    return _follow(steps, place, [Branch((0,) * clbits, state)])


def _follow(steps: Sequence[Step], place: Mapping[int, int], branches: list[Branch]) -> list[Branch]:
    waiting: list[Gate] = []

    def caught_up(now: list[Branch]) -> list[Branch]:
        if not waiting:
            return now
        gates = gather(waiting, 4) if len(waiting) > 8 and len(place) > 6 else list(waiting)
        waiting.clear()
        return [Branch(one.bits, run_gates(gates, place, one.state)) for one in now]

    for step in steps:
        if isinstance(step, Gate):
            waiting.append(step)
        elif isinstance(step, (Measure, Reset)):
            branches = caught_up(branches)
            branches = [found for one in branches for found in _split(one, step, place[step.qubit])]
        elif isinstance(step, If):
            branches = caught_up(branches)
            found = []
            for one in branches:
                condition = step.condition
                value = sum(one.bits[clbit] << index for index, clbit in enumerate(condition.clbits))
                found.extend(_follow(step.then if value == condition.value else step.otherwise, place, [one]))
            branches = found
        if len(branches) > MOST_BRANCHES or sum(one.state.size for one in branches) > MOST_AMPLITUDES:
            raise TooMany
    return caught_up(branches)


def _split(branch: Branch, step: Measure | Reset, axis: int) -> list[Branch]:
    found = []
    for outcome in (0, 1):
        part = np.take(branch.state, outcome, axis=axis)
        if float(np.vdot(part, part).real) <= _NOTHING:
            continue
        kept = np.zeros_like(branch.state)
        index = [slice(None)] * branch.state.ndim
        index[axis] = slice(outcome, outcome + 1) if isinstance(step, Measure) else slice(0, 1)  # a reset puts what is left into |0>
        kept[tuple(index)] = np.expand_dims(part, axis)
        bits = branch.bits
        if isinstance(step, Measure):
            bits = (*bits[: step.clbit], outcome, *bits[step.clbit + 1 :])
        found.append(Branch(bits, kept))
    return found


def signatures(branches: Sequence[Branch], seed: int, order: Sequence[int] | None = None) -> dict[tuple[int, ...], Matrix]:
    """For each record of bits its density matrix applied to one random vector, which tells any two density matrices apart and knows no
    phase. `order`: of the axes."""
    size = branches[0].state.size
    drawn = np.random.default_rng(seed)
    against = drawn.normal(size=size) + 1j * drawn.normal(size=size)
    out: dict[tuple[int, ...], Matrix] = {}
    for branch in branches:
        state = (branch.state if order is None else branch.state.transpose(order)).reshape(-1)
        found = state * np.vdot(state, against)
        out[branch.bits] = out[branch.bits] + found if branch.bits in out else found
    return out


def outcomes(branches: Sequence[Branch], measured: Mapping[int, int], place: Mapping[int, int]) -> dict[tuple[int, ...], Matrix]:
    """For each record of the bits measured on the way the probabilities of those measured at the end: an axis of length 2 for each of
    `measured` (clbit → qubit), in the order of the clbits."""
    clbits = sorted(measured)
    wanted = [place[measured[clbit]] for clbit in clbits]
    distinct = list(dict.fromkeys(wanted))
    out: dict[tuple[int, ...], Matrix] = {}
    for branch in branches:
        state = branch.state
        weights: Any = state.real**2 + state.imag**2
        rest = tuple(axis for axis in range(state.ndim) if axis not in distinct)
        weights = weights.sum(axis=rest)
        order = sorted(distinct)
        weights = weights.transpose([order.index(axis) for axis in distinct])
        if len(distinct) < len(wanted):
            weights = _copied(weights, [distinct.index(axis) for axis in wanted])
        bits = tuple(0 if clbit in measured else bit for clbit, bit in enumerate(branch.bits))
        out[bits] = out[bits] + weights if bits in out else weights
    return out


def _copied(weights: Any, sources: list[int]) -> Any:
    """One qubit measured into several bits: they agree."""
    out = np.zeros((2,) * len(sources))
    for index in np.ndindex(weights.shape):
        out[tuple(index[source] for source in sources)] = weights[index]
    return out
