"""Which layers of the box are on, on this machine: found out by making a box and asking it, once per process."""

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import kernel
from .cgroups import Places, find_places
from .launch import ForkServer, SandboxFailed
from .profile import Profile

TEAM_MODE = ("namespaces", "seccomp", "memory_group", "process_group", "unprivileged_user")


@dataclass(frozen=True)
class Layer:
    name: str
    on: bool
    says: str  # what it does, or why it is off


@dataclass(frozen=True)
class Layers:
    """places: where groups are made. all: in the order in which a reader wants them."""

    places: Places
    all: tuple[Layer, ...] = ()

    def __getitem__(self, name: str) -> Layer:
        return next(layer for layer in self.all if layer.name == name)

    @property
    def usable(self) -> bool:
        """Whether boxes can be had at all: never without namespaces, filter and an unprivileged user."""
        return all(self[name].on for name in ("namespaces", "seccomp", "unprivileged_user"))

    @property
    def missing_for_team_mode(self) -> tuple[Layer, ...]:
        return tuple(self[name] for name in TEAM_MODE if not self[name].on)

    def as_json(self) -> dict[str, Any]:
        return {layer.name: {"on": layer.on, "says": layer.says} for layer in self.all}


@cache
def inspect_layers() -> Layers:
    """Takes about 0.2 s the first time. Never raises: a machine without boxes is told in the layers."""
    if platform.system() != "Linux":
        off = Layer("namespaces", False, f"{platform.system()} has no boxes; run the worker on Linux.")
        names = ("seccomp", "unprivileged_user", "landlock", "memory_group", "process_group", "cpu_group")
        return Layers(Places(1, {}, {}), (off, *(Layer(name, False, off.says) for name in names)))
    places = find_places()
    try:
        server = ForkServer("layers", [], "sandbox.report:report", Profile(), Layers(places))
        server.start(20.0)
        try:
            with server.take(timeout=10.0) as box:
                facts = box.hello["facts"]
        finally:
            server.close()
    except SandboxFailed as problem:
        facts, failure = None, str(problem)
    else:
        failure = ""
    return Layers(places, (*_from_within(facts, failure), *_groups(places)))


def _from_within(facts: dict[str, Any] | None, failure: str) -> list[Layer]:
    if facts is None:
        reason = failure.strip().splitlines()[-1]
        if os.geteuid() != 0:
            reason += " Without root, the kernel must allow user namespaces (user.max_user_namespaces,"
            reason += " kernel.apparmor_restrict_unprivileged_userns)."
        return [Layer(name, False, reason) for name in ("namespaces", "seccomp", "unprivileged_user")] + [_landlock()]
    own = {name: str(Path(f"/proc/self/ns/{name}").readlink()) for name in facts["namespaces"]}
    shared = [name for name in ("mnt", "pid", "net", "ipc", "uts") if own[name] == facts["namespaces"][name]]
    bare = all(int(mask, 16) == 0 for mask in facts["capabilities"])
    dropped = facts["uid"] != 0 and bare and facts["no_new_privileges"] == "1"
    user = "a uid of its own per box" if os.geteuid() == 0 else "a user namespace"
    if not dropped:
        user = f"uid {facts['uid']} with capabilities {facts['capabilities']}"
    return [
        Layer(
            "namespaces",
            not shared,
            f"shared with the host: {', '.join(shared)}" if shared else "own mounts, processes, network, IPC and names",
        ),
        Layer(
            "seccomp", facts["seccomp"] == "2", "system calls are filtered" if facts["seccomp"] == "2" else "the kernel has no filter mode"
        ),
        Layer("unprivileged_user", dropped, user),
        _landlock(),
    ]


def _landlock() -> Layer:
    abi = kernel.landlock_abi()
    return Layer("landlock", abi > 0, f"ABI {abi}: files, TCP and signals are ruled once more" if abi else "this kernel has no Landlock")


def _groups(places: Places) -> list[Layer]:
    found = []
    for name, controller, what in (
        ("memory_group", "memory", "memory"),
        ("process_group", "pids", "processes"),
        ("cpu_group", "cpu", "CPU time"),
    ):
        on = controller in places.folders
        says = f"{what} bounded by a control group (v{places.version})" if on else places.without.get(controller, "not found")
        found.append(Layer(name, on, says))
    return found
