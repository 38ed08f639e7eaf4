"""Packages that a script asks for beyond the installed ones, and which of them the operator allows: those of a folder of locked wheels."""

import importlib.metadata
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from quapsule.errors import Problem

LOCK = "requirements.txt"
MOST_REQUIREMENTS = 50
_MOST_NAMED = 40
# PEP 723: a comment block `# /// script`, TOML inside.
_BLOCK = re.compile(r"^# /// script[ \t]*\n((?:#(?: [^\n]*)?\n)+?)# ///[ \t]*$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Locked:
    """One package of the lock; `hashes`: SHA-256 of its files, in hex."""

    name: str
    version: Version
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Allowed:
    """What scripts may ask for, by name. `folder` None: the operator set none, so nothing is allowed."""

    folder: Path | None = None
    packages: Mapping[str, Locked] = field(default_factory=dict)


def read_requirements(code: str, listed: str | None = None) -> tuple[Requirement, ...]:
    """What a script asks for: `listed` has the form of a requirements.txt, and the text may have a PEP 723 block with `dependencies`.

    Sorted by name, one for each. Raises Problem validation_error for what is no name with versions (options, addresses, files)."""
    asked = [line.split(" #")[0].strip() for line in (listed or "").splitlines()]
    asked = [line for line in asked if line and not line.startswith("#")]
    asked += _inline(code)
    found: dict[str, Requirement] = {}
    for text in asked:
        requirement = _parse(text)
        name = canonicalize_name(requirement.name)
        if name in found and str(found[name]) != str(requirement):
            raise Problem("validation_error", f"The requirements name {name} twice, differently: {found[name]} and {requirement}.")
        found[name] = requirement
    if len(found) > MOST_REQUIREMENTS:
        raise Problem("validation_error", f"A script may ask for {MOST_REQUIREMENTS} packages; this one asks for {len(found)}.")
    return tuple(found[name] for name in sorted(found))


def read_allowed(folder: str) -> Allowed:
    """The lock of a wheels folder: lines `name==version --hash=sha256:…`, as `uv pip compile --generate-hashes` writes them.

    An empty `folder` allows nothing. Raises Problem not_ready when the operator's lock cannot be read."""
    if not folder:
        return Allowed()
    lock = Path(folder) / LOCK
    try:
        text = lock.read_text(encoding="utf-8")
    except OSError as problem:
        raise _broken(f"{lock} cannot be read: {problem.strerror}") from problem
    packages: dict[str, Locked] = {}
    for line in text.replace("\\\n", " ").splitlines():
        pinned = line.split(" #")[0].strip()
        if not pinned or pinned.startswith("#"):
            continue
        name, _, version = pinned.split(";")[0].split()[0].partition("==")
        hashes = tuple(_HASH.findall(pinned))
        try:
            locked = Locked(canonicalize_name(name, validate=True), Version(version), hashes)
        except (InvalidVersion, ValueError) as problem:
            raise _broken(f"{lock}: {pinned[:80]!r} is not name==version") from problem
        if not hashes:
            raise _broken(f"{lock}: {name} has no --hash")
        packages[locked.name] = locked
    return Allowed(Path(folder), packages)


def check_script(folder: str, code: str, listed: str | None = None) -> None:
    """What is asked of a script before it is kept or run. Raises Problem validation_error, requirement_not_allowed or not_ready."""
    if asked := read_requirements(code, listed):
        check_requirements(asked, read_allowed(folder))


def check_requirements(asked: Sequence[Requirement], allowed: Allowed) -> None:
    """What is installed anyway may be asked for, too. Raises Problem requirement_not_allowed that names the package, what is allowed and
    whom to ask."""
    for requirement in asked:
        locked = allowed.packages.get(canonicalize_name(requirement.name))
        if (locked is not None and holds(requirement, locked.version)) or holds(requirement, version_here(requirement.name)):
            continue
        why = f"only {locked.name} {locked.version} is" if locked else "it is not on the operator's list"
        named = [f"{one.name} {one.version}" for one in sorted(allowed.packages.values(), key=lambda one: one.name)]
        listed = ", ".join(named[:_MOST_NAMED]) + (f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else "")
        raise Problem(
            "requirement_not_allowed",
            f"The package {requirement} cannot be had: {why}.",
            hint=f"Allowed: {listed or 'nothing beyond what is installed'}. The operator of this platform can add it to QUAPSULE_WHEELS.",
            details={"package": str(requirement), "allowed": named},
        )


def holds(requirement: Requirement, version: Version | None) -> bool:
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def version_here(name: str) -> Version | None:
    """Of a package in the platform's own environment."""
    try:
        return Version(importlib.metadata.version(name))
    except (importlib.metadata.PackageNotFoundError, InvalidVersion):
        return None


def _inline(code: str) -> list[str]:
    block = _BLOCK.search(code) if "# /// script" in code else None
    if block is None:
        return []
    content = "\n".join(line.removeprefix("#").removeprefix(" ") for line in block[1].splitlines())
    try:
        listed = tomllib.loads(content).get("dependencies", [])
    except tomllib.TOMLDecodeError as problem:
        raise Problem("validation_error", f"The script's `# /// script` block is no TOML: {problem}.") from problem
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise Problem("validation_error", "`dependencies` of the script's `# /// script` block must be a list of texts.")
    return listed


def _parse(text: str) -> Requirement:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as problem:
        raise Problem(
            "validation_error",
            f"The requirement {text[:100]!r} cannot be used: it must be a package's name, with versions where they matter.",
            hint="One on each line, such as networkx==3.6. Options, addresses and files are not taken.",
        ) from problem
    if requirement.url or requirement.marker or requirement.extras:
        raise Problem(
            "validation_error", f"The requirement {text[:100]!r} has an address, a marker or extras; a name with versions is taken."
        )
    return requirement


def _broken(what: str) -> Problem:
    return Problem("not_ready", f"The list of allowed packages is not usable: {what}.", hint="Tell the operator: QUAPSULE_WHEELS.")
