"""The fork server: a process inside the box's root that has done the imports, and forks a locked-in child per request.

Standard library only. It never runs user code, holds no secret and one socket: the control channel (SOCK_SEQPACKET, JSON) to the host.
host → server: {"box", "uid", "limits"} with [door, output, group entrances…];
server → host: {"ready"} or {"failed"}, {"box", "forked"} with [pidfd], {"box", "status", "cpu_seconds", "peak_memory_bytes"}.
When the control channel closes, it exits, and the kernel ends every box, since their process namespaces lie inside its own.
"""

import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import traceback
from typing import Any, NoReturn

from . import enter, kernel, rootfs, seccomp

MAX_FRAME = 8 << 20
_BACKGROUND = 10


class DoorEnd:
    """The box's end of the door: what the entry function gets. name: the fork server's."""

    def __init__(self, end: socket.socket, name: str) -> None:
        self._socket = end
        self.name = name

    def send(self, message: dict[str, Any]) -> None:
        """Raises ValueError when the message is not JSON or longer than 8 MiB."""
        body = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
        if len(body) > MAX_FRAME:
            raise ValueError(f"A frame holds at most {MAX_FRAME} bytes, this one has {len(body)}.")
        self._socket.sendall(struct.pack(">I", len(body)) + body)

    def receive(self) -> dict[str, Any]:
        """Waits for the next message. Raises EOFError when the other end is gone."""
        while True:
            (length,) = struct.unpack(">I", self._read(4))
            message: dict[str, Any] = json.loads(self._read(length))
            if message.get("verb") != "limits":
                return message
            # Comes before any user code: the host cuts the box that it hands out.
            enter.cut_limits(message["before"], message["now"])

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            chunk = self._socket.recv(min(size - len(parts), 1 << 18))
            if not chunk:
                raise EOFError("The door is closed.")
            parts += chunk
        return bytes(parts)


def main(control: socket.socket, config: dict[str, Any]) -> NoReturn:
    """Runs in the process that the host started; control is its only descriptor beside 0–2."""
    try:
        if config["mapped"]:
            enter.map_user(0)
        kernel.unshare(kernel.CLONE_NEWPID)
    except OSError as problem:
        control.send(json.dumps({"failed": f"{problem}"}).encode())
        os._exit(1)
    server = os.fork()
    if server:
        control.close()
        _, status = os.waitpid(server, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0x7F)
    try:
        kernel.die_with_parent()
        Server(control, config).serve()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)  # the host is gone, and with it the reason to live
    except BaseException:  # noqa: BLE001 - the host alone can tell anybody
        text = traceback.format_exc()
        control.send(json.dumps({"failed": text[-30000:]}).encode())
    os._exit(1)


class Server:
    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self._control = control
        self._config = config
        self._filter = seccomp.build_filter()
        self._boxes: dict[int, tuple[int, int]] = {}  # pidfd: (box, pid)
        self._entry: Any = None
        self._own_pids = -1

    def serve(self) -> NoReturn:
        self._prepare()
        if os.geteuid() == 0:
            os.nice(_BACKGROUND)  # the next box is made while jobs run; only root's children may take their turn back
        self._control.send(b'{"ready":true}')
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        while True:
            for fd, _ in poller.poll():
                if fd != self._control.fileno():
                    poller.unregister(fd)
                    self._reap(fd)
                    continue
                data, fds, _, _ = socket.recv_fds(self._control, 65536, 16)
                if not data:
                    os._exit(0)
                poller.register(self._fork(json.loads(data), fds), select.POLLIN)

    def _prepare(self) -> None:
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
        socket.sethostname("box")
        rootfs.build(self._config)
        sys.path[:] = [rootfs.CODE, *self._config["packages"], *filter(None, sys.path)]
        sys.modules[__package__].__path__ = [f"{rootfs.CODE}/{__package__}"]  # our own modules: from the copy, too
        sys.dont_write_bytecode = True
        os.environ.clear()
        os.environ.update(self._config["environment"])
        for name in self._config["preload"]:
            for further in getattr(importlib.import_module(name), "IMPORTS", ()):
                importlib.import_module(further)
        module, _, function = self._config["entry"].partition(":")
        self._entry = getattr(importlib.import_module(module), function)
        threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
        if threads != 1:
            raise RuntimeError(f"The preloaded modules started {threads - 1} threads; a forked child would hang on them.")
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        gc.collect()
        gc.freeze()  # the collector would write to every page that the children share

    def _fork(self, order: dict[str, Any], fds: list[int]) -> int:
        # One fork a box: the next child becomes pid 1 of a new namespace, then our own is set back.
        kernel.unshare(kernel.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            self._be_a_box(order, fds)
        kernel.setns(self._own_pids, kernel.CLONE_NEWPID)
        for fd in fds:
            os.close(fd)
        watched = os.pidfd_open(pid)
        self._boxes[watched] = (order["box"], pid)
        socket.send_fds(self._control, [json.dumps({"box": order["box"], "forked": True}).encode()], [watched])
        return watched

    def _reap(self, watched: int) -> None:
        box, pid = self._boxes.pop(watched)
        os.close(watched)
        _, status, used = os.wait4(pid, 0)
        end = {"box": box, "status": status, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_memory_bytes": used.ru_maxrss * 1024}
        self._control.send(json.dumps(end).encode())

    def _be_a_box(self, order: dict[str, Any], fds: list[int]) -> NoReturn:
        code = 70
        try:
            door, output, *entrances = fds
            known = {name: self._config[name] for name in ("mapped", "read_only")}
            enter.lock_in({**order, **known}, self._filter, door, output, entrances)
            self._control.detach()  # its number is closed; nothing may close it again
            _fresh()
            self._entry(DoorEnd(socket.socket(fileno=enter.DOOR), self._config["name"]))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:  # noqa: BLE001 - a box ends here, whatever happened in it
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except Exception:  # noqa: BLE001, S112 - the script may have closed or replaced it
                    continue
            os._exit(code & 0xFF)


def _fresh() -> None:
    """What a child must not share with its sisters: random streams; and Python's own settings for its streams."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(int.from_bytes(os.urandom(4), "big"))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # New streams: the server's may have been files with a position, and 1 and 2 are now one pipe.
    sys.stdout, sys.stderr, sys.stdin = _stream(1), _stream(2), open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    for name in ("stdout", "stderr", "stdin"):
        setattr(sys, f"__{name}__", getattr(sys, name))


def _stream(fd: int) -> Any:
    return open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
