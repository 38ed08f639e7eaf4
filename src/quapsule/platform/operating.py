"""What the operator alone may do, by the owner's login of the database: suspend a team, make a code that opens sign-up, import a device's
calibration."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from quapsule.accounts.invitation_code import make_code
from quapsule.calibrations.calibration import CalibrationSummary, import_calibration
from quapsule.database.embedded import serving
from quapsule.database.logins import owner_url
from quapsule.database.problems import translated
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.settings import Settings


def suspend(settings: Settings, team: str) -> UUID:
    """Makes a team (id or name) read-only; its pending jobs are cancelled, running ones end. Raises Problem not_found or conflict."""
    with translated(), _owner(settings) as owner:
        found = _find(owner, team)
        owner.execute("select private.suspend_team(%s)", (found,))
        return found


def resume(settings: Settings, team: str) -> UUID:
    """Lets a suspended team work again. Raises Problem not_found or conflict."""
    with translated(), _owner(settings) as owner:
        found = _find(owner, team)
        owner.execute("select private.resume_team(%s)", (found,))
        return found


def open_sign_up(settings: Settings, code: str, uses: int, expires_at: datetime | None) -> None:
    """Makes an invitation code for QUAPSULE_SIGN_UP=code. Raises Problem already_exists or validation_error."""
    with _owner(settings) as owner:
        make_code(owner, code, uses, expires_at)


def keep_calibration(settings: Settings, slug: str, data: bytes, taken_at: datetime | None) -> CalibrationSummary:
    """Imports a device's snapshot. Raises Problem backend_unknown, conflict or calibration_unfit."""
    with _owner(settings) as owner:
        return import_calibration(Session(owner, None), slug, data, taken_at)


def _find(owner: psycopg.Connection[Any], team: str) -> UUID:
    rows = owner.execute("select id from public.teams where id::text = lower(%s) or name = %s limit 2", (team, team)).fetchall()
    if not rows:
        raise Problem("not_found", f"There is no team {team!r}.", hint="`quapsule team` lists ids and names.")
    if len(rows) > 1:
        raise Problem("conflict", f"Several teams are called {team!r}.", hint="Give the team's id.")
    found: UUID = rows[0][0]
    return found


@contextmanager
def _owner(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    if settings.database_url:
        with psycopg.connect(owner_url(settings), autocommit=True, connect_timeout=10) as connection:
            yield connection
        return
    with serving(settings), psycopg.connect(owner_url(settings), autocommit=True, connect_timeout=10) as connection:
        yield connection
