"""What the verbs share: options, the caller's client, and names that stand for ids."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from quapsule.client.logins import Place, open_client
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else; errors as JSON on stderr.")]
InTeam = Annotated[str | None, typer.Option("--team", help="Team, by name or id; needed when you are in several.")]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job, or `last` for the newest one.")]

_SPAN = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def place_of(ctx: typer.Context) -> Place:
    place = ctx.find_root().obj
    assert isinstance(place, Place)  # cli.main gives it
    return place


def opened(ctx: typer.Context) -> "Client":
    return open_client(place_of(ctx))


def team_id(client: "Client", text: str | None) -> str | None:
    """A team's id from its id or name. Raises Refused when no team, or more than one, has the name."""
    if text is None or is_uuid(text):
        return text
    teams = client.teams()
    found = [team for team in teams if team.name == text] or [team for team in teams if team.name.casefold() == text.casefold()]
    if len(found) == 1:
        return found[0].id
    names = ", ".join(sorted(team.name for team in teams)) or "none"
    if found:
        raise Refused("validation_error", f"Several of your teams are named {text!r}.", "Use the id; `quapsule team list` shows it.")
    raise Refused("not_found", f"You are in no team named {text!r}.", f"Your teams: {names}.", 404)


def own_team(client: "Client", text: str | None) -> str:
    """The team that is named, or the only one there is."""
    named = team_id(client, text)
    if named:
        return named
    teams = client.teams()
    if len(teams) == 1:
        return teams[0].id
    names = ", ".join(sorted(team.name for team in teams)) or "none"
    raise Refused("validation_error", "Which team?", f"Name it with --team. Your teams: {names}.")


def job_id(client: "Client", text: str) -> str:
    """Raises Refused when the text is neither `last` nor an id."""
    if text != "last":
        if is_uuid(text):
            return text
        raise Refused("validation_error", f"{text!r} is no job's id.", "`quapsule jobs` lists them; `last` is the newest.", 0)
    newest = client.jobs(limit=1).items
    if not newest:
        raise Refused("not_found", "There is no job yet.", "`quapsule run template:bell --watch` runs one.", 404)
    return newest[0].id


def instant(text: str | None) -> str | None:
    """`2h`, `7d` (ago) or an ISO date or instant, as an ISO instant with its offset. Raises a usage error."""
    if text is None:
        return None
    span = _SPAN.fullmatch(text.strip())
    try:
        if span:
            return (datetime.now(UTC) - timedelta(**{_UNITS[span.group(2)]: int(span.group(1))})).isoformat()
        return datetime.fromisoformat(text).astimezone().isoformat()
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is neither a time span like 2h or 7d nor a date like 2026-11-22.") from error


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
