"""The processes of the tree: API and workers, each started with a minimal environment and told to end when the platform does."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

import quapsule
from quapsule.database.logins import Urls
from quapsule.database.server_binaries import launcher
from quapsule.errors import Problem
from quapsule.settings import Settings

_READY_SECONDS = 90.0
_LOG_LIMIT = 8 << 20
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE")


class Part(ABC):
    """One process that is kept alive. `kept_back`: settings that are not its business."""

    kept_back: ClassVar[tuple[str, ...]] = ("database_url", "api_database_url", "worker_database_url")

    def __init__(self, name: str, module: str, settings: Settings, secrets: Mapping[str, str], *, stop_seconds: float) -> None:
        self.name, self._module, self._settings, self._secrets, self._stop_seconds = name, module, settings, secrets, stop_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._log = settings.home / "log" / f"{name}.log"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def died(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    @abstractmethod
    def start(self) -> None:
        """Launches it and waits until it serves. Raises Problem not_ready with the last words of its log."""

    def launch(self) -> None:
        """Starts its process and returns at once: while one part comes back, another may need the supervisor."""
        self.spawn()

    def spawn(self, further: Mapping[str, str] | None = None, pass_fds: tuple[int, ...] = ()) -> None:
        with self._open_log() as log:
            self._process = subprocess.Popen(
                launcher(os.geteuid(), os.getegid(), [sys.executable, "-m", self._module], Path("/")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
                start_new_session=True,  # Ctrl-C at the terminal is for the platform, which stops its parts in order
                env={**self.environment(), **(further or {})},
            )

    def environment(self) -> dict[str, str]:
        """The settings, its own login, and what a program needs to start; nothing else of ours."""
        given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        for item in fields(Settings):
            if item.name not in self.kept_back and (value := getattr(self._settings, item.name)) not in ("", None):
                given[f"QUAPSULE_{item.name.upper()}"] = str(value)
        source = Path(quapsule.__file__).parents[1]
        if source.name != "site-packages":  # run from a checkout
            given["PYTHONPATH"] = str(source)
        return {**given, **self._secrets}

    def stop(self) -> None:
        """SIGTERM lets it finish what it does; after its time it is killed."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def fail(self, how: str) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        raise Problem("not_ready", f"The {self.name} {how}. {self.last_words()}".strip(), hint=f"Its log: {self._log}")

    def last_words(self) -> str:
        return " / ".join(self._log.read_text(errors="replace").splitlines()[-4:]) if self._log.exists() else ""

    def _open_log(self) -> Any:
        self._log.parent.mkdir(mode=0o700, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT:
            self._log.replace(self._log.with_suffix(".log.1"))
        return os.fdopen(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


class Api(Part):
    """The API says where it serves in a file, since it may have chosen its port. It never speaks to a vendor."""

    kept_back = (*Part.kept_back, "braket_access_key_id", "braket_secret_access_key")

    def __init__(self, settings: Settings, urls: Urls) -> None:
        super().__init__("api", "quapsule.api", settings, {"QUAPSULE_API_DATABASE_URL": urls.api}, stop_seconds=10.0)
        self.url = ""

    def launch(self) -> None:
        (self._settings.run_dir / "api.json").unlink(missing_ok=True)
        self.spawn()

    def start(self) -> None:
        self.launch()
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and not self.died:
            told = read_api_file(self._settings)
            if told.get("pid") == self.pid:
                self.url = str(told["url"])
                return
            time.sleep(0.02)
        self.fail("ended at once" if self.died else f"did not say where it serves within {_READY_SECONDS:.0f} s")

    def keep_port(self) -> None:
        """A restart must come back where clients look for it."""
        port = int(self.url.rsplit(":", 1)[1].rstrip("/"))
        self._secrets = {**self._secrets, "QUAPSULE_PORT": str(port)}


class Worker(Part):
    """A worker says that it takes jobs by a word on a pipe."""

    def __init__(self, settings: Settings, urls: Urls, number: int) -> None:
        super().__init__(f"worker-{number}", "quapsule.worker", settings, {"QUAPSULE_WORKER_DATABASE_URL": urls.worker}, stop_seconds=25.0)

    def start(self) -> None:
        said, ready = os.pipe()
        try:
            try:
                self.spawn({"QUAPSULE_READY_FD": str(ready)}, (ready,))
            finally:
                os.close(ready)
            readable, _, _ = select.select([said], [], [], _READY_SECONDS)
            if not readable or not os.read(said, 64):
                self.fail("did not get ready")
        finally:
            os.close(said)


def read_api_file(settings: Settings) -> dict[str, Any]:
    """What the running API wrote of itself ({url, pid, …}); empty when there is none."""
    try:
        told = json.loads((settings.run_dir / "api.json").read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
