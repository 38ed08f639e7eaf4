"""The pieces that a report is put together of."""

import json
from collections.abc import Sequence
from typing import Any

from quapsule.seal.faces.facts import to_utc
from quapsule.seal.faces.markup import Html, element, short

__all__ = ["MOST_VALUE", "Rows", "compact", "pairs", "section", "table", "when"]

MOST_VALUE = 400

Rows = list[tuple[str, Any]]


def section(title: str, *children: str | None) -> Html | None:
    """None where there is nothing to say."""
    kept = [child for child in children if child is not None]
    return element("section", element("h2", title), *kept) if kept else None


def pairs(rows: Rows, class_: str = "facts") -> Html:
    """Those that have a value."""
    told = [(name, value if isinstance(value, str) else compact(value)) for name, value in rows if value is not None and value != ""]
    shown = (
        element("div", element("dt", name), element("dd", short(value, 600)), class_="wide" if len(value) > 56 else None)
        for name, value in told
    )
    return element("dl", *shown, class_=class_)


def table(names: Sequence[str], rows: Sequence[Sequence[str]], when_first: bool = False) -> Html:
    head = element("tr", *(element("th", name, scope="col") for name in names))
    body = [
        element("tr", *(element("td", cell, class_="when" if when_first and number < 3 else None) for number, cell in enumerate(row)))
        for row in rows
    ]
    return element("table", element("thead", head), element("tbody", *body))


def compact(value: Any) -> str:
    written = value if isinstance(value, str) else json.dumps(value, indent=0, ensure_ascii=False, sort_keys=True)
    return short(written, MOST_VALUE)


def when(instant: Any) -> str:
    """2026-11-23 05:26:38 UTC; what is no instant stays as it is."""
    read = to_utc(instant)
    if read is None:
        return str(instant)
    return read.strftime("%Y-%m-%d %H:%M:%S") + (f".{read.microsecond // 1000:03d}" if read.microsecond else "") + " UTC"
