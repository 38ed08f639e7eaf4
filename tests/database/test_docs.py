"""docs/database.md names every table, and for each column of the seed who fills it."""

import re
from pathlib import Path

from tests.conftest import Clone
from tests.contract.seed import read_seed, tables

TEXT = (Path(__file__).parents[2] / "docs" / "database.md").read_text(encoding="utf-8")


def test_every_table_has_its_readers_and_writers(database: Clone) -> None:
    access = TEXT.split("## Who may read and write")[1].split("## Which column")[0]
    named = {name for row in access.splitlines() if row.startswith("| `") for name in re.findall(r"`([\w.]+)`", row.split("|")[1])}
    there = database.owner.execute(
        "select case when n.nspname = 'public' then '' else n.nspname || '.' end || c.relname from pg_class as c"
        "  join pg_namespace as n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname in ('public', 'private', 'worker', 'auth')"
    ).fetchall()
    assert named == {name for (name,) in there}


def test_every_column_of_the_seed_names_its_writer() -> None:
    seed = read_seed()
    sections = dict(re.findall(r"^### (\w+)\n(.+?)(?=^### |\Z)", TEXT.split("## Which column")[1], re.MULTILINE | re.DOTALL))
    assert sections.keys() == set(tables(seed))
    for table, section in sections.items():
        rows = [row.split("|") for row in section.splitlines() if row.startswith("| `")]
        named = [name for row in rows for name in re.findall(r"`(\w+)`", row[1])]
        wanted = [key.removeprefix(f"type {table}.") for key in seed if key.startswith(f"type {table}.")]
        assert sorted(named) == sorted(wanted), table
        assert all(row[2].strip() for row in rows), table
