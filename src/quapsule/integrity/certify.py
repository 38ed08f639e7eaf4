"""Certificates of one hop: does the program given mean what the program asked for means?"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from .certificate import Certificate
from .compare import Finding, compare, mismatch, worse
from .meaning import Meaning, Unreadable
from .sources import Source, of_text
from .witness import read_witness, spot

SEED = 20261123
_DRAWS = 2


@dataclass(frozen=True)
class Layout:
    """Where a compiled program sits. `initial`: asked qubit → given qubit at the start; `final`: at the end, None where only the
    measurements tell."""

    initial: Mapping[int, int]
    final: Mapping[int, int] | None = None


def certify_witness(text: str, format: str, witness: Mapping[str, Any], *, hop: str) -> Certificate:
    """The text against what the framework's own object meant when the witness was made. Never raises for a bad text or witness: what
    cannot be read is `not_checked`."""
    began = time.perf_counter()
    given = of_text(text, format)
    qubits = 0
    try:
        asked = read_witness(witness)
        if told := tell_parameters(asked.parameters, given):
            found = mismatch("structure", told)
        else:
            found = Finding("identical", "equivalent")
            for index, values in enumerate(asked.values):
                meaning = given.read(values)
                qubits = meaning.qubits
                found = worse(found, spot(asked, index, meaning, SEED + index))
                if found.result == "mismatch":
                    break
    except Unreadable as problem:
        found = _unread(problem)
    return certificate_of(hop, found, qubits, None, text, began)


def certify_programs(asked: Source, given: Source, *, hop: str, layout: Layout | None = None, measured_all: bool = False) -> Certificate:
    """`measured_all`: the given one measures everything at its end though the asked one measured nothing. Never raises for what it cannot
    read: that is `not_checked`.

    With a layout the given program was compiled: it may do another thing to qubits that nobody looks at any more, so what is compared is
    the distribution of all classical bits, for every state that the asked qubits could begin in."""
    began = time.perf_counter()
    qubits = 0
    try:
        if told := tell_parameters(asked.parameters, given):
            found = mismatch("structure", told)
            return certificate_of(hop, found, qubits, asked.text, given.text, began)
        found = Finding("identical", "equivalent")
        for index, values in enumerate(draw_values(asked.parameters)):
            one, other = asked.read(values), given.read(values)
            qubits = one.qubits
            found = worse(found, compare_with(one, other, layout, measured_all, SEED + index))
            if found.result == "mismatch":
                found = _look_for_swap(asked, given, values, found, layout, measured_all)
                break
    except Unreadable as problem:
        found = _unread(problem)
    return certificate_of(hop, found, qubits, asked.text, given.text, began)


def compare_with(asked: Meaning, given: Meaning, layout: Layout | None, measured_all: bool, seed: int) -> Finding:
    if layout is None:
        return compare(asked, given, seed=seed, measured_all=measured_all)
    from .compiled import compare_compiled

    return compare_compiled(asked, given, layout.initial, layout.final, seed=seed, measured_all=measured_all)


def draw_values(parameters: Sequence[str]) -> list[dict[str, float]]:
    """Random values that no two parameters share; one empty draw when there are none."""
    if not parameters:
        return [{}]
    drawn = np.random.default_rng(SEED)
    return [{name: float(drawn.uniform(-3.0, 3.0)) for name in parameters} for _ in range(_DRAWS)]


def _look_for_swap(
    asked: Source, given: Source, values: Mapping[str, float], found: Finding, layout: Layout | None, measured_all: bool
) -> Finding:
    """Would they agree if two parameters changed places? Then that is what to say."""
    names = asked.parameters
    if not 2 <= len(names) <= 6:
        return found
    one = asked.read(values)
    for first, second in combinations(names, 2):
        swapped = {**values, first: values[second], second: values[first]}
        if compare_with(one, given.read(swapped), layout, measured_all, SEED).result == "equivalent":
            where = f"parameters {first} and {second} have changed places"
            return Finding(found.method, "mismatch", {**found.detail, "where": where}, found.not_covered)
    return found


def tell_parameters(asked: Sequence[str], given: Source) -> str | None:
    """Raises Unreadable for a text of which not even the inputs can be read."""
    if sorted(asked) == sorted(given.parameters):
        return None
    given.read(dict.fromkeys(given.parameters, 1.0))
    missing = [name for name in asked if name not in given.parameters]
    added = [name for name in given.parameters if name not in asked]
    return f"the inputs are others: {', '.join(missing) or 'none'} missing, {', '.join(added) or 'none'} added"


def _unread(problem: Unreadable) -> Finding:
    return Finding("none", "not_checked", {}, (str(problem),))


def certificate_of(hop: str, found: Finding, qubits: int, asked: str | None, given: str | None, began: float) -> Certificate:
    """`asked`, `given`: the texts; `began`: on time.perf_counter."""
    return Certificate(
        hop=hop,
        method=found.method,
        result=found.result,
        qubits=qubits,
        asked_sha256=_sha256(asked),
        given_sha256=_sha256(given),
        not_covered=found.not_covered,
        detail=dict(found.detail),
        seconds=time.perf_counter() - began,
    )


def _sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
