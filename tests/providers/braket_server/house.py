"""The protocol server and an S3 server, as processes of their own in a folder."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.s3_server import Storage, free_port

from .server import KEYS

BUCKET = "amazon-braket-quapsule-test"


class BraketHouse:
    """`url`, `s3_url`: where the servers listen. `folder`: of their state, which survives their restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage = Storage(folder, BUCKET, KEYS)
        self._port = free_port()
        self.url, self.s3_url = f"http://127.0.0.1:{self._port}", self._storage.url
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Of quapsule.settings, by name."""
        return {
            "braket_endpoint": self.url,
            "braket_s3_endpoint": self.s3_url,
            "braket_bucket": BUCKET,
            "braket_region": "us-east-1",
            "braket_access_key_id": KEYS[0],
            "braket_secret_access_key": KEYS[1],
        }

    def start(self) -> None:
        self._storage.start()
        self.start_server()

    def start_server(self) -> None:
        command = [sys.executable, "-m", "tests.providers.braket_server.server", "--port", str(self._port)]
        command += ["--book", str(self._folder / "book.sqlite"), "--s3", self.s3_url]
        self._server = subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3], env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"ready\n", "the protocol server did not start"

    def kill_server(self) -> None:
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self.kill_server()
        self._storage.stop()

    def plant(self, kind: str, times: int = 1, seconds: float = 0.0) -> None:
        self._post("/_faults", {"kind": kind, "times": times, "seconds": seconds})

    def pace(self, **seconds: float) -> None:
        """queue, run: how long a task stays there."""
        self._post("/_pace", seconds)

    def ask(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        """What the server has written down: tables posts and tasks (tests/providers/braket_server/book.py)."""
        with sqlite3.connect(self._folder / "book.sqlite") as book:
            return book.execute(query, given).fetchall()

    def _post(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def braket_house(folder: Path) -> Iterator[BraketHouse]:
    house = BraketHouse(folder)
    try:
        house.start()
        yield house
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)
