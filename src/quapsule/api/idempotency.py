"""Idempotency-Key: the same write twice is done once. The key is a row of the write's own transaction, so that a twin waits for it."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request
from pydantic import BaseModel

from quapsule.api.answers import Json, to_json
from quapsule.database.session import Session
from quapsule.errors import Problem

_CLAIM = "select private.claim_idempotency_key(%(team_id)s, %(key)s, %(body_hash)s)"
_KEEP = "select private.keep_idempotent_answer(%(team_id)s, %(key)s, %(status)s, %(answer)s::jsonb)"


def once(
    session: Session,
    request: Request,
    body: bytes | BaseModel | dict[str, Any] | None,
    act: Callable[[], Any],
    *,
    secret: bool = False,
    status: int = 200,
    team_id: UUID | None = None,
) -> Json:
    """The answer of `act`, or the stored answer of the first request with this key (header Idempotent-Replayed: true).

    Keys belong to the team that the caller's API key or the body names, else to the user, and are kept 24 h.
    secret: the answer holds something shown once; it is not stored, and a replay is refused.
    Raises Problem validation_error (malformed key), idempotency_conflict (another body, or a replay of a secret answer).
    """
    key = _key(request)
    if key is None or session.caller is None:
        return Json(act(), status)
    found = {
        "team_id": team_id or session.caller.team_id or _team_of(body),
        "key": key,
        "body_hash": _hash(request, body),
    }
    # Waits here while a twin is under way; its rollback lets us go on, its commit makes us replay.
    first = session.value(_CLAIM, found)
    if first is not None:
        return _replay(first)
    answer = Json(act(), status)
    session.run(_KEEP, found | {"status": status, "answer": None if secret else bytes(answer.body).decode() or "null"})
    return answer


def _replay(first: dict[str, Any]) -> Json:
    if not first["same_body"]:
        raise Problem("idempotency_conflict", hint="Send a new UUID for a new request.")
    if first["secret"]:
        raise Problem(
            "idempotency_conflict",
            "This request was done already, and what it returned is shown only once.",
            hint="If the answer was lost, revoke what was made and send the request with a new Idempotency-Key.",
        )
    return Json(first["response"], first["status"], headers={"idempotent-replayed": "true"})


def _key(request: Request) -> UUID | None:
    text = request.headers.get("idempotency-key")
    if text is None:
        return None
    try:
        if len(text) != 36:
            raise ValueError(text)
        return UUID(text)
    except ValueError as error:
        raise Problem("validation_error", "Idempotency-Key is not a UUID.", hint="Send a random UUID, one per write.") from error


def _team_of(body: bytes | BaseModel | dict[str, Any] | None) -> UUID | None:
    """The team that the body names; one that is not a UUID or not the caller's is refused by the write itself."""
    named = body.get("team_id") if isinstance(body, dict) else getattr(body, "team_id", None)
    try:
        return named if named is None or isinstance(named, UUID) else UUID(str(named))
    except ValueError:
        return None


def _hash(request: Request, body: bytes | BaseModel | dict[str, Any] | None) -> bytes:
    """Two bodies are the same when they mean the same; a body sent to another path never is."""
    said = body if isinstance(body, bytes) else orjson.dumps(orjson.loads(to_json(body)), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(b"\n".join((request.method.encode(), request.url.path.encode(), request.url.query.encode(), said))).digest()
