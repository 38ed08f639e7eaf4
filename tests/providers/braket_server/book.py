"""What the protocol server knows, in SQLite: it survives a restart, and a checker reads it beside the running server."""

import json
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import Any

_TABLES = """
create table if not exists posts (at real, token text, body text, outcome text);
create table if not exists tasks (
  arn text primary key, token text unique, body text, status text, reason text, created_at real, running_at real, ended_at real,
  result_at real, faults text
);
create table if not exists faults (kind text, left integer, seconds real);
create table if not exists pace (name text primary key, seconds real);
"""
ENDS = ("COMPLETED", "FAILED", "CANCELLED")


class Book:
    """`path`: of the SQLite file. Every method is one transaction; threads take turns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode = wal")
        self._connection.executescript(_TABLES)

    def ask(self, query: str, *given: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, given).fetchall()

    def create(self, token: str, body: dict[str, Any], region: str) -> tuple[str | None, bool]:
        """(ARN, whether it is new); None: the token was used for another body."""
        text = json.dumps(body, sort_keys=True)
        with self._lock:
            found = self._connection.execute("select arn, body from tasks where token = ?", (token,)).fetchone()
            if found is not None:
                return (found["arn"], False) if found["body"] == text else (None, False)
            arn = f"arn:aws:braket:{region}:123456789012:quantum-task/{uuid.uuid4()}"
            self._connection.execute(
                "insert into tasks (arn, token, body, status, created_at, faults) values (?, ?, ?, 'QUEUED', ?, '[]')",
                (arn, token, text, time.time()),
            )
            return arn, True

    def post(self, token: str, body: str, outcome: str) -> None:
        self.ask("insert into posts values (?, ?, ?, ?)", time.time(), token, body, outcome)

    def task(self, arn: str) -> sqlite3.Row | None:
        found = self.ask("select * from tasks where arn = ?", arn)
        return found[0] if found else None

    def move(self, arn: str, status: str, *, unless: tuple[str, ...] = ENDS, reason: str | None = None) -> bool:
        """False: it had already ended."""
        marks = ", ".join("?" * len(unless))
        at = "ended_at" if status in ENDS else "running_at"
        with self._lock:
            done = self._connection.execute(
                f"update tasks set status = ?, reason = coalesce(?, reason), {at} = ? where arn = ? and status not in ({marks})",
                (status, reason, time.time(), arn, *unless),
            )
            return done.rowcount == 1

    def plant(self, kind: str, times: int, seconds: float) -> None:
        self.ask("insert into faults values (?, ?, ?)", kind, times, seconds)

    def take(self, kind: str) -> float | None:
        """The fault's seconds, once per planted time; None when there is none (left)."""
        with self._lock:
            found = self._connection.execute("select rowid, seconds from faults where kind = ? and left > 0", (kind,)).fetchone()
            if found is None:
                return None
            self._connection.execute("update faults set left = left - 1 where rowid = ?", (found["rowid"],))
            return float(found["seconds"])

    def set_pace(self, name: str, seconds: float) -> None:
        self.ask("insert into pace values (?, ?) on conflict (name) do update set seconds = excluded.seconds", name, seconds)

    def pace(self, name: str, otherwise: float) -> float:
        found = self.ask("select seconds from pace where name = ?", name)
        return float(found[0]["seconds"]) if found else otherwise
