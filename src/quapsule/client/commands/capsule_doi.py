"""A sealed capsule's DOI: recorded, or first asked of DataCite."""

import json
import re
import shlex
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.capsule_ids import CapsuleId, capsule_id
from quapsule.client.commands.options import AsJson, opened, place_of
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client
    from quapsule.client.capsules import Capsule

_PREFIX = re.compile(r"10\.[0-9]{4,9}")
# What people copy out of a browser or a paper.
_BEFORE_DOI = re.compile(r"(?i:https?://(?:dx\.)?doi\.org/|doi:\s*)")


def add_to(app: typer.Typer) -> None:
    app.command("doi")(doi)


def doi(
    ctx: typer.Context,
    capsule: CapsuleId,
    given: Annotated[str | None, typer.Argument(metavar="DOI", help="One that it has got elsewhere; it is recorded.")] = None,
    mint: Annotated[bool, typer.Option("--mint", help="Ask DataCite for one, as the account in the environment.")] = False,
    prefix: Annotated[str | None, typer.Option(help="The account's own, such as 10.5072; needed to mint.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="For good; without it DataCite keeps a draft that can be deleted.")] = False,
    page: Annotated[str | None, typer.Option("--url", metavar="PAGE", help="Page that the DOI leads to; needed to publish.")] = None,
    repository: Annotated[
        str | None, typer.Option(metavar="URL", help="DataCite's API, such as https://api.test.datacite.org; QUAPSULE_DATACITE_URL.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record a sealed capsule's DOI, once, or ask DataCite for one; owners and admins.

    --mint signs in with QUAPSULE_DATACITE_REPOSITORY (the account) and QUAPSULE_DATACITE_PASSWORD.
    """
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    if not mint:
        if prefix or publish or page or repository:
            raise typer.BadParameter("--prefix, --publish, --url and --repository belong to --mint.")
        if given is None:
            raise typer.BadParameter("Give a DOI, or --mint to ask DataCite for one.")
        named = _named(given)
        with opened(ctx) as client:
            recorded = _record(client, capsule_id(client, capsule), named)
    else:
        from quapsule.client import datacite

        if given is not None:
            raise typer.BadParameter("Either a DOI or --mint.")
        if prefix is None or not _PREFIX.fullmatch(prefix):
            raise typer.BadParameter("--mint needs --prefix, one of the account's own, such as 10.5072.")
        if publish and not page:
            raise typer.BadParameter("--publish needs --url, the page that the DOI leads to.")
        account = datacite.repository_of(place_of(ctx).environ, repository)
        with opened(ctx) as client:
            found = _without_doi(client, capsule_id(client, capsule))
            body = _request(client, found, page, prefix, publish)
            _look_at_rights(client, found)
            made = datacite.mint(account, body)
            # At once, whatever happens next.
            terminal.note(f"DataCite made {made}.")
            recorded = _record_made(client, found.id, made)
    terminal.answer(recorded.raw, lambda: terminal.say(str(recorded.doi)))
    if mint and not publish:
        terminal.note("It is a draft at DataCite, and leads nowhere until it is published there.")


def _named(text: str) -> str:
    """Raises a usage error when the text is no DOI."""
    from quapsule.client.datacite import DOI

    text = text.strip()
    named = text[before.end() :] if (before := _BEFORE_DOI.match(text)) else text
    if not DOI.fullmatch(named):
        raise typer.BadParameter(f"{text!r} is no DOI; one looks like 10.5072/abcd-1234.")
    return named


def _record(client: "Client", found_id: str, named: str) -> "Capsule":
    """Recording the same DOI again is no error. Raises Refused."""
    try:
        return client.capsules.record_doi(found_id, named)
    except Refused as refusal:
        if refusal.code != "already_exists":
            raise
        found = client.capsules.show(found_id)
        if found.doi and found.doi.casefold() == named.casefold():
            return found
        what = f"The capsule has the DOI {found.doi}." if found.doi else f"{named} is the DOI of another capsule."
        raise Refused(refusal.code, what, refusal.hint, refusal.status, {"doi": found.doi}) from refusal


def _record_made(client: "Client", found_id: str, made: str) -> "Capsule":
    """Raises Refused that names the DOI, which is there by now, and the command that records it."""
    try:
        return _record(client, found_id, made)
    except Refused as refusal:
        message = f"DataCite made {made}, but it was not recorded here: {refusal.message}"
        hint = f"quapsule capsule doi {found_id} {shlex.quote(made)}    records it; do not mint another."
        hint = f"{refusal.hint}\n{hint}" if refusal.hint else hint
        raise Refused(refusal.code, message, hint, refusal.status, {**(refusal.details or {}), "minted": made}) from refusal


def _without_doi(client: "Client", found_id: str) -> "Capsule":
    """A sealed capsule that has no DOI yet. Raises Refused, before DataCite is asked."""
    found = client.capsules.show(found_id)
    if found.doi:
        hint = "It keeps it. What DataCite says of it is changed at DataCite."
        raise Refused("already_exists", f"The capsule has the DOI {found.doi}.", hint, 409, {"doi": found.doi})
    if not found.is_sealed:
        hint = f"quapsule capsule seal {found.id}    seals it."
        raise Refused("capsule_not_sealed", "A DOI names what does not change: seal the capsule first.", hint, 409)
    return found


def _request(client: "Client", found: "Capsule", page: str | None, prefix: str, publish: bool) -> dict[str, Any]:
    """The body that asks DataCite, of the metadata that the server exports. Raises Refused."""
    from quapsule.seal.faces.datacite import doi_request

    out = BytesIO()
    client.capsules.export(found.id, out, "datacite")
    try:
        attributes = json.loads(out.getvalue())
        request = doi_request({key: attributes[key] for key in attributes if key != "doi"}, page or "", prefix, publish)
    except (ValueError, TypeError, LookupError) as error:
        hint = "Is this the address of a Quapsule server?"
        raise Refused("unexpected_answer", "The server's metadata for a DOI cannot be read.", hint, 0) from error
    if not page:
        del request["data"]["attributes"]["url"]
    return request


def _look_at_rights(client: "Client", found: "Capsule") -> None:
    """Raises Refused when recording would surely be refused: a DOI that is made and belongs to nothing is a loose end."""
    team = next((one for one in client.teams() if one.id == found.raw.get("team_id")), None)
    if team and team.role not in ("owner", "admin"):
        raise Refused("permission_denied", "Only an owner or admin of the team records a DOI.", "Ask one of them to mint it.", 403)
    if team and team.suspended_at:
        raise Refused("team_suspended", "The team is suspended: everything can be read, nothing changed.", None, 403)
