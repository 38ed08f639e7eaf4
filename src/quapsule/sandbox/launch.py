"""The host's side: starts fork servers, keeps spare boxes ready, hands them out."""

import itertools
import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import cgroups
from .box import Box, Exit
from .frames import FrameError
from .profile import HERE, Limits, Profile

if TYPE_CHECKING:
    from .layers import Layers

__all__ = ["Box", "Exit", "ForkServer", "SandboxFailed"]

log = logging.getLogger(__name__)

# argv and the environment of the fork server are seen by every box: they hold nothing but this line. What it needs comes by its stdin.
# The package is loaded by its place: its parent folder on the path would let our own modules stand in for Python's (platform, say).
_BOOT = (
    "import importlib.util as u,json,os,socket,sys;s=socket.socket(fileno=os.dup(0));c=json.loads(s.recv(65536));"
    "p=u.spec_from_file_location('sandbox',c['path']+'/__init__.py',submodule_search_locations=[c['path']]);"
    "m=u.module_from_spec(p);sys.modules['sandbox']=m;p.loader.exec_module(m);from sandbox import warm;warm.main(s,c)"
)
_UIDS_PER_WORKER = 256  # 1e9 + 256 for every possible pid stays below 2^31
_FIRST_UID = 1_000_000_000
_PATIENCE = 3  # boxes in a row that end before their hello, until takers are told
_numbers = itertools.count(1)
_uids_in_use: set[int] = set()
_uids_lock = threading.Lock()


class SandboxFailed(Exception):  # noqa: N818 - named as it reads
    """No box can be had; the message says why."""


