"""Capsules as files: export with the proof, import, and the server's own verification."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal, cast

import typer

from quapsule.client.commands.capsule_ids import CapsuleId, capsule_id
from quapsule.client.commands.options import AsJson, InTeam, opened, team_id
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client

Form = Literal["capsule", "proof", "bundle", "rocrate", "report", "datacite"]
_ENDINGS: dict[Form, str] = {
    "capsule": ".capsule",
    "proof": ".proof.json",
    "bundle": ".zip",
    "rocrate": ".crate.zip",
    "report": ".html",
    "datacite": ".datacite.json",
}


def add_to(app: typer.Typer) -> None:
    app.command("export")(export)
    app.command("import")(import_capsule)
    app.command("verify")(verify)


def export(
    ctx: typer.Context,
    capsule: CapsuleId,
    folder: Annotated[Path, typer.Option("--output", "-o", file_okay=False, help="Folder to write into.")] = Path(),
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="capsule: with its proof; bundle: both, zipped; proof; rocrate: a Workflow Run RO-Crate; report: HTML; datacite: a DOI's",
        ),
    ] = "capsule",
    force: Annotated[bool, typer.Option("--force", help="Write over files of that name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a sealed capsule: NAME.capsule and NAME.proof.json, which `quapsule verify` checks without any server."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    folder.mkdir(parents=True, exist_ok=True)
    with opened(ctx) as client:
        found = client.capsules.show(capsule_id(client, capsule))
        written = fetch(client, found.id, folder, form, force=force)
    answer = {"id": found.id, "capsule_id": found.mqc_id, "signer": found.signer, "files": [str(path) for path in written]}

    def draw() -> None:
        for path in written:
            terminal.say(str(path))

    terminal.answer(answer, draw)
    if form == "capsule":
        signer = f" --signer {found.signer}" if found.signer else ""
        terminal.note(f"quapsule verify {written[0]} --id {found.mqc_id}{signer}")
        terminal.note("    needs no server; take id and fingerprint from elsewhere than the files")


def fetch(client: "Client", found_id: str, folder: Path, form: Form = "capsule", *, force: bool = False) -> list[Path]:
    """The files of an export, written whole or not at all; of a capsule with its proof. Raises Refused."""
    written = [_write(client, found_id, folder, form, force=force)]
    if form == "capsule":
        written.append(_write(client, found_id, folder, "proof", force=force))
    return written


def import_capsule(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .capsule, or a zip of it and its proof.")],
    proof: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Its NAME.proof.json; the one beside the file when left out.")
    ] = None,
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Take in a capsule that was sealed elsewhere; it is verified first, and keeps its id and its signatures."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    beside = file.with_name(f"{file.name.removesuffix('.capsule')}.proof.json")
    proof = proof or (beside if beside.exists() and file.name.endswith(".capsule") else None)
    with opened(ctx) as client, _bundle(file, proof) as content:
        found = client.capsules.import_file(content, team_id=team_id(client, team))
    terminal.answer(found.raw, lambda: capsule_views.draw_capsule(terminal, found))


def verify(
    ctx: typer.Context,
    capsule: CapsuleId,
    signer: Annotated[str | None, typer.Option(help="Fingerprint of the key that must have signed it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let the server read every byte of a sealed capsule again. `quapsule verify FILE` needs no server. Exit code 1 when it is broken."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.capsules.verify(capsule_id(client, capsule), signer)
    terminal.answer(found, lambda: capsule_views.draw_verification(terminal, found))
    if found.get("status") == "broken":
        raise typer.Exit(1)


@contextmanager
def _bundle(file: Path, proof: Path | None) -> Iterator[BinaryIO]:
    """One file to send: the capsule, or a zip of it and its proof."""
    if proof is None:
        with file.open("rb") as content:
            yield content
        return
    from zipfile import ZIP_STORED, ZipFile

    with tempfile.TemporaryFile() as content:
        with ZipFile(content, "w", ZIP_STORED) as bundle:
            stem = file.name.removesuffix(".capsule")
            bundle.write(file, f"{stem}.capsule")
            bundle.write(proof, f"{stem}.proof.json")
        content.seek(0)
        yield cast(BinaryIO, content)


def _write(client: "Client", found_id: str, folder: Path, form: Form, *, force: bool) -> Path:
    handle, temporary = tempfile.mkstemp(prefix=".export.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            name = client.capsules.export(found_id, out, form)
        path = folder / _safe(name, found_id, _ENDINGS[form])
        if path.exists() and not force:
            raise Refused("already_exists", f"{path} is there already.", "--force writes over it; -o names another folder.", 0)
        Path(temporary).chmod(0o644)  # mkstemp keeps it to its owner; it is made to be given away
        Path(temporary).replace(path)
        return path
    finally:
        Path(temporary).unlink(missing_ok=True)


def _safe(name: str | None, found_id: str, ending: str) -> str:
    """The server's name for the file where it is one; a server is not trusted with where to write."""
    good = name and name.endswith(ending) and name.isprintable() and not name.startswith((".", "-")) and not {"/", "\\"} & set(name)
    return name if name and good else f"{found_id}{ending}"
