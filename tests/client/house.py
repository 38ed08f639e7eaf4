"""A platform of its own as a newcomer has it: a folder, the real process, and its command line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.client.conftest import Said

SOURCE = Path(__file__).parents[2] / "src"


class House:
    """One home, one configuration folder, and the command line in them."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "QUAPSULE_HOME": str(folder / "home"),
            "QUAPSULE_PORT": "0",
            "QUAPSULE_WARM_FRAMEWORKS": "openqasm,qiskit",
            "PYTHONPATH": str(SOURCE),
            **settings,
        }
        self._up: subprocess.Popen[bytes] | None = None

    def cli(self, *arguments: str, told: str | None = None, **environ: str) -> Said:
        """`told` comes on stdin."""
        done = subprocess.run(
            [sys.executable, "-m", "quapsule.cli", *arguments],
            capture_output=True,
            text=True,
            input=told,
            env={**self.environ, **environ},
            timeout=120,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def up(self) -> None:
        with (self.folder / "up.log").open("wb") as log:
            self._up = subprocess.Popen(
                [sys.executable, "-m", "quapsule.cli", "up"], stdout=log, stderr=log, env=self.environ, start_new_session=True
            )
        until = time.monotonic() + 90
        while "is up" not in (words := (self.folder / "up.log").read_text()):
            assert self._up.poll() is None and time.monotonic() < until, words
            time.sleep(0.1)

    def down(self, number: int = signal.SIGTERM) -> int:
        assert self._up is not None
        self._up.send_signal(number)
        return self._up.wait(60)
