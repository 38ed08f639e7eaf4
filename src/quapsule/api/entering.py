"""/api/auth/enter: single mode's way into the browser. A one-time code, given through the machine's own socket, becomes a session."""

import hashlib
import secrets
import threading
import time
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StrictBool
from starlette.responses import Response

from quapsule.accounts.session import open_local_session
from quapsule.api.accounts import SignedIn, address_of, limits_of, sign_in_as
from quapsule.api.callers import refuse_foreign_origin
from quapsule.api.openapi import PUBLIC, refusals
from quapsule.errors import Problem

router = APIRouter(prefix="/api/auth", tags=["accounts"])

CODE_SECONDS = 3600
_MOST_CODES = 100


class EntryCode(BaseModel):
    code: Annotated[str, Field(max_length=200)]
    cookie: StrictBool = Field(default=False, description="true: the session comes as a cookie instead of a token in the body (browsers).")


class EntryCodes:
    """Codes of 256 random bits that were given and not yet used: as their hashes, in this process alone, for an hour each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[bytes, float] = {}

    def give(self) -> str:
        """A new code; the oldest go when there are too many."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            living = [(hashed, until) for hashed, until in self._until.items() if until > now]
            self._until = dict(living[1 - _MOST_CODES :])
            self._until[_hash(code)] = now + CODE_SECONDS
        return code

    def take(self, code: str) -> bool:
        """Whether it was good; it is so once."""
        with self._lock:
            until = self._until.pop(_hash(code), 0.0)
        return until > time.monotonic()


@router.post(
    "/enter",
    response_model=SignedIn,
    openapi_extra=PUBLIC,
    responses=refusals("unauthorized", "permission_denied", "conflict", "rate_limited"),
)
def enter(request: Request, body: EntryCode) -> Response:
    """{token, expires_at, user} of the machine's owner, for the code that `quapsule up` and `quapsule open` print; single mode only.

    A code is good once, for an hour. 5 tries a minute and address.
    """
    if body.cookie:
        refuse_foreign_origin(request)
    codes: EntryCodes | None = request.app.state.entry_codes
    if codes is None:
        raise Problem("conflict", "Entry codes are single mode's alone.", hint="Sign in with your email address and password.")
    limits_of(request).count(f"enter address {address_of(request)}", 5, 60)
    if not codes.take(body.code):
        raise Problem("unauthorized", "This code is wrong, was used, or is too old.", hint="`quapsule open` gives a new one.")
    return sign_in_as(request, open_local_session(request.app.state.database), body.cookie, 200)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
