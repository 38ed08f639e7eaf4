"""A clone that the whole matrix shares: its tests undo what they do."""

from collections.abc import Iterator

import pytest
from tests.access.cast import Planted, plant
from tests.conftest import Clone, cloned

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
