"""`quapsule demo`: a Bell state through the whole platform, with the time of each step."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from quapsule.client.api import Client
from quapsule.client.commands.results import draw_outcome, draw_timeline
from quapsule.client.logins import Place, open_client
from quapsule.client.terminal import Terminal
from quapsule.errors import Problem
from quapsule.platform.parts import read_api_file
from quapsule.platform.tree import running
from quapsule.sandbox.layers import Layers, inspect_layers
from quapsule.settings import Settings

_SHOTS = 1_000
_PATIENCE_SECONDS = 60.0


def demo(settings: Settings) -> None:
    """On the platform of this home when one runs, else on one of its own for as long as it takes. Raises Problem when the job fails."""
    terminal = Terminal()
    with _platform(settings, terminal) as (client, layers):
        before = time.monotonic()
        body = {"script_slug": "bell", "framework": "qiskit", "backend": "local", "params": {"shots": _SHOTS}}
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
    if job.status != "completed" or not job.counts:
        raise Problem(
            "internal_error", f"The demo's job {job.status}: {job.error_message or 'no message'}", hint="`quapsule doctor` may say why."
        )


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
