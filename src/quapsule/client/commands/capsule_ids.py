"""Which capsule is meant: its id here, `last`, its id in every verifier, or a name that only one has."""

from typing import TYPE_CHECKING, Annotated

import typer

from quapsule.client.commands.options import is_uuid
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client
    from quapsule.client.capsules import Capsule

CapsuleId = Annotated[str, typer.Argument(metavar="CAPSULE", help="Its id, `mqc:1:…`, `last` for the newest one, or its name.")]


def capsule_id(client: "Client", text: str) -> str:
    """Raises Refused when no capsule, or more than one, is meant."""
    if is_uuid(text):
        return text
    if text == "last":
        newest = client.capsules.page(limit=1).items
        if not newest:
            raise Refused("not_found", "There is no capsule yet.", "`quapsule capsule init NAME --from-job last` makes one.", 404)
        return newest[0].id
    # The search folds words together, and knows none of some (`the`, `&`); a name is meant as it is written.
    found = _called(client, text, q=text) or _called(client, text)
    if len(found) == 1:
        return found[0].id
    if found:
        raise Refused("validation_error", f"{len(found)} capsules are meant by {text!r}.", "Use the id; `quapsule capsule list` shows it.")
    raise Refused("not_found", f"No capsule is meant by {text!r}.", "`quapsule capsule list` shows them; `last` is the newest.", 404)


def _called(client: "Client", text: str, **filters: str) -> list["Capsule"]:
    return [one for one in client.capsules.page(limit=200, **filters).items if text in (one.mqc_id, one.name)]
