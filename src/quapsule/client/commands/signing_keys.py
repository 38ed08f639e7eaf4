"""A key of one's own to sign capsules with: `capsule key make | show | register | list | revoke`. Its private part stays in a file on this
machine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.options import AsJson, opened, place_of
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client
    from quapsule.client.capsules import Capsule
    from quapsule.seal import Meaning
    from quapsule.seal.trust.keys import SigningKey

app = typer.Typer(help="A key of your own to sign capsules with.", no_args_is_help=True)

KeyFile = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="File of the key; signing-key.pem beside the stored login when left out.")
]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password, which registering asks for again, from stdin.")]


@app.command("make")
def make(ctx: typer.Context, key: KeyFile = None, as_json: AsJson = False) -> None:
    """Make a key in a file that only you can read. It is not sent anywhere; without a copy a lost file is a lost key."""
    from quapsule.client.terminal import Terminal
    from quapsule.seal.trust.keys import make_key

    path = _file(ctx, key)
    try:
        made = make_key(path)
    except FileExistsError as error:
        raise Refused("already_exists", f"There is a key in {path} already.", "`quapsule capsule key show` shows it.", 0) from error
    terminal = Terminal(as_json)
    _answer(terminal, made, path)
    terminal.note("`quapsule capsule key register` makes it known as yours.")


@app.command("show")
def show(ctx: typer.Context, key: KeyFile = None, as_json: AsJson = False) -> None:
    """Show the fingerprint and the public part: what you give to those who verify your signatures."""
    from quapsule.client.terminal import Terminal

    path = _file(ctx, key)
    _answer(Terminal(as_json), _loaded(path), path)


@app.command("register")
def register(ctx: typer.Context, key: KeyFile = None, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Make the public part known as yours. Asks for the password again; the private part is not sent."""
    from quapsule.client.commands.capsule_seals import ask_password
    from quapsule.client.terminal import Terminal
    from quapsule.seal.trust.keys import encode_base64, shown

    loaded = _loaded(_file(ctx, key))
    body = {"public_key": encode_base64(loaded.public_bytes), "password": ask_password(password_stdin)}
    with opened(ctx) as client:
        answer = client.connection.send("POST", "/api/signing-keys", body=body)
    terminal = Terminal(as_json)
    terminal.answer(answer, lambda: terminal.say(f"Registered as {answer.get('name')}'s: {shown(loaded.key_id)}"))


@app.command("list")
def list_keys(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the keys that are registered as yours."""
    from quapsule.client.terminal import Terminal
    from quapsule.seal.trust.keys import shown

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.connection.send("GET", "/api/signing-keys")["items"]

    def draw() -> None:
        rows = ((shown(item["key_id"]), item["name"], item["created_at"], item["revoked_at"]) for item in found)
        terminal.table(("fingerprint", "name", "registered", "revoked"), rows)

    terminal.answer({"items": found}, draw)


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `list` and `show` print it.")],
    as_json: AsJson = False,
) -> None:
    """Let nothing new be signed with a key of yours; what it signed stands."""
    from quapsule.client.terminal import Terminal
    from quapsule.seal.trust.keys import read_fingerprint

    found = read_fingerprint(key_id)
    with opened(ctx) as client:
        client.connection.send("DELETE", f"/api/signing-keys/{found}")
    terminal = Terminal(as_json)
    terminal.answer({"key_id": found, "revoked": True}, lambda: terminal.say("Revoked."))


def sign_locally(client: "Client", capsule: "Capsule", meaning: "Meaning", key: Path) -> str:
    """An envelope that says that the key's holder signs this sealed capsule, signed on this machine. The printed name and the id are those
    under which the key was registered. Raises Refused, Problem."""
    from quapsule.seal.format.names import safe_top
    from quapsule.seal.trust.envelope import make_envelope

    loaded = _loaded(key)
    if capsule.mqc_id is None:
        raise Refused("capsule_not_sealed", "Only a sealed capsule is signed.", "`quapsule capsule seal` seals it.", 0)
    holder = _registered(client, loaded)
    name, person = str(holder["name"]), str(holder["owner_id"])
    return make_envelope(loaded, capsule.mqc_id, safe_top(capsule.name), name, person, meaning, datetime.now(UTC))


def _registered(client: "Client", key: "SigningKey") -> Mapping[str, Any]:
    answer = client.connection.send("GET", "/api/signing-keys")
    found = next((item for item in answer["items"] if item["key_id"] == key.key_id), None)
    if found is None or found["revoked_at"] is not None:
        raise Refused(
            "signature_invalid", "The key is not registered as yours, or was revoked.", "`quapsule capsule key register` registers one.", 0
        )
    return dict(found)


def _file(ctx: typer.Context, key: Path | None) -> Path:
    return key or place_of(ctx).file.with_name("signing-key.pem")


def _loaded(path: Path) -> "SigningKey":
    from quapsule.seal.trust.keys import load_key

    try:
        return load_key(path)
    except FileNotFoundError as error:
        raise Refused("not_found", f"There is no key in {path}.", "`quapsule capsule key make` makes one.", 0) from error


def _answer(terminal: Any, key: "SigningKey", path: Path) -> None:
    from quapsule.seal.trust.keys import encode_base64, shown

    def draw() -> None:
        terminal.say(shown(key.key_id))
        terminal.say(key.public_pem().rstrip("\n"))
        terminal.note(str(path))

    data = {"fingerprint": shown(key.key_id), "key_id": key.key_id, "public_key": encode_base64(key.public_bytes), "file": str(path)}
    terminal.answer(data, draw)
