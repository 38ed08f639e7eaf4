"""What was probably meant: names near one that does not exist, and parameters that a saved script does not read."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.api import Client
    from quapsule.client.rows import Script

# Read by the platform itself, whatever the script.
_PLATFORMS_OWN = frozenset({"shots", "seed", "noise_model", "circuit_count", "emulate", "statevector", "mitigation"})


def with_near_name(client: "Client", body: Mapping[str, Any], refusal: Refused) -> Refused:
    """The refusal with the name that was probably meant, where a backend's or a script's slug is unknown."""
    if refusal.code == "backend_unknown":
        near = nearest(str(body.get("backend")), (backend.slug for backend in client.backends()))
        where = "`quapsule backends` lists them."
    elif refusal.code == "script_not_found" and "script_slug" in body:
        near = nearest(str(body["script_slug"]), (script.slug for script in client.all_scripts()))
        where = "`quapsule scripts` lists them."
    else:
        return refusal
    hint = f"Did you mean {near!r}? {where}" if near else where
    return Refused(refusal.code, refusal.message, hint, refusal.status, refusal.details)


def unread_parameters(client: "Client", body: Mapping[str, Any]) -> str | None:
    """A sentence on parameters that the saved script does not know: they are sent, but nobody reads them."""
    given = set(body["params"]) - _PLATFORMS_OWN
    script = _saved_script(client, body) if given else None
    known = set((script.default_parameters or {}) if script else ()) - _PLATFORMS_OWN
    unread = sorted(given - known)
    if script is None or not known or not unread:
        return None
    return f"{script.slug} does not name the parameter {', '.join(unread)} among its own: {', '.join(sorted(known))}."


def nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, sorted(set(known)), n=1)), None)


def _saved_script(client: "Client", body: Mapping[str, Any]) -> "Script | None":
    if "script_id" in body:
        return client.script(body["script_id"])
    if "script_slug" not in body:
        return None
    found = [script for script in client.all_scripts() if script.slug == body["script_slug"]]
    of = body.get("framework")
    chosen = [script for script in found if script.framework == (of or "qiskit")] or ([] if of else found)
    # The list may leave out what only the detail shows.
    return client.script(chosen[0].id) if chosen else None
