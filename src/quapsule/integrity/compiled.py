"""A compiled program against the one it was made from: on other qubits, in other gates, with swaps that became labels.

A compiler may change what no count can show: phases before a measurement, qubits that nobody measures, resets of fresh qubits. So what is
compared is the joint distribution of all classical bits, exactly, for a random product state of the asked qubits (equal distributions for
one such state are equal for all, with probability 1), or, where the layout is not known, for |0…0>, in which programs begin.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from . import clifford, evolve, qcec
from .blocks import merge
from .compare import QCEC_SECONDS, Finding, compare, kinds_of, mismatch, seconds_of
from .meaning import Barrier, Delay, Gate, If, Matrix, Meaning, Measure, Step, walk
from .needs import count_entangling, count_touched, needs_of
from .tell import name_bit
from .terminal import split_terminal
from .wires import TOLERANCE, Item, items_of

WIDEST = 20
SECONDS = 3.0
FROM_ZERO = "states other than |0…0>, in which the program begins"


def compare_compiled(
    asked: Meaning,
    given: Meaning,
    initial: Mapping[int, int] | None,
    final: Mapping[int, int] | None,
    *,
    seed: int,
    measured_all: bool = False,
    cuts_matter: bool = True,
    tolerance: float | None = None,
) -> Finding:
    """`initial`: asked qubit → given qubit, None where it is not known. `final` is looked at only where nothing is measured.
    `cuts_matter`: barriers and delays must have been kept. `tolerance`: of the distributions' total difference, else 1e-9 per step; with
    one, what only exact methods tell apart is not_checked."""
    left, left_ends = split_terminal(asked.steps)
    right, right_ends = split_terminal(given.steps)
    clbits = asked.clbits
    if measured_all and not left_ends:
        left_ends = {asked.clbits + qubit: qubit for qubit in range(asked.qubits)}
        clbits += asked.qubits
    if told := tell_bits(measured_bits(left, left_ends), measured_bits(right, right_ends), asked.registers):
        return mismatch("structure", told)
    clbits = max(clbits, given.clbits)
    if not left_ends and not right_ends and final is not None:
        right_ends = {clbits + qubit: final[qubit] for qubit in sorted(final) if qubit < asked.qubits}
        left_ends = {clbits + qubit: qubit for qubit in sorted(final) if qubit < asked.qubits}
    if not measured_bits(left, left_ends):
        return Finding("none", "not_checked", {}, ("a compiled program that measures nothing, and does not say where its qubits end",))
    found = _compare(left, right, left_ends, right_ends, initial, clbits, seed, tolerance)
    if found.result != "equivalent" or not cuts_matter:
        return found
    if told := _tell_lost(left, left_ends, right):
        return mismatch("structure", told)
    waits = [kinds_of(item.step for item in side).get(Delay, 0) for side in (left, right)]
    if waits[1] < waits[0]:
        return mismatch("structure", f"{waits[0] - waits[1]} delay(s) that were asked for are not in the compiled program")
    return found


def _tell_lost(left: Sequence[Item], left_ends: Mapping[int, int], right: Sequence[Item]) -> str | None:
    """Cuts cannot be counted against each other: what lies between two may have come to nothing."""
    needed = needs_of(left, left_ends)
    if not needed.barriers:
        return None
    if not any(isinstance(item.step, Barrier) for item in right):
        return "the barriers that were asked for are not in the compiled program"
    ran = [step for step in walk([item.step for item in right]) if isinstance(step, Gate)]
    if count_entangling(ran) < needed.entangling or count_touched(ran) < needed.touched:
        return "gates were cancelled across a barrier"
    return None


def measured_bits(items: Sequence[Item], ends: Mapping[int, int]) -> set[int]:
    return set(ends) | _written(item.step for item in items)


def tell_bits(asked: set[int], given: set[int], registers: Sequence[tuple[str, int]]) -> str | None:
    for clbit in sorted(asked ^ given):
        what = "is not measured any more" if clbit in asked else "is measured, and was not asked for"
        return f"{name_bit(clbit, registers)} {what}"
    return None


def _written(steps: object) -> set[int]:
    out: set[int] = set()
    for step in steps:  # type: ignore[attr-defined]
        if isinstance(step, Measure):
            out.add(step.clbit)
        elif isinstance(step, If):
            out |= _written(step.then) | _written(step.otherwise)
    return out


def _compare(
    left: list[Item],
    right: list[Item],
    left_ends: Mapping[int, int],
    right_ends: Mapping[int, int],
    initial: Mapping[int, int] | None,
    clbits: int,
    seed: int,
    loose: float | None,
) -> Finding:
    left_qubits = _active(left, left_ends)
    right_qubits = _active(right, right_ends)
    if initial is not None:
        right_qubits = sorted({*right_qubits, *(initial[qubit] for qubit in left_qubits if qubit in initial)})
    steps = len(left) + len(right)
    tolerance = TOLERANCE * (1 + steps) if loose is None else loose
    widest = max(len(left_qubits), len(right_qubits))
    if widest <= WIDEST and seconds_of(steps, widest) <= SECONDS:
        try:
            for start in ("random", "zero") if initial is not None else ("zero",):
                parts = evolve.product_states(1, len(left_qubits), seed)
                if start == "zero":
                    parts[:] = (1.0, 0.0)
                one = _distribution(left, left_ends, left_qubits, parts, clbits)
                other = _distribution(right, right_ends, right_qubits, _moved(parts, left_qubits, right_qubits, initial), clbits)
                distance = _total_difference(one, other)
                if distance <= tolerance:
                    notes = () if start == "random" else (FROM_ZERO,)
                    return Finding("probes", "equivalent", {"distance": distance, "compared_qubits": widest}, notes)
            where = "the counts would differ"
            return mismatch("probes", f"{where}: total variation distance {distance / 2:.2g}", distance=distance, compared_qubits=widest)
        except evolve.TooMany:
            return Finding("none", "not_checked", {}, (f"more than {evolve.MOST_BRANCHES} branches of outcomes",))
    return _compare_wide(left, right, left_ends, right_ends, left_qubits, right_qubits, initial, seed, loose is not None)


def _compare_wide(
    left: list[Item],
    right: list[Item],
    left_ends: Mapping[int, int],
    right_ends: Mapping[int, int],
    left_qubits: list[int],
    right_qubits: list[int],
    initial: Mapping[int, int] | None,
    seed: int,
    loose: bool,
) -> Finding:
    note = f"a compiled program of {len(right_qubits)} qubits"
    guessed = initial is None
    if initial is None:  # without swaps a qubit ends where it began
        initial = {qubit: right_ends[clbit] for clbit, qubit in left_ends.items()}
    waits = (Barrier, Delay)
    if any(not isinstance(item.step, (Gate, *waits)) for item in [*left, *right]) or any(qubit not in initial for qubit in left_qubits):
        return Finding("none", "not_checked", {}, (f"{note} with measurements in its midst, or on qubits that are not known",))
    back = {given: asked for asked, given in initial.items()}
    spare = max([*left_qubits, *back.values(), 0]) + 1
    for qubit in right_qubits:
        if qubit not in back:
            back[qubit], spare = spare, spare + 1
    one = [item.step for item in merge([item for item in left if isinstance(item.step, Gate)]) if isinstance(item.step, Gate)]
    other = [
        item.step
        for item in merge(items_of([_renamed(item.step, back) for item in right if isinstance(item.step, Gate)]))
        if isinstance(item.step, Gate)
    ]
    ends = {clbit: (left_ends[clbit], back[right_ends[clbit]]) for clbit in left_ends}
    decided = _compare_stabilizers(one, other, ends, left_qubits)
    method = "probes"
    if decided is None and all(first == second for first, second in ends.values()):
        width = max(spare, 1)
        found = compare(Meaning(width, (), tuple(one)), Meaning(width, (), tuple(other)), seed=seed, form_only=True)
        if found.result == "equivalent":
            return found
    if decided is None:
        method = "qcec"
        extra = [qubit for qubit in back.values() if qubit not in left_qubits]
        decided = qcec.verify(one, other, left_qubits, [*left_qubits, *extra], ends, QCEC_SECONDS)
    if decided:
        return Finding("probes" if method == "probes" else "qcec", "equivalent", {"compared_qubits": len(right_qubits)})
    if decided is None or guessed or (loose and method == "qcec"):
        return Finding("none", "not_checked", {}, (note,))
    return mismatch("probes" if method == "probes" else "qcec", "the compiled program is another one", compared_qubits=len(right_qubits))


def _compare_stabilizers(
    left: Sequence[Gate], right: Sequence[Gate], ends: Mapping[int, tuple[int, int]], inputs: Sequence[int]
) -> bool | None:
    """Is every measured Z, pulled back to the beginning, the same on the asked qubits, and nothing but Z (which is 1) on fresh ones?"""
    touched = (qubit for gate in [*left, *right] for qubit in gate.qubits)
    qubits = sorted({*inputs, *touched, *(one for pair in ends.values() for one in pair)})
    images = [clifford.images_of(gates, qubits, inverse=True) for gates in (left, right)]
    if images[0] is None or images[1] is None:
        return None
    place = {qubit: index for index, qubit in enumerate(qubits)}
    own, fresh = [place[qubit] for qubit in inputs], [place[qubit] for qubit in qubits if qubit not in set(inputs)]
    for first, second in ends.values():
        rows = len(qubits) + place[first], len(qubits) + place[second]
        one, other = images[0].paulis[rows[0]], images[1].paulis[rows[1]]
        if (one[own] != other[own]).any() or (one[fresh] & 1).any() or (other[fresh] & 1).any():
            return False
        if images[0].signs[rows[0]] != images[1].signs[rows[1]]:
            return False
    return True


def _renamed(step: Step, to: Mapping[int, int]) -> Step:
    assert isinstance(step, Gate)
    return Gate(step.name, tuple(to[qubit] for qubit in step.qubits), step.matrix)


def _active(items: Sequence[Item], ends: Mapping[int, int]) -> list[int]:
    """Qubits to which something happens; waiting is nothing."""
    found = set(ends.values())
    for item in items:
        if not isinstance(item.step, (Barrier, Delay)):
            found.update(wire for wire in item.wires if wire >= 0)
    return sorted(found)


def _moved(parts: Matrix, asked: Sequence[int], given: Sequence[int], initial: Mapping[int, int] | None) -> Matrix:
    """The asked qubits' states where they sit in the given program; all others in |0>."""
    out = np.zeros((len(given), 1, 2), dtype=np.complex128)
    out[:, 0, 0] = 1
    if initial is not None:
        place = {qubit: index for index, qubit in enumerate(given)}
        for index, qubit in enumerate(asked):
            if qubit in initial:
                out[place[initial[qubit]]] = parts[index]
    return out


def _distribution(
    items: Sequence[Item], ends: Mapping[int, int], qubits: Sequence[int], parts: Matrix, clbits: int
) -> dict[tuple[int, ...], Matrix]:
    start = evolve.product(parts).reshape((2,) * len(qubits))
    branches = evolve.follow([item.step for item in items], qubits, clbits, start)
    place = {qubit: axis for axis, qubit in enumerate(qubits)}
    return evolve.outcomes(branches, ends, place)


def _total_difference(one: Mapping[tuple[int, ...], Matrix], other: Mapping[tuple[int, ...], Matrix]) -> float:
    total = 0.0
    for bits in one.keys() | other.keys():
        first, second = one.get(bits), other.get(bits)
        if first is None or second is None:
            alone = first if first is not None else second
            total += float(alone.sum()) if alone is not None else 0.0
        else:
            total += float(np.abs(first - second).sum())
    return total
