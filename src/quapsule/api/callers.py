"""Who is asking: a bearer token or the browser's cookie becomes a database session as that caller."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from quapsule.accounts.supabase import SupabaseTokens
from quapsule.database.session import Caller, Database, Session
from quapsule.errors import Problem

_LIVE = "select exists (select 1 from private.people as p where p.id = (select auth.uid()) and not p.disabled)"
COOKIE = "__Host-quapsule"
_SAFE = {"GET", "HEAD", "OPTIONS"}


class Visitor:
    """One request's way into the database. The handler opens the transaction, so that it commits before the answer."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.database: Database = request.app.state.database
        self._supabase: SupabaseTokens | None = request.app.state.supabase
        self.token = _token(request)

    @contextmanager
    def anyone(self) -> Iterator[Session]:
        """One transaction as the caller, or as nobody. A token that is given must be good."""
        if self.token is None:
            with self.database.as_anonymous() as session:
                yield session
            return
        with self.as_token(self.token) as session:
            if session.caller is None:
                raise _unauthorized()
            yield session

    @contextmanager
    def signed_in(self) -> Iterator[Session]:
        """One transaction as the caller; refused when there is none."""
        if self.token is None:
            raise _unauthorized()
        with self.anyone() as session:
            yield session

    @contextmanager
    def as_token(self, token: str) -> Iterator[Session]:
        claims = self._supabase.claims(token) if self._supabase and token.count(".") == 2 else None
        if claims is not None:
            with self.database.as_claims(claims) as session:
                # A signature outlives the account: whoever was disabled since is nobody.
                yield session if session.value(_LIVE) else replace(session, caller=None)
        else:
            with self.database.as_token(hash_token(token)) as session:
                yield session

    def caller(self) -> Caller:
        """Who asks, for what happens outside of a transaction (streams, rate limits)."""
        with self.signed_in() as session:
            assert session.caller is not None  # signed_in refuses nobody
            return session.caller


Visiting = Annotated[Visitor, Depends(Visitor)]


def hash_token(token: str) -> bytes:
    """SHA-256: right for tokens of 256 random bits, and all that the database stores of them."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _token(request: Request) -> str | None:
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if header:
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized()
        return token.strip()
    cookie = request.cookies.get(COOKIE)
    if cookie and request.method not in _SAFE:
        refuse_foreign_origin(request)
    return cookie or None


def refuse_foreign_origin(request: Request) -> None:
    """A cookie is sent by any page; a write must come from one of ours."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    ours = urlsplit(origin).netloc == request.headers.get("host") if origin else site in ("same-origin", "none")
    if not ours:
        raise Problem("permission_denied", "A write with the session cookie must come from the platform's own pages.")


def _unauthorized() -> Problem:
    return Problem("unauthorized", hint="Send `Authorization: Bearer <key>`; `quapsule sign-in` or POST /api/auth/sign-in gives one.")