class ForkServer:
    """Keeps `spares` boxes locked in and ready. Thread-safe.

    preload: modules imported once, before any fork; a module's IMPORTS (names) are imported too. entry: "package.module:function",
    called in the box with its end of the door. refill_seconds: how long after a take the next spare is begun, so that it does not
    compete with the job at once.
    """

    def __init__(
        self,
        name: str,
        preload: Sequence[str],
        entry: str,
        profile: Profile,
        layers: "Layers",
        *,
        spares: int = 1,
        refill_seconds: float = 0.02,
    ) -> None:
        self.name = name
        self.profile = profile
        self._places = layers.places
        self._config = {
            "path": str(HERE),
            "name": name,
            "preload": list(preload),
            "entry": entry,
            "mapped": os.geteuid() != 0,
            "environment": dict(profile.environment),
            **profile.as_json(),
        }
        self._spares = spares
        self._refill_seconds = refill_seconds
        self._changed = threading.Condition()
        self._ready: deque[Box] = deque()
        self._boxes: dict[int, Box] = {}  # every box that has not ended
        self._starting: dict[int, float] = {}  # number: latest moment for its hello
        self._waiting = 0
        self._refill_at = 0.0
        self._failures = 0
        self._trouble = ""
        self._alive = False
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._wake = -1
        self._keeper: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        return self._alive

    @property
    def busy(self) -> bool:
        """Whether a box that was handed out, or is being made, has not ended."""
        return self._waiting > 0 or len(self._boxes) > len(self._ready)

    @property
    def pid(self) -> int:
        """The process that holds the fork server; 0 before start."""
        return self._process.pid if self._process else 0

    def start(self, ready_seconds: float = 60.0) -> None:
        """Starts the process and waits until its imports are done. Raises SandboxFailed with the reason."""
        if self._keeper is not None:
            raise RuntimeError("A fork server is started once.")
        cgroups.tidy(self._places)
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = control
        with theirs:
            command = [sys.executable, "-I", "-B", "-c", _BOOT]
            environment = dict(self.profile.environment)
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=2, env=environment, cwd="/", start_new_session=True, umask=0o022
            )
        try:
            control.send(json.dumps(self._config).encode())
            control.settimeout(ready_seconds)
            said = json.loads(control.recv(65536) or b"{}")
        except (TimeoutError, OSError) as problem:
            said = {"failed": f"It was not ready within {ready_seconds:g} s: {problem}"}
        if not said.get("ready"):
            self._stop_process()
            control.close()
            raise SandboxFailed(f"The fork server {self.name!r} did not start: {said.get('failed', 'it ended without a word')}")
        control.settimeout(None)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._alive = True
        self._keeper = threading.Thread(target=self._keep, name=f"boxes-{self.name}", daemon=True)
        self._keeper.start()

    def take(self, limits: Limits | None = None, timeout: float = 30.0) -> Box:
        """A box that is locked in and has said hello, cut to limits. Raises SandboxFailed when none comes within timeout seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._waiting += 1
            try:
                if not self._ready:
                    self._nudge()
                while not self._ready:
                    left = deadline - time.monotonic()
                    if not self._alive or self._failures >= _PATIENCE or left <= 0:
                        self._failures = 0  # the next taker tries anew
                        raise SandboxFailed(
                            f"No box of {self.name!r}: {self._trouble or ('none in time' if self._alive else 'the fork server has ended')}"
                        )
                    self._changed.wait(left)
                box = self._ready.popleft()
            finally:
                self._waiting -= 1
            self._refill_at = time.monotonic() + self._refill_seconds
            self._nudge()
        try:
            if limits is not None:
                box.tighten(limits)
        except OSError as problem:
            box.kill()
            box.close()
            raise SandboxFailed(f"A box of {self.name!r} could not be limited: {problem}") from problem
        return box

    def close(self) -> None:
        """Ends the server and every box of it, also those handed out."""
        if self._keeper is None or self._control is None:
            return
        self._alive = False
        self._nudge()
        self._keeper.join(10.0)

    # The keeper thread: the only one that speaks on the control channel.

    def _keep(self) -> None:
        try:
            while self._alive:
                self._turn()
        except Exception:
            log.exception("fork server %s", self.name)
            self._trouble = self._trouble or "its keeper failed; see the log"
        finally:
            self._end()

    def _turn(self) -> None:
        assert self._control is not None
        while len(self._ready) + len(self._starting) < self._wanted():
            self._make_box()
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        doors = {self._boxes[number].door.fileno(): number for number in self._starting}
        for fd in doors:
            poller.register(fd, select.POLLIN)
        happened = {fd for fd, _ in poller.poll(self._sleep_milliseconds())}
        if self._wake in happened:
            os.eventfd_read(self._wake)
        if self._control.fileno() in happened:
            self._hear()
        for fd, number in doors.items():
            if fd in happened and number in self._starting:
                self._greet(self._boxes[number])
        for number, latest in list(self._starting.items()):
            if time.monotonic() > latest:
                self._trouble = "a box did not say hello in time"
                self._boxes[number].kill()

    def _wanted(self) -> int:
        if self._waiting and self._failures < _PATIENCE:
            return max(self._spares, self._waiting)
        return self._spares if time.monotonic() >= self._refill_at else 0

    def _sleep_milliseconds(self) -> int | None:
        moments = list(self._starting.values())
        if len(self._ready) + len(self._starting) < self._spares:
            moments.append(self._refill_at)
        return max(1, int((min(moments) - time.monotonic()) * 1000) + 1) if moments else None

    def _make_box(self) -> None:
        assert self._control is not None
        number = next(_numbers)
        group = cgroups.Group(self._places, f"{os.getpid()}-{self.name}-{number}")
        group.create(self.profile.limits)
        door, their_door = socket.socketpair()
        output, their_output = os.pipe()
        os.set_blocking(output, False)
        uid = _lend_uid()
        box = Box(number, uid, self.profile.limits, group, door, output)
        self._boxes[number] = box
        self._starting[number] = time.monotonic() + 60.0
        given = [their_door.detach(), their_output, *group.entrances()]
        order = {"box": number, "uid": uid, "limits": asdict(self.profile.limits)}
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], given)
        except (BrokenPipeError, ConnectionResetError):
            self._alive = False
        finally:
            for fd in given:
                os.close(fd)

    def _hear(self) -> None:
        assert self._control is not None
        try:
            data, fds, _, _ = socket.recv_fds(self._control, 65536, 4)
        except ConnectionResetError:
            data, fds = b"", []
        if not data:
            self._alive = False
            return
        said: dict[str, Any] = json.loads(data)
        if "failed" in said:
            self._trouble = said["failed"]
            return
        box = self._boxes[said["box"]]
        if said.get("forked"):
            box.born(fds[0])
            return
        if box.number in self._starting:
            self._trouble = _last_words(box) or f"it ended before its hello (status {said['status']})"
            self._miss(box)
        elif box in self._ready:
            with self._changed:
                self._ready.remove(box)
            box.close()
        self._retire(box, said["status"], said["cpu_seconds"], said["peak_memory_bytes"])
        self._refill_at = 0.0

    def _greet(self, box: Box) -> None:
        try:
            hello = box.door.receive(5.0)
        except (FrameError, TimeoutError) as problem:
            self._trouble = f"its hello was no hello: {problem}"
            box.kill()
            return
        if hello is None:
            # It died; the fork server reports the status in a moment. Until then its door must not wake us again and again.
            box.wait(0)
            time.sleep(0.001)
            return
        box.hello = hello
        with self._changed:
            del self._starting[box.number]
            self._failures = 0
            self._trouble = ""
            self._ready.append(box)
            self._changed.notify()

    def _miss(self, box: Box) -> None:
        with self._changed:
            del self._starting[box.number]
            self._failures += 1
            self._refill_at = time.monotonic() + 1.0
            self._changed.notify_all()
        box.close()
        log.warning("a box of %s ended before its hello: %s", self.name, self._trouble)

    def _retire(self, box: Box, status: int, cpu_seconds: float, peak: int) -> None:
        del self._boxes[box.number]
        try:
            box.ended(status, cpu_seconds, peak)
        except OSError as problem:
            log.warning("the group of box %s is still busy: %s", box.number, problem)
        _uids_in_use.discard(box.uid)

    def _end(self) -> None:
        """No server any more: closing the channel ends it, and the kernel ends its boxes with it."""
        assert self._control is not None
        self._alive = False
        for box in list(self._boxes.values()):
            box.kill()
        self._control.close()
        self._stop_process()
        for box in list(self._boxes.values()):
            if box.number in self._starting or box in self._ready:
                box.close()
            box.await_death(5.0)
            self._retire(box, 9, 0.0, 0)
        with self._changed:
            self._ready.clear()
            self._starting.clear()
            self._changed.notify_all()
            os.close(self._wake)
            self._wake = -1
        cgroups.tidy(self._places)

    def _stop_process(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _nudge(self) -> None:
        with self._changed:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)


def _lend_uid() -> int:
    """A uid that no other living box of this machine has; without root the box sees 65534, whatever is asked."""
    if os.geteuid() != 0:
        return 65534
    base = _FIRST_UID + os.getpid() * _UIDS_PER_WORKER
    with _uids_lock:
        for uid in range(base, base + _UIDS_PER_WORKER):
            if uid not in _uids_in_use:
                _uids_in_use.add(uid)
                return uid
    raise SandboxFailed(f"A worker keeps at most {_UIDS_PER_WORKER} boxes at once.")


def _last_words(box: Box) -> str:
    try:
        return os.read(box.output, 65536).decode("utf-8", "replace").strip()[-4000:]
    except BlockingIOError:
        return ""
