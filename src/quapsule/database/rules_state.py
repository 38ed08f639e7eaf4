"""The rules (policies, triggers, functions, grants) are today's truth: dropped and applied whole whenever a file changed."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

ORDER = (
    "callers",
    "timestamps",
    "accounts",
    "teams",
    "backends",
    "calibrations",
    "scripts",
    "jobs",
    "capsules",
    "capsule_search",
    "signing",
    "seals",
    "capsule_trail",
    "team_secrets",
    "webhooks",
    "benchmarks",
    "simulations",
    "providers",
    "events",
    "errands",
    "tasks",
    "worker",
    "capsule_requests",
    "capsule_worker",
)


# For the event trigger of bootstrap/040_sealed_tables.sql, until the transaction ends.
ANNOUNCE: LiteralString = "set local quapsule.migrating = 'on'"


def apply_rules(connection: Connection[Any], rules: Mapping[str, str] | None = None) -> bool:
    """One transaction: drop everything that rules made, then run all files. False when the database holds this state already."""
    files = read_rules() if rules is None else rules
    sha256 = hashlib.sha256("\0".join([_DROP_ALL, _CLOSE, *(f"{name}\0{text}" for name, text in files.items())]).encode()).hexdigest()
    if connection.execute("select 1 from private.applied_rules where sha256 = %s", (sha256,)).fetchone():
        return False
    with connection.transaction():
        connection.execute("set local lock_timeout = '60s'")
        connection.execute("set local client_min_messages = warning")
        connection.execute(ANNOUNCE)
        connection.execute(_DROP_ALL)
        for name, text in files.items():
            try:
                connection.execute(text)
            except psycopg.Error as error:
                error.add_note(f"in rules/{name}.sql")
                raise
        connection.execute(_CLOSE)
        connection.execute(
            "insert into private.applied_rules (sha256) values (%s)"
            " on conflict (only_row) do update set sha256 = excluded.sha256, applied_at = now()",
            (sha256,),
        )
    return True


def read_rules() -> dict[str, str]:
    """The files of rules/ in the order in which they are applied."""
    folder = resources.files("quapsule.database").joinpath("rules")
    present = {entry.name.removesuffix(".sql"): entry for entry in folder.iterdir() if entry.name.endswith(".sql")}
    if unknown := present.keys() - set(ORDER):
        raise RuntimeError(f"rules/ holds files without a place in ORDER: {', '.join(sorted(unknown))}")
    return {name: present[name].read_text(encoding="utf-8") for name in ORDER if name in present}


# Grants go as well, so that one that left the files leaves the database. Definers may create for the length of this
# transaction only: `alter function … owner to` asks that of a new owner.
_DROP_ALL: LiteralString = """
do $$
declare
  gone record;
begin
  for gone in
    select p.polname as name, p.polrelid::regclass as relation
      from pg_catalog.pg_policy as p join pg_catalog.pg_class as c on c.oid = p.polrelid
     where c.relowner = 'app_owner'::regrole
  loop
    execute format('drop policy %I on %s', gone.name, gone.relation);
  end loop;

  for gone in
    select t.tgname as name, t.tgrelid::regclass as relation
      from pg_catalog.pg_trigger as t
      join pg_catalog.pg_class as c on c.oid = t.tgrelid
      join pg_catalog.pg_proc as f on f.oid = t.tgfoid
     where not t.tgisinternal
       and (c.relowner = 'app_owner'::regrole
            or f.pronamespace in ('private'::regnamespace, 'worker'::regnamespace)
            or f.proowner in ('app_definer'::regrole, 'rls_definer'::regrole))
  loop
    execute format('drop trigger %I on %s', gone.name, gone.relation);
  end loop;

  for gone in
    select c.oid::regclass as name from pg_catalog.pg_class as c
     where c.relkind = 'v' and c.relnamespace in ('private'::regnamespace, 'worker'::regnamespace)
  loop
    execute format('drop view if exists %s cascade', gone.name);
  end loop;

  select string_agg(format('%s', f.oid::regprocedure), ', ') as names into gone
    from pg_catalog.pg_proc as f
   where f.prorettype <> 'event_trigger'::regtype -- bootstrap's
     and (f.pronamespace in ('private'::regnamespace, 'worker'::regnamespace)
      or f.pronamespace = 'public'::regnamespace
          and (f.proowner in ('app_definer'::regrole, 'rls_definer'::regrole, 'app_owner'::regrole)));
  if gone.names is not null then
    execute 'drop routine ' || gone.names;
  end if;

  for gone in
    select c.oid::regclass as name, c.relkind as kind from pg_catalog.pg_class as c
     where c.relowner = 'app_owner'::regrole and c.relkind in ('r', 'S')
       and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'auth'::regnamespace)
       and c.relacl is not null
  loop
    execute format('revoke all on %s %s from public, anon, authenticated, rls_definer, app_definer, api_login, worker_login',
                   case when gone.kind = 'S' then 'sequence' else 'table' end, gone.name);
  end loop;

  grant create on schema public, private, worker to app_definer, rls_definer;
end
$$
"""

# A function is executable by everybody unless that is taken away: here it is, also where a file forgot.
_CLOSE: LiteralString = """
do $$
declare
  made record;
begin
  for made in
    select f.oid::regprocedure as name
      from pg_catalog.pg_proc as f
     where f.prorettype <> 'event_trigger'::regtype
       and (f.pronamespace in ('private'::regnamespace, 'worker'::regnamespace)
            or f.pronamespace = 'public'::regnamespace and f.proowner in ('app_definer'::regrole, 'rls_definer'::regrole))
  loop
    execute format('revoke execute on routine %s from public', made.name);
  end loop;
  revoke create on schema public, private, worker from app_definer, rls_definer;
end
$$
"""
