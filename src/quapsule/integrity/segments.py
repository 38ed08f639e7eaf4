"""Programs cut at barriers that reach over all qubits which gates join: no gate may cross such a cut, whatever a compiler does."""

from collections.abc import Sequence
from dataclasses import dataclass

from .compare import parts_of
from .meaning import Barrier, Delay, Gate
from .wires import Item


@dataclass(frozen=True)
class Part:
    """Qubits that gates join, and their gates between cuts (no empty ones). A barrier between the last gates and the measurements cuts
    nothing off. `static`: nothing but gates and waits happens on them."""

    qubits: tuple[int, ...]
    segments: tuple[tuple[Gate, ...], ...]
    static: bool


def cut_apart(items: Sequence[Item]) -> list[Part]:
    parts = []
    for qubits in parts_of([item.step for item in items if isinstance(item.step, Gate)]):
        inside = set(qubits)
        segments: list[list[Gate]] = [[]]
        static = True
        for item in items:
            step = item.step
            if isinstance(step, Gate):
                if not inside.isdisjoint(step.qubits):
                    segments[-1].append(step)
            elif isinstance(step, Barrier):
                if inside.issubset(step.qubits) and segments[-1]:
                    segments.append([])
            elif not isinstance(step, Delay) and not inside.isdisjoint(item.wires):
                static = False
        parts.append(Part(tuple(qubits), tuple(tuple(one) for one in segments if one), static))
    return parts
