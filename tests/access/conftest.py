"""A clone that the whole matrix shares: its tests undo what they do."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.access.cast import Planted, plant
from tests.conftest import TEMPLATE, Clone

from quapsule.database.embedded import EmbeddedServer


@pytest.fixture(scope="module")
def planted_clone(server: EmbeddedServer) -> Iterator[tuple[Clone, Planted]]:
    """A migrated database with the cast and one labelled row per table and team."""
    with cloned(server) as clone:
        yield clone, plant(clone.owner)


@pytest.fixture
def stage(database: Clone) -> Clone:
    """A database of the test's own, with the cast on it."""
    plant(database.owner)
    return database


@pytest.fixture(scope="module")
def stage_of_all(server: EmbeddedServer) -> Iterator[Clone]:
    """One stage for tests that change nothing."""
    with cloned(server) as clone:
        plant(clone.owner)
        yield clone


@contextmanager
def cloned(server: EmbeddedServer, template: str = TEMPLATE) -> Iterator[Clone]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        connection.execute(f"revoke temporary on database {name} from public")
        clone = Clone(make_conninfo("", **{**conninfo_to_dict(server.url()), "dbname": name}))
        try:
            yield clone
        finally:
            clone.close()
            connection.execute(f"drop database {name} with (force)")
