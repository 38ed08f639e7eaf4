"""Sign in, up and out, one's password, and who one is: `sign-in`, `sign-up`, `sign-out`, `password`, `whoami`."""

import sys
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from quapsule.client import logins
from quapsule.client.commands.options import AsJson, opened, place_of
from quapsule.client.logins import Place, StoredLogin
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.rows import Login
    from quapsule.client.terminal import Terminal

Server = Annotated[str | None, typer.Option("--url", help="Address of the server; QUAPSULE_URL or this machine's when left out.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")]
BothFromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read from stdin: the current password, where there is one, and the new one, a line each.")
]


def add_to(app: typer.Typer) -> None:
    app.command("sign-in")(sign_in)
    app.command("sign-up")(sign_up)
    app.command("sign-out")(sign_out)
    app.command("password")(password)
    app.command("whoami")(whoami)


def sign_in(
    ctx: typer.Context,
    email: Annotated[str | None, typer.Option(help="Your address; asked for when left out.")] = None,
    url: Server = None,
    local: Annotated[bool, typer.Option("--local", help="Enter this machine's own server through its socket; no password.")] = False,
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Keep an API key, read from stdin, instead of a session.")] = False,
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Sign in and keep the login for the next commands.

    Without an address, on the machine that runs the server in single mode, no password is needed: its Unix socket lets its owner in.
    """
    from quapsule.client.api import Client
    from quapsule.client.terminal import Terminal

    terminal, place = Terminal(as_json), place_of(ctx)
    server = _server(terminal, place, url)
    if key_stdin:
        _keep_key(terminal, place, server)
        return
    if local or (email is None and url is None and "QUAPSULE_URL" not in place.environ and place.has_entry):
        entered = logins.enter(place)
        _report(terminal, entered)
        return
    address = email or _ask("E-mail")
    with Client(server) as client:
        login = client.sign_in(address, _password(password_stdin))
    _report(terminal, _keep(place, server, address, login))


def sign_up(
    ctx: typer.Context,
    email: Annotated[str | None, typer.Option(help="Your address; asked for when left out.")] = None,
    name: Annotated[str | None, typer.Option(help="Your name.")] = None,
    code: Annotated[str | None, typer.Option(help="Invitation code, where the server asks for one.")] = None,
    url: Server = None,
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Make an account with a team of its own, and sign in."""
    from quapsule.client.api import Client
    from quapsule.client.terminal import Terminal

    terminal, place = Terminal(as_json), place_of(ctx)
    server = _server(terminal, place, url)
    address = email or _ask("E-mail")
    with Client(server) as client:
        login = client.sign_up(address, _password(password_stdin, confirm=True), name=name, invitation_code=code)
    _report(terminal, _keep(place, server, address, login))


def sign_out(ctx: typer.Context, as_json: AsJson = False) -> None:
    """End the session on the server and forget it here. An API key is only forgotten."""
    from quapsule.client.api import Client
    from quapsule.client.terminal import Terminal

    terminal, place = Terminal(as_json), place_of(ctx)
    try:
        stored = logins.load(place)
    except Refused:
        stored = None  # unreadable: forgetting it is all that is left
    if stored and not stored.token.startswith("qk_"):
        try:
            with Client(stored.url, stored.token) as client:
                client.sign_out()
        except Refused as refusal:
            if refusal.status != 401:
                terminal.note(f"The server could not be told: {refusal.message}", "yellow")
    forgotten = logins.forget(place)
    said = "Signed out." if forgotten else "Nobody was signed in."
    terminal.answer({"signed_out": forgotten}, lambda: terminal.say(said))


def password(ctx: typer.Context, password_stdin: BothFromStdin = False, as_json: AsJson = False) -> None:
    """Set or change your password. Your other sessions are ended; this one and your API keys stay.

    On the machine that runs the server in single mode its owner has none at first, and needs one to sign capsules.
    """
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    current, new = _change(password_stdin)
    with opened(ctx) as client:
        answer = client.change_password(new, current)
    ended = answer.get("sessions_ended")
    said = f"Password {'changed' if current else 'set'}." + (f" Other sessions that were ended: {ended}." if ended else "")
    terminal.answer(answer, lambda: terminal.say(said))


def whoami(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Who the server takes you for."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        me, url = client.me(), client.connection.url
    user = me.get("user") or me
    terminal.answer(me, lambda: terminal.say(f"{user.get('email') or user.get('id')} at {url}"))


def _keep(place: Place, server: str, email: str, login: "Login") -> StoredLogin:
    stored = StoredLogin(server, login.token, str(login.user.get("email") or email))
    logins.save(place, stored)
    return stored


def _keep_key(terminal: "Terminal", place: Place, server: str) -> None:
    from quapsule.client.api import Client

    key = sys.stdin.readline().strip()
    if not key:
        raise typer.BadParameter("No key came on stdin.", param_hint="--key-stdin")
    with Client(server, key) as client:
        client.teams()  # a key that does not work is not kept
    stored = StoredLogin(server, key)
    logins.save(place, stored)
    _report(terminal, stored)


def _report(terminal: "Terminal", stored: StoredLogin) -> None:
    whom = stored.email or "an API key"
    terminal.answer({"url": stored.url, "email": stored.email}, lambda: terminal.say(f"Signed in as {whom} at {stored.url}."))


def _server(terminal: "Terminal", place: Place, url: str | None) -> str:
    server = (url or place.environ.get("QUAPSULE_URL") or place.local_url).rstrip("/")
    parts = urlsplit(server)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        terminal.note(f"Warning: {server} is not encrypted; your password and token can be read on the way.", "yellow")
    return server


def _ask(what: str) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"{what} is missing.", param_hint="--email")
    return str(typer.prompt(what, err=True))


def _change(from_stdin: bool) -> tuple[str | None, str]:
    """The current password, None when there is none to give, and the new one."""
    if from_stdin:
        first, second = (sys.stdin.readline().rstrip("\r\n") for _ in range(2))
        return (first, second) if second else (None, first)
    _demand_terminal()
    current = str(typer.prompt("Current password (empty: there is none yet)", default="", show_default=False, hide_input=True, err=True))
    return current or None, str(typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True))


def _password(from_stdin: bool, *, confirm: bool = False) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    _demand_terminal()
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True))


def _demand_terminal() -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter("There is no terminal to ask for the password.", param_hint="--password-stdin")
