"""`watch` as a process of its own, against a real server: lines, JSON, a table in a terminal; breaks and the end by Ctrl-C."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from tests import factories
from tests.api.conftest import Api


def hear_ctrl_c() -> None:
    """A shell's background job ignores SIGINT, and so do all its children unless they are told."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Piped:
    """A process that watches, without a terminal."""

    def __init__(self, environ: dict[str, str], *arguments: str) -> None:
        command = [sys.executable, "-m", "quapsule.cli", "watch", *arguments]
        self.child = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=hear_ctrl_c)
        self._seen = {self.child.stdout: b"", self.child.stderr: b""}

    @property
    def out(self) -> str:
        return self._seen[self.child.stdout].decode()

    def until(self, text: str) -> str:
        """Of stdout and stderr together."""
        deadline = time.monotonic() + 30
        while text not in (said := b"".join(self._seen.values()).decode()):
            assert time.monotonic() < deadline and self.child.poll() is None, said
            for stream in select.select(list(self._seen), [], [], 0.1)[0]:
                self._seen[stream] += os.read(stream.fileno(), 1 << 16)
        return said

    def stop(self) -> int:
        self.child.send_signal(signal.SIGINT)
        code = self.child.wait(20)
        rest = self.child.stderr.read().decode() if self.child.stderr else ""
        assert "Traceback" not in rest, rest
        return code


@pytest.fixture
def environ(api: Api, own_place: Any, database: Any) -> dict[str, str]:
    user = factories.make_user(api.owner, "alice@example.org")
    given = {"QUAPSULE_URL": api.url, "QUAPSULE_TOKEN": factories.make_session(api.owner, user), "PYTHONPATH": os.pathsep.join(sys.path)}
    return {**os.environ, **given, "TERM": "xterm", "ALICE": str(user)}


@pytest.fixture
def watch(environ: dict[str, str]) -> Iterator[Callable[..., Piped]]:
    started: list[Piped] = []

    def start(*arguments: str) -> Piped:
        started.append(Piped(environ, *arguments))
        return started[-1]

    yield start
    for one in started:
        if one.child.poll() is None:
            one.child.kill()
        one.child.wait(20)
        for stream in (one.child.stdout, one.child.stderr):
            assert stream is not None
            stream.close()


def job_of(api: Api, environ: dict[str, str], user: UUID | None = None, **given: Any) -> UUID:
    alice = UUID(environ["ALICE"])
    return factories.make_job(api.owner, factories.team_of(api.owner, alice), user or alice, **given)


def move(api: Api, job: UUID, status: str) -> None:
    api.owner.execute("update public.job_runs set status = %s where id = %s", (status, job))


def test_a_line_is_written_for_each_change_and_ctrl_c_ends_it(api: Api, environ: dict[str, str], watch: Callable[..., Piped]) -> None:
    old = job_of(api, environ)
    one = watch()
    one.until("1 job;")
    job = job_of(api, environ)
    one.until(str(job))
    move(api, old, "running")
    said = one.until("running")
    assert re.search(rf"{old}  running  local", said)
    assert one.stop() == 0
    assert one.out.count(str(old)) == 1  # what was there before is no change


def test_json_is_one_object_for_each_change_of_the_jobs_that_are_wanted(
    api: Api, environ: dict[str, str], watch: Callable[..., Piped]
) -> None:
    other = factories.make_user(api.owner)
    factories.add_member(api.owner, factories.team_of(api.owner, UUID(environ["ALICE"])), other, "member")
    one = watch("--json", "--mine", "--backend", "local", "--status", "pending")
    time.sleep(1.5)
    job_of(api, environ, other)
    job_of(api, environ, backend="marqov-sim")
    job = job_of(api, environ)
    one.until(str(job))
    assert one.stop() == 0
    assert [json.loads(line)["id"] for line in one.out.splitlines()] == [str(job)]


def test_a_break_is_told_and_nothing_is_missed(
    api: Api, environ: dict[str, str], watch: Callable[..., Piped], start_api: Callable[..., Api]
) -> None:
    job = job_of(api, environ)
    one = watch()
    one.until("1 job;")
    port = api.url.rpartition(":")[2]
    api.stop()
    one.until("The connection broke")
    move(api, job, "running")
    again = Api(api.database, api.settings, port=int(port))
    again.start()
    try:
        one.until("nothing was missed")
        one.until("running")
        assert one.stop() == 0
    finally:
        again.stop()


def test_the_table_fits_the_terminal_and_moves_by_itself(api: Api, environ: dict[str, str]) -> None:
    jobs = [job_of(api, environ) for _ in range(12)]
    screen, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 60, 0, 0))
    command = [sys.executable, "-m", "quapsule.cli", "watch"]
    unsized = {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES")}
    child = subprocess.Popen(command, env=unsized, stdin=inner, stdout=inner, stderr=inner, preexec_fn=hear_ctrl_c)
    os.close(inner)
    try:
        said = _screen_until(screen, "6 older ones not shown")
        lines = [line for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)) if line.strip()]
        assert max(map(len, lines)) <= 60
        assert str(jobs[-1])[:8] in said and str(jobs[0])[:8] not in said and "pending" in said
        move(api, jobs[-1], "running")
        _screen_until(screen, "running")
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait(20)
        os.close(screen)


def test_a_refusal_ends_it(environ: dict[str, str], watch: Callable[..., Piped]) -> None:
    environ["QUAPSULE_TOKEN"] = "qs_wrong"
    one = watch("--json")
    _, error = one.child.communicate(timeout=30)
    assert one.child.returncode != 0 and json.loads(error)["error"]["code"] == "unauthorized"


def _screen_until(screen: int, text: str) -> str:
    said, deadline = "", time.monotonic() + 30
    while text not in said:
        assert time.monotonic() < deadline, said
        if select.select([screen], [], [], 0.2)[0]:
            said += os.read(screen, 1 << 16).decode()
    return said
