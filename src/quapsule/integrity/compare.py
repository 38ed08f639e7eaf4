"""Two meanings, compared strictly: the same map on every input, the same bits measured, the same waits and barriers.

In order of cost: identical steps, blocks on pairs of qubits, then only what is left of both: the full unitary, random product states,
all branches of a program that measures in its midst, stabilizers, MQT QCEC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import clifford, evolve, qcec
from .certificate import VERDICTS, Method, Verdict
from .gauge import strip_blocks
from .meaning import Barrier, Delay, Gate, If, Meaning, Measure, Reset, Step
from .tell import tell_delays, tell_difference, tell_measurements
from .terminal import split_terminal
from .wires import TOLERANCE, Item, distance_up_to_phase, strip

WIDEST_PROBE = 20
WIDEST_BRANCHES = 16
PROBES = 2
UNITARY_SECONDS = {8: 0.02, 10: 0.25}  # by width; beyond its time probes decide the same
PROBE_SECONDS = 3.0
QCEC_SECONDS = 3.0
_PER_GATE, _PER_ELEMENT = 2e-5, 5e-9


@dataclass(frozen=True)
class Finding:
    """What one comparison found; the fields are a certificate's."""

    method: Method
    result: Verdict
    detail: Mapping[str, Any] = field(default_factory=dict)
    not_covered: tuple[str, ...] = ()


def mismatch(method: Method, where: str, **numbers: Any) -> Finding:
    return Finding(method, "mismatch", {"where": where, **numbers})


def compare(asked: Meaning, given: Meaning, *, seed: int, measured_all: bool = False, form_only: bool = False) -> Finding:
    """`seed` of the random states. `measured_all`: the given one measures every qubit at its end, in order, into bits of its own.
    `form_only`: nothing is computed beyond blocks; what they leave open is not_checked."""
    left, left_ends = split_terminal(asked.steps)
    right, right_ends = split_terminal(given.steps)
    if measured_all:
        right_ends, problem = _without_added(asked, given, left_ends, right_ends)
        if problem:
            return mismatch("structure", problem)
    elif asked.clbits != given.clbits:
        return mismatch("structure", f"the program asked for has {asked.clbits} classical bits, the one given {given.clbits}")
    if asked.qubits != given.qubits and not left_ends and not right_ends:  # whoever measures all of them gives other bits
        return mismatch("structure", f"the program asked for has {asked.qubits} qubits, the one given {given.qubits}")
    if told := tell_measurements(left_ends, right_ends, asked.registers):
        kinds = [kinds_of(item.step for item in side) for side in (left, right)]
        return mismatch("structure", _tell_kinds(*kinds) or told)
    rest = strip(left, right)
    if rest == ([], []):
        return Finding("identical", "equivalent")
    waits = tell_delays(*rest)
    if waits:
        return mismatch("structure", waits)
    merged = strip_blocks(*rest)
    if merged == ([], []):
        return Finding("structure", "equivalent")
    where = tell_difference(*rest)
    if form_only:
        return Finding("none", "not_checked", {"where": where}, ("what differs in form",))
    if _is_static(merged[0]) and _is_static(merged[1]):
        return _compare_static(merged[0], merged[1], where, seed)
    return _compare_dynamic(asked.clbits, left, right, where, seed)


def _without_added(
    asked: Meaning, given: Meaning, asked_ends: Mapping[int, int], given_ends: Mapping[int, int]
) -> tuple[dict[int, int], str | None]:
    added = {clbit: qubit for clbit, qubit in given_ends.items() if clbit >= asked.clbits}
    if asked_ends or given.clbits != asked.clbits + given.qubits or added != {asked.clbits + one: one for one in range(given.qubits)}:
        return {}, "not every qubit is measured once, in order, at the end"
    return {clbit: qubit for clbit, qubit in given_ends.items() if clbit < asked.clbits}, None


def _is_static(items: Iterable[Item]) -> bool:
    return all(isinstance(item.step, (Gate, Barrier, Delay)) for item in items)


