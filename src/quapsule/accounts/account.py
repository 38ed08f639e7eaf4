"""Accounts: who a person is, how they come in, and the first one of a new platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from quapsule.accounts.passwords import check_password, hash_password, is_password
from quapsule.database.problems import translated
from quapsule.database.queries import load_queries
from quapsule.database.session import Database, Session
from quapsule.errors import Problem

_QUERIES = load_queries("quapsule.accounts")
FIRST_ADDRESS = "me@localhost"


@dataclass(frozen=True)
class Account:
    """A person as they see themself."""

    id: UUID
    email: str
    name: str | None


@dataclass(frozen=True)
class OwnTeam:
    """A team of the caller, with the caller's role in it."""

    id: UUID
    name: str
    role: str
    suspended_at: datetime | None


def sign_up(database: Database, email: str, password: str, code: str | None, metadata: dict[str, Any]) -> UUID:
    """The new account's id; it has a team of its own. Raises Problem validation_error, permission_denied (code), already_exists."""
    check_password(password, email)
    stored = hash_password(password)  # before the transaction, which would wait for it with a connection in hand
    with database.as_login() as session:
        made: UUID = session.value(_QUERIES["sign_up"], {"email": email, "password": stored, "metadata": Jsonb(metadata), "code": code})
    return made


def verify_sign_in(database: Database, email: str, password: str) -> UUID:
    """The id of the account. Raises Problem unauthorized, the same one after the same work for unknown, disabled and wrong."""
    with database.as_login() as session:
        found = session.dicts(_QUERIES["find_password"], {"email": email})
    stored = found[0]["encrypted_password"] if found else None
    if not is_password(password, stored) or found[0]["disabled"]:
        raise Problem("unauthorized", "The address or the password is wrong.")
    user_id: UUID = found[0]["user_id"]
    return user_id


def has_password(session: Session, user_id: UUID, email: str) -> bool:
    """Whether the account can sign in by password at all. session: of the API's login."""
    return _find_password(session, user_id, email) is not None


def verify_current_password(database: Database, me: Account, password: str | None) -> str | None:
    """The stored password of the account, None when it has none yet: then nothing is to be given. Raises Problem password_wrong."""
    with database.as_login() as session:
        stored = _find_password(session, me.id, me.email)
    if stored is None:
        if password is not None:
            raise Problem("password_wrong", "This account has no password yet.", hint="Leave current_password out.")
    elif password is None:
        raise Problem("password_wrong", "This account has a password, which must be given to change it.", hint="Send current_password.")
    elif not is_password(password, stored):
        raise Problem("password_wrong", "This is not the current password.")
    return stored


def change_password(database: Database, me: Account, token_hash: bytes, stored: str | None, password: str) -> int:
    """How many other sessions of the account were ended with it. token_hash: of the session that asks; stored: what was verified.

    Raises Problem validation_error, unauthorized, conflict (changed by another meanwhile).
    """
    check_password(password, me.email)
    fresh = hash_password(password)  # before the transaction, as in sign_up
    with database.as_login() as session:
        ended: int = session.value(_QUERIES["change_password"], {"token_hash": token_hash, "was": stored, "password": fresh})
    return ended


def find_me(session: Session) -> Account:
    """The caller. Raises Problem unauthorized when the account is gone or disabled."""
    found = session.value(_QUERIES["find_me"])
    if found is None:
        raise Problem("unauthorized")
    return Account(UUID(found["id"]), found["email"], found["name"])


def list_my_teams(session: Session) -> Sequence[OwnTeam]:
    return session.rows(OwnTeam, _QUERIES["list_my_teams"])


def first_account(owner: Connection[Any], email: str = FIRST_ADDRESS, team_name: str = "Personal") -> UUID | None:
    """Makes the first account, as the database's owner login; None when there is one already. Commits unless a transaction is open."""
    with translated(), owner.transaction(), owner.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        row = cursor.execute(_QUERIES["first_account"], {"email": email, "team_name": team_name}).fetchone()
    return row[0] if row else None


def _find_password(session: Session, user_id: UUID, email: str) -> str | None:
    """As it is stored; None when the account has none."""
    found = session.dicts(_QUERIES["find_password"], {"email": email})
    return next((row["encrypted_password"] or None for row in found if row["user_id"] == user_id), None)
