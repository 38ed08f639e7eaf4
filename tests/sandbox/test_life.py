# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""How boxes begin and end: spares, kills, and what is left when a worker or a fork server dies."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from quapsule.sandbox import cgroups
from quapsule.sandbox.launch import ForkServer, SandboxFailed
from quapsule.sandbox.layers import TEAM_MODE, inspect_layers
from quapsule.sandbox.profile import Limits, Profile

from . import boxes

ROOT = os.geteuid() == 0


def make(preload=("quapsule.runner.frameworks.openqasm",), entry="quapsule.runner.serve:serve", **more):
    return ForkServer("life", list(preload), entry, Profile(boxes.SMALL, code=(boxes.RUNNER,)), inspect_layers(), **more)


@pytest.fixture
def own():
    server = make()
    server.start()
    yield server
    server.close()


@pytest.mark.skipif(not ROOT, reason="without root the control groups may be somebody else's")
def test_every_layer_is_on_where_the_kernel_has_it():
    layers = inspect_layers()
    assert [layer for layer in layers.all if not layer.on] == []
    assert layers.missing_for_team_mode == () and layers.usable
    assert set(TEAM_MODE) <= {layer.name for layer in layers.all}


def test_a_module_that_cannot_be_imported_is_named():
    with pytest.raises(SandboxFailed, match="No module named 'absent_module'"):
        make(preload=["absent_module"]).start()


def test_modules_that_start_threads_are_refused(tmp_path):
    (tmp_path / "threaded").mkdir()
    (tmp_path / "threaded/__init__.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()\ndef go(door): pass\n"
    )
    server = ForkServer("life", ["threaded"], "threaded:go", Profile(boxes.SMALL, code=(tmp_path / "threaded",)), inspect_layers())
    with pytest.raises(SandboxFailed, match="started 1 threads"):
        server.start()


def test_boxes_that_die_before_their_hello_are_told_to_who_asks(tmp_path):
    (tmp_path / "mute").mkdir()
    (tmp_path / "mute/__init__.py").write_text("def go(door):\n    raise RuntimeError('no hello from me')\n")
    server = ForkServer("life", ["mute"], "mute:go", Profile(boxes.SMALL, code=(tmp_path / "mute",)), inspect_layers())
    server.start()
    try:
        with pytest.raises(SandboxFailed, match="no hello from me"):
            server.take(timeout=5.0)
    finally:
        server.close()


def test_a_box_that_is_killed_says_so(own):
    box = own.take()
    box.kill()
    ended = box.wait(5.0)
    assert ended is not None and ended.signal == 9 and ended.code is None and not ended.out_of_memory
    box.kill()  # a second time does nothing
    box.close()


def test_a_taken_box_is_replaced(own):
    with own.take() as one, own.take() as two, own.take() as three:
        assert len({one.pid, two.pid, three.pid}) == 3
        assert all(box.hello["framework"] == "life" for box in (one, two, three))


def test_a_spare_that_is_killed_is_replaced(own):
    deadline = time.monotonic() + 5.0
    while not own._ready and time.monotonic() < deadline:
        time.sleep(0.01)
    spare = own._ready[0]
    os.kill(spare.pid, signal.SIGKILL)
    assert spare.wait(5.0) is not None
    with own.take() as box:
        assert box.number != spare.number


def test_the_death_of_the_fork_server_ends_its_boxes_and_is_seen(own):
    box = own.take()
    os.kill(own.pid, signal.SIGKILL)
    ended = box.wait(5.0)
    assert ended is not None and ended.signal == 9
    assert not Path(f"/proc/{box.pid}").exists() or "Z" in Path(f"/proc/{box.pid}/stat").read_text()
    assert not own.alive
    with pytest.raises(SandboxFailed):
        own.take(timeout=1.0)
    box.close()


