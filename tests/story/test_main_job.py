"""The main job, told from the outside: a whole platform, HTTP in, a pushed event out; and what survives when it is killed."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tests.factories import BELL

import quapsule
from quapsule import platform
from quapsule.client.api import Client
from quapsule.client.commands.capsule_files import fetch
from quapsule.client.logins import Place, open_client
from quapsule.database.logins import owner_url
from quapsule.errors import Problem
from quapsule.settings import Settings

BODY = {"circuit": {"format": "qasm3", "payload": BELL}, "backend": "local", "params": {"shots": 1000}}
SLOW = {
    "inline_code": "import time\ntime.sleep(4)\nprint('{\"done\": true}')\n",
    "framework": "qiskit",
    "backend": "local",
    "params": {"shots": 1},
}


@pytest.fixture
def settings() -> Iterator[Settings]:
    home = Path(tempfile.mkdtemp(prefix="quapsule-story-"))
    home.chmod(0o711)  # the database server's account passes through
    yield Settings(home=home, port=0, lease_seconds=4.0, warm_frameworks="openqasm,qiskit")
    shutil.rmtree(home, ignore_errors=True)


def entered(settings: Settings, url: str) -> Client:
    """Through the Unix socket, with a login that only this test knows."""
    config = settings.home / f"config-{secrets.token_hex(4)}"
    config.mkdir(mode=0o700)
    return open_client(Place({"HOME": str(config)}, settings.run_dir / "entry.sock", url))


def test_a_second_platform_on_the_same_home_is_refused(settings: Settings) -> None:
    with platform.running(settings), pytest.raises(Problem, match="runs already") as refused, platform.running(settings):
        pass
    assert refused.value.code == "conflict"


def test_team_mode_without_a_layer_is_refused_by_its_name(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    found = platform.tree.inspect_layers()
    lacking = replace(found, all=tuple(replace(layer, on=False) if layer.name == "memory_group" else layer for layer in found.all))
    monkeypatch.setattr(platform.tree, "inspect_layers", lambda: lacking)
    with pytest.raises(Problem, match="memory_group"), platform.running(replace(settings, mode="team")):
        pass


def test_single_mode_does_not_serve_the_network(settings: Settings) -> None:
    with pytest.raises(Problem, match="this machine only"), platform.running(replace(settings, host="0.0.0.0")):
        pass


def test_a_bell_state_goes_in_by_http_and_comes_back_as_an_event(settings: Settings) -> None:
    with platform.running(settings) as running, entered(settings, running.url) as client, client.listen() as events:
        job_id = client.submit(BODY)
        seen = []
        for event in events:
            if not event.name or event.data.get("id") != job_id:
                continue
            seen.append(event.name)
            if event.name in ("job.completed", "job.failed"):
                break
        assert seen[-1] == "job.completed", event.data
        result = event.data["row"]["result"]
        assert set(result["counts"]) == {"00", "11"}
        assert sum(result["counts"].values()) == 1000
        assert (result["counts_source"], result["bit_order"]) == ("backend", "clbit_0_first")
        names = [trace.event for trace in client.traces(job_id)]
        assert names[0] == "job.pending"
        assert {"job.running", "box.entered", "program.prepared", "program.ran"} <= set(names)
        assert names[-1] == "job.completed"


def test_the_demo_ends_well_and_shows_the_timeline(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    platform.demo(settings)
    said = capsys.readouterr().out
    assert "completed" in said
    assert "job.running" in said
    assert "sandbox layers: namespaces" in said
    lines = said.splitlines()
    [signer] = [line.split()[1] for line in lines if line.startswith("signer ")]
    assert signer.startswith("SHA256:") and len(signer) == 71
    commands = [line.split()[1:3] for line in lines if line.startswith("$ ")]
    assert commands[:3] == [["quapsule", "verify"], ["marqov-capsule", "verify"], ["python", "verify_capsule.py"]]
    assert [line.strip() for line in lines].count("verified") == 2
    assert [line.strip() for line in lines].count("intact, signer unknown") == 2
    assert "  Integrity verification: PASS" in lines
    assert "Three verifiers agree" in said


@pytest.mark.slow
def test_the_demo_fails_when_a_verifier_does_not_say_what_it_must(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(client: Client, capsule_id: str, folder: Path) -> list[Path]:
        capsule, proof = fetch(client, capsule_id, folder)
        proof.write_text(proof.read_text().replace("mqc:1:", "mqc:1:0", 1))
        return [capsule, proof]

    monkeypatch.setattr(sys.modules["quapsule.platform.demo"], "fetch", spoiled)
    with pytest.raises(Problem, match="ended with 1"):
        platform.demo(settings)


@pytest.mark.slow
def test_a_part_that_dies_is_started_again_where_clients_look_for_it(settings: Settings) -> None:
    with platform.running(settings) as running, entered(settings, running.url) as client:
        before = running.pids()
        for name in ("api", "worker-1"):
            os.kill(before[name], 9)
        deadline = time.monotonic() + 30
        while any(running.pids()[name] == before[name] for name in ("api", "worker-1")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        client.connection.patience_seconds = 20.0
        assert client.wait(client.submit(BODY), 30.0).status == "completed"


@pytest.mark.slow
def test_a_database_that_restarts_under_the_tree_costs_no_job(settings: Settings) -> None:
    with platform.running(settings) as running, entered(settings, running.url) as client:
        client.connection.patience_seconds = 20.0
        job_id = client.submit(SLOW)
        time.sleep(0.5)
        os.kill(running.pids()["database"], 9)
        assert client.wait(job_id, 60.0).status == "completed"
        assert client.wait(client.submit(BODY), 30.0).status == "completed"


def test_a_tree_that_is_killed_keeps_its_data_and_finishes_its_job_after_the_next_start(settings: Settings) -> None:
    tree = spawn_up(settings)
    try:
        with entered(settings, await_url(settings, tree)) as client:
            kept = client.submit(BODY)
            assert client.wait(kept, 30.0).status == "completed"
            job_id = client.submit(SLOW)
            while client.status(job_id).status != "running":
                time.sleep(0.02)
    finally:
        kill_tree(tree)
    with platform.running(settings) as running, entered(settings, running.url) as client:
        assert client.status(kept).counts
        assert client.wait(job_id, 60.0).status == "completed"
        with psycopg.connect(owner_url(settings)) as owner:
            ends = owner.execute(
                "select count(*) from public.job_events where job_id = %s and event = 'job.completed'", (job_id,)
            ).fetchone()
        assert ends == (1,)


def test_a_suspended_team_reads_and_writes_nothing_until_it_is_resumed(settings: Settings) -> None:
    with platform.running(settings) as running, entered(settings, running.url) as client:
        job_id = client.submit(BODY)
        assert client.wait(job_id, 30.0).status == "completed"
        platform.suspend(settings, "Personal")
        with pytest.raises(Exception, match="suspended"):
            client.submit(BODY)
        assert client.status(job_id).counts
        platform.resume(settings, "Personal")
        assert client.submit(BODY)


def spawn_up(settings: Settings) -> subprocess.Popen[bytes]:
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(quapsule.__file__).parents[1]),
        "QUAPSULE_HOME": str(settings.home),
        "QUAPSULE_PORT": "0",
        "QUAPSULE_WARM_FRAMEWORKS": "openqasm,qiskit",
        "QUAPSULE_LEASE_SECONDS": str(settings.lease_seconds),
    }
    command = [sys.executable, "-c", "from quapsule.cli import main; raise SystemExit(main(['up']))"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, start_new_session=True)


def await_url(settings: Settings, tree: subprocess.Popen[bytes]) -> str:
    assert tree.stdout is not None
    for line in tree.stdout:
        if line.split()[:1] == [b"address"]:
            return line.split()[1].decode()
    raise AssertionError(f"it ended with {tree.wait()}")


def kill_tree(tree: subprocess.Popen[bytes]) -> None:
    """Everything at once, as a power cut would."""
    processes: list[Any] = [psutil.Process(tree.pid), *psutil.Process(tree.pid).children(recursive=True)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # gone with its parent already
            process.kill()
    psutil.wait_procs(processes, 10)
    tree.wait()
    assert tree.stdout is not None
    tree.stdout.close()
