"""Counts as given, read into tables that can be compared: bad ones are refused by name."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quapsule.errors import Problem

__all__ = ["MOST_CIRCUITS", "MOST_SHOTS", "Counts", "Table", "counts_of_file", "read_circuits", "read_counts", "seed_of", "table_of"]

# Bit string → how many shots gave it.
Counts = Mapping[str, int]
Integers = NDArray[np.int64]

MOST_SHOTS = 100_000_000
MOST_CIRCUITS = 1_000
_BITS = re.compile(r"[01]+")


@dataclass(frozen=True)
class Table:
    """Two samples over the outcomes that either had, in the order of their bits. `width`: bits of an outcome."""

    outcomes: tuple[str, ...]
    first: Integers
    second: Integers
    width: int

    @property
    def shots(self) -> tuple[int, int]:
        return int(self.first.sum()), int(self.second.sum())


def counts_of_file(data: bytes, what: str) -> list[dict[str, int]]:
    """The counts of each circuit in a capsule's results/counts.json, in order: a list of objects with `counts`, one such object, or bare
    counts, as other platforms write them. Problem not_comparable for what is neither."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Problem("not_comparable", f"{what} has counts that are not JSON.") from error
    rows = found if isinstance(found, list) else [found]
    return read_circuits([row["counts"] if isinstance(row, Mapping) and "counts" in row else row for row in rows], what)


def read_circuits(given: Any, what: str) -> list[dict[str, int]]:
    """The circuits' counts of one run, whether one or many were given; Problem not_comparable for anything else."""
    if isinstance(given, Mapping):
        return [read_counts(given, what)]
    if isinstance(given, str | bytes) or not isinstance(given, Sequence) or not given:
        raise Problem("not_comparable", f"{what} has no counts.", "Counts are bit strings with how many shots gave each.")
    if len(given) > MOST_CIRCUITS:
        raise Problem("not_comparable", f"{what} has {len(given):,} circuits; at most {MOST_CIRCUITS:,} are compared.")
    return [read_counts(one, f"{what}, circuit {index},") for index, one in enumerate(given)]


def read_counts(given: Any, what: str) -> dict[str, int]:
    """The outcomes that were seen, at least one. Problem not_comparable, which names what is wrong with `what`."""
    if not isinstance(given, Mapping):
        raise Problem("not_comparable", f"{what} has no counts.", "Counts are bit strings with how many shots gave each.")
    widths = set()
    for outcome, count in given.items():
        if not isinstance(outcome, str) or not _BITS.fullmatch(outcome):
            raise Problem("not_comparable", f"{what} has an outcome that is no bit string: {str(outcome)[:40]!r}.")
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
            raise Problem("not_comparable", f"{what} has a count that is no whole number of shots: {outcome[:40]} → {str(count)[:40]}.")
        widths.add(len(outcome))
    if len(widths) > 1:
        raise Problem("not_comparable", f"{what} has outcomes of different widths: {', '.join(map(str, sorted(widths)[:5]))} bits.")
    seen = {outcome: int(count) for outcome, count in given.items() if count}
    if not seen:
        raise Problem("not_comparable", f"{what} has no shots.")
    if sum(seen.values()) > MOST_SHOTS:
        raise Problem("not_comparable", f"{what} has more than {MOST_SHOTS:,} shots.")
    return seen


def table_of(first: Mapping[str, int], second: Mapping[str, int], what: str = "The two") -> Table:
    """Both as one table, of counts that read_counts has read."""
    widths = len(next(iter(first))), len(next(iter(second)))
    if widths[0] != widths[1]:
        raise Problem("not_comparable", f"{what} have outcomes of {widths[0]} and {widths[1]} bits.")
    outcomes = tuple(sorted(first.keys() | second.keys()))
    return Table(outcomes, _column(first, outcomes), _column(second, outcomes), widths[0])


def seed_of(*samples: Mapping[str, int]) -> int:
    """128 bits of the counts' own digest, the same in whatever order they stand: nobody chooses the dice, and everybody gets the same."""
    written = sorted(json.dumps(sample, sort_keys=True, separators=(",", ":")) for sample in samples)
    return int.from_bytes(sha256("\n".join(written).encode()).digest()[:16], "big")


def _column(sample: Mapping[str, int], outcomes: Sequence[str]) -> Integers:
    return np.fromiter(_values(sample, outcomes), dtype=np.int64, count=len(outcomes))


def _values(sample: Mapping[str, int], outcomes: Sequence[str]) -> Iterator[int]:
    return (sample.get(outcome, 0) for outcome in outcomes)
