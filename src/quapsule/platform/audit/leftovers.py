"""Objects that no artifact refers to: left of uploads that were broken off, or of drafts that were deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

from psycopg import Connection

from quapsule.objects import Objects, key_of

_OLD = timedelta(days=1)
_AT_ONCE = 1000


@dataclass(frozen=True)
class Leftovers:
    """found: how many, and their bytes together. swept: how many of them were removed."""

    found: int
    size_bytes: int
    swept: int


def look_for_leftovers(owner: Connection[Any], objects: Objects, sweep: bool, now: datetime | None = None) -> Leftovers:
    """sweep: removes those that nobody put within a day; what is being uploaded now is younger. Raises Problem not_ready."""
    before = (now or datetime.now(UTC)) - _OLD
    found = size = swept = 0
    for listed in batched(objects.listed(), _AT_ONCE):
        keys = {key_of(each.sha256): each for each in listed}
        for (key,) in owner.execute("select worker.unused_objects(%s::text[])", (list(keys),)).fetchall():
            each = keys[key]
            found, size = found + 1, size + each.size_bytes
            if sweep and each.put_at < before:
                objects.delete(each.sha256, put_before=before)
                swept += 1
    if sweep:
        objects.clear_unfinished(before)
    return Leftovers(found, size, swept)
