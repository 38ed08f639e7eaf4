"""Named queries: each domain keeps its SQL in queries.sql, one `-- name: verb_noun` heading per query."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import LiteralString, cast

_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def load_queries(package: str) -> Mapping[str, LiteralString]:
    """The queries of a package by name. Placeholders are psycopg's %(name)s."""
    text = resources.files(package).joinpath("queries.sql").read_text(encoding="utf-8")
    parts = _HEADING.split(text)[1:]
    # The text is part of the program, as a literal in the code would be.
    return {name: cast(LiteralString, body.strip()) for name, body in zip(parts[::2], parts[1::2], strict=True)}
