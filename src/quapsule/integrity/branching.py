"""Tests of classical bits, reduced to nested branches on one condition each."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Literal

from .meaning import Condition, If, Step, Unreadable

WIDEST_ORDER = 8  # bits of a register that is compared by < or >: each value becomes a branch of its own


@dataclass(frozen=True, slots=True)
class Logic:
    kind: Literal["and", "or"]
    left: "Test"
    right: "Test"


@dataclass(frozen=True, slots=True)
class Negation:
    of: "Test"


Test = bool | Condition | Logic | Negation


def compare_bits(clbits: tuple[int, ...], operator: str, value: int) -> Test:
    """`clbits` (the first least significant) as an unsigned number against a constant. Raises Unreadable for a wide one."""
    most = (1 << len(clbits)) - 1
    if operator in ("==", "!="):
        same: Test = Condition(clbits, value) if 0 <= value <= most else False
        return same if operator == "==" else negated(same)
    if len(clbits) > WIDEST_ORDER:
        raise Unreadable(f"a register of {len(clbits)} bits compared by {operator}")
    holds = {"<": lt, "<=": le, ">": gt, ">=": ge}[operator]
    found: Test = False
    for one in range(most, -1, -1):
        if holds(one, value):
            found = Condition(clbits, one) if found is False else Logic("or", Condition(clbits, one), found)
    return found


def negated(test: Test) -> Test:
    if isinstance(test, bool):
        return not test
    return test.of if isinstance(test, Negation) else Negation(test)


def branch(test: Test, then: Sequence[Step], otherwise: Sequence[Step]) -> tuple[Step, ...]:
    """Every condition is looked at before any step is taken, so a branch may change the bits that it was chosen by."""
    if isinstance(test, bool):
        return tuple(then if test else otherwise)
    if isinstance(test, Condition):
        return (If(test, tuple(then), tuple(otherwise)),) if then or otherwise else ()
    if isinstance(test, Negation):
        return branch(test.of, otherwise, then)
    if test.kind == "and":
        return branch(test.left, branch(test.right, then, otherwise), otherwise)
    return branch(test.left, then, branch(test.right, then, otherwise))
