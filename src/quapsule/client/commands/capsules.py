"""Capsules: `capsule list | search | show | init | add | remove | runnable | delete`; the rest of the verbs joins from its own files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from quapsule.client.commands import capsule_doi, capsule_files, capsule_runs, capsule_seals, signing_keys
from quapsule.client.commands.capsule_ids import CapsuleId, capsule_id
from quapsule.client.commands.options import AsJson, InTeam, job_id, opened, team_id

if TYPE_CHECKING:
    from quapsule.client.capsules import Capsule
    from quapsule.client.rows import Page

app = typer.Typer(help="Make, seal, export, verify, compare and find capsules.", invoke_without_command=True)

_FILLED_SECONDS = 120.0

State = Literal["draft", "runnable", "sealed", "archived"]
ArtifactType = Literal["workflow", "environment", "backends", "data", "results", "provenance", "other"]
Limit = Annotated[int, typer.Option("--limit", "-l", min=1, max=200, help="Capsules on one page.")]
Cursor = Annotated[str | None, typer.Option(help="next_cursor of the page before.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag; may be repeated.")]


@app.callback()
def capsule(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Make, seal, export, verify, compare and find capsules; without a verb: list."""
    if ctx.invoked_subcommand is None:
        list_capsules(ctx, as_json=as_json)


