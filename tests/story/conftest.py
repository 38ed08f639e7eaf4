"""One platform for all stories that ask for nothing special of it."""

from collections.abc import Iterator

import pytest
from tests.story.house import House, serving


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with serving() as made:
        yield made
