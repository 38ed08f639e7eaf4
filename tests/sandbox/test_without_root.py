# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""Boxes of a worker that is not root: a user namespace instead of a uid per box, and every other layer but the control groups."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import boxes

# root's own interpreter may lie under a 0700 home: in a mount namespace of its own, the way to it is opened for this test's process alone.
_AS_NOBODY = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def mount(*arguments):
    if libc.mount(*arguments) < 0:
        raise OSError(ctypes.get_errno(), str(arguments))
assert libc.unshare(0x20000) == 0
mount(None, b"/", None, ctypes.c_ulong(16384 | 1 << 18), None)
base = sys.argv[1]
closed = next((p for p in [*map(str, __import__('pathlib').Path(base).parents)][::-1] if not os.stat(p).st_mode & 1), None)
if closed:
    fd = os.open(base, os.O_PATH)
    mount(b"tmpfs", closed.encode(), b"tmpfs", ctypes.c_ulong(0), b"mode=755")
    os.makedirs(base)
    mount(f"/proc/self/fd/{fd}".encode(), base.encode(), None, ctypes.c_ulong(4096 | 16384), None)
    os.close(fd)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
os.chdir("/")
os.execv(sys.argv[2], [sys.argv[2], "-c", sys.argv[3]])
"""
_VISIT = """
import json, os, sys
sys.path[:0] = [{source!r}, {tests!r}]
from pathlib import Path
from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Profile
from tests.sandbox import boxes
layers = inspect_layers()
server = ForkServer("openqasm", ["quapsule.runner.frameworks.openqasm"], "quapsule.runner.serve:serve", Profile(boxes.SMALL, code=(boxes.RUNNER,)), layers)
server.start()
found = {{"host_uid": os.getuid(), "layers": {{layer.name: [layer.on, layer.says] for layer in layers.all}}}}
found["inside"] = boxes.visit(server, '''
tell(uid=os.getuid(), pids=[n for n in os.listdir('/proc') if n.isdigit()], shadow=os.path.exists('/etc/shadow'),
     write=tried(lambda: open('/usr/intruder', 'w')), unshare=syscall(272 if os.uname().machine == 'x86_64' else 97, 0x10000000),
     net=tried(lambda: socket.create_connection(('127.0.0.1', 5432), 2)), vsock=tried(lambda: socket.socket(40, 1)),
     caps=[int(line.split()[1], 16) for line in open('/proc/self/status') if line.startswith('Cap')])
''').facts
found["forks"] = boxes.visit(server, '''
made = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(30)
        made += 1
except BlockingIOError:
    tell(made=made)
''').facts
found["memory"] = boxes.visit(server, "def main(params):\\n    return len(bytearray(1 << 30))").error["type"]
found["loop"] = boxes.visit(server, "while True: pass", seconds=0.3).exit is None
found["missing"] = [layer.name for layer in layers.missing_for_team_mode]
server.close()
print(json.dumps(found))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_worker_without_root_has_boxes_with_every_layer_but_the_groups():
    root = Path(boxes.quapsule.__file__).parents[1]
    code = _VISIT.format(source=str(root), tests=str(Path(__file__).parents[2]))
    base = str(Path(sys.base_prefix))
    ran = subprocess.run(
        ["/usr/bin/env", sys.executable, "-c", _AS_NOBODY, base, sys.executable, code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout)
    assert found["host_uid"] == 65534
    on = {name for name, (is_on, _) in found["layers"].items() if is_on}
    assert {"namespaces", "seccomp", "unprivileged_user", "landlock"} <= on, found["layers"]
    assert found["inside"] == {
        "uid": 65534, "pids": ["1"], "shadow": False, "write": "OSError", "unshare": "EPERM", "net": found["inside"]["net"], "vsock": "OSError", "caps": [0] * 5,
    }  # fmt: skip
    assert found["inside"]["net"] in ("OSError", "PermissionError")
    assert found["forks"]["made"] < boxes.SMALL.processes, "RLIMIT_NPROC holds where root's would not"
    assert found["memory"] == "MemoryError" and found["loop"]
    assert "memory_group" in found["missing"], "team mode refuses such a worker unless its groups are delegated"
