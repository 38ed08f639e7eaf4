"""One table from SQLSTATE to refusal. SQL raises PTxyz (PostgREST's convention): xyz = status, detail = code, hint = next step."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout

from quapsule.errors import CODES, Problem

_BY_STATE = {
    "42501": "permission_denied",
    "23505": "already_exists",
    "23503": "conflict",
    "23514": "validation_error",
    "22P02": "validation_error",
    "22003": "validation_error",
    "22P05": "validation_error",  # \u0000 in text or jsonb
    "57014": "timed_out",
    "55P03": "timed_out",
}


@contextmanager
def translated() -> Iterator[None]:
    """Turns a database error into its Problem; what has no entry stays as it is (and becomes a 500)."""
    try:
        yield
    except psycopg.Error as error:
        problem = problem_of(error)
        if problem is None:
            raise
        raise problem from error


def problem_of(error: psycopg.Error) -> Problem | None:
    state, diagnosis = error.sqlstate or "", error.diag
    if state.startswith("PT"):
        code = diagnosis.message_detail or ""
        if code in CODES:
            return Problem(code, diagnosis.message_primary or "", hint=diagnosis.message_hint)
    if state in _BY_STATE:
        return Problem(_BY_STATE[state])
    if isinstance(error, PoolTimeout | psycopg.errors.AdminShutdown) or state.startswith("08"):
        return Problem("not_ready", "The database does not answer.", hint="Try again in a moment; see /api/ready.")
    if isinstance(error, psycopg.DataError) and not state:  # refused before it was sent: NUL in text
        return Problem("validation_error", "The text holds a character that cannot be stored.")
    if isinstance(error, psycopg.OperationalError) and not state:
        return Problem("not_ready", "The database does not answer.", hint="Try again in a moment; see /api/ready.")
    return None
