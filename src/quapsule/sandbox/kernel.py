"""The Linux calls that a box is made of, by ctypes: standard library only, since this runs inside the box. Errors are OSError."""

import ctypes
import os
import platform
import struct

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_SECUREBITS = 1, 4, 22, 24, 28
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
_SECUREBITS_ALL_LOCKED = 0x2F  # no root privilege, no fixup on setuid, no keeping of capabilities; each with its lock
_MOUNT_SETATTR, _LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 442, 444, 445, 446
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_M_ARENA_MAX = -8

# Landlock: read a file, list a folder, execute; and everything but making device nodes.
_READ = 1 << 0 | 1 << 2 | 1 << 3
_DEVICES = 1 << 6 | 1 << 11
_HANDLED_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def unshare(flags: int) -> None:
    _check(libc.unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    _check(libc.setns(fd, flags), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    result = libc.mount(_bytes(source), target.encode(), _bytes(kind), ctypes.c_ulong(flags), _bytes(options))
    _check(result, f"mount {target}")


def unmount(target: str) -> None:
    _check(libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def make_read_only(target: str) -> None:
    """Everything mounted at and below target: read-only, no set-uid, no devices."""
    attributes = struct.pack("QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, 0, 0)
    _check(
        libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, target.encode(), _AT_RECURSIVE, attributes, ctypes.c_size_t(len(attributes))),
        f"read-only {target}",
    )


def pivot_root(new: str, old: str) -> None:
    _check(libc.syscall(_PIVOT_ROOT[platform.machine()], new.encode(), old.encode()), "pivot_root")


def die_with_parent() -> None:
    _check(libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "PR_SET_PDEATHSIG")


def set_dumpable() -> None:
    """After a change of uid /proc/self belongs to root; this gives it back to the process, whose core limit is 0."""
    _check(libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "PR_SET_DUMPABLE")


def few_arenas() -> None:
    """glibc reserves 64 MiB of addresses per arena; two are enough, and leave the address limit to the user's data."""
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 2)


def drop_bounding_set() -> None:
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # EINVAL: past the last capability of this kernel
    _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "PR_CAP_AMBIENT")
    _check(libc.prctl(_PR_SET_SECUREBITS, _SECUREBITS_ALL_LOCKED, 0, 0, 0), "PR_SET_SECUREBITS")


def drop_capabilities() -> None:
    header = struct.pack("Ii", 0x20080522, 0)
    _check(libc.capset(header, b"\0" * 24), "capset")


def no_new_privileges() -> None:
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")


def landlock_abi() -> int:
    """0 where the kernel has none."""
    return max(0, int(libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)))


def landlock(writable: tuple[str, ...], devices: tuple[str, ...]) -> None:
    """Read and execute everywhere, write only below writable and to devices; no TCP; no signal or abstract socket out of the box."""
    abi = landlock_abi()
    handled = _HANDLED_BY_ABI[min(abi, 5)]
    attributes = struct.pack("QQQ", handled, 3, 3)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = int(libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    _check(ruleset, "landlock_create_ruleset")
    whole = handled & ~_DEVICES
    # A rule on a file may only name what applies to files: write, truncate, ioctl beside read and execute.
    on_file = handled & (1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15)
    for path, rights in [("/", _READ), *((w, whole) for w in writable), *((d, on_file) for d in devices)]:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        _check(libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, fd), 0), f"landlock_add_rule {path}")
        os.close(fd)
    _check(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def install_filter(program: bytes) -> None:
    """A seccomp BPF program (8 bytes an instruction) for this process and everything that it starts."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    buffer = ctypes.create_string_buffer(program, len(program))
    described = Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    _check(libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(described), 0, 0), "PR_SET_SECCOMP")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
