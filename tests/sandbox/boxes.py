"""Visits to a box: send a script in, keep what it says, and prove afterwards that the host is unharmed."""

import os
import select
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quapsule
from quapsule.sandbox.frames import FrameError
from quapsule.sandbox.launch import Box, Exit, ForkServer
from quapsule.sandbox.profile import Limits, shown_folders

RUNNER = Path(quapsule.__file__).parent / "runner"
MIB = 1 << 20
# Small enough that a bomb goes off quickly, large enough for Python itself.
SMALL = Limits(memory_bytes=128 * MIB, processes=32, cpu_seconds=8, disk_bytes=16 * MIB, shared_memory_bytes=4 * MIB, files=64)
START = {
    "verb": "start", "task": "run", "framework": "openqasm", "format": "python", "params": {"shots": 10}, "shots": 10, "seed": None,
    "backend": {"slug": "local", "name": "Local", "qubit_count": 4, "max_shots": 1000, "device_type": "simulator"},
}  # fmt: skip
PREFIX = """
import ctypes, errno, json, os, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def syscall(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    return 0 if result >= 0 else errno.errorcode[ctypes.get_errno()]
def tried(act):
    try:
        return repr(act())[:200] if act() is not None else 'done'
    except Exception as problem:
        return type(problem).__name__
def tell(**facts):
    print(json.dumps(facts), flush=True)
def left_in_tmp():
    return sorted(set(os.listdir("/tmp")) - set(PACKAGES))
"""
# A platform that is installed below /tmp shows its packages' folder there.
PREFIX += f"PACKAGES = {[Path(folder).parts[2] for folder in shown_folders() if folder.startswith('/tmp/')]!r}\n"


@dataclass(frozen=True)
class Visit:
    finish: dict[str, Any] | None
    exit: Exit | None  # None: it had to be killed at the deadline
    output: str
    broken: FrameError | None
    seconds: float

    @property
    def facts(self) -> dict[str, Any]:
        assert self.finish is not None and "value" in self.finish, (self.finish, self.exit, self.output[-2000:])
        return self.finish["value"]

    @property
    def error(self) -> dict[str, Any]:
        assert self.finish is not None and "error" in self.finish, (self.finish, self.exit, self.output[-2000:])
        return self.finish["error"]


def visit(server: ForkServer, code: str, seconds: float = 8.0, keep: int = MIB, limits: Limits | None = None) -> Visit:
    """Runs code as a script, and kills the box after the given seconds. Output beyond `keep` ends it, as the worker does."""
    with server.take(limits) as box:
        return attend(box, PREFIX + textwrap.dedent(code), seconds, keep)


def attend(box: Box, code: str, seconds: float, keep: int = MIB) -> Visit:
    began = time.monotonic()
    box.door.send({**START, "code": code})
    finish, broken, killed = None, None, False
    output = bytearray()
    poller = select.poll()
    poller.register(box.door, select.POLLIN)
    poller.register(box.output, select.POLLIN)
    while finish is None:
        happened = [fd for fd, _ in poller.poll(100)]
        if box.output in happened:
            chunk = os.read(box.output, 65536)
            output += chunk
            if not chunk:
                poller.unregister(box.output)
        if box.door.fileno() in happened:
            try:
                finish = box.door.receive(1.0)
            except FrameError as problem:
                broken = problem
                break
            if finish is None:
                break
        if len(output) > keep or time.monotonic() - began > seconds:
            killed = True
            break
    if killed or broken:
        box.kill()
    ended = box.wait(5.0)
    if ended is None:
        box.kill()
        ended = box.wait(5.0)
        assert ended is not None, "the box outlived its kill"
        killed = True
    try:
        while chunk := os.read(box.output, 65536):
            output += chunk[: max(0, keep - len(output))]
    except BlockingIOError:
        raise AssertionError("something outside the box still holds its output") from None
    return Visit(finish, None if killed else ended, output.decode("utf-8", "replace"), broken, time.monotonic() - began)


def guests(server: ForkServer) -> set[int]:
    """Processes with a uid that this process lends to boxes, but for those of its other fork servers: other tests' boxes may wait."""
    base = 1_000_000_000 + os.getpid() * 256
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                uid = folder.stat().st_uid
            except FileNotFoundError:
                continue
            if base <= uid < base + 256 and _child_of_ours(int(folder.name)) in (None, server.pid):
                found.add(int(folder.name))
    return found


def _child_of_ours(pid: int) -> int | None:
    """The child of this process that it descends from; None: it broke away from its fork server, or has just ended."""
    while pid > 1:
        try:
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            return None
        if parent == os.getpid():
            return pid
        pid = parent
    return None


def groups(server: ForkServer) -> list[str]:
    """Control groups of this process's boxes of that server."""
    return sorted(
        {g.name for parent in server._places.folders.values() for g in (parent / "quapsule").glob(f"{os.getpid()}-{server.name}-*")}
    )


def assert_host_unharmed(server: ForkServer) -> None:
    """An honest script still runs, and nothing is left but the spare."""
    assert server.alive
    honest = visit(server, "tell(sum=1 + 1)")
    assert honest.facts == {"sum": 2}
    deadline = time.monotonic() + 5.0
    # The next spare may be made while the last box's group goes: what counts is that it comes to rest.
    while max(map(len, now := (guests(server), groups(server)))) > 1:
        assert time.monotonic() < deadline, now
        time.sleep(0.02)
