"""Brings a database up to date: bootstrap → migrations → rules → seeds. Safe to re-run; two migrators wait for each other."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from quapsule.database.rules_state import ANNOUNCE, apply_rules
from quapsule.database.seeds.calibrations import read_calibrations
from quapsule.database.seeds.templates import read_templates
from quapsule.errors import Problem

_LOCK = 0x71_75_61_70  # one migrator at a time, per database
_FILE = re.compile(r"^(\d{3,})_(\w+)\.sql$")
_BOOTSTRAP = ("010_roles.sql", "020_schemas.sql", "030_auth.sql", "040_sealed_tables.sql")


@dataclass(frozen=True)
class Migration:
    """A numbered file of migrations/."""

    version: str
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass
class Report:
    """What one run of migrate() did."""

    landed: list[str] = field(default_factory=list)
    rules_applied: bool = False
    templates: int = 0
    calibrations: int = 0


def migrate(url: str, migrations: Sequence[Migration] | None = None) -> Report:
    """Migrates the database at `url` (a login that may create roles and schemas). Raises Problem `conflict` for an edited landed file."""
    files = read_migrations() if migrations is None else migrations
    report = Report()
    with psycopg.connect(url, autocommit=True, application_name="quapsule migrate") as connection:
        _refuse_old_server(connection)
        with _alone(connection):
            _bootstrap(connection)
            for migration in _missing(connection, files):
                _land(connection, migration)
                report.landed.append(f"{migration.version}_{migration.name}")
            report.rules_applied = apply_rules(connection)
            report.templates = seed_templates(connection)
            report.calibrations = seed_calibrations(connection)
    return report


def read_migrations() -> list[Migration]:
    """All files of migrations/, in the order of their numbers."""
    folder = resources.files("quapsule.database").joinpath("migrations")
    found = [
        Migration(named[1], named[2], entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if (named := _FILE.match(entry.name))
    ]
    return sorted(found, key=lambda migration: int(migration.version))


def seed_templates(connection: Connection[Any], templates: Sequence[dict[str, Any]] | None = None) -> int:
    """Upserts the platform's own scripts; rows whose file is gone are switched off. Returns how many there are."""
    rows = read_templates() if templates is None else templates
    with connection.transaction(), _past_row_security(connection, "public.scripts"), connection.cursor() as cursor:
        cursor.execute(
            "update public.scripts set is_active = false where team_id is null and user_id is null and is_active"
            " and not exists (select 1 from unnest(%s::text[], %s::text[]) as kept(slug, framework)"
            "                  where kept.slug = scripts.slug and kept.framework = scripts.framework)",
            ([row["slug"] for row in rows], [row["framework"] for row in rows]),
        )
        for row in rows:
            cursor.execute(_UPSERT_TEMPLATE, {**row, "default_parameters": Jsonb(row["default_parameters"])})
    return len(rows)


def seed_calibrations(connection: Connection[Any], calibrations: Sequence[dict[str, Any]] | None = None) -> int:
    """Adds the snapshots that are not there yet; what is there is never touched. Returns how many there are."""
    rows = read_calibrations() if calibrations is None else calibrations
    with connection.transaction(), connection.cursor() as cursor:
        there = {tuple(found) for found in cursor.execute("select backend, sha256 from private.calibration_addresses()")}
        for row in rows:
            if (row["backend"], row["sha256"]) not in there:
                cursor.execute(_IMPORT_CALIBRATION, {**row, "content": Jsonb(row["content"]), "description": Jsonb(row["description"])})
    return len(rows)


_IMPORT_CALIBRATION = """
select private.import_calibration(%(backend)s, %(sha256)s, %(taken_at)s, %(format)s, %(source)s, %(content)s, %(description)s)
"""

_UPSERT_TEMPLATE = """
insert into public.scripts as s
  (slug, framework, name, description, category, qubits, file_path, script_content, default_parameters, is_active, is_public)
values
  (%(slug)s, %(framework)s, %(name)s, %(description)s, %(category)s, %(qubits)s, %(file_path)s, %(script_content)s,
   %(default_parameters)s, true, true)
on conflict (slug, framework) do update
   set name = excluded.name, description = excluded.description, category = excluded.category, qubits = excluded.qubits,
       file_path = excluded.file_path, script_content = excluded.script_content, default_parameters = excluded.default_parameters,
       is_active = true, is_public = true
 where s.team_id is null and s.user_id is null
   and (s.name, s.description, s.category, s.qubits, s.file_path, s.script_content, s.default_parameters, s.is_active)
       is distinct from
       (excluded.name, excluded.description, excluded.category, excluded.qubits, excluded.file_path, excluded.script_content,
        excluded.default_parameters, true)
"""


