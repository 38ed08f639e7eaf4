"""A real server of the API: uvicorn in a thread of its own, on the test's own database."""

import asyncio
import dataclasses
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from starlette.routing import BaseRoute
from tests import factories
from tests.api import document

from quapsule.api.app import create_app
from quapsule.database.session import Database
from quapsule.settings import Settings

# Made once: each set takes tens of milliseconds. The routes hold no settings, and no test speaks TLS.
ROUTES: list[BaseRoute] = []
NO_ROOTS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Server(uvicorn.Server):
    """Uvicorn looks ten times a second whether it is to stop: long for hundreds of servers."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.01)


class Api:
    """A running server. `as_(token)` is a client that sends the token; `anonymous` one that sends none."""

    def __init__(self, database: Any, settings: Settings, port: int = 0) -> None:
        self.database = database
        self.owner = database.owner
        self.settings = settings
        self.pool = Database(database.api_url, size=8)
        self.app = create_app(settings, self.pool)
        self.app.router.routes = ROUTES or self.app.router.routes
        ROUTES[:] = self.app.router.routes
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
        )
        self._server = Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._clients: list[httpx.Client] = []
        self.url = ""

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < until, "the API did not start"
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(20)
        self.pool.close()
        assert not self._thread.is_alive(), "the API did not stop"

    def as_(self, token: str | None, **headers: str) -> httpx.Client:
        given = {"authorization": f"Bearer {token}"} if token else {}
        # Whatever a test asks for: what comes back must be what openapi.json says.
        client = httpx.Client(
            base_url=self.url, headers={**given, **headers}, timeout=30, verify=NO_ROOTS, event_hooks={"response": [document.check]}
        )
        self._clients.append(client)
        return client

    @property
    def anonymous(self) -> httpx.Client:
        return self.as_(None)

    def person(self, user: UUID | None = None) -> tuple[UUID, httpx.Client]:
        """A person (a new one, unless given) with a session."""
        user = user or factories.make_user(self.owner)
        return user, self.as_(factories.make_session(self.owner, user))


@dataclasses.dataclass(frozen=True)
class Cast:
    """One team and everybody around it, each with a client."""

    team: UUID
    owner_id: UUID
    admin_id: UUID
    member_id: UUID
    stranger_id: UUID
    owner: httpx.Client
    admin: httpx.Client
    member: httpx.Client
    stranger: httpx.Client
    anonymous: httpx.Client


@pytest.fixture
def start_api(database: Any, tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Starts a server with settings of the test's choice; stopped with the test."""
    started: list[Api] = []

    def start(**settings: Any) -> Api:
        running = Api(database, Settings(home=tmp_path, **settings))
        running.start()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def api(start_api: Callable[..., Api]) -> Api:
    """A running server with the default settings."""
    return start_api()


@pytest.fixture
def cast(api: Api) -> Cast:
    """A team with owner, admin and member; a stranger who owns another team; and nobody."""
    people = {role: api.person() for role in ("owner", "admin", "member", "stranger")}
    team = factories.team_of(api.owner, people["owner"][0])
    for role in ("admin", "member"):
        factories.add_member(api.owner, team, people[role][0], role)
    return Cast(
        team,
        *(people[role][0] for role in ("owner", "admin", "member", "stranger")),
        *(people[role][1] for role in ("owner", "admin", "member", "stranger")),
        api.anonymous,
    )
