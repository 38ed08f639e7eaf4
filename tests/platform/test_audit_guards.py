"""What keeps sealed rows as they are is itself looked at: a guard that is missing, switched off or hollow is found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import Clone, cloned
from tests.platform.conftest import House

from quapsule.database.embedded import EmbeddedServer
from quapsule.objects import Objects
from quapsule.platform.audit import guards
from quapsule.platform.audit.guards import audit_columns, audit_guards, read_expected
from quapsule.platform.audit.leftovers import look_for_leftovers
from quapsule.settings import Settings


@pytest.fixture(scope="module")
def clone(server: EmbeddedServer) -> Iterator[Clone]:
    """One for all: what is done to it is undone."""
    with cloned(server) as made:
        yield made


class Undone:
    """A transaction that never commits, in which guards are tampered with."""

    def __init__(self, owner: psycopg.Connection[Any]) -> None:
        self.owner = owner

    def findings(self, *statements: Any) -> set[tuple[str, str]]:
        with self.owner.transaction(force_rollback=True):
            self.owner.execute("set local quapsule.migrating = 'on'; set local search_path = ''")
            for statement in statements:
                self.owner.execute(statement)
            expected = read_expected()
            found = [*audit_columns(self.owner, expected), *audit_guards(self.owner, expected)[1]]
            assert {finding.layer for finding in found} <= {"guards"}
            return {(finding.table, finding.row) for finding in found}


@pytest.fixture
def undone(clone: Clone, schema: Path, monkeypatch: pytest.MonkeyPatch) -> Undone:
    monkeypatch.setattr(guards, "SCHEMA", schema)
    return Undone(clone.owner)


def test_every_guard_that_is_missing_switched_off_or_not_always_on_is_found(undone: Undone) -> None:
    expected = read_expected()
    assert {table for table, _ in expected.always} == set(guards.TABLES)
    for table, name in sorted(expected.always):
        for statement in (
            f"drop trigger {name} on {table}",
            f"alter table {table} disable trigger {name}",
            f"alter table {table} enable trigger {name}",
            f"alter table {table} enable replica trigger {name}",
        ):
            assert undone.findings(statement) == {(table, name)}, statement


def test_a_guard_that_was_made_narrower_or_hollow_is_found(undone: Undone) -> None:
    narrower = (
        "create or replace trigger capsules_guard before delete on public.capsules for each row execute function private.guard_capsule();"
        " alter table public.capsules enable always trigger capsules_guard"
    )
    assert undone.findings(narrower) == {("public.capsules", "capsules_guard")}
    for name in ("guard_capsule", "keep_seal", "check_log"):
        hollow = f"create or replace function private.{name}() returns trigger language plpgsql as 'begin return new; end'"
        assert undone.findings(hollow) == {("pg_proc", f"private.{name}")}
    longer = (
        "create or replace function private.kept_until(p public.capsules) returns timestamptz"
        " language sql stable as 'select ''-infinity''::timestamptz'"
    )
    assert undone.findings(longer) == {("pg_proc", "private.kept_until")}


def test_what_works_beside_the_guards_is_found(undone: Undone) -> None:
    table = "public.capsule_seals"
    trigger = f"create trigger aaa before insert on {table} for each row execute function private.touch_updated_at()"
    assert undone.findings(trigger) == {(table, "aaa")}
    assert undone.findings(f"create rule quiet as on update to {table} do instead nothing") == {(table, "quiet")}
    assert undone.findings(f"alter table {table} disable row level security") == {(table, "")}
    assert undone.findings(f"alter table {table} no force row level security") == {(table, "")}
    assert undone.findings(f"create table public.more () inherits ({table})") == {(table, "")}


def test_a_table_or_a_column_that_is_gone_is_found_and_nothing_breaks(undone: Undone, house: House) -> None:
    assert undone.findings("alter table public.capsule_seals drop column foreign_proof") == {("public.capsule_seals", "foreign_proof")}
    assert ("private.seal_log", "") in undone.findings("alter table private.seal_log rename to old_log")
    owner = house.database.owner
    owner.execute("set quapsule.migrating = 'on'; alter table public.capsule_seals drop column manifest")
    (finding,) = house.audit().findings
    assert (finding.table, finding.row, finding.message) == ("public.capsule_seals", "manifest", "The column is missing.")


def test_the_guard_of_the_tables_themselves_is_looked_at(undone: Undone) -> None:
    names = sorted(read_expected().events)
    assert names
    for name in names:
        for statement in (f"drop event trigger {name}", f"alter event trigger {name} disable", f"alter event trigger {name} enable"):
            assert undone.findings(statement) == {("pg_event_trigger", name)}, statement


def test_a_database_of_this_version_has_all_guards(undone: Undone) -> None:
    assert undone.findings() == set()


def test_objects_that_nothing_refers_to_are_counted_and_swept_once_they_are_old(database: Clone, tmp_path: Path) -> None:
    objects = Objects(Settings(home=tmp_path))
    used, unused = (objects.put(BytesIO(content), 100) for content in (b"used", b"unused"))
    team = database.value("insert into public.teams (name) values ('t') returning id")
    capsule = database.value("insert into public.capsules (team_id, name) values (%s, 'c') returning id", team)
    database.owner.execute(
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type, storage_path) values (%s, 'a', 'data', %s)",
        (capsule, used.key),
    )
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert vars(look_for_leftovers(database.owner, objects, sweep=True)) == {"found": 1, "size_bytes": 6, "swept": 0}
    assert vars(look_for_leftovers(database.owner, objects, sweep=False, now=tomorrow)) == {"found": 1, "size_bytes": 6, "swept": 0}
    assert objects.has(unused.sha256)
    assert vars(look_for_leftovers(database.owner, objects, sweep=True, now=tomorrow)) == {"found": 1, "size_bytes": 6, "swept": 1}
    assert objects.has(used.sha256) and not objects.has(unused.sha256)