@contextmanager
def _past_row_security(connection: Connection[Any], table: LiteralString) -> Iterator[None]:
    """An owner who is no superuser is bound by forced policies; within this transaction they are not forced."""
    bound = connection.execute("select not (rolsuper or rolbypassrls) from pg_catalog.pg_roles where rolname = current_user").fetchone()
    if bound == (True,):
        connection.execute(f"alter table {table} no force row level security")
    yield
    if bound == (True,):
        connection.execute(f"alter table {table} force row level security")


def _refuse_old_server(connection: Connection[Any]) -> None:
    version = connection.info.server_version
    if version < 150000:
        raise Problem("not_ready", f"PostgreSQL {version // 10000} is too old.", hint="Use PostgreSQL 15 or newer.")


@contextmanager
def _alone(connection: Connection[Any]) -> Iterator[None]:
    connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def _bootstrap(connection: Connection[Any]) -> None:
    folder = resources.files("quapsule.database").joinpath("bootstrap")
    try:
        with connection.transaction():
            connection.execute("set local client_min_messages = warning")
            connection.execute(ANNOUNCE)
            for name in _BOOTSTRAP:
                connection.execute(folder.joinpath(name).read_text(encoding="utf-8"))
    except psycopg.errors.InsufficientPrivilege as error:
        raise Problem(
            "not_ready",
            f"The login that migrates may not prepare this database: {error.diag.message_primary}.",
            hint="Migrate once as a superuser, or as an owner who may create roles with BYPASSRLS (PostgreSQL 16 or newer, Supabase).",
        ) from error
    except psycopg.errors.UndefinedFile as error:
        raise Problem("not_ready", "This server has no pgcrypto.", hint="Install PostgreSQL's contrib package.") from error


def _missing(connection: Connection[Any], files: Sequence[Migration]) -> list[Migration]:
    landed = dict(
        connection.execute(
            "select m.version, l.sha256 from supabase_migrations.schema_migrations as m"
            "  left join private.landed_migrations as l using (version)"
        ).fetchall()
    )
    for migration in files:
        if landed.get(migration.version) not in (None, migration.sha256):
            raise Problem(
                "conflict",
                f"{migration.version}_{migration.name}.sql was edited after it had landed.",
                hint="Restore the file and put the change into a new migration.",
            )
    for migration in files:
        # Landed through Supabase's tooling, which keeps no checksum: taken as it is from now on.
        if migration.version in landed and landed[migration.version] is None:
            _note_checksum(connection, migration)
    return [migration for migration in files if migration.version not in landed]


def _land(connection: Connection[Any], migration: Migration) -> None:
    with connection.transaction():
        connection.execute("set local lock_timeout = '60s'")
        connection.execute("set local client_min_messages = warning")
        connection.execute(ANNOUNCE)
        before = [oid for oid, _ in connection.execute(_RELATIONS)]
        try:
            connection.execute(migration.text)
        except psycopg.Error as error:
            error.add_note(f"in migration {migration.version}_{migration.name}.sql")
            raise
        # What a migration made belongs to app_owner, whoever logged in; what others have in these schemas stays theirs.
        for _, name in connection.execute(_RELATIONS + " and not c.oid = any (%s)", (before,)).fetchall():
            connection.execute(sql.SQL("alter table {} owner to app_owner").format(sql.SQL(name)))
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s)",
            (migration.version, [migration.text], migration.name),
        )
        _note_checksum(connection, migration)


# Sequences of identity columns follow their table.
_RELATIONS = """
select c.oid, c.oid::regclass::text from pg_catalog.pg_class as c
 where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
   and (c.relkind in ('r', 'p')
        or c.relkind = 'S' and not exists (select 1 from pg_catalog.pg_depend as d where d.objid = c.oid and d.deptype in ('i', 'a')))
"""


def _note_checksum(connection: Connection[Any], migration: Migration) -> None:
    connection.execute("insert into private.landed_migrations (version, sha256) values (%s, %s)", (migration.version, migration.sha256))
