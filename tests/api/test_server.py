"""The API as a process of its own: port 0, api.json, the local entry, a clean stop."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import factories

from quapsule.accounts.account import first_account


class Process:
    def __init__(self, home: Path, url: str, **settings: str) -> None:
        self.run_dir = home / "run"
        given = {f"QUAPSULE_{name.upper()}": value for name, value in settings.items()}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "quapsule.api"],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "QUAPSULE_HOME": str(home),
                "QUAPSULE_PORT": "0",
                "QUAPSULE_API_DATABASE_URL": url,
                **given,
            },
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        until = time.monotonic() + 30
        while not (self.run_dir / "api.json").exists():
            assert self.child.poll() is None and time.monotonic() < until, self.child.stderr and self.child.stderr.read()
            time.sleep(0.02)
        told = json.loads((self.run_dir / "api.json").read_text())
        assert told["pid"] == self.child.pid
        return str(told["url"])

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        self.child.send_signal(with_signal)
        return self.child.wait(20)

    def enter(self) -> httpx.Response:
        transport = httpx.HTTPTransport(uds=str(self.run_dir / "entry.sock"))
        with httpx.Client(transport=transport, base_url="http://local") as client:
            return client.post("/session")


@pytest.fixture
def process(database: Any, tmp_path: Path) -> Iterator[Any]:
    started: list[Process] = []

    def start(**settings: str) -> Process:
        started.append(Process(tmp_path, database.api_url, **settings))
        return started[-1]

    yield start
    for one in started:
        if one.child.poll() is None:
            one.child.kill()
        one.child.wait(20)
        assert one.child.stderr is not None
        one.child.stderr.close()


def test_single_mode_refuses_to_serve_other_machines(process: Any) -> None:
    one = process(host="0.0.0.0")
    assert one.child.wait(30) == 1 and "Single mode" in one.child.stderr.read()


def test_a_port_in_use_is_said_plainly(process: Any) -> None:
    port = process().url().rpartition(":")[2]
    other = process(port=port)
    assert other.child.wait(30) == 1
    said = other.child.stderr.read()
    assert "Cannot listen" in said and "Traceback" not in said


def test_the_local_entry_lets_nobody_in_before_there_is_an_account(process: Any) -> None:
    one = process()
    one.url()
    assert one.enter().status_code == 401


def test_the_machines_owner_enters_through_the_socket(process: Any, database: Any) -> None:
    made = first_account(database.owner)
    assert made is not None and first_account(database.owner) is None
    one = process()
    url = one.url()
    mode = (one.run_dir / "entry.sock").stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    opened = one.enter()
    assert opened.status_code == 200, opened.text
    me = httpx.get(f"{url}/api/auth/me", headers={"authorization": f"Bearer {opened.json()['token']}"}).json()
    assert me["user"]["id"] == str(made) == opened.json()["user"]["id"] and me["user"]["email"] == "me@localhost"
    assert [(team["name"], team["role"]) for team in me["teams"]] == [("Personal", "owner")]
    assert httpx.post(f"{url}/session").status_code == 405  # a path of the web app, which is only read
    factories.disable(database.owner, made)
    assert one.enter().status_code == 401


def test_team_mode_has_no_local_entry(process: Any, database: Any) -> None:
    first_account(database.owner)
    one = process(mode="team")
    one.url()
    assert not (one.run_dir / "entry.sock").exists()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean_also_with_an_open_stream(process: Any, database: Any, with_signal: int) -> None:
    token = factories.make_session(database.owner, factories.make_user(database.owner))
    one = process()
    url = one.url()
    with (
        httpx.Client(timeout=20, headers={"authorization": f"Bearer {token}"}) as client,
        client.stream("GET", f"{url}/api/events") as stream,
    ):
        assert stream.status_code == 200
        assert one.stop(with_signal) == 0
    assert not (one.run_dir / "api.json").exists() and not (one.run_dir / "entry.sock").exists()
    assert "Traceback" not in one.child.stderr.read()


def test_a_socket_left_by_a_killed_server_is_no_hindrance(process: Any) -> None:
    one = process()
    one.url()
    one.child.kill()
    one.child.wait(20)
    assert (one.run_dir / "entry.sock").exists()
    (one.run_dir / "api.json").unlink()
    two = process()
    two.url()
    assert two.enter().status_code == 401 and two.stop() == 0


def test_the_openapi_document_is_printed_without_a_database() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "quapsule.api", "openapi"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(printed.stdout)["info"]["title"] == "Quapsule"
