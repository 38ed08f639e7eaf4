"""A platform with its web app, and people with a real browser each."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from tests.factories import make_session, make_user, team_of
from tests.story.house import House, client_of

CHROMIUM = "/usr/bin/chromium"
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A session's bearer becomes the browser's cookie, as the pages themselves would get it.
_TAKE_COOKIE = """async (token) => (await fetch("/api/auth/refresh", {
  method: "POST", body: '{"cookie": true}', headers: {"authorization": `Bearer ${token}`, "content-type": "application/json"},
})).status"""
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Visitor:
    """One browser profile. `complaints`: what its console said as errors, and what its pages threw; a story's end demands none."""

    context: BrowserContext
    page: Page
    base: str
    user: UUID | None = None
    team: UUID | None = None
    http: httpx.Client | None = None
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Goes to a page of the app and waits for its heading."""
        self.page.goto(f"{self.base}{path}")
        self.page.locator("h1").first.wait_for()
        return self.page


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, house: House, *, signed_in: bool = True, user: UUID | None = None, **context: Any) -> Iterator[Visitor]:
    """Somebody at the app: a new person (or `user`) with a session, or nobody. `context` goes to the browser (viewport, color_scheme)."""
    opened = browser.new_context(**{"viewport": WIDE, "timezone_id": "Europe/Berlin", "locale": "en-GB", **context})
    opened.set_default_timeout(10_000)
    page = opened.new_page()
    visitor = Visitor(opened, page, house.running.url)
    page.on("console", lambda message: _note(visitor, message))
    page.on("pageerror", lambda error: visitor.complaints.append(f"thrown: {error}"))
    try:
        if signed_in:
            person = user or make_user(house.owner)
            page.goto(f"{house.running.url}/verify")
            assert page.evaluate(_TAKE_COOKIE, make_session(house.owner, person)) == 200
            visitor.user, visitor.team = person, team_of(house.owner, person)
            with client_of(house.running, make_session(house.owner, person)) as http:
                visitor.http = http
                yield visitor
        else:
            yield visitor
    except BaseException:
        shot = tempfile.NamedTemporaryFile(prefix="quapsule-failed-", suffix=".png", delete=False).name  # noqa: SIM115  # it is to stay
        page.screenshot(path=shot)
        print(f"the page as it was: {shot}\n" + "\n".join(visitor.complaints))
        raise
    finally:
        opened.close()
    assert visitor.complaints == []


def _note(visitor: Visitor, message: ConsoleMessage) -> None:
    # The browser itself logs each refused request; what the page makes of it is the story's to look at.
    if message.type == "error" and "Failed to load resource" not in message.text:
        visitor.complaints.append(message.text)
