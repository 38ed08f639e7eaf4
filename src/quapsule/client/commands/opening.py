"""The web app: `open`."""

import os
import sys
import webbrowser
from html import escape
from pathlib import Path
from typing import Annotated

import typer

from quapsule.client import logins
from quapsule.client.commands.options import AsJson, place_of
from quapsule.client.logins import Place


def add_to(app: typer.Typer) -> None:
    app.command("open")(open_app)


def open_app(
    ctx: typer.Context,
    only_print: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open the web app in the browser. On the machine of a server in single mode the address signs its owner in: once, within an hour."""
    from quapsule.client.terminal import Terminal

    terminal, place = Terminal(as_json), place_of(ctx)
    address = _address(place)
    terminal.answer({"app": address}, lambda: terminal.say(address))
    if not only_print and not as_json and _has_browser() and not webbrowser.open(_stepping_stone(place, address).as_uri()):
        terminal.note("The browser could not be opened; open the address yourself.")


def _address(place: Place) -> str:
    """Raises Refused, Unreachable."""
    url = (place.environ.get("QUAPSULE_URL") or place.local_url).rstrip("/")
    if place.has_entry and url == place.local_url.rstrip("/"):
        return logins.app_address(place.socket, url)
    return f"{url}/"


def _has_browser() -> bool:
    """One with windows: a text browser would take over the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _stepping_stone(place: Place, address: str) -> Path:
    """A page that leads to the address, readable by its owner alone: what a browser is started with can be read by everybody here."""
    folder = place.file.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "open.html"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        to = escape(address, quote=True)
        file.write(f'<!doctype html>\n<meta http-equiv="refresh" content="0; url={to}">\n<a href="{to}">Quapsule</a>\n')
    return path
