"""A real S3 server (SeaweedFS) in a folder, with one bucket and one key."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

BUCKET, ACCESS_KEY, SECRET_KEY = "quapsule-objects", "objects-of-tests", "secret-of-tests"


class Storage:
    """`url`: where it listens once it was started. `bucket` is there then; `keys`: access key and secret."""

    def __init__(self, folder: Path, bucket: str = BUCKET, keys: tuple[str, str] = (ACCESS_KEY, SECRET_KEY)) -> None:
        self._folder, self._bucket, self._keys = folder, bucket, keys
        self._ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
        self.url = f"http://127.0.0.1:{self._ports['s3']}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        keys = {"accessKey": self._keys[0], "secretKey": self._keys[1]}
        access = {"identities": [{"name": "test", "credentials": [keys], "actions": ["Admin"]}]}
        (self._folder / "s3.json").write_text(json.dumps(access))
        (self._folder / "weed").mkdir(exist_ok=True)
        command = [str(Path(sys.executable).with_name("weed")), "-v=0", f"-logdir={self._folder}", "server"]
        command += [f"-dir={self._folder / 'weed'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
        command += [f"-{name}.port={port}" for name, port in self._ports.items()]
        command += [f"-s3.config={self._folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=4"]
        with (self._folder / "weed.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self._make_bucket()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for port in self._ports.values():  # SeaweedFS leaves its sockets behind
            for left in Path("/tmp").glob(f"seaweedfs-*-grpc-{port + 10_000}.sock"):
                left.unlink(missing_ok=True)

    def _make_bucket(self) -> None:
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
        keys = {"aws_access_key_id": self._keys[0], "aws_secret_access_key": self._keys[1]}
        s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=self.url, config=config, **keys)
        deadline = time.monotonic() + 60
        while True:
            try:
                s3.create_bucket(Bucket=self._bucket)
                s3.put_object(Bucket=self._bucket, Key="ready", Body=b"")
                return
            except (BotoCoreError, ClientError) as problem:
                log = (self._folder / "weed.log").read_text(errors="replace")[-2000:]
                dead = self._process is not None and self._process.poll() is not None
                assert not dead and time.monotonic() < deadline, f"the S3 server does not start: {problem}\n{log}"
                time.sleep(0.2)


@contextmanager
def storage(folder: Path) -> Iterator[Storage]:
    server = Storage(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Below 55,536: SeaweedFS takes the port 10,000 above it as well."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:
            return port