def _compare_static(left: Sequence[Item], right: Sequence[Item], where: str, seed: int) -> Finding:
    """Part by part: qubits that no gate of either joins are compared on their own."""
    barriers = sum(isinstance(item.step, Barrier) for item in left), sum(isinstance(item.step, Barrier) for item in right)
    first = [item.step for item in left if isinstance(item.step, Gate)]
    second = [item.step for item in right if isinstance(item.step, Gate)]
    found = Finding("structure", "equivalent")
    for qubits in parts_of([*first, *second]):
        inside = set(qubits)
        one, other = [gate for gate in first if inside.issuperset(gate.qubits)], [gate for gate in second if inside.issuperset(gate.qubits)]
        found = worse(found, compare_gates(one, other, qubits, where, seed))
        if found.result == "mismatch":
            return found
    if barriers[0] > barriers[1]:
        return mismatch("structure", _tell_barriers(*barriers), barriers=barriers)
    if barriers[0] < barriers[1]:
        note = f"{barriers[1] - barriers[0]} barrier(s) more than were asked for, which forbid but change nothing"
        return Finding(found.method, found.result, found.detail, (*found.not_covered, note))
    if barriers[0] and found.result == "equivalent":
        return _compare_segments(left, right, found, where, seed)
    return found


def _compare_segments(left: Sequence[Item], right: Sequence[Item], found: Finding, where: str, seed: int) -> Finding:
    """Equal as a whole: also up to each barrier, so that none has moved?"""
    note = "barriers that reach over a part of the qubits were counted, not placed"
    cuts = [[index for index, item in enumerate(side) if isinstance(item.step, Barrier)] for side in (left, right)]
    if len(cuts[0]) > 16:
        return Finding(found.method, found.result, found.detail, (*found.not_covered, note))
    for one, other in zip(*cuts, strict=True):
        barrier, same = left[one].step, right[other].step
        assert isinstance(barrier, Barrier) and isinstance(same, Barrier)
        inside = set(barrier.qubits)
        if inside != set(same.qubits):
            return mismatch("structure", f"a barrier is on other qubits: {where}")
        before = [[item.step for item in side[:cut] if isinstance(item.step, Gate)] for side, cut in ((left, one), (right, other))]
        if any(not inside.issuperset(gate.qubits) for gates in before for gate in gates):
            return Finding(found.method, found.result, found.detail, (*found.not_covered, note))
        for qubits in parts_of([*before[0], *before[1]]):
            part = set(qubits)
            pieces = [[gate for gate in gates if part.issuperset(gate.qubits)] for gates in before]
            if compare_gates(pieces[0], pieces[1], qubits, where, seed).result == "mismatch":
                return mismatch("structure", f"a barrier has moved: {where}")
    return found


def compare_gates(left: Sequence[Gate], right: Sequence[Gate], qubits: Sequence[int], where: str, seed: int) -> Finding:
    """Two lists of gates as unitaries, up to a global phase."""
    width, gates = len(qubits), len(left) + len(right)
    tolerance = TOLERANCE * (1 + gates)
    if seconds_of(gates, 2 * width) <= next((most for widest, most in UNITARY_SECONDS.items() if width <= widest), 0.0):
        distance = distance_up_to_phase(evolve.unitary(left, qubits), evolve.unitary(right, qubits))
        detail = {"distance": distance, "compared_qubits": list(qubits)}
        if distance <= tolerance:
            return Finding("unitary", "equivalent", detail)
        return mismatch("unitary", f"the unitaries differ by {distance:.2g} on qubits {_listed(qubits)}: {where}", **detail)
    decided = clifford.same_unitary(left, right, qubits)
    if decided is not None:
        if decided:
            return Finding("probes", "equivalent", {"stabilizers": 2 * width})
        return mismatch("probes", f"the programs turn a stabilizer into different ones: {where}", stabilizers=2 * width)
    if width <= WIDEST_PROBE and seconds_of(gates, width + 1) <= PROBE_SECONDS:
        return _probe(left, right, qubits, tolerance, where, seed)
    same = qcec.same_unitary(left, right, qubits, QCEC_SECONDS)
    if same is not None:
        return Finding("qcec", "equivalent") if same else mismatch("qcec", f"MQT QCEC tells them apart: {where}")
    return Finding("none", "not_checked", {"where": where}, (f"{gates} blocks on {width} qubits that differ in form",))


def _probe(left: Sequence[Gate], right: Sequence[Gate], qubits: Sequence[int], tolerance: float, where: str, seed: int) -> Finding:
    width = len(qubits)
    place = {qubit: axis for axis, qubit in enumerate(qubits)}
    start = evolve.product(evolve.product_states(PROBES, width, seed))
    one = evolve.run_gates(left, place, start).reshape(-1, PROBES)
    other = evolve.run_gates(right, place, start).reshape(-1, PROBES)
    # One phase for all of them: a different one for each would hide what differs in phase alone.
    overlap = np.vdot(other, one)
    phase = overlap / abs(overlap) if abs(overlap) > 1e-12 else 1.0
    distance = float(np.linalg.norm(one - other * phase, axis=0).max())
    detail = {"distance": distance, "probes": PROBES, "compared_qubits": list(qubits)}
    if distance <= tolerance:
        return Finding("probes", "equivalent", detail)
    return mismatch("probes", f"a random product state becomes another by {distance:.2g}: {where}", **detail)


