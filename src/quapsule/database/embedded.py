"""The embedded PostgreSQL: own cluster below the home folder, unprivileged account, Unix socket and loopback, ended with its parent."""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode

import psycopg

from quapsule.database.server_binaries import Binaries, find_binaries, launcher
from quapsule.errors import Problem
from quapsule.settings import Settings

ACCOUNT = "quapsule"
DATABASE = "quapsule"
_SOCKET_PATH_LIMIT = 100 - len("/.s.PGSQL.65535")
_LOG_LIMIT = 8 << 20


@contextmanager
def serving(settings: Settings) -> Iterator["EmbeddedServer"]:
    """The embedded server: the one that runs already, else one for the length of the block (started and stopped by this thread)."""
    server = EmbeddedServer(settings.home)
    if server.is_running():
        yield server
        return
    server.start()
    try:
        yield server
    finally:
        server.stop()


class EmbeddedServer:
    """One cluster below `home`/postgres. Start it from a thread that lives as long as it should: it stops when that thread ends."""

    def __init__(self, home: Path, *, durable: bool = True, binaries: Binaries | None = None) -> None:
        self._home = home.resolve()
        self.folder = self._home / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._starter = self.folder / "starter"
        self._durable = durable
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The postmaster's, whoever started it."""
        return self._postmaster()

    def is_running(self) -> bool:
        """Whether a server answers or is about to, and will stay: one whose starter has died is on its way out."""
        return self._postmaster() is not None and not self._is_closing()

    def url(self, database: str = DATABASE, *, over: str = "socket") -> str:
        """The owner's connection URL, over the Unix socket or over "loopback". Raises Problem `not_ready` before the first start."""
        if not (self.folder / "port").exists():
            raise Problem("not_ready", f"There is no database below {self._home} yet.", hint="quapsule up makes and starts it.")
        password = (self.folder / "password").read_text()
        port = (self.folder / "port").read_text()
        host = str(self._socket_folder()) if over == "socket" else "127.0.0.1"
        return f"postgresql://{ACCOUNT}:{quote(password)}@/{database}?{urlencode({'host': host, 'port': port})}"

    def binaries(self) -> Binaries:
        """The server's programs: of the data folder's version, once there is one."""
        if self._binaries is None:
            version = self.data / "PG_VERSION"
            self._binaries = find_binaries(self.folder, int(version.read_text()) if version.exists() else None)
        return self._binaries

    def start(self, timeout: float = 60.0) -> None:
        """Makes the cluster when there is none, starts it, waits until it answers. Raises Problem `conflict` when it runs already."""
        owner = _account()
        self._make_folders(owner)
        with self._alone(timeout):
            self._start(owner, timeout)

    def stop(self, timeout: float = 30.0) -> None:
        """A fast shutdown of the server that this object started; an immediate one when that takes longer than `timeout` seconds."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout)

    def returncode(self) -> int | None:
        """Exit code of the server that this object started; None while it runs. Lets a supervisor notice a crash."""
        return self._process.poll() if self._process else None

    def _start(self, owner: "_Account", timeout: float) -> None:
        self._wait_for_the_last_one(timeout)
        binaries = self.binaries()
        if not self.data.exists():
            self._make_cluster(binaries, owner)
        port = self._choose_port()
        _write_private(self._starter, f"{os.getpid()} {_born(os.getpid())}")
        with self._open_log() as log:
            self._process = subprocess.Popen(
                launcher(owner.uid, owner.gid, [binaries.program("postgres"), *self._options(binaries, port)], self.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is for the platform, which stops the server last
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
            )
        try:
            self._await_ready(self._process, timeout)
            self._make_database()
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def _alone(self, timeout: float) -> Iterator[None]:
        """One starter at a time: two would take each other's process file for a stale one."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + timeout
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Problem("conflict", f"Another process is starting the database server of {self._home}.") from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _make_folders(self, owner: "_Account") -> None:
        self._home.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o711, exist_ok=True)
        if os.geteuid() == 0:
            for folder in (self.folder, *self.folder.parents):
                if not folder.stat().st_mode & 0o001:
                    raise Problem(
                        "not_ready",
                        f"{folder} is closed to the account {ACCOUNT}, which runs the database server.",
                        hint=f"chmod o+x {folder}, or set QUAPSULE_HOME to a folder below /var/lib.",
                    )
        sockets = self._socket_folder()
        sockets.mkdir(mode=0o711, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(sockets, owner.uid, owner.gid)
        elif sockets.stat().st_uid != owner.uid:
            raise Problem("not_ready", f"{sockets} belongs to somebody else.", hint="Remove it, or set a shorter QUAPSULE_HOME.")

    def _socket_folder(self) -> Path:
        inside = self.folder / "socket"
        if len(str(inside).encode()) <= _SOCKET_PATH_LIMIT:
            return inside
        name = hashlib.sha256(str(self._home.absolute()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"quapsule-{name}"

    def _make_cluster(self, binaries: Binaries, owner: "_Account") -> None:
        password = self.folder / "password"
        if not password.exists():
            _write_private(password, secrets.token_urlsafe(32))
        # Made beside and renamed, so that a kill in between leaves no half cluster.
        half = self.folder / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        handed = self.folder / "password.half"
        _write_private(handed, password.read_text())
        if os.geteuid() == 0:
            os.chown(half, owner.uid, owner.gid)
            os.chown(handed, owner.uid, owner.gid)
        try:
            command = [binaries.program("initdb"), "-D", str(half), "--username", ACCOUNT, "--pwfile", str(handed), "--encoding", "UTF8"]
            command += ["--auth", "scram-sha-256", "--no-instructions", *([] if self._durable else ["--no-sync"])]
            # The same order of text on every machine, whatever its own locale.
            builtin = ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
            command += builtin if binaries.major >= 17 else ["--locale=C.UTF-8"]
            done = subprocess.run(
                launcher(owner.uid, owner.gid, command, self.folder), capture_output=True, text=True, check=False, timeout=120
            )
            if done.returncode != 0:
                raise Problem("not_ready", f"initdb failed: {(done.stderr or done.stdout).strip()[-600:]}")
            half.rename(self.data)
        finally:
            handed.unlink(missing_ok=True)

    def _options(self, binaries: Binaries, port: int) -> list[str]:
        """Sized for a small machine that does other things as well. Parameters of statements never reach the log: some are secrets."""
        settings: dict[str, object] = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": self._socket_folder(),
            "unix_socket_permissions": "0777",  # the folder's owner and scram decide; the API may run as another account
            "cluster_name": self._name(),
            "max_connections": 60,
            "shared_buffers": "64MB",
            "max_wal_size": "512MB",
            "max_worker_processes": 4,
            "max_parallel_workers": 2,
            "max_wal_senders": 0,
            "client_connection_check_interval": "2s",
            "log_parameter_max_length": 0,
            "log_parameter_max_length_on_error": 0,
            "log_line_prefix": "%m [%p] %a ",
            "log_checkpoints": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
            "jit": "off",
        }
        if binaries.major >= 18:
            settings["io_method"] = "sync"  # no processes that only wait
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        return ["-D", str(self.data), *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))]

    def _choose_port(self) -> int:
        """The last one if it is free, so that a client outside keeps its address."""
        kept = self.folder / "port"
        wanted = int(kept.read_text()) if kept.exists() else 0
        for port in (wanted, 0):
            with socket.socket() as probe, suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                chosen: int = probe.getsockname()[1]
                _write_private(kept, str(chosen))
                return chosen
        raise Problem("not_ready", "No free port on loopback for the database server.")

    def _await_ready(self, process: subprocess.Popen[bytes], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise Problem("not_ready", f"The database server ended at once. {self._last_words()}", hint=f"Its log: {self.log}")
            if self._pid_file()[1] == "ready" and self._postmaster() == process.pid:
                return
            time.sleep(0.01)
        raise Problem("not_ready", f"The database server was not ready within {timeout:.0f} s.", hint=f"Its log: {self.log}")

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                connection.execute(f'create database "{DATABASE}"')

    def _wait_for_the_last_one(self, timeout: float) -> None:
        """After a kill -9 of everything the old server may still be closing, or its orphans; they must go before a new one starts."""
        deadline = time.monotonic() + timeout
        patience = time.monotonic() + 10.0
        while living := self._processes():
            postmaster = self._postmaster()
            if postmaster is not None and not self._is_closing():
                raise Problem("conflict", f"The database server of {self._home} runs already (process {postmaster}).")
            # A server whose starter died has been told to stop; told twice does no harm. Backends notice a dead postmaster
            # at their next wait; those that have not for long are told as well.
            for pid in [postmaster] if postmaster is not None else living if time.monotonic() > patience else []:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT if pid == postmaster else signal.SIGQUIT)
            if time.monotonic() > deadline:
                raise Problem("not_ready", f"Processes of the last server do not end: {', '.join(map(str, sorted(living)))}.")
            time.sleep(0.05)
        # None is left, so these are stale, even if their process id belongs to another program by now (or to one not yet reaped).
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self._socket_folder().glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    def _is_closing(self) -> bool:
        if self._pid_file()[1] == "stopping":
            return True
        try:
            pid, born = self._starter.read_text().split()
        except (OSError, ValueError):
            return True
        return _born(int(pid)) != born

    def _postmaster(self) -> int | None:
        pid = self._pid_file()[0]
        return pid if pid is not None and self._is_ours(pid) else None

    def _processes(self) -> set[int]:
        return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._is_ours(int(entry.name))}

    def _is_ours(self, pid: int) -> bool:
        """By command line, which anyone may read: the postmaster's names the data folder, its children's titles the cluster."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        if words[0].startswith(f"postgres: {self._name()}: ".encode()):
            return True
        return words[0].endswith(b"/postgres") and str(self.data).encode() in words

    def _name(self) -> str:
        return f"quapsule-{hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:12]}"

    def _pid_file(self) -> tuple[int | None, str]:
        """Process id and status (starting, ready, stopping) as the server notes them."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return None, ""
        return (int(lines[0]) if lines else None), (lines[7].strip() if len(lines) > 7 else "")

    def _open_log(self) -> BinaryIO:
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def _last_words(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-4:]) if self.log.exists() else ""


@dataclass(frozen=True)
class _Account:
    uid: int
    gid: int


def _account() -> _Account:
    """Who runs the server: we ourselves, or, as PostgreSQL refuses root, an account of its own."""
    if os.geteuid() != 0:
        return _Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin", ACCOUNT]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        if done.returncode not in (0, 9):  # 9: a twin was faster
            raise Problem("not_ready", f"The account {ACCOUNT} could not be made: {done.stderr.strip()}") from None
        entry = pwd.getpwnam(ACCOUNT)
    return _Account(entry.pw_uid, entry.pw_gid)


def _born(pid: int) -> str | None:
    """When a process started, in clock ticks since boot: tells it from a later one with its number. None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
