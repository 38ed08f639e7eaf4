"""Serves the application on its port, and in single mode the local entry beside it, until SIGTERM or SIGINT."""

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn

from quapsule.api.app import create_app
from quapsule.api.local_entry import bind_entry, create_entry
from quapsule.database.session import Database
from quapsule.errors import Problem
from quapsule.settings import Settings

_GRACE_SECONDS = 3
_POOL = 10


def serve(settings: Settings, database_url: str) -> None:
    """Returns after a clean stop. Writes run_dir/api.json {url, pid} when ready, and removes it. Raises Problem not_ready."""
    if settings.mode == "single" and not _is_loopback(settings.host):
        raise Problem("not_ready", "Single mode serves this machine only.", hint="Set QUAPSULE_HOST=127.0.0.1, or QUAPSULE_MODE=team.")
    settings.run_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    listening = _bind(settings.host, settings.port)
    database = Database(database_url, size=_POOL, name="quapsule api")
    try:
        runner = asyncio.Runner(loop_factory=_config(None).get_loop_factory())
        with runner:
            runner.run(_serve(settings, database, listening))
    finally:
        database.close()


async def _serve(settings: Settings, database: Database, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    told = settings.run_dir / "api.json"
    app = create_app(settings, database)
    servers = [_Server(_config(app))]
    # Streams and long polls end first: a stop must not wait for them.
    servers[0].before_shutdown = app.state.hub.stop
    running = [servers[0].serve([listening])]
    entry = settings.run_dir / "entry.sock"
    if settings.mode == "single":
        servers.append(_Server(_config(create_entry(database, app.state.entry_codes), lifespan="off")))
        running.append(servers[1].serve([bind_entry(entry)]))

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    def ready() -> None:
        half = told.with_suffix(f".{os.getpid()}")
        half.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        half.replace(told)

    _when_all_started(servers, ready)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    try:
        async with asyncio.TaskGroup() as group:
            for server in running:
                # One that ends for any reason takes the other with it.
                group.create_task(server).add_done_callback(lambda _: stop())
    finally:
        told.unlink(missing_ok=True)
        if settings.mode == "single":
            entry.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """Leaves signals to us: two servers share a process, and a clean stop ends with status 0."""

    on_start: Callable[[], None] | None = None
    before_shutdown: Callable[[], Awaitable[None]] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.on_start is not None:
            self.on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.before_shutdown is not None:
            await self.before_shutdown()
        await super().shutdown(sockets)


def _when_all_started(servers: list[_Server], ready: Callable[[], None]) -> None:
    def one_started() -> None:
        if all(server.started for server in servers):
            ready()

    for server in servers:
        server.on_start = one_started


def _config(app: Any, *, lifespan: Any = "on") -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=512,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        raise Problem(
            "not_ready", f"Cannot listen on {host} port {port}: {error.strerror}.", hint="Set QUAPSULE_PORT; 0 picks a free one."
        ) from error
    made.setblocking(False)
    return made


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
