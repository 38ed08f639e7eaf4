"""One platform and one Chromium for all browser stories of a test process; each story has people and browser profiles of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.story.house import House, serving
from tests.web.site import Visitor, chromium, visiting

import quapsule

Visit = Callable[..., AbstractContextManager[Visitor]]


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    folder = os.environ.get("QUAPSULE_WEB_FOLDER", "")
    built = Path(folder) if folder else Path(quapsule.__file__).parent / "web"
    assert (built / "index.html").is_file(), "The web app is not built: bin/setup --dev does it."
    with serving(sign_up="open", web_folder=folder) as house:
        yield house


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, house: House) -> Visit:
    """`with visit() as alice:` a person at the app; see tests.web.site.visiting."""
    return lambda **how: visiting(browser, house, **how)
