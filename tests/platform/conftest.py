"""Sealed capsules in a database of the test's own, and an audit of it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.capsules.sealed import Sealer, make_capsule, sealing
from tests.client.conftest import cli as cli
from tests.client.conftest import own_place as own_place
from tests.conftest import TEMPLATE, Clone, cloned
from tests.factories import make_user, team_of

from quapsule.database.embedded import EmbeddedServer
from quapsule.platform.audit import Audit, audit, guards

NAMES = ("One", "Two", "Three")


@dataclass
class House:
    """A platform with capsules that its worker sealed, and a superuser who breaks in."""

    database: Clone
    sealer: Sealer
    user: UUID
    team: UUID

    def seal(self, name: str, **columns: Any) -> UUID:
        made = make_capsule(self.database.owner, self.team, self.user, name=name, **columns)
        self.database.owner.execute("update public.capsules set lifecycle_state = 'runnable' where id = %s", (made,))
        return self.sealer.seal(made, requested_by=self.user, requested_name="Ada Lovelace")

    def id_of(self, name: str) -> UUID:
        found: UUID = self.database.value("select id from public.capsules where name = %s", name)
        return found

    def audit(self, checkpoint: Path | None = None, sweep: bool = False, **settings: Any) -> Audit:
        return audit(replace(self.sealer.settings, **settings), checkpoint, sweep)

    def found(self, checkpoint: Path | None = None) -> set[tuple[str, str]]:
        """Layers and tables of what an audit finds."""
        return {(finding.layer, finding.table) for finding in self.audit(checkpoint).findings}

    def break_in(self, *statements: Any, cascading: bool = False) -> None:
        """Takes all guards away, acts, and puts every one back as it was. cascading: foreign keys still act."""
        owner, kept = self.database.owner, "all" if not cascading else "user"
        owner.execute("set quapsule.migrating = 'on'")
        for table in guards.TABLES:
            owner.execute(f"alter table {table} disable trigger {kept}")  # type: ignore[arg-type]
        for statement in statements:
            owner.execute(statement)
        for table in guards.TABLES:
            owner.execute(f"alter table {table} enable trigger {kept}")  # type: ignore[arg-type]
        for table, name in guards.read_expected().always:
            owner.execute(f'alter table {table} enable always trigger "{name}"')  # type: ignore[arg-type]
        owner.execute("reset quapsule.migrating")


@pytest.fixture(scope="session")
def schema(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schema of the rules as they are now, as schema.sql shows it."""
    file = tmp_path_factory.mktemp("schema") / "schema.sql"
    command = [server.binaries().program("pg_dump"), "--schema-only", "--dbname", server.url(TEMPLATE)]
    file.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return file


@pytest.fixture(scope="module")
def sealed_once(server: EmbeddedServer) -> Iterator[tuple[str, House]]:
    """A database with sealed capsules, from which each test gets its own."""
    with cloned(server) as clone, sealing(clone) as sealer:
        user = make_user(clone.owner, name="Ada Lovelace")
        house = House(clone, sealer, user, team_of(clone.owner, user))
        for name in NAMES:
            house.seal(name)
        clone.close()
        yield str(conninfo_to_dict(clone.owner_url)["dbname"]), house


@pytest.fixture
def house(
    server: EmbeddedServer, sealed_once: tuple[str, House], schema: Path, monkeypatch: pytest.MonkeyPatch, own_place: Path
) -> Iterator[House]:
    name, once = sealed_once
    monkeypatch.setattr(guards, "SCHEMA", schema)
    with cloned(server, name) as clone:
        sealer = Sealer(clone, once.sealer.home)
        monkeypatch.setenv("QUAPSULE_DATABASE_URL", clone.owner_url)
        monkeypatch.setenv("QUAPSULE_HOME", str(once.sealer.home))
        yield House(clone, sealer, once.user, once.team)
