"""`quapsule demo`: a Bell state through the whole platform, with the time of each step; then sealed, and verified from the file alone."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from quapsule.client.api import Client
from quapsule.client.capsules import Capsule
from quapsule.client.commands.capsule_files import fetch
from quapsule.client.commands.results import draw_outcome, draw_timeline
from quapsule.client.logins import Place, open_client
from quapsule.client.terminal import Terminal
from quapsule.errors import Problem
from quapsule.platform.parts import read_api_file
from quapsule.platform.tree import running
from quapsule.platform.verifiers import verify_three_ways
from quapsule.sandbox.layers import Layers, inspect_layers
from quapsule.settings import Settings

_SHOTS = 1_000
_PATIENCE_SECONDS = 60.0
_VERDICT_LINES = 6


def demo(settings: Settings) -> None:
    """On the platform of this home when one runs, else on one of its own for as long as it takes. Raises Problem when the job fails, or a
    verifier does not say what it must."""
    terminal = Terminal()
    with _platform(settings, terminal) as (client, layers):
        before = time.monotonic()
        body: dict[str, Any] = {"script_slug": "bell", "framework": "qiskit", "backend": "local", "params": {"shots": _SHOTS}}
        client.wait(client.submit(body), _PATIENCE_SECONDS)  # the first job of a fresh tree warms what the second finds warm
        cold = time.monotonic() - before
        before = time.monotonic()
        job_id = client.submit(body)
        job = client.wait(job_id, _PATIENCE_SECONDS)
        warm = time.monotonic() - before
        draw_outcome(terminal, job)
        draw_timeline(terminal, client.traces(job_id))
        terminal.say(
            f"submitted over HTTP and pushed back in {warm * 1000:.0f} ms (the first job of this tree: {cold * 1000:.0f} ms)", "bold"
        )
        on = ", ".join(layer.name for layer in layers.all if layer.on)
        terminal.say(f"sandbox layers: {on}")
        for layer in layers.all:
            if not layer.on:
                terminal.say(f"  without {layer.name}: {layer.says}", "yellow")
        if job.status == "completed":
            _show_capsule(terminal, client, body)
    if job.status != "completed" or not job.counts:
        raise Problem(
            "internal_error", f"The demo's job {job.status}: {job.error_message or 'no message'}", hint="`quapsule doctor` may say why."
        )


def _show_capsule(terminal: Terminal, client: Client, body: dict[str, Any]) -> None:
    """A third run, sealed; its download, in an empty folder, before three verifiers. The runs above were timed without."""
    job_id = client.submit({**body, "create_capsule": True, "capsule_name": "Bell state", "seal_capsule": True})
    client.wait(job_id, _PATIENCE_SECONDS)
    sealed = _sealed(client, str(client.job(job_id).raw["capsule_id"]))
    terminal.say()
    terminal.say(f"sealed   {sealed.mqc_id}")
    terminal.say(f"signer   {sealed.signer}")
    with tempfile.TemporaryDirectory(prefix="quapsule-capsule-") as name:
        capsule, proof = fetch(client, sealed.id, Path(name))
        terminal.say(f"export   {capsule.name} ({capsule.stat().st_size:,} bytes) and {proof.name}, alone in an empty folder", "dim")
        verdicts = verify_three_ways(capsule, proof, str(sealed.mqc_id), str(sealed.signer))
    for verdict in verdicts:
        short = verdict.command.replace(str(sealed.mqc_id), "mqc:1:…").replace(str(sealed.signer), "SHA256:…")
        terminal.say(f"$ {short}", "dim")
        for line in verdict.says.splitlines()[:_VERDICT_LINES]:
            terminal.say(f"  {line}", "" if verdict.holds else "red")
    if wrong := [verdict for verdict in verdicts if not verdict.holds]:
        first = wrong[0]
        raise Problem("internal_error", f"`{first.command}` ended with {first.exit_code}, not {first.wanted}: {first.says[:300]}")
    terminal.say("Three verifiers agree; with the fingerprint the signer is known, without it the capsule is only intact.", "bold")


def _sealed(client: Client, capsule_id: str) -> Capsule:
    """Raises Problem when the worker gave up, or takes too long."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (found := client.capsules.show(capsule_id)).is_sealed:
        problem = next((one["problem"] for one in found.requests if one.get("problem")), None)
        if problem or time.monotonic() > until:
            said = problem["message"] if problem else f"it is still {found.state} after {_PATIENCE_SECONDS:.0f} s"
            raise Problem("internal_error", f"The demo's capsule was not sealed: {said}", hint="`quapsule doctor` may say why.")
        time.sleep(0.02)
    return found


@contextmanager
def _platform(settings: Settings, terminal: Terminal) -> Iterator[tuple[Client, Layers]]:
    told = read_api_file(settings)
    if told.get("url") and Path(f"/proc/{told.get('pid')}").exists():
        terminal.note(f"on the platform that runs at {told['url']}")
        with _entered(settings, str(told["url"])) as client:
            yield client, inspect_layers()
        return
    terminal.note(f"starting a platform in {settings.home} …")
    with running(replace(settings, port=0)) as platform, _entered(settings, platform.url) as client:
        yield client, platform.layers


@contextmanager
def _entered(settings: Settings, url: str) -> Iterator[Client]:
    """Through the Unix socket; the login of the demo is kept apart from the user's own."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"HOME": folder, "XDG_CONFIG_HOME": folder, "PATH": os.environ.get("PATH", "")}
        with open_client(Place(environ, settings.run_dir / "entry.sock", url)) as client:
            yield client
