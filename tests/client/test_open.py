"""`open`: the web app's address, with a code where this machine's own server gives one."""

import stat
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from tests.api.test_server import process as process
from tests.client.conftest import Cli

from quapsule.accounts.account import first_account


@pytest.fixture
def home(process: Any, database: Any, own_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server in single mode, on the home that the command line looks at."""
    first_account(database.owner)
    one = process()
    monkeypatch.setenv("QUAPSULE_HOME", str(own_place))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    yield one.url()


def test_the_address_signs_the_owner_in_once(home: str, cli: Cli) -> None:
    said = cli("open", "--print")
    address, code = said.out.strip().split("#")
    assert (said.code, address) == (0, f"{home}/enter")
    assert httpx.post(f"{home}/api/auth/enter", json={"code": code}).status_code == 200
    assert cli("open", "--json").json["app"] != said.out.strip()


def test_the_browser_is_started_with_a_file_of_ones_own(home: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    monkeypatch.setenv("DISPLAY", ":0")
    said = cli("open")
    (url,) = opened
    page = Path(unquote(urlsplit(url).path))
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert said.out.strip() in page.read_text() and said.out.strip() not in url
    cli("open", "--print")
    assert len(opened) == 1


def test_another_server_has_its_own_way_in(home: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_URL", "https://quapsule.example")
    assert cli("open", "--print").out.strip() == "https://quapsule.example/"


def test_no_server_is_told_plainly(own_place: Path, cli: Cli) -> None:
    (own_place / "home" / "run").mkdir(parents=True)
    assert cli("open", "--print").out.strip() == "http://127.0.0.1:1/"
