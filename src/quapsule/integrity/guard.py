"""What a backend says it ran, against what was asked: equivalence where it can be decided, and proofs of what cannot be missing."""

import time
from collections.abc import Sequence
from dataclasses import replace

from .certificate import Certificate
from .certify import SEED, Layout, certificate_of, draw_values, tell_parameters
from .compare import Finding, worse
from .compiled import compare_compiled, measured_bits, tell_bits
from .meaning import Barrier, Gate, Meaning, Unreadable, walk
from .needs import Needs, count_entangling, count_touched, needs_of
from .sources import Source
from .terminal import split_terminal

EMPTY = "executed_empty"
ENTANGLING_MISSING = "executed_entangling_gates_missing"
MEASUREMENT_DIFFERS = "executed_measurement_differs"
BARRIER_LOST = "executed_barrier_lost"
NOT_EQUIVALENT = "executed_not_equivalent"
HOP = "asked → executed"
TOLERANCE = 1e-4  # of the distributions' total difference: backends print their angles with six digits, and counts cannot show less
REDUCED = "the compiler reduced the program to nothing, as it may: a barrier between its parts would have kept them"


def guard(asked: Source, executed: Source, *, layout: Layout | None = None) -> tuple[Certificate, tuple[str, ...]]:
    """The certificate of the hop asked → executed, and the flags. A legally compiled program gets none.

    A program without barriers may be compiled to anything that gives the same distribution of counts, even to nothing. Across a barrier
    over all joined qubits nothing may be cancelled: each part between two of them needs what it needs, and the barrier itself is to be
    seen where the executed program's language has such a thing."""
    began = time.perf_counter()
    qubits = 0
    flags: tuple[str, ...] = ()
    try:
        if tell_parameters(asked.parameters, executed):
            raise Unreadable("the executed program has other inputs than the one that was asked for: bind them first")
        found = Finding("identical", "equivalent")
        for index, values in enumerate(draw_values(asked.parameters)):
            one, other = asked.read(values), executed.read(values)
            qubits = one.qubits
            now, flags = look_at(one, other, layout, SEED + index, executed.tells_barriers)
            found = worse(found, now)
            if flags:
                break
    except Unreadable as problem:
        found = Finding("none", "not_checked", {}, (str(problem),))
    return replace(certificate_of(HOP, found, qubits, asked.text, executed.text, began), tolerance=TOLERANCE), flags


def look_at(
    asked: Meaning, executed: Meaning, layout: Layout | None, seed: int, tells_barriers: bool = True
) -> tuple[Finding, tuple[str, ...]]:
    left, left_ends = split_terminal(asked.steps)
    right, right_ends = split_terminal(executed.steps)
    flags: list[str] = []
    told = tell_bits(measured_bits(left, left_ends), measured_bits(right, right_ends), asked.registers)
    if told:
        flags.append(MEASUREMENT_DIFFERS)
        found = Finding("structure", "mismatch", {"where": told})
    else:
        initial, final = (layout.initial, layout.final) if layout else (None, None)
        found = compare_compiled(asked, executed, initial, final, seed=seed, cuts_matter=False, tolerance=TOLERANCE)
    needed = needs_of(left, left_ends)
    ran = [step for step in walk(executed.steps) if isinstance(step, Gate) and step.qubits]
    entangling, touched = count_entangling(ran), count_touched(ran)
    short = entangling < needed.entangling
    if short:
        flags.append(ENTANGLING_MISSING)
    # A backend whose language has barriers must show the user's; one whose language has none is judged by what its parts need.
    kept = sum(isinstance(step, Barrier) and len(step.qubits) > 1 for step in walk(executed.steps)) if tells_barriers else needed.barriers
    if needed.barriers and (short or touched < needed.touched or kept < needed.barriers):
        flags.append(BARRIER_LOST)
    if found.result == "mismatch" and not told:
        flags.append(NOT_EQUIVALENT)
    if not ran and (flags or (found.result != "equivalent" and _does_something(asked))):
        flags.append(EMPTY)
    found = _with_numbers(found, flags, needed, entangling, touched, kept)
    if not ran and not flags and _does_something(asked):
        found = replace(found, not_covered=(*found.not_covered, REDUCED))
    return found, tuple(flags)


def _does_something(asked: Meaning) -> bool:
    return any(isinstance(step, Gate) and step.qubits for step in walk(asked.steps))


def _with_numbers(found: Finding, flags: Sequence[str], needed: Needs, entangling: int, touched: int, kept: int) -> Finding:
    """A program that does the same but lacks what its barriers protect is no match."""
    numbers = {
        "entangling_gates": entangling, "entangling_gates_needed": needed.entangling, "touched": touched, "touched_needed": needed.touched,
        "barriers": needed.barriers, "barriers_kept": min(kept, needed.barriers),
    }  # fmt: skip
    detail = {**found.detail, **numbers}
    notes = found.not_covered
    if needed.open and needed.barriers:
        notes = (*notes, f"{needed.open} part(s) between barriers, too wide to prove what they need")
    result = found.result
    if flags and result != "mismatch":
        result = "mismatch"
        detail["where"] = (
            f"between its barriers the program needs {needed.entangling} entangling gates on {needed.touched} touched qubits;"
            f" {entangling} on {touched} ran"
            if entangling < needed.entangling or touched < needed.touched
            else f"{needed.barriers} barrier(s) part the program; {kept} ran"
        )
    return Finding(found.method, result, detail, notes)
