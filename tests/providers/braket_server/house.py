"""The protocol server and an S3 server, as processes of their own in a folder."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .server import KEYS

BUCKET = "amazon-braket-quapsule-test"


class BraketHouse:
    """`url`, `s3_url`: where the servers listen. `folder`: of their state, which survives their restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._s3_port = _free_port(), _free_port()
        self.url, self.s3_url = f"http://127.0.0.1:{self._port}", f"http://127.0.0.1:{self._s3_port}"
        self._ports = {name: _free_port() for name in ("master", "volume", "filer")}
        self._storage: subprocess.Popen[bytes] | None = None
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
        self._start_storage()
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
        for process in (self._server, self._storage):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        for port in (self._s3_port, *self._ports.values()):  # SeaweedFS leaves its sockets behind
            for left in Path("/tmp").glob(f"seaweedfs-*-grpc-{port + 10_000}.sock"):
                left.unlink(missing_ok=True)

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

    def _start_storage(self) -> None:
        weed = Path(sys.executable).with_name("weed")
        access = {"identities": [{"name": "test", "credentials": [{"accessKey": KEYS[0], "secretKey": KEYS[1]}], "actions": ["Admin"]}]}
        (self._folder / "s3.json").write_text(json.dumps(access))
        (self._folder / "weed").mkdir(exist_ok=True)
        command = [
            str(weed),
            "-v=0",
            f"-logdir={self._folder}",
            "server",
            f"-dir={self._folder / 'weed'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
        ]
        command += [f"-{name}.port={port}" for name, port in self._ports.items()]
        command += ["-s3", f"-s3.port={self._s3_port}", f"-s3.config={self._folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=4"]
        log = (self._folder / "weed.log").open("wb")
        self._storage = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self._make_bucket()

    def _make_bucket(self) -> None:
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
        keys = {"aws_access_key_id": KEYS[0], "aws_secret_access_key": KEYS[1]}
        s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=self.s3_url, config=config, **keys)
        deadline = time.monotonic() + 60
        while True:
            try:
                s3.create_bucket(Bucket=BUCKET)
                s3.put_object(Bucket=BUCKET, Key="ready", Body=b"")
                return
            except (BotoCoreError, ClientError) as problem:
                log = (self._folder / "weed.log").read_text(errors="replace")[-2000:]
                dead = self._storage is not None and self._storage.poll() is not None
                assert not dead and time.monotonic() < deadline, f"the S3 server does not start: {problem}\n{log}"
                time.sleep(0.2)


@contextmanager
def braket_house(folder: Path) -> Iterator[BraketHouse]:
    house = BraketHouse(folder)
    try:
        house.start()
        yield house
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    """Below 55,536: SeaweedFS takes the port 10,000 above it as well."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:
            return port
