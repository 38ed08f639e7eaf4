"""Single mode's door for the machine's owner: a Unix socket that only its account can open gives a session without a password, or a code
that gives one to a browser."""

import os
import socket
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quapsule.accounts.account import find_me
from quapsule.accounts.session import open_local_session
from quapsule.api.answers import Json
from quapsule.api.callers import hash_token
from quapsule.api.entering import CODE_SECONDS, EntryCodes
from quapsule.api.problems import answer
from quapsule.database.session import Database
from quapsule.errors import Problem


def create_entry(database: Database, codes: EntryCodes) -> Starlette:
    """POST /session → {token, expires_at, user}. POST /code → {code, expires_in_seconds}, for POST /api/auth/enter."""

    async def enter(_: Request) -> Response:
        return await run_in_threadpool(_enter, database)

    async def give_code(_: Request) -> Response:
        return Json({"code": codes.give(), "expires_in_seconds": CODE_SECONDS})

    return Starlette(routes=[Route("/session", enter, methods=["POST"]), Route("/code", give_code, methods=["POST"])])


def bind_entry(path: Path) -> socket.socket:
    """A listening socket of mode 0600. Raises Problem not_ready when the path is too long for a socket."""
    if len(os.fsencode(path)) >= 100:
        raise Problem("not_ready", f"{path} is too long for a socket.", hint="Set QUAPSULE_HOME to a shorter path.")
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mode is there from the first moment, not changed after.
    before = os.umask(0o177)
    try:
        made.bind(str(path))
    finally:
        os.umask(before)
    made.listen(16)
    made.setblocking(False)
    return made


def _enter(database: Database) -> Response:
    try:
        opened = open_local_session(database)
        with database.as_token(hash_token(opened.token)) as session:
            user = find_me(session)
    except Problem as problem:
        return answer(problem)
    return Json({"token": opened.token, "expires_at": opened.expires_at, "user": user})
