"""Whether what keeps sealed rows as they are is in force: each trigger, with its function's text, as this version's schema has it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from quapsule.database.dump import SCHEMA
from quapsule.platform.audit.finding import Finding

# The tables that hold what is sealed, and what is said of it.
TABLES = (
    "public.capsules",
    "public.capsule_artifacts",
    "public.capsule_task_executions",
    "public.capsule_seals",
    "public.capsule_signatures",
    "public.capsule_timestamps",
    "public.capsule_dois",
    "public.signing_keys",
    "public.capsule_changes",
    "private.seal_log",
    "private.seal_nodes",
    "private.checkpoints",
    "public.teams",
)

_TRIGGER = re.compile(r"^CREATE (?:CONSTRAINT )?TRIGGER (\S+) .*? ON (\S+) .*;$", re.MULTILINE)
_ALWAYS = re.compile(r"^ALTER TABLE (?:ONLY )?(\S+) ENABLE ALWAYS TRIGGER (\S+);$", re.MULTILINE)
_FUNCTION = re.compile(r"^CREATE FUNCTION ((?:private|worker)\.\w+)\(.*?\n    AS (\$\w*\$)(.*?)\2;$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^CREATE TABLE (\S+) \(\n(.*?)\n\);$", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^    (?!CONSTRAINT )(\w+) ", re.MULTILINE)
_EVENT = re.compile(r"^CREATE EVENT TRIGGER (\S+) ON ", re.MULTILINE)


@dataclass(frozen=True)
class Expected:
    """triggers: (table, name) → their definition. always: those that count also while replicating: the guards. functions: (name, text)."""

    columns: dict[str, frozenset[str]]
    triggers: dict[tuple[str, str], str]
    always: frozenset[tuple[str, str]]
    functions: Counter[tuple[str, str]]
    events: frozenset[str]


@dataclass(frozen=True)
class Guard:
    """A trigger that stands as it should."""

    table: str
    name: str


def read_expected() -> Expected:
    """Of this version, from the schema that it is shipped with."""
    text = SCHEMA.read_text(encoding="utf-8")
    triggers = {(found[2], found[1]): found[0].removesuffix(";") for found in _TRIGGER.finditer(text) if found[2] in TABLES}
    always = frozenset((table, name) for table, name in _ALWAYS.findall(text) if (table, name) in triggers)
    functions = Counter((name, body) for name, _, body in _FUNCTION.findall(text))
    columns = {table: frozenset(_COLUMN.findall(body)) for table, body in _TABLE.findall(text) if table in TABLES}
    return Expected(columns, triggers, always, functions, frozenset(_EVENT.findall(text)))


def audit_columns(owner: Connection[Any], expected: Expected) -> list[Finding]:
    """What was taken from the tables; with such a finding their rows cannot be read. Expects an empty search_path."""
    rows = owner.execute(
        "select n, array(select a.attname::text from pg_catalog.pg_attribute as a"
        "                 where a.attrelid = to_regclass(n) and a.attnum > 0 and not a.attisdropped), to_regclass(n) is not null"
        "  from unnest(%s::text[]) as n",
        (list(TABLES),),
    )
    findings = []
    for table, columns, is_there in rows:
        if not is_there:
            findings.append(Finding("guards", table, "", "The table is missing."))
        else:
            gone = sorted(expected.columns.get(table, frozenset()) - set(columns))
            findings += [Finding("guards", table, column, "The column is missing.") for column in gone]
    return findings


def audit_guards(owner: Connection[Any], expected: Expected) -> tuple[list[Guard], list[Finding]]:
    """The guards in force, and what is missing, switched off, altered or strange. Expects an empty search_path."""
    found = {
        (row[0], row[1]): (row[2], row[3])
        for row in owner.execute(
            "select c.oid::regclass::text, t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text"
            "  from pg_catalog.pg_trigger as t join pg_catalog.pg_class as c on c.oid = t.tgrelid"
            " where not t.tgisinternal and c.oid = any (select to_regclass(n) from unnest(%s::text[]) as n)",
            (list(TABLES),),
        )
    }
    findings = [
        *_triggers(expected, found),
        *_functions(owner, expected),
        *_tables(owner),
        *_events(owner, expected),
    ]
    flawed = {(finding.table, finding.row) for finding in findings}
    return [Guard(table, name) for table, name in sorted(expected.always) if (table, name) not in flawed], findings


def _triggers(expected: Expected, found: dict[tuple[str, str], tuple[str, str]]) -> Iterator[Finding]:
    for table, name in sorted(expected.always):
        definition, enabled = found.get((table, name), ("", ""))
        if not definition:
            yield Finding("guards", table, name, "The guard is missing.")
        elif definition != expected.triggers[table, name]:
            yield Finding("guards", table, name, f"The guard is not this version's: {definition}.")
        elif enabled != "A":
            says = "switched off" if enabled == "D" else "not always on: whoever replicates passes it"
            yield Finding("guards", table, name, f"The guard is {says}.")
    for table, name in sorted(found.keys() - expected.triggers.keys()):
        yield Finding("guards", table, name, f"A trigger that this version does not have: {found[table, name][0]}.")


def _functions(owner: Connection[Any], expected: Expected) -> Iterator[Finding]:
    """Compared by their text: a guard whose function lets everything pass looks like a guard. Several may bear one name."""
    rows = owner.execute(
        "select n.nspname || '.' || f.proname, f.prosrc"
        "  from pg_catalog.pg_proc as f join pg_catalog.pg_namespace as n on n.oid = f.pronamespace"
        " where n.nspname in ('private', 'worker')"
    )
    found = Counter((str(name), str(body)) for name, body in rows)
    there = {name for name, _ in found}
    for name, _ in sorted((expected.functions - found).keys()):
        # Its event trigger needs a superuser, who may not have been there.
        if name in there or name != "private.keep_sealed_tables":
            yield Finding("guards", "pg_proc", name, "The function is not this version's." if name in there else "The function is missing.")


def _tables(owner: Connection[Any]) -> Iterator[Finding]:
    rows = owner.execute(
        "select n, c.relrowsecurity and c.relforcerowsecurity,"
        "       array(select r.rulename::text from pg_catalog.pg_rewrite as r where r.ev_class = c.oid),"
        "       exists (select 1 from pg_catalog.pg_inherits as i where i.inhparent = c.oid or i.inhrelid = c.oid)"
        "  from unnest(%s::text[]) as n join pg_catalog.pg_class as c on c.oid = to_regclass(n)",
        (list(TABLES),),
    )
    for table, is_closed, rules, inherits in rows:
        if not is_closed:
            yield Finding("guards", table, "", "Row-level security is off, or does not bind the table's owner.")
        for rule in rules:
            yield Finding("guards", table, rule, "A rule rewrites what is asked of the table.")
        if inherits:
            yield Finding("guards", table, "", "Another table's rows are read as this one's.")


def _events(owner: Connection[Any], expected: Expected) -> Iterator[Finding]:
    """Only a superuser can make event triggers, so that elsewhere their absence says nothing."""
    found = {str(name): str(enabled) for name, enabled in owner.execute("select evtname, evtenabled from pg_catalog.pg_event_trigger")}
    (is_superuser,) = owner.execute("select rolsuper from pg_catalog.pg_roles where rolname = current_user").fetchone() or (False,)
    for name in sorted(expected.events):
        if name not in found and is_superuser:
            yield Finding("guards", "pg_event_trigger", name, "The guard of the tables themselves is missing.")
        elif found.get(name, "A") != "A":
            yield Finding("guards", "pg_event_trigger", name, "The guard of the tables themselves is not always on.")