def test_closing_ends_boxes_that_were_handed_out_and_leaves_nothing():
    server = make()
    server.start()
    box = server.take()
    pid, holder = box.pid, server.pid
    server.close()
    assert box.wait(1.0) is not None
    box.close()
    assert not Path(f"/proc/{pid}").exists() and not Path(f"/proc/{holder}").exists()
    assert boxes.groups(server) == []


def test_kill_9_of_the_worker_leaves_no_guest_and_no_fork_server(tmp_path):
    code = f"""
import sys, time
sys.path.insert(0, {str(Path(boxes.quapsule.__file__).parents[1])!r})
from pathlib import Path
from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Limits, Profile
server = ForkServer("victim", ["quapsule.runner.frameworks.openqasm"], "quapsule.runner.serve:serve", Profile(Limits(), code=(Path({str(boxes.RUNNER)!r}),)), inspect_layers())
server.start()
box = server.take()
box.door.send({{**{boxes.START!r}, "code": "import os, time\\nos.fork()\\ntime.sleep(60)"}})
spare = server.take()
time.sleep(0.3)
print(server.pid, box.pid, spare.pid, box.uid, spare.uid, flush=True)
time.sleep(60)
"""
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    server, one, two, *uids = map(int, worker.stdout.readline().split())
    assert all(Path(f"/proc/{pid}").exists() for pid in (server, one, two))
    worker.kill()
    worker.wait()
    worker.stdout.close()
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline and (left := _alive({server, one, two}, set(uids))):
        time.sleep(0.02)
    assert left == set()
    # The groups of a dead worker are removed by the next that starts.
    cgroups.tidy(cgroups.find_places())
    places = cgroups.find_places().folders.values()
    assert not [g for parent in places for g in (parent / "quapsule").glob(f"{worker.pid}-*")]


@pytest.mark.skipif(not ROOT, reason="without root the control groups may be somebody else's")
def test_a_running_box_tells_when_a_process_of_it_was_killed_for_memory(own):
    code = """
import os
if (child := os.fork()) == 0:
    hoard = [bytearray(50 << 20) for _ in range(2)]
    os.fork()
    for part in hoard:
        for place in range(0, len(part), 4096):
            part[place] = 1
    os._exit(0)
os.waitpid(child, 0)
device.progress('waited')
import time; time.sleep(5)
"""
    with own.take() as box:
        assert not box.out_of_memory
        box.door.send({**boxes.START, "code": code})
        assert (box.door.receive(5.0) or {})["verb"] == "progress"
        assert box.out_of_memory and box.wait(0) is None


def test_limits_are_never_loosened():
    assert Limits(memory_bytes=1 << 40, processes=10).within(boxes.SMALL) == Limits(
        memory_bytes=boxes.SMALL.memory_bytes, processes=10, cpus=1.0, cpu_seconds=8, disk_bytes=boxes.SMALL.disk_bytes,
        shared_memory_bytes=boxes.SMALL.shared_memory_bytes, files=64,
    )  # fmt: skip


def test_an_environment_of_more_than_eight_names_is_refused():
    with pytest.raises(ValueError, match="8"):
        Profile(environment={str(n): "" for n in range(9)})


def _alive(pids: set[int], uids: set[int]) -> set[int]:
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z" and (int(folder.name) in pids or folder.stat().st_uid in uids - {65534}):
                    found.add(int(folder.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def test_packages_that_lie_below_the_scratch_folder_are_seen_read_only():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "there").write_text("seen")
        profile = Profile(boxes.SMALL, code=(boxes.RUNNER,), read_only=(folder,))
        server = ForkServer("life", ["quapsule.runner.frameworks.openqasm"], "quapsule.runner.serve:serve", profile, inspect_layers())
        server.start()
        try:
            ran = boxes.visit(
                server,
                f"""
                tell(read=open("{folder}/there").read(), write=tried(lambda: open("{folder}/there", "w")),
                     new=tried(lambda: open("{folder}/new", "w")), others=left_in_tmp())
            """,
            )
        finally:
            server.close()
    assert ran.facts == {"read": "seen", "write": "OSError", "new": "OSError", "others": [Path(folder).name]}
