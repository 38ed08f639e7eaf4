"""Where programs run: one small interface, one file per provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = ["Prepared", "Program", "Provider", "ProviderProblem", "Ran"]


@dataclass(frozen=True)
class Program:
    """`format` is qasm3 or qasm2."""

    format: str
    text: str


@dataclass(frozen=True)
class Prepared:
    """A program that the provider has taken. `registers`: (name, width) in the order of the count keys; `parameters`: names of its inputs;
    `measured`: "as_written" or "all, added"; `interchange`: OpenQASM 3 of what runs."""

    handle: str
    registers: tuple[tuple[str, int], ...]
    parameters: tuple[str, ...]
    qubits: int
    measured: str
    interchange: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """`results`: {"counts", "shots"} per binding, keys with clbit 0 leftmost; `engine`: name, method, version, why, seconds,
    memory_bytes_predicted; `cost_usd` of these runs."""

    results: tuple[Mapping[str, Any], ...]
    engine: Mapping[str, Any]
    cost_usd: float = 0.0


@dataclass(eq=False)
class ProviderProblem(Exception):  # noqa: N818
    """A refusal or failure; `category` says whose it is. `line` and `column` count from 1."""

    category: Literal["user", "transient", "system"]
    code: str
    message: str
    line: int | None = None
    column: int | None = None

    def __post_init__(self) -> None:
        super().__init__(self.message)


class Provider(Protocol):
    def prepare(self, program: Program) -> Prepared:
        """Converts and checks the program once. Raises ProviderProblem."""
        ...

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:
        """Runs a prepared program once per binding (input name → value). Raises ProviderProblem."""
        ...
