"""A real PostgreSQL for every test run: one cluster per process, one migrated template, one clone per test."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from quapsule.database.embedded import EmbeddedServer
from quapsule.database.logins import as_login, set_password
from quapsule.database.migrate import migrate
from quapsule.database.session import Database, Session

TEMPLATE = "quapsule_template"
PASSWORDS = {"api_login": "api-password-of-tests", "worker_login": "worker-password-of-tests"}


class Clone:
    """A fresh database: three URLs, and connections that are opened when asked for and closed with the test."""

    def __init__(self, owner_url: str) -> None:
        self.owner_url = owner_url
        self.api_url = as_login(owner_url, "api_login", PASSWORDS["api_login"])
        self.worker_url = as_login(owner_url, "worker_login", PASSWORDS["worker_login"])

    @cached_property
    def owner(self) -> Connection[Any]:
        """The owner's connection: autocommit, past row-level security. What factories take."""
        return psycopg.connect(self.owner_url, autocommit=True)

    @cached_property
    def api(self) -> Database:
        return Database(self.api_url, size=4)

    @cached_property
    def worker(self) -> Database:
        return Database(self.worker_url, size=4)

    def as_user(self, user: UUID, **claims: Any) -> AbstractContextManager[Session]:
        """One transaction as a person; claims such as team_id and level make it an API key's."""
        return self.api.as_claims({"sub": str(user), "role": "authenticated", **{key: str(value) for key, value in claims.items()}})

    def as_anonymous(self) -> AbstractContextManager[Session]:
        return self.api.as_anonymous()

    @contextmanager
    def as_worker(self) -> Iterator[Session]:
        with self.worker.as_login() as session:
            yield session

    def value(self, query: Any, *parameters: Any) -> Any:
        """The first column of the first row as the owner, or None."""
        row = self.owner.execute(query, parameters).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        for name in ("owner", "api", "worker"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()


def make_home() -> Path:
    """A folder that the server's account can reach (pytest's own is closed); in memory where that is possible: cloning makes many files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    if roomy and shutil.disk_usage(memory).free < 2 << 30:
        roomy = False
    home = Path(tempfile.mkdtemp(prefix="quapsule-test-", dir=memory if roomy else None))
    home.chmod(0o711)
    return home


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The cluster of this test process, with the template migrated. Not durable: tests that kill a server start their own."""
    home = make_home()
    running = EmbeddedServer(home, durable=False)
    try:
        running.start()
        with psycopg.connect(running.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {TEMPLATE}")
        migrate(running.url(TEMPLATE))
        for role, password in PASSWORDS.items():
            set_password(running.url("postgres"), role, password)
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def fresh_minute() -> None:
    """Tries are counted by the minute of the clock: what follows falls into one, if it takes less than fifteen seconds."""
    if (left := 60 - time.time() % 60) < 15:
        time.sleep(left)


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[Clone]:
    """A migrated database of the test's own."""
    with cloned(server) as clone:
        yield clone


@contextmanager
def cloned(server: EmbeddedServer, template: str = TEMPLATE) -> Iterator[Clone]:
    """A database made from a template, and dropped when the block ends."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
        # What a database grants is not copied from its template.
        connection.execute(f"revoke temporary on database {name} from public")
        clone = Clone(make_conninfo("", **{**conninfo_to_dict(server.url()), "dbname": name}))
        try:
            yield clone
        finally:
            clone.close()
            connection.execute(f"drop database {name} with (force)")