def _compare_dynamic(clbits: int, left: list[Item], right: list[Item], where: str, seed: int) -> Finding:
    """Every branch of outcomes: for each record of classical bits the same density matrix of the qubits, from random product states."""
    qubits = sorted({qubit for item in [*left, *right] for qubit in item.wires if qubit >= 0})
    kinds = [kinds_of(item.step for item in side) for side in (left, right)]
    if kinds[0] != kinds[1] and (told := _tell_kinds(*kinds)):
        return mismatch("branches", f"{told}: {where}")
    steps = len(left) + len(right)
    if len(qubits) > WIDEST_BRANCHES or seconds_of(steps, len(qubits)) > PROBE_SECONDS:
        return Finding("none", "not_checked", {"where": where}, (f"measurements in the midst of a program of {len(qubits)} qubits",))
    start = evolve.product(evolve.product_states(1, len(qubits), seed)).reshape((2,) * len(qubits))
    try:
        branches = [evolve.follow([item.step for item in side], qubits, clbits, start) for side in (left, right)]
    except evolve.TooMany:
        return Finding("none", "not_checked", {"where": where}, (f"more than {evolve.MOST_BRANCHES} branches of outcomes",))
    one, other = (evolve.signatures(found, seed) for found in branches)
    empty = np.zeros(1 << len(qubits))
    distance = max(float(np.linalg.norm(one.get(bits, empty) - other.get(bits, empty))) for bits in one.keys() | other.keys())
    detail = {"distance": distance, "branches": len(branches[0]), "records": len(one)}
    if distance > TOLERANCE * (1 + steps):
        return mismatch("branches", f"the branches of outcomes differ by {distance:.2g}: {where}", **detail)
    barriers = kinds[0].get(Barrier, 0), kinds[1].get(Barrier, 0)
    if barriers[0] > barriers[1]:
        return mismatch("structure", _tell_barriers(*barriers), barriers=barriers)
    notes = ("the places of barriers and waits were counted, not compared",) if barriers[0] or Delay in kinds[0] else ()
    return Finding("branches", "equivalent", detail, notes)


def _tell_barriers(asked: int, given: int) -> str:
    return f"{asked - given} barrier(s) that were asked for are not in the program given"


def kinds_of(steps: Iterable[Step]) -> dict[type, int]:
    out: dict[type, int] = {}
    for step in steps:
        out[type(step)] = out.get(type(step), 0) + 1
    return out


def _tell_kinds(asked: Mapping[type, int], given: Mapping[type, int]) -> str | None:
    for kind, name in ((Reset, "reset"), (If, "conditional"), (Measure, "measurement in its midst")):
        if asked.get(kind, 0) and not given.get(kind, 0):
            return f"every {name} is lost"
    return None


def parts_of(gates: Sequence[Gate]) -> list[list[int]]:
    """Qubits in groups that no gate joins."""
    parent: dict[int, int] = {}

    def root(qubit: int) -> int:
        while parent.setdefault(qubit, qubit) != qubit:
            parent[qubit] = parent[parent[qubit]]
            qubit = parent[qubit]
        return qubit

    for gate in gates:
        for qubit in gate.qubits:
            parent[root(qubit)] = root(gate.qubits[0])
    groups: dict[int, list[int]] = {}
    for qubit in sorted(parent):
        groups.setdefault(root(qubit), []).append(qubit)
    return list(groups.values())


_ORDER: tuple[Method, ...] = ("identical", "structure", "unitary", "branches", "probes", "qcec", "none")


def worse(one: Finding, other: Finding) -> Finding:
    """Both together: the weaker method, the worse result, and what neither covers."""
    if one.result != other.result:
        return min(one, other, key=lambda found: VERDICTS.index(found.result))
    last = max(one, other, key=lambda found: _ORDER.index(found.method))
    return Finding(last.method, last.result, last.detail, tuple(dict.fromkeys(one.not_covered + other.not_covered)))


def seconds_of(gates: int, log_elements: int) -> float:
    """What applying them would take, roughly; pairs of gates are gathered into one."""
    return float(gates * (_PER_GATE + (1 << log_elements) * _PER_ELEMENT))


def _listed(qubits: Sequence[int]) -> str:
    return ", ".join(map(str, qubits)) if len(qubits) <= 12 else f"{len(qubits)} of them"
