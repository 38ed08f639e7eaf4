"""Seal, sign and archive: what makes a capsule final."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from quapsule.client.commands.capsule_ids import CapsuleId, capsule_id
from quapsule.client.commands.options import AsJson, opened

if TYPE_CHECKING:
    from quapsule.client.capsules import Capsule
    from quapsule.client.terminal import Terminal

Meaning = Literal["author", "review", "approval", "responsibility"]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password, which signing asks for again, from stdin.")]
Patience = Annotated[float, typer.Option("--timeout", min=0, help="Seconds to wait for the worker (it goes on).")]


def add_to(app: typer.Typer) -> None:
    app.command("seal")(seal)
    app.command("sign")(sign)
    app.command("archive")(archive)


def seal(
    ctx: typer.Context,
    capsule: CapsuleId,
    notes: Annotated[str | None, typer.Option(help="Words for the manifest.")] = None,
    meaning: Annotated[Meaning | None, typer.Option(help="Also sign it, by password, and mean this.")] = None,
    password_stdin: FromStdin = False,
    timeout: Patience = 300.0,
    as_json: AsJson = False,
) -> None:
    """Seal a capsule for good, wait until it is, and print its id and the fingerprint of the key that signed it."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    body: dict[str, Any] = {"notes": notes} if notes is not None else {}
    if meaning is not None:
        body |= {"meaning": meaning, "password": ask_password(password_stdin)}
    with opened(ctx) as client:
        found_id = capsule_id(client, capsule)
        request = client.capsules.seal(found_id, body)
        sealed = client.capsules.wait_for(found_id, str(request["request_id"]), timeout)
    terminal.answer(sealed.raw, lambda: _draw(terminal, sealed))
    terminal.note(f"quapsule capsule export {sealed.id}    writes it with its proof, for whoever verifies")


def sign(
    ctx: typer.Context,
    capsule: CapsuleId,
    meaning: Annotated[Meaning, typer.Option(help="What your signature means.")],
    key: Annotated[Path | None, typer.Option(help="File with your own key; without one the platform's key witnesses for you.")] = None,
    password_stdin: FromStdin = False,
    timeout: Patience = 300.0,
    as_json: AsJson = False,
) -> None:
    """Sign a sealed capsule. Asks for the password again, whichever key signs."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = capsule_id(client, capsule)
        password = ask_password(password_stdin)
        if key is None:
            request = client.capsules.sign(found_id, {"meaning": meaning, "password": password})
            signed = client.capsules.wait_for(found_id, str(request["request_id"]), timeout)
        else:
            from quapsule.client.commands.signing_keys import sign_locally

            envelope = sign_locally(client, client.capsules.show(found_id), meaning, key)
            client.capsules.sign(found_id, {"meaning": meaning, "password": password, "envelope": json.loads(envelope)})
            signed = client.capsules.show(found_id)
    terminal.answer(signed.raw, lambda: _draw_signatures(terminal, signed))


def archive(ctx: typer.Context, capsule: CapsuleId, as_json: AsJson = False) -> None:
    """Put a sealed capsule away: it can still be read, exported and verified."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.capsules.archive(capsule_id(client, capsule))
    terminal.answer(found.raw, lambda: terminal.say("Archived."))


def ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("There is no terminal to ask for the password.", param_hint="--password-stdin")
    return str(typer.prompt("Password", hide_input=True, err=True))


def _draw(terminal: "Terminal", capsule: "Capsule") -> None:
    from quapsule.client.commands.capsule_views import moment

    terminal.say(f"id      {capsule.mqc_id}")
    terminal.say(f"signer  {capsule.signer}")
    for one in capsule.signatures:
        if one.get("meaning") != "seal":
            terminal.say(f"signed by {one.get('signer_name')}: {one.get('meaning')}, {moment(one.get('signed_at'))}")


def _draw_signatures(terminal: "Terminal", capsule: "Capsule") -> None:
    from quapsule.client.commands.capsule_views import moment

    newest = max(capsule.signatures, key=lambda one: str(one.get("signed_at")))
    terminal.say(f"signed by {newest.get('signer_name')}: {newest.get('meaning')}, {moment(newest.get('signed_at'))}")
    terminal.say(f"key     SHA256:{newest.get('key_id')}")
