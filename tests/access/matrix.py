"""Runs every verb as every persona against every labelled row of a planted database, and writes down what happened.

An outcome is a word: `denied` (42501 for each row), `none` (no error, nothing reached), the labels of the rows that were reached, the same
with `!` (the rows that were not reached raised 42501), `allowed` (a statement on the whole table, if only by permission), or an unexpected
SQLSTATE.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import Connection, sql
from psycopg.types.json import Jsonb
from tests.access.cast import PERSONAS, TEAM, USER, Persona, Planted, acting, fresh

VERBS = ("select", "copy", "insert", "forge", "update", "move", "give", "upsert", "delete", "truncate", "lock")
TEAM_COLUMNS = ("team_id", "capsule_id", "job_run_id", "job_id", "script_id", "endpoint_id", "secret_id")
USER_COLUMNS = ("user_id", "created_by", "invited_by")

Outcomes = dict[tuple[str, str, str], str]  # table, verb, persona → outcome


class Matrix:
    """matrix.yaml, with groups, defaults and derived verbs written out."""

    def __init__(self, text: str | None = None) -> None:
        document = yaml.safe_load(text or Path(__file__).with_name("matrix.yaml").read_text(encoding="utf-8"))
        self.groups: Mapping[str, list[str]] = document["groups"]
        self.always: Mapping[str, Any] = document["always"]
        self.tables: Mapping[str, Mapping[str, Any]] = {name: entry or {} for name, entry in document["tables"].items()}
        self.functions: Mapping[str, list[str]] = document["functions"]

    def columns(self, table: str, what: str) -> list[str]:
        return self.tables[table].get(what) or []

    def expected(self, planted: Planted, tables: Collection[str] | None = None) -> Outcomes:
        found: Outcomes = {}
        for table in self.tables if tables is None else tables:
            labels = planted.rows[table]
            for verb in applicable(table, labels):
                for persona in PERSONAS:
                    found[table, verb, persona.name] = self._cell(table, verb, persona.name, labels)
        return found

    def _cell(self, table: str, verb: str, persona: str, labels: Mapping[str, Any]) -> str:
        entry, schema = self.tables[table], table.partition(".")[0]
        always = self.always.get(persona, {})
        if verb in entry.get("always", {}).get(persona, {}):
            return str(entry["always"][persona][verb])
        if (word := always.get(schema)) is not None:
            if word == "denied" or table == "private.people":
                return "denied"
            return "allowed" if verb in ("truncate", "lock") else _all_labels(verb, labels)
        if verb == "copy":  # the whole row or nothing
            return "denied" if entry.get("readable") else self._named(entry.get("select", {}), persona)
        return self._named(entry.get(verb, {}), persona)

    def _named(self, outcomes: Mapping[str, str], persona: str) -> str:
        if persona in outcomes:
            return str(outcomes[persona])
        for group, outcome in outcomes.items():
            if persona in self.groups.get(group, ()):
                return str(outcome)
        return "denied"


def applicable(table: str, labels: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """move needs a column that says whose the row is, forge and give one that says who made it; the view is only read."""
    if table == "private.people":
        return ["select"]
    row = next(iter(labels.values()))
    left_out = set()
    if not _first(TEAM_COLUMNS, row):
        left_out |= {"move"}
    if not _first(USER_COLUMNS, row) or table == "public.team_members":
        left_out |= {"forge"}
    if not _first(USER_COLUMNS, row):
        left_out |= {"give"}
    return [verb for verb in VERBS if verb not in left_out]


def measure(
    owner: Connection[Any], worker: Connection[Any], planted: Planted, matrix: Matrix, tables: Collection[str] | None = None
) -> Outcomes:
    """Every cell of the tables. Nothing stays: both connections are left as they were."""
    found: Outcomes = {}
    with owner.transaction(force_rollback=True), worker.transaction(force_rollback=True):
        for table in matrix.tables if tables is None else tables:
            trial = _Trial(owner, table, planted, matrix)
            for persona in PERSONAS:
                if persona.role == "worker_login":
                    found |= trial.outcomes(worker, persona)
                else:
                    with acting(owner, persona):
                        found |= trial.outcomes(owner, persona)
    return found


class _Trial:
    """One table under attack."""

    def __init__(self, owner: Connection[Any], table: str, planted: Planted, matrix: Matrix) -> None:
        self.table, self.rows, self.key = table, planted.rows[table], planted.keys[table]
        self.name = sql.Identifier(*table.split("."))
        self.readable = matrix.columns(table, "readable") or None
        self.insertable = matrix.columns(table, "insertable")
        self.updatable = matrix.columns(table, "updatable")
        self.row = next(iter(self.rows.values()))
        generated = owner.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and (attidentity = 'a' or attgenerated <> '')", (table,)
        )
        self.generated = {found[0] for found in generated}
        self.serial = 0

    def outcomes(self, connection: Connection[Any], persona: Persona) -> Outcomes:
        return {(self.table, verb, persona.name): self._outcome(connection, persona, verb) for verb in applicable(self.table, self.rows)}

    def _outcome(self, connection: Connection[Any], persona: Persona, verb: str) -> str:
        if verb == "select":
            return self._select(connection)
        if verb == "copy":
            return self._copy(connection)
        if verb in ("truncate", "lock"):
            text = "truncate {}" if verb == "truncate" else "lock table {} in access exclusive mode"
            state, _ = _attempt(connection, sql.SQL(text).format(self.name))
            return {"": "allowed", "0A000": "allowed", "42501": "denied"}.get(state, state)  # 0A000: others refer to the table
        reached, states = "", set()
        for label, statement in self._statements(persona, verb):
            state, count = _attempt(connection, statement)
            # Keys and foreign keys are asked after every permission.
            if (state == "" and count) or (verb, state) in (("delete", "23503"), ("move", "23505")):
                reached += label
            elif state:
                states.add(state)
            elif verb in ("insert", "forge", "upsert"):
                states.add("vanished")
        reached = "".join(sorted({*reached, *self._reached_blindly(connection, persona, verb)}))
        if states - {"42501"}:
            return " ".join([reached, *sorted(states)]).strip()
        if states:
            return f"{reached}!" if reached else "denied"
        return reached or "none"

    def _select(self, connection: Connection[Any]) -> str:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.readable)) if self.readable else sql.SQL("*")
        state, rows = _attempt_rows(connection, sql.SQL("select {} from {} as t").format(_record(self.readable, columns), self.name))
        return self._labels([row[0] for row in rows]) if not state else {"42501": "denied"}.get(state, state)

    def _copy(self, connection: Connection[Any]) -> str:
        connection.execute("savepoint attempt")
        try:
            with connection.cursor().copy(sql.SQL("copy {} to stdout").format(self.name)) as copy:
                lines = [bytes(line).decode().rstrip("\n").split("\t") for line in copy]
        except psycopg.Error as error:
            return {"42501": "denied"}.get(error.sqlstate or "", str(error.sqlstate))
        finally:
            connection.execute("rollback to savepoint attempt")
        found = (label for label, row in self.rows.items() if any({_copied(row[key]) for key in self.key} <= set(line) for line in lines))
        return "".join(sorted(found)) or "none"

    def _labels(self, seen: list[Mapping[str, Any]]) -> str:
        keys = [{key: row.get(key) for key in self.key} for row in seen]
        return "".join(sorted(label for label, row in self.rows.items() if {key: row[key] for key in self.key} in keys)) or "none"

    def _statements(self, persona: Persona, verb: str) -> Iterator[tuple[str, sql.Composed]]:
        for label, row in self.rows.items():
            if verb in ("insert", "forge", "upsert"):
                if label in "abs" or not set(self.rows) & set("abs"):
                    yield label, self._insert(persona, verb, label, row)
                continue
            where = sql.SQL(" and ").join(sql.SQL("{} = {}").format(sql.Identifier(key), _literal(row[key])) for key in self.key)
            if verb == "delete":
                yield label, sql.SQL("delete from {} where {}").format(self.name, where)
            else:
                yield label, sql.SQL("update {} set {} where {}").format(self.name, self._change(persona, verb, row), where)

    def _insert(self, persona: Persona, verb: str, label: str, row: Mapping[str, Any]) -> sql.Composed:
        self.serial += 1
        new = dict(row) if verb == "upsert" else fresh(self.table, label, row, self.serial)
        new = {column: value for column, value in new.items() if column not in self.generated}
        if persona.role == "authenticated" and self.insertable:
            new = {column: value for column, value in new.items() if column in self.insertable}
        if self.table != "public.team_members" and (author := _first(USER_COLUMNS, new)):
            new[author] = str(USER["nina"] if verb == "forge" else persona.user)
        columns = sql.SQL(", ").join(map(sql.Identifier, new))
        text = sql.SQL("insert into {t} ({c}) select {c} from jsonb_populate_record(null::{t}, {r})").format(
            t=self.name, c=columns, r=sql.Literal(Jsonb(new))
        )
        if verb == "upsert":
            column = sql.Identifier(self._plain_column())
            target = sql.SQL(", ").join(map(sql.Identifier, self.key))
            text += sql.SQL(" on conflict ({}) do update set {} = excluded.{}").format(target, column, column)
        return text

    def _change(self, persona: Persona, verb: str, row: Mapping[str, Any]) -> sql.Composed:
        if verb == "move":
            column = _first(TEAM_COLUMNS, row)
            others = (str(TEAM["beta"]) if row[column] == str(TEAM["alpha"]) else str(TEAM["alpha"]),)
            if column != "team_id":
                others = (*(other[column] for other in self.rows.values() if other[column] != row[column]), str(TEAM["beta"]))
            return sql.SQL("{} = {}").format(sql.Identifier(column), _literal(others[0]))
        if verb == "give":
            return sql.SQL("{} = {}").format(sql.Identifier(_first(USER_COLUMNS, row)), _literal(str(USER["nina"])))
        column = self._plain_column()
        return sql.SQL("{} = {}").format(sql.Identifier(column), _literal(row[column]))

    def _plain_column(self) -> str:
        return next(iter(self.updatable), None) or next(
            c for c in self.row if c not in {*self.key, *self.generated, *TEAM_COLUMNS, *USER_COLUMNS}
        )

    def _reached_blindly(self, connection: Connection[Any], persona: Persona, verb: str) -> str:
        """A statement that reads no column is not held by the select policies: it reaches what the verb's own policy lets through."""
        if verb not in ("update", "delete") or persona.role in ("worker_login", "service_role"):
            return ""
        change = sql.SQL("update {} set {}").format(self.name, self._change(persona, "update", self.row))
        statement = sql.SQL("delete from {}").format(self.name) if verb == "delete" else change
        connection.execute("savepoint blind")
        try:
            before = self._places(connection)
            if not _attempt(connection, statement, keep=True)[1]:
                return ""
            after = self._places(connection)
            return "".join(label for label in self.rows if before.get(label) != after.get(label))
        finally:
            connection.execute("rollback to savepoint blind")

    def _places(self, connection: Connection[Any]) -> dict[str, str]:
        """Where each labelled row lies, seen by the login (a superuser's)."""
        role = connection.execute("select current_setting('role')").fetchone()
        connection.execute("set local role none")
        found = {}
        for place, row in connection.execute(sql.SQL("select ctid::text, to_jsonb(t) from {} as t").format(self.name)):
            for label, planted in self.rows.items():
                if all(row[key] == planted[key] for key in self.key):
                    found[label] = place
        connection.execute("select set_config('role', %s, true)", role)
        return found


