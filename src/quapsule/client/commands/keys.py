"""API keys of a team: `keys list | create | revoke`."""

from typing import Annotated, Any, Literal

import typer

from quapsule.client.commands.options import AsJson, InTeam, opened, own_team, team_id

app = typer.Typer(help="List, create and revoke API keys.", invoke_without_command=True)


@app.callback()
def keys(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List, create and revoke API keys; without a verb: list."""
    if ctx.invoked_subcommand is None:
        list_keys(ctx, as_json=as_json)


@app.command("list")
def list_keys(ctx: typer.Context, team: InTeam = None, as_json: AsJson = False) -> None:
    """List the keys of your teams; the secret itself is never shown again."""
    from quapsule.client.terminal import Terminal, ago

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.keys(team_id=team_id(client, team))

    def draw() -> None:
        if not found:
            terminal.say("No keys.")
            terminal.note("quapsule keys create NAME    makes one")
            return
        terminal.table(
            ("id", "name", "ends in", "level", "last used", "state"),
            ((k.id, k.name, k.hint, k.level, ago(k.last_used_at) or "never", "revoked" if k.revoked_at else "live") for k in found),
        )

    terminal.answer({"items": [key.raw for key in found]}, draw)


@app.command("create")
def create_key(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    level: Annotated[Literal["read", "simulate", "full"], typer.Option(help="What it may do; simulate: free backends only.")] = "full",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it expires; never when left out.")] = None,
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Make a key of a team (owner, admin). Its secret is printed once, alone on stdout."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    body: dict[str, Any] = {"name": name, "level": level}
    if days is not None:
        body["expires_in_days"] = days
    with opened(ctx) as client:
        body["team_id"] = own_team(client, team)
        key = client.create_key(body)
    terminal.answer(key.raw, lambda: terminal.say(key.secret or ""))
    terminal.note(f"Key {key.id}, level {key.level or level}. Keep it now: it is not shown again.")


@app.command("revoke")
def revoke_key(ctx: typer.Context, key: Annotated[str, typer.Argument(help="Id of the key.")], as_json: AsJson = False) -> None:
    """End a key at once."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        answer = client.revoke_key(key)
    terminal.answer(answer if answer is not None else {"id": key, "revoked": True}, lambda: terminal.say("Revoked."))
