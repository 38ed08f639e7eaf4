"""Written circuits through the door: each structure is prepared once, a batch goes out in one call per program."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .door import Door, DoorError, Prepared
from .written import Written

MAX_INPUTS = 2000  # numbers of one circuit that are made inputs


@dataclass(frozen=True)
class Sent:
    """A circuit that ran: counts by the door's keys (clbit 0 leftmost), and how it was prepared."""

    prepared: Prepared
    counts: Mapping[str, int]


class Programs:
    """Remembers what has been prepared, by text and by structure."""

    def __init__(self, door: Door, problem: Callable[..., DoorError]) -> None:
        self._door, self._problem = door, problem
        self._by_text: dict[str, Prepared] = {}
        self._by_structure: dict[Hashable, tuple[Prepared, tuple[str, ...]]] = {}
        self._seen: set[Hashable] = set()

    def run(self, circuits: Sequence[Written], shots: Sequence[int], seed: int | None = None) -> list[Sent]:
        """Counts of each circuit with its own number of shots, in order. Raises DoorError."""
        structures = [circuit.structure for circuit in circuits]
        seen = Counter(structures)
        wanted: dict[tuple[int, int], list[int]] = {}
        prepared: list[Prepared] = []
        bindings: list[dict[str, float]] = []
        for place, (circuit, structure) in enumerate(zip(circuits, structures, strict=True)):
            self._check_numbers(circuit)
            known, names = self._prepare(circuit, structure, again=structure in self._seen or seen[structure] > 1)
            prepared.append(known)
            bindings.append(dict(zip(names, circuit.numbers, strict=True)) if names else {})
            wanted.setdefault((id(known), shots[place]), []).append(place)
        sent: list[Sent | None] = [None] * len(circuits)
        for (_, each), places in wanted.items():
            known = prepared[places[0]]
            # A later call with the same seed would repeat the first one's draws.
            own = None if seed is None else (seed + places[0]) % (1 << 31)
            found = self._door.run(known, [bindings[place] for place in places], each, own)
            for place, counts in zip(places, found, strict=True):
                sent[place] = Sent(known, counts)
        return [one for one in sent if one is not None]

    def _prepare(self, circuit: Written, structure: Hashable, again: bool) -> tuple[Prepared, tuple[str, ...]]:
        # A structure that comes once is sent with its numbers as they are: the platform then shows them, and picks engines by them.
        # One that comes again gets inputs, and from then on a variational loop pays only the run.
        lift = bool(circuit.numbers) and len(circuit.numbers) <= MAX_INPUTS and (again or circuit.is_open)
        if lift and structure in self._by_structure:
            return self._by_structure[structure]
        self._seen.add(structure)
        names = name_inputs(circuit) if lift else ()
        text = circuit.text(names)
        found = self._by_text.get(text)
        if found is None:
            found = self._by_text[text] = self._door.prepare("qasm3", text, make_witness(circuit, names))
            if set(found.parameters) != set(names) or tuple(found.registers)[: len(circuit.registers)] != circuit.registers:
                raise self._problem("The platform read other inputs or registers than the circuit has.", "system", "parameters_differ")
        if lift:
            self._by_structure[structure] = found, names
        return found, names

    def _check_numbers(self, circuit: Written) -> None:
        if not all(map(math.isfinite, circuit.numbers)):
            raise self._problem("The circuit has a number that is not finite.", "user", "validation_error")


def name_inputs(circuit: Written) -> tuple[str, ...]:
    taken = {name for name, _ in circuit.registers}
    prefix = "angle"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    return tuple(f"{prefix}_{place}" for place in range(len(circuit.numbers)))


def make_witness(circuit: Written, names: Sequence[str]) -> dict[str, Any] | None:
    """What the framework's own circuit means, for the check of the text: with the numbers that it has, or at other values of its inputs."""
    from quapsule.integrity import witness

    def build(values: Mapping[str, float]) -> Any:
        return circuit.meaning([values[name] for name in names]) if names else circuit.original()

    return witness.make_witness(build, names)
