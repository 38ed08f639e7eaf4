"""What a program means, whatever it was written in: matrices on qubits, measurements into classical bits, in order.

Every form of program that is checked (OpenQASM, a framework's own circuit object) is reduced to this by its own library's matrices, so
that two reductions which agree were reached on two ways.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]


class Unreadable(Exception):  # noqa: N818
    """What a reader cannot reduce to a meaning, so that it is not checked; `line` counts from 1, None where there is no text."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what if line is None else f"line {line}: {what}")
        self.what, self.line = what, line


@dataclass(frozen=True, slots=True)
class Gate:
    """A unitary on `qubits`; `matrix` is 2^k × 2^k, and qubits[0] is the most significant bit of its index. `name` is for messages."""

    name: str
    qubits: tuple[int, ...]
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Measure:
    """In the computational basis, into a classical bit."""

    qubit: int
    clbit: int


@dataclass(frozen=True, slots=True)
class Reset:
    qubit: int


@dataclass(frozen=True, slots=True)
class Barrier:
    qubits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delay:
    """Waits; `seconds` None where the program names another unit, which `text` then holds as it was written."""

    qubits: tuple[int, ...]
    seconds: float | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the classical bits read as `value`; clbits[0] is the least significant."""

    clbits: tuple[int, ...]
    value: int


@dataclass(frozen=True, slots=True)
class If:
    condition: Condition
    then: tuple["Step", ...]
    otherwise: tuple["Step", ...] = ()


Step = Gate | Measure | Reset | Barrier | Delay | If


@dataclass(frozen=True)
class Meaning:
    """`registers`: (name, width) of the classical bits in declaration order, whose bits are numbered through; `qubits`: how many there are.

    The global phase is left out: no measurement tells it (inside a controlled gate it is part of that gate's matrix)."""

    qubits: int
    registers: tuple[tuple[str, int], ...]
    steps: tuple[Step, ...] = field(default=())

    @property
    def clbits(self) -> int:
        return sum(width for _, width in self.registers)


def walk(steps: Sequence[Step]) -> Iterator[Step]:
    """Every step, also those inside branches, in the order of the text."""
    for step in steps:
        yield step
        if isinstance(step, If):
            yield from walk(step.then)
            yield from walk(step.otherwise)