def _attempt(connection: Connection[Any], statement: sql.Composed, *, keep: bool = False) -> tuple[str, int]:
    """SQLSTATE ("" when it went through) and rows touched; undone, unless it is to be kept."""
    connection.execute("savepoint attempt")
    try:
        count = connection.execute(statement).rowcount
    except psycopg.Error as error:
        connection.execute("rollback to savepoint attempt")
        return error.sqlstate or "lost", 0
    if not keep:
        connection.execute("rollback to savepoint attempt")
    return "", count


def _attempt_rows(connection: Connection[Any], statement: sql.Composed) -> tuple[str, list[Any]]:
    connection.execute("savepoint attempt")
    try:
        return "", connection.execute(statement).fetchall()
    except psycopg.Error as error:
        return error.sqlstate or "lost", []
    finally:
        connection.execute("rollback to savepoint attempt")


def _record(readable: list[str] | None, columns: sql.Composable) -> sql.Composable:
    if readable is None:
        return sql.SQL("to_jsonb(t)")
    pairs = sql.SQL(", ").join(sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(name)) for name in readable)
    return sql.SQL("jsonb_build_object({})").format(pairs)


def _literal(value: Any) -> sql.Literal:
    return sql.Literal(Jsonb(value) if isinstance(value, dict | list) else value)


def _copied(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    text = str(value)
    return text.replace("T", " ") if text[4:5] == "-" and "T" in text else text


def _first(columns: Collection[str], row: Mapping[str, Any]) -> str:
    return next((column for column in columns if column in row), "")


def _all_labels(verb: str, labels: Mapping[str, Any]) -> str:
    if verb in ("insert", "forge", "upsert"):
        chosen = [label for label in labels if label in "abs"] or list(labels)
        return "".join(sorted(chosen))
    return "".join(sorted(labels))
