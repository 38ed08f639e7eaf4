"""Reads the live catalog into facts of the same form as the seed's."""

import re
from typing import Any

from psycopg import Connection
from tests.contract.seed import Facts

from quapsule.database.migrate import read_migrations

_TYPES = {"timestamp with time zone": "timestamptz"}
_POLICY = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}
_DELETE = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


def read_catalog(owner: Connection[Any], tables: list[str], documented: set[str]) -> Facts:
    """Facts of the seed's tables, and the names of all tables. `documented`: columns whose nullability and default the seed tells."""
    facts: Facts = {}
    for schema, name in owner.execute(_TABLES):
        facts[f"table {name if schema == 'public' else f'{schema}.{name}'}"] = "yes"
    for reader in (_columns, _constraints, _indexes, _rest):
        reader(owner, tables, facts)
    for key in [key for key in facts if key.startswith(("nullable ", "default ")) and key.split()[1] not in documented]:
        del facts[key]
    for migration in read_migrations():
        if int(migration.version) < 60:
            facts[f"migration {migration.version}_{migration.name}.sql"] = "yes"
    return facts


_TABLES = """
select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname in ('public', 'private', 'worker') order by 1, 2
"""


def _columns(owner: Connection[Any], tables: list[str], facts: Facts) -> None:
    rows = owner.execute(
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)"
        "  from pg_attribute as a join pg_class as c on c.oid = a.attrelid"
        "  left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum"
        " where c.relnamespace = 'public'::regnamespace and c.relname = any (%s) and a.attnum > 0 and not a.attisdropped",
        (tables,),
    )
    for table, column, kind, not_null, default in rows:
        facts[f"type {table}.{column}"] = _TYPES.get(kind, kind)
        facts[f"nullable {table}.{column}"] = "no" if not_null else "yes"
        facts[f"default {table}.{column}"] = _plain(default)


def _plain(default: str | None) -> str:
    if default is None:
        return "none"
    text = re.sub(r"::\w+$", "", default)
    if text in ("'{}'", "'[]'"):
        return text.strip("'")
    return text


def _constraints(owner: Connection[Any], tables: list[str], facts: Facts) -> None:
    rows = owner.execute(
        "select c.relname, k.conname, k.contype::text, k.confdeltype::text, pg_get_constraintdef(k.oid),"
        "       array(select a.attname::text from unnest(k.conkey) with ordinality as p(num, place)"
        "               join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = p.num order by p.place),"
        "       r.relnamespace::regnamespace::text, r.relname"
        "  from pg_constraint as k join pg_class as c on c.oid = k.conrelid left join pg_class as r on r.oid = k.confrelid"
        " where c.relnamespace = 'public'::regnamespace and c.relname = any (%s) and k.contype in ('p', 'f', 'u', 'c')",
        (tables,),
    )
    for table, name, kind, on_delete, definition, columns, schema, target in rows:
        if kind == "p":
            facts[f"primary key {table}"] = ", ".join(columns)
        elif kind == "f":
            parent = target if schema == "public" else f"{schema}.{target}"
            facts[f"foreign key {table}.{columns[0]}"] = f"{parent}.id on delete {_DELETE[on_delete]}"
        elif kind == "u":
            facts[f"unique {table}({', '.join(columns)})"] = "nulls not distinct" if "NULLS NOT DISTINCT" in definition else "plain"
            facts[f"constraint {table}.{name}"] = "yes"
        elif words := re.search(r"= ANY \(ARRAY\[(.+?)\]\)", definition):
            facts[f"allowed {table}.{columns[0]}"] = ", ".join(sorted(re.findall(r"'([\w-]+)'", words[1])))
        else:
            facts[f"check {table}.{name}"] = re.sub(r"[()]", "", definition.removeprefix("CHECK ")).lower()


def _indexes(owner: Connection[Any], tables: list[str], facts: Facts) -> None:
    rows = owner.execute(
        "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = any (%s)"
        " and not exists (select 1 from pg_constraint as k where k.conindid = format('public.%%I', indexname)::regclass"
        "                 and k.contype in ('p', 'u'))",
        (tables,),
    )
    for table, name, definition in rows:
        inside = re.search(r"USING \w+ \((.+)\)( WHERE .+)?$", definition)
        assert inside, definition
        columns = inside[1]
        if "to_tsvector" in columns:
            columns = "full text: " + ", ".join(column for column in ("name", "description") if column in columns)
        kind = "unique" if definition.startswith("CREATE UNIQUE") else "index"
        facts[f"{kind} {table}({columns.lower()})" + (inside[2] or "").lower()] = "plain" if kind == "unique" else "yes"
        facts[f"index name {name}"] = "yes"


def _rest(owner: Connection[Any], tables: list[str], facts: Facts) -> None:
    for schema, parent, table, column in owner.execute(
        "select r.relnamespace::regnamespace::text, r.relname, c.relname, a.attname from pg_constraint as k"
        "  join pg_class as c on c.oid = k.conrelid join pg_class as r on r.oid = k.confrelid"
        "  join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.conkey[1]"
        " where k.contype = 'f' and c.relnamespace = 'public'::regnamespace"
    ):
        facts[f"relationship {parent if schema == 'public' else f'{schema}.{parent}'} <- {table}.{column}"] = "yes"
    for table, enabled, forced in owner.execute(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relname = any (%s)",
        (tables,),
    ):
        facts[f"row level security {table}"] = "enabled" if enabled else "disabled"
        facts[f"row level security {table} forced"] = "yes" if forced else "no"
    for table, command in owner.execute(
        "select c.relname, p.polcmd::text from pg_policy as p join pg_class as c on c.oid = p.polrelid where c.relname = any (%s)",
        (tables,),
    ):
        facts[f"policy {table} {_POLICY[command]}"] = "yes"
    for (table,) in owner.execute("select tablename from pg_publication_tables where pubname = 'supabase_realtime'"):
        facts[f"realtime {table}"] = "yes"
    for (table,) in owner.execute(
        "select c.relname from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_proc as f on f.oid = t.tgfoid"
        " where f.proname = 'touch_updated_at' and c.relname = any (%s)",
        (tables,),
    ):
        facts[f"auto-trigger {table}.updated_at"] = "yes"
    for name, arguments in owner.execute(
        "select proname, coalesce(array_to_string(proargnames, ', '), '') from pg_proc"
        " where pronamespace = 'public'::regnamespace and proname in ('handle_new_user', 'upsert_team_secret')"
    ):
        facts[f"function {name}({arguments})"] = "yes"
    for (slug,) in owner.execute("select slug from public.backends"):
        facts[f"backend {slug}"] = "yes"
