"""What a box can say of itself, for layers.py: runs inside, standard library only."""

import os
from typing import Any


def report(door: Any) -> None:
    """An entry function whose hello holds the layers as the kernel shows them from within."""
    with open("/proc/self/status") as file:  # noqa: PTH123 - one import less in the box
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    names = ("mnt", "pid", "net", "ipc", "uts", "user")
    facts = {
        "uid": os.getuid(),
        "seccomp": status["Seccomp"],
        "no_new_privileges": status["NoNewPrivs"],
        "capabilities": [status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
        "namespaces": {name: os.readlink(f"/proc/self/ns/{name}") for name in names},  # noqa: PTH115
        "host_files": os.path.exists("/root/.profile") or os.path.exists("/home"),  # noqa: PTH110
        "environment": len(os.environ),
    }
    door.send({"verb": "hello", "door": 1, "facts": facts})
    try:
        door.receive()
    except EOFError:
        return
