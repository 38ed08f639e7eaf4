"""Where programs run: one small interface, one file per provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = ["Prepared", "Program", "Provider", "ProviderProblem", "Ran"]


@dataclass(frozen=True)
class Program:
    """`format` is qasm3, qasm2 or ahs (an analog program as JSON). `witness`: what the framework's own circuit object means, made
    beside the text in the script's box (quapsule.integrity.witness); the text is checked against it."""

    format: str
    text: str
    witness: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Prepared:
    """A program that the provider has taken. `registers`: (name, width) in the order of the count keys; `parameters`: names of its inputs;
    `measured`: "as_written" or "all, added"; `interchange`: OpenQASM 3 of what was asked; `executed`: of what runs, where it is known
    before the run (for an emulated device: in its native gates, on its own qubits). `certificates`: quapsule.integrity.certificate as JSON;
    `flags`: names of what makes a result of it doubtful."""

    handle: str
    registers: tuple[tuple[str, int], ...]
    parameters: tuple[str, ...]
    qubits: int
    measured: str
    interchange: str
    executed: str | None = None
    certificates: tuple[Mapping[str, Any], ...] = ()
    flags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """`results`: {"counts", "shots"} per binding, keys with clbit 0 leftmost; `engine`: name, method, version, why, seconds,
    memory_bytes_predicted, seconds_predicted; `cost_usd` of these runs. `executed`: (format, text) of each program that the backend says it
    ran, where it tells that only afterwards, with `certificates` and `flags` as in Prepared. `mitigated`: per binding, beside the counts;
    `statevector`: per binding, [[re, im], …] with qubit 0 as the most significant bit of the index, where it was asked for. `tasks`: rows
    for job_tasks, where the run was one or several tasks of a device."""

    results: tuple[Mapping[str, Any], ...]
    engine: Mapping[str, Any]
    cost_usd: float = 0.0
    executed: tuple[tuple[str, str], ...] = ()
    certificates: tuple[Mapping[str, Any], ...] = ()
    flags: tuple[str, ...] = ()
    mitigated: tuple[Mapping[str, Any], ...] = ()
    statevector: tuple[list[list[float]], ...] = ()
    tasks: tuple[Mapping[str, Any], ...] = ()


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
