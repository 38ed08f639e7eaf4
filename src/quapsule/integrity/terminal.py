"""Measurements at a program's end, told from those in its midst."""

from collections.abc import Sequence

from .meaning import Barrier, Delay, If, Measure, Step
from .wires import Item, items_of


def split_terminal(steps: Sequence[Step]) -> tuple[list[Item], dict[int, int]]:
    """(all other steps, clbit → qubit). At the end is a measurement behind which nothing happens to its qubit but waiting and further
    measurements at the end, and nothing looks at its bit or writes it again. A measurement that is overwritten unread stays among the
    others, since it disturbs its qubit."""
    items = items_of(steps)
    ends: dict[int, int] = {}
    busy: set[int] = set()
    kept: list[Item] = []
    for item in reversed(items):
        step = item.step
        if isinstance(step, Measure) and step.qubit not in busy and -1 - step.clbit not in busy:
            if step.clbit not in ends:
                ends[step.clbit] = step.qubit
                continue
            if ends[step.clbit] == step.qubit:
                continue  # the same once more
        if not isinstance(step, (Barrier, Delay)):
            busy.update(item.wires)
            if isinstance(step, If):
                busy.update(wire for wire in item.wires if wire < 0)
        kept.append(item)
    kept.reverse()
    return kept, ends
