"""JSON out: rows (frozen dataclasses), UUIDs, instants and money become JSON in one step, without a model in between."""

from decimal import Decimal
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import JSONResponse


class Listing[T](BaseModel):
    """A page of a list, as the OpenAPI document describes it."""

    items: list[T]
    next_cursor: str | None


class Json(JSONResponse):
    """An answer rendered by orjson; instants are ISO 8601, money is a number with at most 6 decimals."""

    def render(self, content: Any) -> bytes:
        return b"" if self.status_code == 204 else to_json(content)


def to_json(content: Any) -> bytes:
    return orjson.dumps(content, default=_other, option=orjson.OPT_NON_STR_KEYS)


def _other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return round(float(value), 6)
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
