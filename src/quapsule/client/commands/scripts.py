"""Saved scripts and the platform's templates: `scripts list | show | upload`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.options import AsJson, InTeam, is_uuid, opened, team_id
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client
    from quapsule.client.rows import Script
    from quapsule.client.terminal import Terminal

app = typer.Typer(help="List, show and upload scripts.", invoke_without_command=True)


@app.callback()
def scripts(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List, show and upload scripts; without a verb: list."""
    if ctx.invoked_subcommand is None:
        list_scripts(ctx, as_json=as_json)


@app.command("list")
def list_scripts(
    ctx: typer.Context,
    framework: Annotated[str | None, typer.Option("--framework", "-f", help="Only scripts of this framework.")] = None,
    category: Annotated[str | None, typer.Option(help="Only scripts of this category.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the scripts that you may run: templates, published ones, your team's and your own."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.all_scripts(framework=framework, category=category)
    listed = [
        script
        for script in found
        if (framework is None or script.framework == framework) and (category is None or script.category.casefold() == category.casefold())
    ]

    listed.sort(key=lambda script: (script.team_id is not None, script.slug, script.framework or ""))

    def draw() -> None:
        if not listed:
            terminal.say("No scripts.")
            return
        terminal.table(
            ("slug", "framework", "name", "category", "qubits", "whose"),
            ((s.slug, s.framework, s.name, s.category, s.qubits, "yours or your team's" if s.team_id else "platform") for s in listed),
            right=("qubits",),
        )
        terminal.note("quapsule run template:SLUG@FRAMEWORK --watch    runs one")

    terminal.answer({"items": [script.raw for script in listed]}, draw)


@app.command("show")
def show_script(
    ctx: typer.Context,
    script: Annotated[str, typer.Argument(help="Id or slug; SLUG@FRAMEWORK picks one of several.")],
    version: Annotated[int | None, typer.Option(min=1, help="Only the text that it had as this version.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one script with its text and default parameters."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = _script_id(client, script)
        found = client.script(found_id) if version is None else client.script_version(found_id, version)
    terminal.answer(
        found.raw, lambda: _draw(terminal, found) if version is None else terminal.say((found.script_content or "").rstrip("\n"))
    )


@app.command("upload")
def upload_script(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The script.")],
    name: Annotated[str | None, typer.Option(help="Its name; the file's name when left out.")] = None,
    description: Annotated[str, typer.Option(help="What it does.")] = "",
    framework: Annotated[str | None, typer.Option("--framework", "-f", help="Told from the text when left out.")] = None,
    requirements: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Its requirements.txt.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="script, task or workflow.")] = None,
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Save a script on the server."""
    from quapsule.client.commands.programs import qasm_version
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    text = _text(file)
    if framework is None and qasm_version(text, file.name):
        framework = "openqasm"
    given: dict[str, Any] = {
        "name": name or file.stem.replace("_", " "),
        "description": description,
        "script_content": text,
        "requirements": _text(requirements) if requirements else None,
        "script_type": kind,
        "framework": framework,
    }
    with opened(ctx) as client:
        given["team_id"] = team_id(client, team)
        saved = client.upload({key: value for key, value in given.items() if value is not None})
    terminal.answer(saved.raw, lambda: terminal.say(f"Saved as {saved.slug} ({saved.id})."))
    terminal.note(f"quapsule run script:{saved.id} --watch    runs it")


def _script_id(client: "Client", text: str) -> str:
    if is_uuid(text):
        return text
    slug, _, framework = text.partition("@")
    found = [s for s in client.all_scripts() if s.slug == slug and (not framework or s.framework == framework)]
    if len(found) == 1:
        return found[0].id
    if not found:
        raise Refused("script_not_found", f"No script that you may see has the slug {text!r}.", "`quapsule scripts` lists them.", 404)
    choices = ", ".join(f"{s.slug}@{s.framework}" for s in found)
    raise Refused("validation_error", f"{slug!r} exists in several frameworks.", f"Pick one: {choices}.")


def _draw(terminal: "Terminal", script: "Script") -> None:
    terminal.say(f"{script.name} ({script.slug})", "bold")
    if script.description:
        terminal.say(script.description)
    facts = [("framework", script.framework), ("category", script.category), ("qubits", script.qubits), ("id", script.id)]
    facts += [(f"-p {name}", value) for name, value in (script.default_parameters or {}).items()]
    terminal.table(("", ""), [(name, value) for name, value in facts if value not in (None, "")])
    if script.script_content:
        terminal.say()
        terminal.say(script.script_content.rstrip("\n"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused("validation_error", f"{path} is not text in UTF-8 (byte {error.start + 1}).", status=0) from error
