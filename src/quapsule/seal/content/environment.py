"""What a run stood on: interpreter, platform, engines and every installed package, each held by a digest of its files."""

import platform
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from typing import Any

FORMAT = "quapsule.environment/1"

# Which engines come with which packages, by the names that results give them.
_ENGINES = {"qiskit-aer": "aer", "pennylane-lightning": "lightning.qubit", "qulacs": "qulacs"}


@cache
def describe_environment() -> dict[str, Any]:
    """{format, interpreter, implementation, platform, machine, packages: [{name, version, digest}], engines: [{name, version}]}.

    A package's digest is of what its RECORD says of its own files, without what the installer adds: the same wheel, the same digest,
    wherever and by whatever it was installed. Read once in a process; not to be changed."""
    packages = sorted(_packages(), key=lambda package: (package["name"], package["version"]))
    return {
        "format": FORMAT,
        "interpreter": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": packages,
        "engines": [
            {"name": _ENGINES[package["name"]], "version": package["version"]} for package in packages if package["name"] in _ENGINES
        ],
    }


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, str | None]]:
    """What is no longer as it was: [{name, was, is}], None for what is not there. A package of the same version that holds other files
    is told with its digests."""
    was, now = dict(_facts(old)), dict(_facts(new))
    found: list[dict[str, str | None]] = []
    for name in sorted(was.keys() | now.keys(), key=lambda name: (" " in name, name)):
        before, after = was.get(name), now.get(name)
        if before == after or _same_but_unhashed(before, after):
            continue
        digests = before and after and before[0] == after[0]
        found.append({"name": name, "was": _told(before, bool(digests)), "is": _told(after, bool(digests))})
    return found


def digest_of(record: str) -> str:
    """Of a package, from its RECORD: what the wheel had in it, in whatever order."""
    lines = sorted(line for line in record.splitlines() if _is_of_the_wheel(line))
    return "sha256:" + sha256("\n".join(lines).encode()).hexdigest()


_Fact = tuple[str, str | None]


def _facts(environment: Mapping[str, Any]) -> Iterator[tuple[str, _Fact]]:
    """Names and (value, digest); whatever is not of the shape that we write is left out, since a foreign capsule may hold anything."""
    for name in ("interpreter", "implementation", "platform", "machine"):
        if isinstance(value := environment.get(name), str):
            yield name, (value, None)
    for kind in ("package", "engine"):
        listed = environment.get(f"{kind}s")
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, Mapping) and one.get("name"):
                digest = one.get("digest")
                yield f"{kind} {one['name']}", (str(one.get("version")), str(digest) if digest else None)


def _same_but_unhashed(before: _Fact | None, after: _Fact | None) -> bool:
    return before is not None and after is not None and before[0] == after[0] and None in (before[1], after[1])


def _told(fact: _Fact | None, with_digest: bool) -> str | None:
    if fact is None:
        return None
    return f"{fact[0]} ({fact[1]})" if with_digest and fact[1] else fact[0]


def _packages() -> Iterator[dict[str, str | None]]:
    """The first of each name is the one that imports find."""
    seen: set[str] = set()
    for distribution in distributions():
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-")
        if name and name not in seen:
            seen.add(name)
            record = distribution.read_text("RECORD")
            digest = None if record is None else digest_of(record)
            yield {"name": name, "version": distribution.version, "digest": digest}


def _is_of_the_wheel(line: str) -> bool:
    """Not what an installer writes itself: bytecode, scripts with the path of the interpreter, and its own notes."""
    path = line.rsplit(",", 2)[0].strip('"')
    by_installer = path.startswith("../") or path.endswith(
        (".pyc", "/INSTALLER", "/REQUESTED", "/direct_url.json", "/RECORD", "/uv_cache.json")
    )
    return bool(path) and not by_installer
