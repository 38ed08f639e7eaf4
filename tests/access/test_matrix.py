"""matrix.yaml against the live database: every cell, every table, every column grant, every function."""

from collections import defaultdict

import pytest
from tests.access.cast import Planted
from tests.access.matrix import Matrix, Outcomes, measure
from tests.conftest import Clone

ROLES = ("anon", "authenticated")


def test_every_cell_of_the_matrix_is_what_the_database_does(planted_clone: tuple[Clone, Planted]):
    clone, planted = planted_clone
    matrix = Matrix()
    with clone.worker.pool.connection() as worker:
        found = measure(clone.owner, worker, planted, matrix)
    expected = matrix.expected(planted)
    assert found.keys() == expected.keys()
    wrong = differences(expected, found)
    assert not wrong, "\n".join([f"{len(wrong)} of {len(found)} cells differ:", *wrong])


def test_no_table_or_view_is_missing_in_the_matrix(planted_clone: tuple[Clone, Planted]):
    clone, planted = planted_clone
    there = {
        row[0]
        for row in clone.owner.execute(
            "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where n.nspname in ('public', 'private', 'auth') and c.relkind in ('r', 'p', 'v', 'm', 'f')"
        )
    }
    matrix = Matrix()
    assert there - set(matrix.tables) == set(), "tables that matrix.yaml does not know"
    assert set(matrix.tables) - there == set(), "matrix.yaml names what is not there"
    assert set(matrix.tables) <= set(planted.rows), "tables without a labelled row: add one to cast.py"


def test_row_security_is_enabled_and_forced_on_every_table(planted_clone: tuple[Clone, Planted]):
    assert unguarded_tables(planted_clone[0]) == []


def test_every_column_that_callers_may_read_or_write_is_listed(planted_clone: tuple[Clone, Planted]):
    clone, _ = planted_clone
    matrix, wrong = Matrix(), []
    for table in matrix.tables:
        held: dict[tuple[str, str], set[str]] = defaultdict(set)
        columns = set()
        for role, column, *rights in clone.owner.execute(
            "select r, a.attname,"
            "       has_column_privilege(r, a.attrelid, a.attnum, 'insert'), has_column_privilege(r, a.attrelid, a.attnum, 'update'),"
            "       has_column_privilege(r, a.attrelid, a.attnum, 'select'), has_column_privilege(r, a.attrelid, a.attnum, 'references')"
            "  from pg_attribute as a, unnest(%s::text[]) as r where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped",
            (list(ROLES), table),
        ):
            columns.add(column)
            for verb, right in zip(("insertable", "updatable", "readable", "referable"), rights, strict=True):
                if right:
                    held[role, verb].add(column)
        select = matrix.tables[table].get("select", {})
        readable = set(matrix.columns(table, "readable")) or columns
        expected = {
            ("authenticated", "insertable"): set(matrix.columns(table, "insertable")),
            ("authenticated", "updatable"): set(matrix.columns(table, "updatable")),
            ("authenticated", "readable"): readable if select else set(),
            ("anon", "readable"): readable if "everybody" in select else set(),
        }
        for role in ROLES:
            for verb in ("insertable", "updatable", "readable", "referable"):
                if odd := held[role, verb] ^ expected.get((role, verb), set()):
                    wrong.append(f"{table}: {role} {verb} differs in {', '.join(sorted(odd))}")
    assert not wrong, "\n".join(wrong)


def test_nobody_holds_a_right_on_a_whole_table_that_policies_do_not_bind(planted_clone: tuple[Clone, Planted]):
    clone, _ = planted_clone
    held = clone.owner.execute(
        "select r, c.oid::regclass::text, p from pg_class as c, unnest(array['anon', 'authenticated', 'api_login', 'worker_login']) as r,"
        "       unnest(array['truncate', 'references', 'trigger']) as p"
        " where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'auth'::regnamespace)"
        "   and c.relkind in ('r', 'p', 'v', 'm') and has_table_privilege(r, c.oid, p)"
    ).fetchall()
    assert held == []


@pytest.mark.parametrize("role", ["anon", "authenticated", "api_login", "worker_login"])
def test_a_role_may_execute_the_listed_functions_and_no_others(planted_clone: tuple[Clone, Planted], role: str):
    clone, _ = planted_clone
    allowed = {
        row[0]
        for row in clone.owner.execute(
            "select n.nspname || '.' || p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace"
            " where n.nspname in ('public', 'private', 'worker') and has_function_privilege(%s, p.oid, 'execute')",
            (role,),
        )
    }
    every = {row[0] for row in clone.owner.execute("select 'worker.' || proname from pg_proc where pronamespace = 'worker'::regnamespace")}
    expected = every if role == "worker_login" else set(Matrix().functions[role])
    assert allowed - expected == set(), "may execute more than matrix.yaml lists"
    assert expected - allowed == set(), "may not execute what matrix.yaml lists"


def unguarded_tables(clone: Clone) -> list[str]:
    """Tables without row security, or whose owner would pass it. The migrator's own two must let their owner write."""
    found = clone.owner.execute(
        "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname in ('public', 'private', 'auth') and c.relkind in ('r', 'p')"
        "   and not (c.relrowsecurity and (c.relforcerowsecurity or c.relname in ('landed_migrations', 'applied_rules')))"
    )
    return sorted(row[0] for row in found)


def differences(expected: Outcomes, found: Outcomes) -> list[str]:
    return [
        f"{table} · {verb} · {persona}: {found[table, verb, persona]} instead of {wanted}"
        for (table, verb, persona), wanted in expected.items()
        if found[table, verb, persona] != wanted
    ]
