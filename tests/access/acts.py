"""What people do in the access tests, through the functions that the API calls."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.access.cast import TEAM, USER, named
from tests.conftest import Clone

from quapsule.database.session import Session
from quapsule.errors import Problem

CODE = "OPENQASM 3.0; qubit q; bit c; x q; c = measure q;"


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Problem) as caught:
        yield
    assert caught.value.code == code, f"{caught.value.code}: {caught.value.message}"


def submit(session: Session, team: UUID | None = None, **fields: Any) -> UUID:
    """submit_job as the API calls it; inline code on the local backend unless fields say otherwise."""
    wanted: dict[str, Any] = {"backend": "local", "parameters": {"shots": 100}, "team_id": str(team) if team else None, "qubits": 1}
    if not fields.keys() & {"script_id", "script_slug", "code"}:
        wanted |= {"code": CODE, "framework": "openqasm", "format": "qasm3"}
    job: UUID = session.value("select public.submit_job(%(p)s)", {"p": Jsonb(wanted | fields)})
    return job


def refusal(clone: Clone, who: str, **fields: Any) -> tuple[str, str, str | None]:
    """Code, message and hint with which a submit is refused."""
    with pytest.raises(Problem) as caught, clone.as_user(USER[who]) as session:
        submit(session, TEAM["alpha"], **fields)
    return caught.value.code, caught.value.message, caught.value.hint


def key_claims(level: str) -> dict[str, Any]:
    """Claims of kira's key for alpha, beside her sub."""
    return {"team_id": TEAM["alpha"], "level": level, "key_id": named(f"key {level}")}


def role_of(clone: Clone, who: str, team: str = "alpha") -> str | None:
    role: str | None = clone.value("select role from public.team_members where team_id = %s and user_id = %s", TEAM[team], USER[who])
    return role


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def plain_login(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """A bare connection of api_login, as somebody who stole its password has it."""
    with psycopg.connect(clone.api_url, autocommit=True) as connection:
        yield connection


def state_of(connection: psycopg.Connection[Any], statement: Any, *parameters: Any) -> str:
    """SQLSTATE of a statement, "" when it goes through."""
    try:
        with connection.transaction():
            connection.execute(statement, parameters or None)
    except psycopg.Error as error:
        return error.sqlstate or "lost"
    return ""
