"""`quapsule up`: database, API and workers as one supervised tree. A part that dies is started again; all stop in order; a tree that was
killed as a whole is recovered by the next start."""

import fcntl
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from quapsule.client.logins import app_address
from quapsule.database.embedded import EmbeddedServer
from quapsule.errors import Problem
from quapsule.platform.parts import Api, Part, Worker
from quapsule.platform.upgrade import prepare
from quapsule.sandbox.layers import Layers, inspect_layers
from quapsule.settings import Settings

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.25
_LONGEST_PAUSE = 5.0
_WELL_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A platform that serves. `app`: the web app's address, in single mode with a code that lets its owner in, once; None where the app is
    not built. pids: by part; stop() ends all of it and returns when it has ended."""

    url: str
    app: str | None
    layers: Layers
    database: str
    home: Path
    pids: Callable[[], dict[str, int]]
    stop: Callable[[], None]


def up(settings: Settings, ready: Callable[[Running], None] | None = None) -> None:
    """In the foreground until SIGTERM or SIGINT. `ready` is called once all parts serve (default: prints where). Raises Problem."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s platform %(levelname)s: %(message)s")
    asked = threading.Event()
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with running(settings, asked) as platform:
            (ready or _greet)(platform)
            asked.wait()
    except _GivenUp:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(settings: Settings, give_up: threading.Event | None = None) -> Iterator[Running]:
    """A platform for the length of the block. Raises Problem `conflict` when one runs on the same home, `not_ready` when a part fails."""
    layers = inspect_layers()
    _refuse_unsafe(settings, layers)
    with _only_one(settings):
        tree = Tree(settings)
        tree.start()
        try:
            tree.await_ready(give_up)
            yield Running(tree.url, _app_address(settings, tree.url), layers, tree.database_says, settings.home, tree.pids, tree.stop)
        finally:
            tree.stop()


class _GivenUp(Exception):  # noqa: N818  # no error: somebody pressed Ctrl-C
    """It was told to stop before it had started."""


class Tree(threading.Thread):
    """All processes are started and watched by this one thread: they are tied to the thread that started them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="tree", daemon=True)
        self._settings = settings
        self._server = None if settings.database_url else EmbeddedServer(settings.home)
        self._api: Api | None = None
        self._parts: list[Part] = []
        self._trouble: dict[str, _Trouble] = {}
        self._ready, self._stopping = threading.Event(), threading.Event()
        self._failure: BaseException | None = None
        self.database_says = ""

    @property
    def url(self) -> str:
        return self._api.url if self._api else ""

    def pids(self) -> dict[str, int]:
        found = {part.name: part.pid for part in self._parts}
        if self._server is not None and (pid := self._server.pid):
            found["database"] = pid
        return found

    def await_ready(self, give_up: threading.Event | None) -> None:
        """Raises what made the start fail; Problem not_ready when the wait was given up."""
        while not self._ready.wait(0.1):
            if give_up is not None and give_up.is_set():
                raise _GivenUp
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._stopping.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        try:
            self._start_all()
        except BaseException as failure:  # noqa: BLE001  # raised again by await_ready, in the thread that waits
            self._failure = failure
        self._ready.set()
        try:
            while self._failure is None and not self._stopping.wait(_LOOK_SECONDS):
                self._revive()
        finally:
            self._stop_all()

    def _start_all(self) -> None:
        settings = self._settings
        if self._server is not None:
            self._server.start()
            self.database_says = (
                f"embedded PostgreSQL {self._server.binaries().major} ({self._server.binaries().source}), data in {self._server.data}"
            )
        else:
            self.database_says = "the PostgreSQL of QUAPSULE_DATABASE_URL"
        _, urls = prepare(settings)
        self._api = Api(settings, urls)
        self._parts = [self._api, *(Worker(settings, urls, number) for number in range(1, settings.workers + 1))]
        for part in self._parts:
            if self._stopping.is_set():
                return
            part.start()
        self._api.keep_port()

    def _revive(self) -> None:
        if self._server is not None and self._server.returncode() is not None:
            self._again("database", self._server.start)
            if self._server.returncode() is not None:
                return
        for part in self._parts:
            if part.died:
                self._again(part.name, part.launch)

    def _again(self, name: str, start: Callable[[], None]) -> None:
        trouble = self._trouble.setdefault(name, _Trouble())
        if not trouble.is_due():
            return
        _log.warning("the %s has died; it is started again", name)
        try:
            start()
        except Exception as problem:  # noqa: BLE001  # the supervisor goes on: the next look tries again
            _log.error("the %s did not start again: %s", name, problem)

    def _stop_all(self) -> None:
        """First who takes work, then who takes requests, last what both need."""
        for part in reversed(self._parts):
            part.stop()
        with suppress(FileNotFoundError):
            (self._settings.run_dir / "api.json").unlink()
        if self._server is not None:
            self._server.stop()


@dataclass
class _Trouble:
    """How often and when a part died lately: the pause before its next start doubles until it has been well for a minute."""

    pause: float = 0.0
    tried_at: float = field(default_factory=lambda: -1e9)

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self.tried_at > _WELL_SECONDS + self.pause:
            self.pause = 0.0
        if now - self.tried_at < self.pause:
            return False
        self.tried_at = now
        self.pause = min(_LONGEST_PAUSE, max(0.5, 2 * self.pause))
        return True


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    settings.run_dir.mkdir(mode=0o711, exist_ok=True)
    path = settings.run_dir / "platform.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read(20).strip()
            raise Problem(
                "conflict",
                f"A platform runs already on {settings.home} (process {pid}).",
                hint="Stop it first, or set another QUAPSULE_HOME.",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _refuse_unsafe(settings: Settings, layers: Layers) -> None:
    if not layers.usable:
        reasons = "; ".join(f"{layer.name}: {layer.says}" for layer in layers.all if not layer.on)
        raise Problem("not_ready", f"This machine offers no boxes for scripts ({reasons}).", hint="`quapsule doctor` says what to do.")
    if settings.mode == "team" and layers.missing_for_team_mode:
        names = "; ".join(f"{layer.name} ({layer.says})" for layer in layers.missing_for_team_mode)
        raise Problem("not_ready", f"Team mode needs sandbox layers that are off here: {names}.", hint="`quapsule doctor` says what to do.")
    if settings.mode == "single" and settings.host not in ("127.0.0.1", "localhost", "::1"):
        raise Problem(
            "validation_error",
            f"Single mode serves this machine only, not {settings.host}.",
            hint="Set QUAPSULE_HOST=127.0.0.1, or QUAPSULE_MODE=team.",
        )


def _app_address(settings: Settings, url: str) -> str | None:
    if not settings.web_is_built:
        return None
    return app_address(settings.run_dir / "entry.sock", url) if settings.mode == "single" else f"{url}/"


def _greet(platform: Running) -> None:
    on = [layer.name for layer in platform.layers.all if layer.on]
    off = [f"{layer.name} ({layer.says})" for layer in platform.layers.all if not layer.on]
    lines = ["", "  Quapsule is up.", "", f"  address   {platform.url}", f"  database  {platform.database}", f"  sandbox   {', '.join(on)}"]
    lines += [f"  without   {', '.join(off)}"] if off else []
    lines += [f"  app       {platform.app}" if platform.app else "  app       not built; `bin/setup --runtimes` builds it"]
    lines += ["            (good once, for an hour; `quapsule open` gives another)"] if "#" in (platform.app or "") else []
    lines += ["", "  Try       quapsule run examples/bell_qiskit.py --shots 1000 --watch", "  Stop      Ctrl-C", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
