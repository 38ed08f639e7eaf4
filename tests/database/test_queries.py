"""Every named query of every package is prepared against the real schema, and its columns fit the row that it is read into."""

import ast
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Clone

from quapsule.database.queries import load_queries

ROOT = Path(__file__).parents[2] / "src" / "quapsule"
PACKAGES = sorted(f"quapsule.{path.parent.name}" for path in ROOT.glob("*/queries.sql"))
# A list query is completed in Python; these endings make it a statement again.
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def columns_of(database: Clone, query: str) -> list[str]:
    """The column names of a query, as the server describes it; nothing runs."""
    numbers: dict[str, int] = {}
    text = _PLACEHOLDER.sub(lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", query).replace("%%", "%")
    connection = database.owner.pgconn
    prepared = connection.prepare(b"checked", text.encode())
    assert not prepared.error_message, prepared.error_message.decode()
    described = connection.describe_prepared(b"checked")
    database.owner.execute("deallocate checked")
    return [(described.fname(index) or b"").decode() for index in range(described.nfields)]


def readers(package: str) -> Iterator[tuple[str, str, type[Any]]]:
    """(module, query name, row class) of every `session.row(s)(Class, _QUERIES["name"], …)` in a package's own modules."""
    for path in sorted((ROOT / package.rpartition(".")[2]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("row", "rows")):
                continue
            if len(node.args) < 2 or not isinstance(node.args[0], ast.Name):
                continue
            query = node.args[1]
            if isinstance(query, ast.Subscript) and isinstance(query.slice, ast.Constant):
                module = import_module(f"{package}.{path.stem}")
                yield path.name, str(query.slice.value), getattr(module, node.args[0].id)


def test_some_packages_have_queries() -> None:
    assert PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_named_query_prepares_and_fits_its_row(database: Clone, package: str) -> None:
    queries = load_queries(package)
    assert queries
    columns = {name: columns_of(database, query) for name, query in queries.items()}
    for module, name, kind in readers(package):
        assert is_dataclass(kind), f"{module}: {kind.__name__} is no dataclass"
        known = {item.name for item in fields(kind) if item.init}
        required = {item.name for item in fields(kind) if item.init and item.default is MISSING and item.default_factory is MISSING}
        got = columns[name]
        assert len(set(got)) == len(got), f"{name} gives a column twice: {got}"
        assert set(got) <= known, f"{module}: {name} gives {set(got) - known}, which {kind.__name__} has not"
        assert required <= set(got), f"{module}: {name} lacks {required - set(got)} of {kind.__name__}"
