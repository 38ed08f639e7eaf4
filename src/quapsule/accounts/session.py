"""Signed-in sessions: one opaque token of 256 bits, of which the database keeps the SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Database
from quapsule.errors import Problem

_QUERIES = load_queries("quapsule.accounts")


@dataclass(frozen=True)
class Opened:
    """A session's token, which exists only here and at its owner; ends at `expires_at` at the latest, after 12 h without use."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class _Session:
    id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class _Refreshed:
    user_id: UUID
    expires_at: datetime


def open_session(database: Database, user_id: UUID, user_agent: str | None, address: str | None) -> Opened:
    """Raises Problem unauthorized when the account was disabled meanwhile."""
    token = _new_token()
    with database.as_login() as session:
        made = session.row(
            _Session,
            _QUERIES["open_session"],
            {"user_id": user_id, "token_hash": _hash(token), "user_agent": user_agent, "address": address},
        )
    if made is None:
        raise Problem("unauthorized")
    return Opened(token, made.expires_at)


def open_local_session(database: Database) -> Opened:
    """A session of the machine's owner, who came through the local socket. Raises Problem unauthorized when there is no such account."""
    with database.as_login() as session:
        user_id = session.value(_QUERIES["find_local_account"])
    if user_id is None:
        raise Problem("unauthorized", "There is no account for this machine's owner.", hint="Use `quapsule sign-in`.")
    return open_session(database, user_id, "local socket", None)


def refresh_session(database: Database, token: str) -> Opened:
    """A new token for the same session; the old one is dead at once. Raises Problem unauthorized when it is not a live session's."""
    fresh = _new_token()
    with database.as_login() as session:
        changed = session.row(_Refreshed, _QUERIES["refresh_session"], {"token_hash": _hash(token), "new_hash": _hash(fresh)})
    if changed is None:
        raise Problem("unauthorized")
    return Opened(fresh, changed.expires_at)


def end_session(database: Database, token: str) -> bool:
    """Whether there was one."""
    with database.as_login() as session:
        return bool(session.value(_QUERIES["end_session"], {"token_hash": _hash(token)}))


def _new_token() -> str:
    return f"qs_{secrets.token_urlsafe(32)}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
