"""Invitation codes: what opens sign-up where the operator asks for one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from quapsule.database.problems import translated
from quapsule.database.queries import load_queries
from quapsule.database.session import Database

_QUERIES = load_queries("quapsule.accounts")
PATTERN = r"^[A-Za-z0-9_-]{1,64}$"


@dataclass(frozen=True)
class CodeState:
    """Whether a code opens sign-up now, and how many more times."""

    valid: bool
    remaining_uses: int


def check_code(database: Database, code: str) -> CodeState:
    with database.as_login() as session:
        found = session.row(CodeState, _QUERIES["check_code"], {"code": code})
    return found or CodeState(valid=False, remaining_uses=0)


def make_code(owner: Connection[Any], code: str, max_uses: int = 1, expires_at: datetime | None = None) -> UUID:
    """For the operator, with the database's owner login. Raises Problem already_exists, validation_error."""
    with translated(), owner.transaction(), owner.cursor() as cursor:
        row = cursor.execute(_QUERIES["make_invitation_code"], {"code": code, "max_uses": max_uses, "expires_at": expires_at}).fetchone()
    assert row is not None  # an insert that returns
    made: UUID = row[0]
    return made
