"""One box, seen by the worker: its door, its output, its end."""

import os
import select
import signal
import socket
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from .cgroups import Group
from .frames import Door
from .profile import Limits


@dataclass(frozen=True)
class Exit:
    """How a box ended: code or signal; out_of_memory when the kernel killed any process of it for memory, whatever the code says."""

    code: int | None
    signal: int | None
    out_of_memory: bool
    cpu_seconds: float
    peak_memory_bytes: int


class Box:
    """A locked-in child that has said hello (kept in .hello, not to be received again).

    door: for one thread at a time. output: non-blocking read end of its stdout and stderr; reading and capping it is the caller's.
    Leaving the context kills what still runs and closes both.
    """

    def __init__(self, number: int, uid: int, limits: Limits, group: Group, door: socket.socket, output: int) -> None:
        self.number = number
        self.uid = uid
        self.limits = limits
        self.door = Door(door)
        self.output = output
        self.hello: dict[str, Any] = {}
        self.pid = 0
        self.group = group
        self._pidfd = -1
        self._lock = threading.Lock()
        self._exit: Exit | None = None
        self._ended = threading.Event()
        self._closed = False

    def __enter__(self) -> "Box":
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        self.wait(5.0)
        self.close()

    def kill(self) -> None:
        """Ends every process of the box: its first one takes the process namespace with it. Does nothing when it has ended."""
        with self._lock:
            if self._pidfd >= 0:
                try:
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                except ProcessLookupError:
                    return

    def wait(self, timeout: float | None = None) -> Exit | None:
        """None when it still runs after timeout seconds. When there is an Exit, no process of the box is left."""
        self._ended.wait(timeout)
        return self._exit

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel has killed any process of it for memory so far, also while it runs: such a job has failed."""
        return self._exit.out_of_memory if self._exit else self.group.out_of_memory_kills() > 0

    def close(self) -> None:
        """Closes door and output; a script that still talks sees the end of its door."""
        if not self._closed:
            self._closed = True
            self.door.close()
            os.close(self.output)

    def tighten(self, limits: Limits) -> None:
        """Cuts a box that has run nothing yet; what is larger than it was started with stays as it was. Raises OSError when it is gone."""
        limits = limits.within(self.limits)
        if limits == self.limits:
            return
        self.group.limit(limits)
        # The box cuts its own process limits: to do it from outside takes a capability (SYS_RESOURCE) that containers withhold.
        self.door.send({"verb": "limits", "now": asdict(limits), "before": asdict(self.limits)})
        self.limits = limits

    def born(self, pidfd: int) -> None:
        """The fork server has made it. For launch.py."""
        with self._lock:
            self._pidfd = pidfd
        for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
            if line.startswith("Pid:"):
                self.pid = int(line.split()[1])

    def await_death(self, timeout: float) -> None:
        """Waits until the first process is gone, and so all are, when no fork server is left to tell. For launch.py."""
        with self._lock:
            if self._pidfd < 0:
                return
            poller = select.poll()
            poller.register(self._pidfd, select.POLLIN)
        poller.poll(timeout * 1000)

    def ended(self, status: int, cpu_seconds: float, peak_memory_bytes: int) -> None:
        """It is gone: counters are read and its group is removed. For launch.py."""
        code = os.waitstatus_to_exitcode(status)
        used, peak = self.group.cpu_seconds(), self.group.peak_memory_bytes()
        self._exit = Exit(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            out_of_memory=self.group.out_of_memory_kills() > 0,
            cpu_seconds=cpu_seconds if used is None else used,
            peak_memory_bytes=peak_memory_bytes if peak is None else peak,
        )
        with self._lock:
            if self._pidfd >= 0:
                os.close(self._pidfd)
            self._pidfd = -1
        self._ended.set()
        self.group.remove()
