"""Control groups, v1 as this machine has them and v2 by the files that they would be."""

import os
import subprocess
from pathlib import Path

import pytest

from quapsule.sandbox import cgroups
from quapsule.sandbox.cgroups import Group, Places
from quapsule.sandbox.profile import Limits


@pytest.fixture
def unified(tmp_path: Path) -> Path:
    """A delegated v2 group as the kernel lays it out; writes are plain files here."""
    own = tmp_path / "own"
    for folder in (own, own / "quapsule", own / "quapsule/1-box-1"):
        folder.mkdir()
        (folder / "cgroup.controllers").write_text("cpu memory pids\n")
        (folder / "cgroup.subtree_control").write_text("")
    return own


def group_of(unified: Path) -> Group:
    group = Group(Places(2, dict.fromkeys(("memory", "pids", "cpu"), unified), {}), "1-box-1")
    assert group.folders == (unified / "quapsule/1-box-1",), "one folder for all controllers"
    return group


def test_v2_limits_are_written_where_the_kernel_reads_them(unified):
    group_of(unified).limit(Limits(memory_bytes=1 << 20, processes=7, cpus=0.5))
    folder = unified / "quapsule/1-box-1"
    assert (folder / "memory.max").read_text() == "1048576"
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "pids.max").read_text() == "7"
    assert (folder / "cpu.max").read_text() == "50000 100000"


def test_v2_counters_are_read(unified):
    folder = unified / "quapsule/1-box-1"
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 1\n")
    (folder / "memory.peak").write_text("4096\n")
    (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    group = group_of(unified)
    assert group.out_of_memory_kills() == 2 and group.peak_memory_bytes() == 4096 and group.cpu_seconds() == 1.5


def test_v2_kill_uses_the_kernels_own_switch(unified):
    folder = unified / "quapsule/1-box-1"
    (folder / "cgroup.procs").write_text("")
    group_of(unified).kill()
    assert (folder / "cgroup.kill").read_text() == "1"


def test_a_counter_that_the_kernel_lacks_is_none(unified):
    group = group_of(unified)
    assert group.peak_memory_bytes() is None and group.cpu_seconds() is None and group.out_of_memory_kills() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="without root the control groups may be somebody else's")
def test_a_real_group_limits_kills_and_goes():
    places = cgroups.find_places()
    assert {"memory", "pids", "cpu"} <= set(places.folders)
    group = Group(places, f"{os.getpid()}-test-1")
    group.create(Limits(memory_bytes=64 << 20, processes=5))
    sleeper = subprocess.Popen(["sleep", "30"])
    for fd in group.entrances():
        os.write(fd, str(sleeper.pid).encode())
        os.close(fd)
    assert group.members() == {sleeper.pid}
    group.kill()
    assert sleeper.wait(5) == -9
    group.remove()
    assert not any(folder.exists() for folder in group.folders)


@pytest.mark.skipif(os.geteuid() != 0, reason="without root the control groups may be somebody else's")
def test_groups_of_dead_workers_are_tidied_and_those_of_living_ones_kept():
    places = cgroups.find_places()
    dead, living = Group(places, "4194303-box-1"), Group(places, f"{os.getpid()}-box-999999")
    dead.create(Limits())
    living.create(Limits())
    cgroups.tidy(places)
    assert not any(folder.exists() for folder in dead.folders) and all(folder.exists() for folder in living.folders)
    living.remove()
    cgroups.tidy(places)
