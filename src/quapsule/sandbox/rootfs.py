"""The box's file system: an empty tmpfs with the system, the interpreter and our code read-only in it. Runs in the fork server."""

import os
from pathlib import Path
from typing import Any

from . import kernel

ROOT = "/tmp"  # noqa: S108 - covered by our own tmpfs in a mount namespace of our own; any folder that exists would do
CODE = "/code"
EMPTY = "/etc/empty"
_HOST_TABLES = ("cmdline", "kallsyms", "kcore", "key-users", "keys", "modules", "sysrq-trigger", "timer_list", "config.gz")
DEVICES = ("null", "zero", "full", "random", "urandom")


def build(config: dict[str, Any]) -> None:
    """Builds the root and moves this process into it; the host's file system is gone afterwards.

    config: {"read_only": [folder], "code": [[dotted name, folder]]}. Needs a mount namespace of its own. Raises OSError.
    """
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    # Read before anything is covered: the new root's place may be a parent of our own code.
    code = [(name, _read_folder(Path(folder))) for name, folder in config["code"]]
    bound = [(folder, os.open(folder, os.O_PATH | os.O_CLOEXEC)) for folder in config["read_only"]]
    devices = [(name, os.open(f"/dev/{name}", os.O_PATH | os.O_CLOEXEC)) for name in DEVICES]
    links = [(name, Path(f"/{name}").readlink()) for name in ("lib", "lib64", "bin", "sbin") if Path(f"/{name}").is_symlink()]
    loader_cache = Path("/etc/ld.so.cache").read_bytes() if Path("/etc/ld.so.cache").is_file() else b""

    kernel.mount("box", ROOT, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=64m,mode=755")
    for name in ("proc", "dev", "etc", "tmp", "old"):
        (Path(ROOT) / name).mkdir(mode=0o755)
    (Path(ROOT) / "dev/shm").mkdir()
    # For the imports alone, some of which look for a writable folder; each box covers it with its own.
    kernel.mount("scratch", ROOT + "/tmp", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,mode=700")  # noqa: S108
    for folder, fd in bound:
        _bind(f"/proc/self/fd/{fd}", Path(ROOT + folder))
        kernel.make_read_only(ROOT + folder)
        os.close(fd)
    for name, target in links:
        (Path(ROOT) / name).symlink_to(target)
    for name, fd in devices:
        place = Path(ROOT) / "dev" / name
        place.touch()
        kernel.mount(f"/proc/self/fd/{fd}", str(place), None, kernel.MS_BIND)
        os.close(fd)
    for name, inside in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        (Path(ROOT) / "dev" / name).symlink_to(f"/proc/self/fd{inside}")
    Path(ROOT + EMPTY).touch(mode=0o444)
    (Path(ROOT) / "etc/ld.so.cache").write_bytes(loader_cache)
    # Copies, not binds: the mount table would show where the host keeps them.
    for name, files in code:
        folder = Path(ROOT + CODE, *name.split("."))
        for package in (parent for parent in folder.parents if Path(ROOT + CODE) in parent.parents):
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
        for inside, content in files.items():
            place = folder / inside
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

    mount_proc(ROOT + "/proc")
    kernel.pivot_root(ROOT, ROOT + "/old")
    os.chdir("/")
    kernel.unmount("/old")
    Path("/old").rmdir()
    kernel.mount(None, "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV)


def mount_proc(target: str, empty: str | None = None) -> None:
    """The processes of this namespace. empty: a file put over what tells of the host's kernel (libraries do read meminfo and cpuinfo)."""
    kernel.mount("proc", target, "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    for name in _HOST_TABLES if empty else ():
        if os.path.exists(f"{target}/{name}"):  # noqa: PTH110 - once per box and name: the cheap way
            kernel.mount(empty, f"{target}/{name}", None, kernel.MS_BIND)


def bind_again(folder: str, fd: int) -> None:
    """A read-only folder below a scratch folder comes back after that was covered. fd: opened before, in this mount namespace."""
    _bind(f"/proc/self/fd/{fd}", Path(folder))
    kernel.make_read_only(folder)
    os.close(fd)


def _bind(source: str, place: Path) -> None:
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    kernel.mount(source, str(place), None, kernel.MS_BIND | kernel.MS_REC)


def _read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below folder by its path inside; compiled files are left out, they name the host's paths."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }
