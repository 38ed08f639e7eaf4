"""`quapsule doctor`: what this machine offers, each finding with what to do about it."""

import importlib.metadata
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import psycopg

from quapsule.database.embedded import EmbeddedServer
from quapsule.errors import Problem
from quapsule.platform.parts import read_api_file
from quapsule.sandbox.layers import TEAM_MODE, inspect_layers
from quapsule.settings import Settings

_RUNTIMES = ("qiskit", "qiskit-aer", "numpy", "scipy", "openqasm3")
_REMEDIES = {
    "namespaces": "Run as root, or let the kernel give user namespaces to everybody (sysctl user.max_user_namespaces).",
    "seccomp": "Use a kernel with CONFIG_SECCOMP_FILTER.",
    "unprivileged_user": "Run as root (boxes then get uids of their own), or allow user namespaces.",
    "landlock": "Use a kernel of 5.13 or newer with Landlock among its security modules (lsm=landlock,…).",
    "memory_group": "Give the worker a writable control group with the memory controller (systemd: Delegate=yes).",
    "process_group": "Give the worker a writable control group with the pids controller (systemd: Delegate=yes).",
    "cpu_group": "Give the worker a writable control group with the cpu controller (systemd: Delegate=yes).",
}
_LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """state fail: the platform cannot run so; warn: it can, with less."""

    name: str
    state: Literal["ok", "warn", "fail"]
    says: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Changes nothing and starts nothing but a box for a look from within."""
    return [_python(), *_database(settings), *_sandbox(settings), *_runtimes(), _port(settings), *_disk(settings), _platform(settings)]


def _python() -> Finding:
    return Finding("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url:
        yield from _given_database(settings.database_url)
        return
    server = EmbeddedServer(settings.home)
    try:
        found = server.binaries()
    except Problem as problem:
        yield Finding("database", "fail", problem.message, problem.hint or "")
        return
    except OSError as error:
        yield Finding("database", "warn", f"cannot be examined: {error}", "Run `quapsule doctor` as the user who runs the platform.")
        return
    state = f"runs (process {server.pid})" if server.is_running() else "does not run now"
    yield Finding("database", "ok", f"embedded PostgreSQL {found.major}, {found.source}, {found.folder}; {state}")
    yield Finding("pgcrypto", "ok", "comes with this server")
    if server.is_running():
        with suppress(psycopg.Error), psycopg.connect(server.url(), connect_timeout=5, autocommit=True) as connection:
            yield examine_event_trigger(connection)


def examine_event_trigger(connection: psycopg.Connection[Any]) -> Finding:
    """Whether the tables of sealed capsules are kept from their own owner too; only a superuser can arrange for that."""
    row = connection.execute(
        "select count(*) from pg_event_trigger where evtname like 'quapsule_keeps_sealed_tables%' and evtenabled = 'A'"
    )
    if row.fetchone() == (2,):
        return Finding("sealed tables", "ok", "kept from ALTER and DROP, also by their owner")
    says = "their guards stand, but the tables' owner could switch them off: there is no event trigger (`quapsule audit` would find it)"
    return Finding("sealed tables", "warn", says, "Migrate once as a superuser (`quapsule migrate`), where you can.")


def _given_database(url: str) -> Iterator[Finding]:
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            version = connection.info.server_version
            row = connection.execute("select 1 from pg_available_extensions where name = 'pgcrypto'").fetchone()
            kept = examine_event_trigger(connection)
    except psycopg.OperationalError as error:
        yield Finding(
            "database", "fail", f"QUAPSULE_DATABASE_URL does not answer: {str(error).strip()}", "Check address, login and pg_hba.conf."
        )
        return
    says = f"PostgreSQL {version // 10000}.{version % 10000} of QUAPSULE_DATABASE_URL"
    yield Finding("database", "ok", says) if version >= 150000 else Finding("database", "fail", says, "Use PostgreSQL 15 or newer.")
    if row:
        yield Finding("pgcrypto", "ok", "available")
    else:
        yield Finding("pgcrypto", "fail", "not available on this server", "Install PostgreSQL's contrib package on the server.")
    yield kept


def _sandbox(settings: Settings) -> Iterator[Finding]:
    layers = inspect_layers()
    must = {"namespaces", "seccomp", "unprivileged_user"} | (set(TEAM_MODE) if settings.mode == "team" else set())
    for layer in layers.all:
        if layer.on:
            yield Finding(f"sandbox: {layer.name}", "ok", layer.says)
        else:
            yield Finding(f"sandbox: {layer.name}", "fail" if layer.name in must else "warn", layer.says, _REMEDIES.get(layer.name, ""))


def _runtimes() -> Iterator[Finding]:
    versions = {name: _version(name) for name in _RUNTIMES}
    there = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if find_spec("qiskit") and find_spec("qiskit_aer"):
        yield Finding("runtimes", "ok", there)
    else:
        yield Finding("runtimes", "warn", there or "none", "Scripts and local simulation need them: pip install 'quapsule[runtimes]'.")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _port(settings: Settings) -> Finding:
    if settings.port == 0:
        return Finding("port", "ok", "a free one is chosen at the start")
    own = read_api_file(settings).get("url", "")
    if own.endswith(f":{settings.port}"):
        return Finding("port", "ok", f"{settings.port} is this platform's own, which runs")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding(
                "port", "fail", f"{settings.host} port {settings.port}: {error.strerror}", "Set QUAPSULE_PORT; 0 picks a free one."
            )
    return Finding("port", "ok", f"{settings.host} port {settings.port} is free")


def _disk(settings: Settings) -> Iterator[Finding]:
    there = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    says = f"{settings.home}: {free / (1 << 30):.1f} GiB free"
    if free < _LEAST_FREE_BYTES:
        yield Finding("disk", "warn", says, "Free some space, or set QUAPSULE_HOME to another disk.")
    else:
        yield Finding("disk", "ok", says)
    if not os.access(there, os.W_OK):
        yield Finding("home", "fail", f"{there} cannot be written", "Set QUAPSULE_HOME to a folder of your own.")


def _platform(settings: Settings) -> Finding:
    told = read_api_file(settings)
    pid = told.get("pid")
    if isinstance(pid, int) and Path(f"/proc/{pid}").exists():
        return Finding("platform", "ok", f"runs at {told.get('url')}")
    return Finding("platform", "ok", "does not run now; `quapsule up` starts it")
