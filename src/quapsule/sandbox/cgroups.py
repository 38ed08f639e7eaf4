"""Control groups of boxes, v1 and v2: memory, processes, CPU. Made below the worker's own group, so that an outer limit holds too."""

import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from signal import SIGKILL

from .profile import Limits

_PERIOD = 100_000  # microseconds
_FOLDER = "quapsule"


@dataclass(frozen=True)
class Places:
    """Where groups of boxes are made, by controller; without: why a controller is missing. In v2 all controllers share one folder."""

    version: int
    folders: dict[str, Path]
    without: dict[str, str]


class Group:
    """One box's group. Reading a counter that this kernel lacks gives None."""

    def __init__(self, places: Places, name: str) -> None:
        self._version = places.version
        self._folders = {controller: parent / _FOLDER / name for controller, parent in places.folders.items()}

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(self._folders.values()))

    def create(self, limits: Limits) -> None:
        for folder in self.folders:
            for attempt in range(5):
                try:
                    folder.mkdir(parents=True)
                    break
                except FileNotFoundError:  # another worker that ended has just removed the parent
                    if attempt == 4:
                        raise
            if self._version == 2:
                _enable(folder.parent, list(self._folders))
                _try_write(folder / "memory.oom.group", "1")
        self.limit(limits)

    def entrances(self) -> list[int]:
        """Descriptors by which a process moves itself in (it writes 0); the caller closes them."""
        return [os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for folder in self.folders]

    def limit(self, limits: Limits) -> None:
        folder = self._folders.get("memory")
        if folder is not None and self._version == 2:
            _write(folder / "memory.max", limits.memory_bytes)
            _try_write(folder / "memory.swap.max", "0")
        elif folder is not None:
            _write(folder / "memory.limit_in_bytes", limits.memory_bytes)
            # Memory and swap together: no swap. Absent where the kernel does not account for swap.
            _try_write(folder / "memory.memsw.limit_in_bytes", str(limits.memory_bytes))
        if (folder := self._folders.get("pids")) is not None:
            _write(folder / "pids.max", limits.processes)
        if (folder := self._folders.get("cpu")) is not None:
            quota = max(1000, int(limits.cpus * _PERIOD))
            if self._version == 2:
                _write(folder / "cpu.max", f"{quota} {_PERIOD}")
            else:
                _write(folder / "cpu.cfs_period_us", _PERIOD)
                _write(folder / "cpu.cfs_quota_us", quota)

    def out_of_memory_kills(self) -> int:
        name = "memory.events" if self._version == 2 else "memory.oom_control"
        folder = self._folders.get("memory")
        return 0 if folder is None else _counter(folder / name, "oom_kill") or 0

    def peak_memory_bytes(self) -> int | None:
        folder = self._folders.get("memory")
        if folder is None:
            return None
        text = _read(folder / ("memory.peak" if self._version == 2 else "memory.max_usage_in_bytes"))
        return int(text) if text else None

    def cpu_seconds(self) -> float | None:
        if self._version == 2:
            folder = next(iter(self._folders.values()), None)
            used = None if folder is None else _counter(folder / "cpu.stat", "usage_usec")
            return None if used is None else used / 1e6
        folder = self._folders.get("cpuacct")
        text = _read(folder / "cpuacct.usage") if folder else ""
        return int(text) / 1e9 if text else None

    def members(self) -> set[int]:
        return {int(pid) for folder in self.folders for pid in _read(folder / "cgroup.procs").split()}

    def kill(self) -> None:
        """Everything in the group, at once where the kernel can (v2), else one by one until none is left."""
        for folder in self.folders:
            _try_write(folder / "cgroup.kill", "1")
        for _ in range(50):
            members = self.members() - {0, os.getpid()}
            if not members:
                return
            for pid in members:
                try:
                    os.kill(pid, SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.01)

    def remove(self) -> None:
        """Raises OSError when a process is still inside after a second."""
        for folder in self.folders:
            deadline = time.monotonic() + 1.0
            while True:
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:  # the kernel lets go of a group a moment after its last process
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.002)


@cache
def find_places() -> Places:
    """Tried, not guessed: a controller counts when a group can be made in it and its limit written."""
    version2 = _own_folder_v2()
    if version2 is not None:
        return _places_v2(version2)
    folders: dict[str, Path] = {}
    without: dict[str, str] = {}
    for controller, proof in (
        ("memory", "memory.limit_in_bytes"),
        ("pids", "pids.max"),
        ("cpu", "cpu.cfs_quota_us"),
        ("cpuacct", "cpuacct.usage"),
    ):
        folder = _own_folder_v1(controller)
        reason = "The controller is not mounted." if folder is None else _try_group(folder, proof)
        if folder is not None and not reason:
            folders[controller] = folder
        else:
            without[controller] = reason
    return Places(1, folders, without)


def tidy(places: Places, owner: int | None = None) -> None:
    """Removes groups that dead workers left, and those of owner; then the folder itself when it is empty."""
    for parent in set(places.folders.values()):
        for group in (parent / _FOLDER).glob("*-*"):
            pid = group.name.split("-", 1)[0]
            if pid.isdigit() and (int(pid) == owner or not Path(f"/proc/{pid}").exists()):
                _try_rmdir(group)
        _try_rmdir(parent / _FOLDER)


def _places_v2(own: Path) -> Places:
    wanted = ("memory", "pids", "cpu")
    offered = _read(own / "cgroup.controllers").split()
    without = {controller: "The controller is not delegated to this group." for controller in wanted if controller not in offered}
    found = [controller for controller in wanted if controller in offered]
    try:
        if own.parent != own and _is_inner(own):
            # v2 gives controllers only to groups whose parent holds no process: move ours into a leaf of its own.
            leaf = own / f"{_FOLDER}-host"
            leaf.mkdir(exist_ok=True)
            for pid in _read(own / "cgroup.procs").split():
                _try_write(leaf / "cgroup.procs", pid)
        _enable(own, found)
    except OSError as problem:
        return Places(2, {}, dict.fromkeys(wanted, f"The group cannot be divided: {problem}"))
    reason = _try_group(own, "cgroup.procs")
    if reason:
        return Places(2, {}, dict.fromkeys(wanted, reason))
    return Places(2, dict.fromkeys(found, own), without)


def _is_inner(own: Path) -> bool:
    """The root group alone has no cgroup.type, and may hold processes beside groups."""
    return (own / "cgroup.type").exists()


def _enable(folder: Path, controllers: list[str]) -> None:
    on = _read(folder / "cgroup.subtree_control").split()
    for controller in controllers:
        if controller not in on:
            _write(folder / "cgroup.subtree_control", f"+{controller}")


def _own_folder_v2() -> Path | None:
    """The unified hierarchy, when it is the one that has the memory controller."""
    folder = _own_folder("cgroup2", "")
    if folder is None or "memory" not in _read(folder / "cgroup.controllers").split():
        return None
    # A leaf made earlier by a worker of this tree: its parent is the group to divide.
    return folder.parent if folder.name == f"{_FOLDER}-host" else folder


def _own_folder_v1(controller: str) -> Path | None:
    return _own_folder("cgroup", controller)


def _own_folder(kind: str, controller: str) -> Path | None:
    own = "/"
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        _, names, path = line.split(":", 2)
        if (controller in names.split(",")) if controller else not names:
            own = path
    for line in _read(Path("/proc/self/mountinfo")).splitlines():
        before, _, after = line.partition(" - ")
        fields, (found, _, options) = before.split(), after.split(" ", 2)
        if found == kind and (not controller or controller in options.split(",")):
            root, mounted = fields[3], Path(fields[4])
            inside = own.removeprefix(root if root != "/" else "").lstrip("/")
            folder = mounted / inside
            return folder if folder.is_dir() else mounted
    return None


def _try_group(parent: Path, proof: str) -> str:
    trial = parent / f"{_FOLDER}-trial-{os.getpid()}"
    try:
        trial.mkdir()
        try:
            (trial / proof).open("r+" if proof != "cpuacct.usage" else "r").close()
        finally:
            trial.rmdir()
    except OSError as problem:
        return f"No group can be made in {parent}: {problem.strerror}"
    return ""


def _counter(path: Path, name: str) -> int | None:
    for line in _read(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _write(path: Path, value: object) -> None:
    with path.open("w") as file:
        file.write(str(value))


def _try_write(path: Path, value: str) -> None:
    try:
        _write(path, value)
    except OSError:
        return  # an optional file of newer kernels


def _try_rmdir(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return  # absent, or another worker's groups are in it
