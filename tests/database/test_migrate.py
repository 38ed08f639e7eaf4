"""Migrations land once and stay as they landed; rules are today's truth."""

import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.conftest import Clone

from quapsule.database.embedded import EmbeddedServer
from quapsule.database.migrate import Migration, migrate, read_migrations, seed_templates
from quapsule.database.rules_state import ORDER, apply_rules, read_rules
from quapsule.errors import Problem


@pytest.fixture
def empty(server: EmbeddedServer) -> Iterator[str]:
    """URL of a database with nothing in it."""
    name = f"empty_{secrets.token_hex(4)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield server.url(name)
        connection.execute(f"drop database {name} with (force)")


def test_an_edited_landed_file_is_refused_and_nothing_changes(database: Clone) -> None:
    edited = [replace(file, text=file.text + "\n-- later thought") if file.version == "012" else file for file in read_migrations()]
    edited.append(Migration("999", "never", "create table public.never (id int)"))
    with pytest.raises(Problem) as refused:
        migrate(database.owner_url, edited)
    assert refused.value.code == "conflict"
    assert "012_capsules.sql" in refused.value.message and refused.value.hint
    assert database.value("select to_regclass('public.never')") is None


def test_a_migration_that_fails_leaves_nothing_behind(database: Clone) -> None:
    broken = Migration("999", "broken", "create table public.half (id int); select 1/0;")
    with pytest.raises(psycopg.errors.DivisionByZero) as failed:
        migrate(database.owner_url, [*read_migrations(), broken])
    assert "999_broken" in failed.value.__notes__[0]
    assert database.value("select to_regclass('public.half')") is None
    assert database.value("select count(*) from supabase_migrations.schema_migrations where version = '999'") == 0


def test_a_second_run_does_nothing(database: Clone) -> None:
    report = migrate(database.owner_url)
    assert report.landed == [] and not report.rules_applied


def test_the_ledger_is_supabase_s(database: Clone) -> None:
    rows = database.owner.execute("select version, name, statements from supabase_migrations.schema_migrations order by version").fetchall()
    assert [(version, name) for version, name, _ in rows] == [(file.version, file.name) for file in read_migrations()]
    assert all(len(statements) == 1 and statements[0] for _, _, statements in rows)


def test_migrations_that_another_tool_landed_are_taken_as_they_are(database: Clone) -> None:
    database.owner.execute("delete from private.landed_migrations where version = '001'")
    assert migrate(database.owner_url).landed == []
    assert database.value("select sha256 from private.landed_migrations where version = '001'") == read_migrations()[0].sha256


def test_two_migrators_wait_for_each_other(empty: str) -> None:
    reports: list[object] = []
    threads = [threading.Thread(target=lambda: reports.append(migrate(empty))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(report.landed) for report in reports) == [0, len(read_migrations())]  # type: ignore[attr-defined]


def test_migrations_alone_are_closed(database: Clone) -> None:
    """Without rules nobody but the owner reaches a row: forgetting a policy fails closed."""
    assert apply_rules(database.owner, {"callers": read_rules()["callers"]})
    database.owner.execute("insert into public.teams (name) values ('closed')")
    with pytest.raises(Problem) as refused, database.as_anonymous() as session:
        session.value("select count(*) from public.teams")
    assert refused.value.code == "permission_denied"


def test_a_policy_that_left_the_rules_leaves_the_database(database: Clone) -> None:
    policies = "select count(*) from pg_policies where tablename = 'providers'"
    assert database.value(policies) == 1
    rules = read_rules()
    assert apply_rules(database.owner, {**rules, "providers": "-- nothing"})
    assert database.value(policies) == 0
    with pytest.raises(Problem) as refused, database.as_anonymous() as session:
        session.value("select count(*) from public.providers")
    assert refused.value.code == "permission_denied", "the grant left with it"
    assert apply_rules(database.owner, rules)
    assert database.value(policies) == 1
    assert not apply_rules(database.owner, rules)


def test_changed_rules_are_applied_by_the_next_run(database: Clone) -> None:
    apply_rules(database.owner, {**read_rules(), "providers": "-- nothing"})
    assert migrate(database.owner_url).rules_applied


def test_rules_that_fail_leave_the_old_ones(database: Clone) -> None:
    before = database.value("select count(*) from pg_policy")
    with pytest.raises(psycopg.errors.UndefinedTable) as failed:
        apply_rules(database.owner, {**read_rules(), "providers": "grant select on public.nowhere to anon;"})
    assert failed.value.__notes__ == ["in rules/providers.sql"]
    assert database.value("select count(*) from pg_policy") == before


def test_a_forgotten_revoke_is_made_good(database: Clone) -> None:
    apply_rules(database.owner, {**read_rules(), "webhooks": "create function private.careless() returns int language sql as 'select 1';"})
    assert database.value("select has_function_privilege('anon', 'private.careless()', 'execute')") is False


def template(slug: str, **changes: Any) -> dict[str, Any]:
    row = {"slug": slug, "framework": "openqasm", "name": "Bell", "description": "d", "category": "Fundamentals", "qubits": 2}
    row |= {"file_path": f"templates/{slug}.qasm", "script_content": "OPENQASM 3.0;", "default_parameters": {"shots": 100}}
    return row | changes


def test_templates_follow_their_files(database: Clone) -> None:
    ours = "select name, is_active, is_public, default_parameters from public.scripts where slug = %s"
    assert seed_templates(database.owner, [template("one"), template("two")]) == 2
    first = database.value("select updated_at from public.scripts where slug = 'one'")
    seed_templates(database.owner, [template("one"), template("two", name="Bell pair")])
    assert database.value("select updated_at from public.scripts where slug = 'one'") == first, "an unchanged row is left alone"
    assert database.owner.execute(ours, ("two",)).fetchone() == ("Bell pair", True, True, {"shots": 100})
    seed_templates(database.owner, [template("one")])
    assert database.value("select is_active from public.scripts where slug = 'two'") is False
    assert database.value("select is_active from public.scripts where slug = 'one'") is True


def test_every_rules_file_has_its_place() -> None:
    assert set(read_rules()) <= set(ORDER)


def test_tables_of_others_are_left_alone(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("create table public.theirs (id int)")
        connection.execute("create policy mine on public.theirs using (true)")
        migrate(empty)
        owner = connection.execute("select relowner::regrole::text from pg_class where relname = 'theirs'").fetchone()
        assert owner != ("app_owner",)
        assert connection.execute("select count(*) from pg_policy where polname = 'mine'").fetchone() == (1,)


def test_an_owner_who_is_no_superuser_may_migrate(server: EmbeddedServer) -> None:
    """Roles that bypass RLS are made once by an administrator; everything after that works without one."""
    name = f"plain_{secrets.token_hex(4)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create role {name} login createrole password 'plain'")
        connection.execute(f"grant app_owner, rls_definer, app_definer to {name} with admin option")
        connection.execute(f"create database {name} owner {name}")
        try:
            url = psycopg.conninfo.make_conninfo(server.url(name), user=name, password="plain")
            assert len(migrate(url).landed) == len(read_migrations())
            assert migrate(url).landed == []
        finally:
            connection.execute(f"drop database {name} with (force)")
            connection.execute(f"drop role {name}")
