"""How a forked child locks itself in, before the first line of a user's code: standard library only.

The fork server has already moved into the box's read-only root (rootfs.py) and put the child into a new process namespace. Here follow
the child's own control group, namespaces, scratch folders, limits, uid, Landlock and, last, the system call filter.
"""

import fcntl
import os
import resource
from typing import Any

from . import kernel, rootfs

SCRATCH, SHARED = "/tmp", "/dev/shm"  # noqa: S108 - the box's own
DOOR = 9


def lock_in(order: dict[str, Any], filter_program: bytes, door: int, output: int, entrances: list[int]) -> None:
    """Locks this process in. order: {"uid", "limits" (Limits), "mapped" (in a user namespace), "read_only": [folder]}. Raises OSError."""
    limits = order["limits"]
    for fd in entrances:
        os.write(fd, b"0")
    os.setsid()
    _arrange_descriptors(door, output)
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    rootfs.mount_proc("/proc", rootfs.EMPTY)
    uid = 0 if order["mapped"] else order["uid"]
    covered = [(folder, os.open(folder, os.O_PATH)) for folder in order["read_only"] if folder.startswith((SCRATCH + "/", SHARED + "/"))]
    _scratch(SCRATCH, limits["disk_bytes"], uid)
    _scratch(SHARED, limits["shared_memory_bytes"], uid)
    for folder, fd in covered:
        rootfs.bind_again(folder, fd)
    os.chdir(SCRATCH)
    _set_limits(limits)
    _drop_privileges(order["uid"], order["mapped"])
    kernel.no_new_privileges()
    if kernel.landlock_abi():
        kernel.landlock((SCRATCH, SHARED), ("/dev/null", "/dev/zero", "/dev/full"))
    kernel.install_filter(filter_program)


def map_user(inside: int) -> None:
    """A user namespace in which this process's uid and gid are seen as inside."""
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inside} {uid} 1"), ("gid_map", f"{inside} {gid} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(fd, text.encode())
        os.close(fd)


def _arrange_descriptors(door: int, output: int) -> None:
    """Exactly 0 (nothing), 1 and 2 (output), 9 (the door)."""
    door, output = (_above(fd) for fd in (door, output))
    nothing = _above(os.open("/dev/null", os.O_RDONLY))
    for source, target in ((nothing, 0), (output, 1), (output, 2), (door, DOOR)):
        os.dup2(source, target)
    os.closerange(3, DOOR)
    os.closerange(DOOR + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _above(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD, DOOR + 1)


def _scratch(place: str, size: int, uid: int) -> None:
    # Bytes are bounded here; files by the inode count, which the size alone would not bound.
    options = f"size={size},nr_inodes=16384,mode=700,uid={uid},gid={uid}"
    kernel.mount("scratch", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)


def _set_limits(limits: dict[str, Any]) -> None:
    kernel.few_arenas()
    with open("/proc/self/statm") as file:  # noqa: PTH123 - pathlib would be one more import in each child
        addresses = int(file.read().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, addresses + _heap(limits))
    for kind, name in _BY_NAME:
        _limit(kind, limits[name])
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        _limit(kind, 0)


def cut_limits(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Lowers this process's limits from those that it was locked in with."""
    addresses, _ = resource.getrlimit(resource.RLIMIT_AS)
    _limit(resource.RLIMIT_AS, addresses - _heap(before) + _heap(now))
    for kind, name in _BY_NAME:
        _limit(kind, now[name])


_BY_NAME = (
    (resource.RLIMIT_CPU, "cpu_seconds"),
    (resource.RLIMIT_NPROC, "processes"),
    (resource.RLIMIT_NOFILE, "files"),
    (resource.RLIMIT_FSIZE, "disk_bytes"),
)


def _heap(limits: dict[str, Any]) -> int:
    # Below the group's limit: a heap that outgrows it meets MemoryError with a line number, before the kernel's axe falls.
    return int(limits["memory_bytes"]) * 7 // 8


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


def _drop_privileges(uid: int, mapped: bool) -> None:
    if mapped:
        map_user(uid)  # one namespace further in: the box no longer owns the mounts that it sees
        kernel.drop_bounding_set()
    else:
        os.setpriority(os.PRIO_PROCESS, 0, 0)  # made in the background, run in the foreground
        kernel.drop_bounding_set()
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    kernel.drop_capabilities()
    kernel.set_dumpable()
