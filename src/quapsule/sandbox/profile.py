"""What a box may use and see, as plain data. Sizes in bytes, times in seconds."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_PACKAGE = HERE.parent
# Eight names at most reach the box; one thread per library, since a forked child can't use a pool that its parent started.
ENVIRONMENT: Mapping[str, str] = {
    "HOME": "/tmp",  # noqa: S108 - the box's own private tmpfs
    "TMPDIR": "/tmp",  # noqa: S108
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "QISKIT_PARALLEL": "FALSE",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Limits:
    """Bounds of one box; every process in it counts."""

    memory_bytes: int = 1 << 30
    processes: int = 64
    cpus: float = 1.0
    cpu_seconds: int = 60
    disk_bytes: int = 64 << 20
    shared_memory_bytes: int = 16 << 20
    files: int = 256

    def within(self, ceiling: "Limits") -> "Limits":
        """These limits, each cut to the ceiling's: a box that is already locked in can only be tightened."""
        cut = {f.name: min(getattr(self, f.name), getattr(ceiling, f.name)) for f in fields(self)}
        return replace(self, **cut)


@dataclass(frozen=True)
class Profile:
    """What every box of one fork server shares: its ceiling, its code folders, its environment, its read-only folders.

    code: folders that are copied into the box; packages of ours keep their names there. read_only: further host folders, bound at the
    same path. packages: folders of that kind which stand before the interpreter's own packages on sys.path.
    """

    limits: Limits = Limits()
    code: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    read_only: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.environment) > 8:
            raise ValueError("A box's environment holds at most 8 names.")

    def as_json(self) -> dict[str, Any]:
        """What the fork server needs to know, as JSON; the folders of interpreter and packages are added here."""
        return {
            "limits": asdict(self.limits),
            "code": [[HERE.name, str(HERE)], *([_dotted(folder), str(folder)] for folder in self.code)],
            "read_only": list(shown_folders((*self.read_only, *self.packages))),
            "packages": list(self.packages),
        }


def _dotted(folder: Path) -> str:
    """quapsule.runner for the folder of that package, the bare name for a folder from elsewhere. Packages around it are empty in a box."""
    folder = folder.resolve()
    inside = folder.relative_to(_PACKAGE.parent).parts if _PACKAGE in folder.parents else (folder.name,)
    return ".".join(inside)


def shown_folders(further: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The host folders that are bound read-only: system programs, the interpreter, its packages; outermost only."""
    interpreter = Path(sys.executable).resolve().parent.parent
    wanted = {Path("/usr"), Path(sys.base_prefix), Path(sys.prefix), interpreter, *map(Path, further)}
    for entry in ("/lib", "/lib64", "/bin", "/sbin"):
        if Path(entry).is_dir() and not Path(entry).is_symlink():
            wanted.add(Path(entry))
    there = sorted(path for path in wanted if path.is_dir())
    return tuple(str(path) for path in there if not any(other in path.parents for other in there))
