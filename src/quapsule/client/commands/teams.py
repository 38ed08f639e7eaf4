"""Teams and who is in them: `team list | create | members | role | remove | invite | invitations | accept`."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from quapsule.client.commands.options import AsJson, InTeam, is_uuid, opened, own_team, team_id
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client

app = typer.Typer(help="Teams, members and invitations.", invoke_without_command=True)
Person = Annotated[str, typer.Argument(metavar="MEMBER", help="E-mail address or user id.")]


@app.callback()
def team(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Teams, members and invitations; without a verb: list your teams."""
    if ctx.invoked_subcommand is None:
        list_teams(ctx, as_json=as_json)


@app.command("list")
def list_teams(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List your teams."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.teams()
    rows = ((t.id, t.name, t.role, "suspended" if t.suspended_at else "live") for t in found)
    terminal.answer({"items": [t.raw for t in found]}, lambda: terminal.table(("id", "name", "your role", "state"), rows))


@app.command("create")
def create_team(ctx: typer.Context, name: Annotated[str, typer.Argument()], as_json: AsJson = False) -> None:
    """Make a team; you become its owner."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        made = client.create_team(name)
    terminal.answer(made.raw, lambda: terminal.say(made.id))


@app.command("members")
def list_members(ctx: typer.Context, team: InTeam = None, as_json: AsJson = False) -> None:
    """List the members of a team."""
    from quapsule.client.terminal import Terminal, ago

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.members(own_team(client, team))
    rows = ((m.email or m.user_id, m.name, m.role, ago(m.created_at)) for m in found)
    terminal.answer({"items": [m.raw for m in found]}, lambda: terminal.table(("member", "name", "role", "joined"), rows))


@app.command("role")
def set_role(
    ctx: typer.Context,
    member: Person,
    role: Annotated[Literal["owner", "admin", "member"], typer.Argument()],
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Change a member's role (owner, admin)."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        named = own_team(client, team)
        answer = client.set_role(_user_id(client, member, named), role, named)
    terminal.answer(answer, lambda: terminal.say(f"{member} is now {role}."))


@app.command("remove")
def remove_member(ctx: typer.Context, member: Person, team: InTeam = None, as_json: AsJson = False) -> None:
    """Take a member out of a team; their keys of this team die with it."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        named = own_team(client, team)
        answer = client.remove_member(_user_id(client, member, named), named)
    terminal.answer(answer if answer is not None else {"removed": member}, lambda: terminal.say("Removed."))


@app.command("invite")
def invite(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(help="Whom.")],
    role: Annotated[Literal["admin", "member"], typer.Option(help="Their role.")] = "member",
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Invite somebody (owner, admin). What they need to accept is printed once, alone on stdout."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        made = client.invite(own_team(client, team), email, role)
    terminal.answer(made.raw, lambda: terminal.say(made.link or made.token or made.id))
    terminal.note("They accept with `quapsule team accept LINK`. Keep it now: it is not shown again.")


@app.command("invitations")
def list_invitations(
    ctx: typer.Context,
    team: InTeam = None,
    revoke: Annotated[str | None, typer.Option(help="Id of an invitation to take back.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a team's open invitations, or take one back."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        if revoke:
            answer = client.revoke_invitation(revoke)
            terminal.answer(answer if answer is not None else {"id": revoke, "revoked": True}, lambda: terminal.say("Revoked."))
            return
        found = client.invitations(team_id(client, team) or own_team(client, None))
    rows = [(i.id, i.email, i.role, i.status, i.expires_at) for i in found]
    columns = ("id", "e-mail", "role", "state", "expires")
    terminal.answer({"items": [i.raw for i in found]}, lambda: terminal.table(columns, rows) if rows else terminal.say("No invitations."))


@app.command("accept")
def accept(
    ctx: typer.Context, token: Annotated[str, typer.Argument(help="The invitation's link or token.")], as_json: AsJson = False
) -> None:
    """Join the team that invited you."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        answer: Any = client.accept_invitation(token.rpartition("token=")[2])
    terminal.answer(answer, lambda: terminal.say(f"You are now in {answer.get('name') or 'the team'}."))


def _user_id(client: "Client", text: str, team: str) -> str:
    if is_uuid(text):
        return text
    found = [m for m in client.members(team) if (m.email or "").casefold() == text.casefold()]
    if not found:
        raise Refused("not_found", f"No member of this team has the address {text!r}.", "`quapsule team members` lists them.", 404)
    return found[0].user_id
