"""Keyset pages: a list is ordered by (created_at desc, id desc), and a cursor names the last row that was seen."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

import orjson
from fastapi import Query

from quapsule.errors import Problem


class Listed(Protocol):
    """A row that a page can end with."""

    @property
    def id(self) -> UUID: ...
    @property
    def created_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Page:
    """What the caller asked for; `parameters` go into the named query, which reads limit + 1 rows."""

    limit: int
    before_at: datetime | None = None
    before_id: UUID | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {"limit": self.limit + 1, "before_at": self.before_at, "before_id": self.before_id}

    def answer[T: Listed](self, rows: Sequence[T]) -> dict[str, Any]:
        """{"items": […], "next_cursor": …|null}; the extra row only tells that there is more."""
        items = list(rows[: self.limit])
        return {"items": items, "next_cursor": _cursor(items[-1]) if len(rows) > self.limit else None}


def read_page(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Page:
    if cursor is None:
        return Page(limit)
    try:
        at, row_id = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        return Page(limit, datetime.fromisoformat(at), UUID(row_id))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Problem("validation_error", "The cursor is malformed.", hint="Use next_cursor of the page before, unchanged.") from error


def _cursor(row: Listed) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row.created_at, str(row.id)])).decode("ascii")
