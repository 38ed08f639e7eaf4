"""What every page owes its reader, however wide the screen and whatever the theme; and waiting for what happens behind a page."""

import time
from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Page
from tests.web.axe import violations

_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def check_looks(page: Page) -> None:
    """When all has arrived: nothing to scroll sideways, and accessible in light and dark."""
    page.locator(".waiting").first.wait_for(state="detached")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], f"{page.url} in {scheme}"


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
