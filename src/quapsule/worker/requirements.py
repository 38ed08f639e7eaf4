"""Installs what a script asks for from the operator's wheels: offline, each file's hash checked, once for each set."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from quapsule.errors import Problem
from quapsule.scripts.requirements import Allowed, Locked, check_requirements, holds, read_allowed, read_requirements, version_here
from quapsule.settings import Settings
from quapsule.worker.outcome import Failure

_log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 120.0
_TELL = "Tell the operator: the folder of QUAPSULE_WHEELS must hold the files that its requirements.txt locks."


@dataclass(frozen=True)
class Packages:
    """folder: to be bound read-only and first on the script's path. locked: what lies in it."""

    folder: Path
    locked: tuple[Locked, ...]

    def as_json(self) -> list[dict[str, Any]]:
        """[{name, version, digests}]: any of the digests may be the installed file's."""
        return [
            {"name": one.name, "version": str(one.version), "digests": [f"sha256:{given}" for given in sorted(one.hashes)]}
            for one in self.locked
        ]


def packages_for(settings: Settings, code: str, listed: str | None = None) -> Packages | None:
    """What a script asks for; None when all of it is installed anyway.

    Raises Failure: user, for what is not allowed or not readable; system, when the operator's wheels do not hold what their lock says."""
    try:
        asked = read_requirements(code, listed)
        if not asked:
            return None
        allowed = read_allowed(settings.wheels)
        check_requirements(asked, allowed)
    except Problem as problem:
        by_operator = problem.code == "not_ready"
        raise Failure("system" if by_operator else "user", problem.code, problem.message, problem.hint) from problem
    wanted = _closure(asked, allowed)
    return Packages(_installed(wanted, allowed, settings.home / "wheels"), tuple(wanted)) if wanted else None


def _closure(asked: Sequence[Requirement], allowed: Allowed) -> list[Locked]:
    """What is to be installed: the asked ones and what they need, as locked, without what the platform has in that same version."""
    chosen: dict[str, Locked] = {}
    waiting = [(one, "the script") for one in asked]
    while waiting:
        requirement, by = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in chosen:
            continue
        locked = allowed.packages.get(name)
        if locked is None or not holds(requirement, locked.version):
            if holds(requirement, version_here(name)):
                continue
            raise _incomplete(f"{by} needs {requirement}, which the lock does not have")
        chosen[name] = locked
        waiting += [(needed, name) for needed in _needs(locked, allowed)]
    return sorted((one for one in chosen.values() if version_here(one.name) != one.version), key=lambda one: one.name)


def _needs(locked: Locked, allowed: Allowed) -> Iterable[Requirement]:
    with zipfile.ZipFile(_wheel(locked, allowed)) as wheel:
        name = next((name for name in wheel.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1), None)
        if name is None:
            raise _incomplete(f"the wheel of {locked.name} has no metadata")
        metadata = HeaderParser().parsestr(wheel.read(name).decode("utf-8", "replace"))
    for text in metadata.get_all("Requires-Dist") or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def _wheel(locked: Locked, allowed: Allowed) -> Path:
    """A file of the folder that is this package, and whose content is one that the lock names."""
    assert allowed.folder is not None
    there = False
    for file in sorted(allowed.folder.glob("*.whl")):
        try:
            name, version, _, _ = parse_wheel_filename(file.name)
        except InvalidWheelFilename:
            continue
        if (name, version) == (locked.name, locked.version):
            there = True
            if _sha256(file) in locked.hashes:
                return file
    raise _incomplete(f"the wheel of {locked.name} {locked.version} {'has another hash than the lock' if there else 'is not there'}")


def _installed(wanted: Sequence[Locked], allowed: Allowed, home: Path) -> Path:
    lock = "".join(f"{one.name}=={one.version} {' '.join(f'--hash=sha256:{given}' for given in sorted(one.hashes))}\n" for one in wanted)
    python = f"{sys.implementation.cache_tag}-{os.uname().machine}"
    folder = home / hashlib.sha256(json.dumps([python, lock]).encode()).hexdigest()[:32]
    if folder.is_dir():
        return folder
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (home / f"{folder.name}.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)  # another worker may be at it
        if not folder.is_dir():
            _install(lock, allowed, home, folder)
    return folder


def _install(lock: str, allowed: Allowed, home: Path, folder: Path) -> None:
    """Into a folder beside, which takes its name when it is whole."""
    beside = Path(tempfile.mkdtemp(prefix="new-", dir=home))
    try:
        listed = beside / "lock.txt"
        listed.write_text(lock)
        command = [
            sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-index",
            "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-cache-dir", "--root-user-action", "ignore",
            "--find-links", str(allowed.folder), "--target", str(beside / "packages"), "--requirement", str(listed),
        ]  # fmt: skip
        # Of the worker's own environment nothing is handed on: it may hold logins.
        environment = {"PATH": os.defpath, "HOME": str(beside), "LANG": "C.UTF-8"}
        (beside / "packages").mkdir(mode=0o755)
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
        if ended.returncode != 0:
            _log.error("requirements could not be installed: %s", ended.stderr.strip())
            raise _incomplete(ended.stderr.strip().splitlines()[-1][:300] if ended.stderr.strip() else "pip failed without a word")
        for place in [beside / "packages", *(beside / "packages").rglob("*")]:
            place.chmod(0o755 if place.is_dir() else 0o644)  # whoever a box's script is, it may read them
        (beside / "packages").rename(folder)
    except subprocess.TimeoutExpired as problem:
        raise Failure("transient", "requirements_failed", "The packages were not installed in time.") from problem
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _incomplete(what: str) -> Failure:
    return Failure("system", "requirements_failed", f"The script's packages could not be installed: {what}.", _TELL)
