"""Programs that are to be written, not run: the first one that a script would run, as OpenQASM 3 or 2."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from quapsule.providers import Prepared, Program
from quapsule.providers.local import LocalProvider


@dataclass(eq=False)
class Reached(Exception):  # noqa: N818  # no error: the script has come as far as it had to
    """The script would run this program now, with the numbers of `bindings` for its inputs."""

    handle: str
    bindings: Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Written:
    """`certificates`: of each hop from what the script built to `text`, as JSON."""

    text: str
    certificates: tuple[Mapping[str, Any], ...]


class Converter(LocalProvider):
    """call: as LocalProvider's. What is prepared may be wider than anything that this machine simulates."""

    def __init__(self, call: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__(lambda frame: call({**frame, "simulate": False}), {"slug": "local"})
        self.prepared: dict[str, Prepared] = {}

    def prepare(self, program: Program) -> Prepared:
        prepared = super().prepare(program)
        self.prepared[prepared.handle] = prepared
        return prepared

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> NoReturn:  # noqa: ARG002
        """Raises Reached, always."""
        raise Reached(handle, bindings)

    def write(self, handle: str, binding: Mapping[str, float], to: str) -> Written:
        """A prepared program as `to` (qasm3, with its inputs open; qasm2, which has none, at the numbers of `binding`). Raises
        ProviderProblem: user, for what the language has no word for; system, where what was written means something else."""
        said = self._ask({"verb": "translate", "handle": handle, "to": to, "bindings": dict(binding)})
        return Written(said["text"], (*self.prepared[handle].certificates, *said["certificates"]))