@app.command("list")
def list_capsules(
    ctx: typer.Context,
    state: Annotated[State | None, typer.Option(help="draft, runnable, sealed or archived.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", "-t", help="Only capsules with this tag.")] = None,
    backend: Annotated[str | None, typer.Option("--backend", "-b", help="Slug of their job's backend.")] = None,
    framework: Annotated[str | None, typer.Option("--regulatory-framework", help="Such as FDA-21CFR11.")] = None,
    job: Annotated[str | None, typer.Option("--job", help="Of this job: its id, or `last`.")] = None,
    team: InTeam = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List capsules, newest first."""
    with opened(ctx) as client:
        page = client.capsules.page(
            limit=limit,
            cursor=cursor,
            state=state,
            tag=tag,
            backend=backend,
            regulatory_framework=framework,
            job_id=job_id(client, job) if job else None,
            team_id=team_id(client, team),
        )
    _answer_page(page, as_json, "No capsules." if any((state, tag, backend, framework, job, cursor)) else "No capsules yet.")


@app.command("search")
def search_capsules(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            help="Words of name and description, or an id (mqc:1:…). One text may be a whole query: 'a \"phrase\" or word -without'."
        ),
    ],
    state: Annotated[State | None, typer.Option(help="draft, runnable, sealed or archived.")] = None,
    team: InTeam = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Look for capsules by their words, newest first."""
    with opened(ctx) as client:
        page = client.capsules.page(q=query_of(words), state=state, team_id=team_id(client, team), limit=limit, cursor=cursor)
    _answer_page(page, as_json, "Nothing was found.")


@app.command("show")
def show_capsule(ctx: typer.Context, capsule: CapsuleId, as_json: AsJson = False) -> None:
    """Show one capsule: its id, its files, who signed it, and what it came from."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.capsules.show(capsule_id(client, capsule))
    terminal.answer(found.raw, lambda: capsule_views.draw_capsule(terminal, found))


@app.command("init")
def init_capsule(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="1-200 characters.")],
    description: Annotated[str | None, typer.Option(help="What it is about; search looks here too.")] = None,
    job: Annotated[str | None, typer.Option("--from-job", metavar="JOB", help="An ended job, by its id or `last`, that fills it.")] = None,
    tag: Tags = None,
    retention_years: Annotated[int | None, typer.Option(min=1, help="How long nothing of it may be deleted after the seal.")] = None,
    framework: Annotated[
        str | None, typer.Option("--regulatory-framework", help="FDA-21CFR11: it is sealed only with a signature by password.")
    ] = None,
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft, empty or of an ended job; its id on stdout."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "job_id": job_id(client, job) if job else None,
            "custom_metadata": {"tags": tag} if tag else None,
            "retention_years": retention_years,
            "regulatory_framework": framework,
            "team_id": team_id(client, team),
        }
        made = client.capsules.create({key: value for key, value in body.items() if value is not None})
        if filling := next((one for one in made.requests if one.get("kind") == "fill" and not one.get("done_at")), None):
            made = client.capsules.wait_for(made.id, str(filling["id"]), _FILLED_SECONDS)
    terminal.answer(made.raw, lambda: terminal.say(made.id))
    terminal.note(f"quapsule capsule add {made.id} FILE    adds a file;  quapsule capsule seal {made.id}    seals it")


@app.command("add")
def add_file(
    ctx: typer.Context,
    capsule: CapsuleId,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Any file; large ones go to the object store.")],
    name: Annotated[str | None, typer.Option(help="Its path in the capsule; data/FILE when left out.")] = None,
    kind: Annotated[ArtifactType | None, typer.Option("--type", help="Told from the first folder of its path when left out.")] = None,
    content_type: Annotated[str | None, typer.Option("--content-type", help="Told from its name when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a file to a draft, or put it in the place of the one of that name."""
    from quapsule.client.commands.capsule_views import size
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    path = name or f"data/{file.name}"
    with opened(ctx) as client, file.open("rb") as content:
        found_id = capsule_id(client, capsule)
        added = client.capsules.add(found_id, path, content, artifact_type=kind or type_of(path), content_type=content_type)
    terminal.answer(added, lambda: terminal.say(f"{added.get('name')}  {size(added.get('size_bytes'))}  {added.get('digest')}"))


@app.command("remove")
def remove_file(
    ctx: typer.Context,
    capsule: CapsuleId,
    name: Annotated[str, typer.Argument(help="Its path in the capsule.")],
    as_json: AsJson = False,
) -> None:
    """Take a file out of a draft."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        answer = client.capsules.remove(capsule_id(client, capsule), name)
    terminal.answer(answer if answer is not None else {"name": name, "removed": True}, lambda: terminal.say("Removed."))


@app.command("runnable")
def make_runnable(ctx: typer.Context, capsule: CapsuleId, as_json: AsJson = False) -> None:
    """Say that a draft holds what would run: draft → runnable."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.capsules.make_runnable(capsule_id(client, capsule))
    terminal.answer(found.raw, lambda: terminal.say("It is runnable."))


@app.command("delete")
def delete_capsule(ctx: typer.Context, capsule: CapsuleId, as_json: AsJson = False) -> None:
    """Delete a draft with its files. A sealed capsule stays."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = capsule_id(client, capsule)
        answer = client.capsules.delete(found_id)
    terminal.answer(answer if answer is not None else {"id": found_id, "deleted": True}, lambda: terminal.say("Deleted."))


for module in (capsule_seals, capsule_files, capsule_runs, capsule_doi):
    module.add_to(app)
app.add_typer(signing_keys.app, name="key")


def query_of(words: list[str]) -> str:
    """What the shell took for one word among others was a phrase."""
    if len(words) == 1:
        return words[0]
    return " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)


def type_of(path: str) -> ArtifactType:
    """The first folder of a path is the name of its type, or it is other."""
    folder = path.partition("/")[0]
    known: tuple[ArtifactType, ...] = ("workflow", "environment", "backends", "data", "results", "provenance")
    return next((kind for kind in known if kind == folder), "other")


def _answer_page(page: "Page[Capsule]", as_json: bool, nothing: str) -> None:
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)

    def draw() -> None:
        if not page.items:
            terminal.say(nothing)
            terminal.note("quapsule capsule init NAME --from-job last    makes one of your newest job")
            return
        capsule_views.draw_list(terminal, page.items)
        if page.next_cursor:
            terminal.note(f"There are more: --cursor {page.next_cursor}")

    terminal.answer(page.raw, draw)
