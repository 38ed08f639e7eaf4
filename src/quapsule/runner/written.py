"""A circuit on its way to the door: lines of OpenQASM 3 whose numbers stand apart, so that circuits which differ in numbers alone are
one program with inputs."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

Arguments = tuple[str, ...]
Line = tuple[str, Arguments, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a gate of a framework is written. `lines`: (gate, arguments, places among the gate's qubits); arguments name the gate's own
    numbers as {0}, {1}, …. `phase`: the argument of the global phase that belongs to the lines, which a control turns into a relative one.

    Recipes compare by identity: a gate class has a handful, made once."""

    lines: tuple[Line, ...]
    phase: str = ""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class Step:
    """One operation. Equal `form`s write equal lines; `numbers` are its own; `write(texts)` gives its lines with a text for each number;
    `rebuild(numbers)` gives the framework's operation with other numbers."""

    form: Hashable
    numbers: tuple[Any, ...]
    write: Callable[[Sequence[str]], list[str]]
    rebuild: Callable[[Sequence[float]], Any]


@dataclass(frozen=True)
class Written:
    """A circuit. `registers`: (identifier, width) of its classical bits in order; none is called q. `is_open`: its numbers come as
    bindings, so they become inputs at once. For the witness: `read(operations)` tells what the framework's own operations mean
    (quapsule.integrity.meaning.Meaning), `original()` what the circuit means as it was given."""

    qubits: int
    registers: tuple[tuple[str, int], ...]
    steps: tuple[Step, ...]
    numbers: tuple[float, ...]
    read: Callable[[Sequence[Any]], Any]
    original: Callable[[], Any]
    is_open: bool = False

    @property
    def structure(self) -> Hashable:
        """What stays equal between circuits that differ in numbers alone."""
        return self.qubits, self.registers, tuple(step.form for step in self.steps)

    def at(self, numbers: Sequence[float]) -> "Written":
        return replace(self, numbers=tuple(numbers))

    def text(self, inputs: Sequence[str] = ()) -> str:
        """OpenQASM 3. `inputs`: an input's name for each number, in place of the numbers."""
        texts = list(inputs) or [number_text(number) for number in self.numbers]
        lines = ["OPENQASM 3.0;", 'include "stdgates.inc";']
        lines += [f"input float {name};" for name in inputs]
        lines += [f"qubit[{self.qubits}] q;"] if self.qubits else []
        lines += [f"bit[{width}] {name};" for name, width in self.registers]
        place = 0
        for step in self.steps:
            end = place + len(step.numbers)
            lines += step.write(texts[place:end])
            place = end
        return "\n".join(lines) + "\n"

    def meaning(self, numbers: Sequence[float]) -> Any:
        """Raises what the framework raises for numbers that it does not take."""
        operations = []
        place = 0
        for step in self.steps:
            end = place + len(step.numbers)
            operations.append(step.rebuild(numbers[place:end]))
            place = end
        return self.read(operations)


def number_text(number: float) -> str:
    """Every digit that the number has; a negative one stands in brackets, for it may follow an operator."""
    return repr(number) if number >= 0 else f"({number!r})"


def write_gate(recipe: Recipe, qubits: Sequence[int], texts: Sequence[str], controls: Sequence[tuple[int, int]] = ()) -> list[str]:
    """`controls`: (qubit, value that it must have)."""
    if not controls:
        return [_line("", name, arguments, [qubits[place] for place in places], texts) for name, arguments, places in recipe.lines]
    wires = [wire for wire, _ in controls]
    prefix = "".join("ctrl @ " if value else "negctrl @ " for _, value in controls)
    lines = [
        _line(prefix, name, arguments, [*wires, *(qubits[place] for place in places)], texts) for name, arguments, places in recipe.lines
    ]
    if recipe.phase:
        # A controlled global phase is a phase gate on the last control; that gate acts on 1, so a control on 0 is turned around it.
        *others, (last, value) = controls
        turned = [] if value else [f"x q[{last}];"]
        before = "".join("ctrl @ " if wanted else "negctrl @ " for _, wanted in others)
        lines += [*turned, _line(before, "p", (recipe.phase,), [*(wire for wire, _ in others), last], texts), *turned]
    return lines


def _line(prefix: str, name: str, arguments: Arguments, qubits: Sequence[int], texts: Sequence[str]) -> str:
    called = f"{name}({', '.join(argument.format(*texts) for argument in arguments)})" if arguments else name
    return f"{prefix}{called} {', '.join(f'q[{qubit}]' for qubit in qubits)};"
