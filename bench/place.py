"""A platform of its own in a temporary home, and a plain HTTP connection to it, so that a bench measures the platform and not a client."""

import http.client
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quapsule.client.logins import enter_through_socket
from quapsule.platform import Running, running
from quapsule.settings import Settings, read_settings

BELL_QASM = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
BELL_QISKIT = """from qiskit import QuantumCircuit

circuit = QuantumCircuit(2, 2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])
"""
BELL: dict[str, dict[str, object]] = {
    "openqasm": {"circuit": {"format": "qasm3", "payload": BELL_QASM}, "framework": "openqasm"},
    "qiskit": {"inline_code": BELL_QISKIT, "framework": "qiskit"},
}


@dataclass
class Place:
    """A running platform and a way to ask it."""

    running: Running
    settings: Settings
    token: str
    _local: threading.local = field(default_factory=threading.local)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request on this thread's kept connection. Raises RuntimeError on a refusal."""
        connection = self._connection()
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, data, {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:500].decode()}")
        return json.loads(text) if text else None

    def submit(self, framework: str, shots: int = 1000, **params: Any) -> str:
        body = BELL[framework] | {"backend": "local", "params": {"shots": shots, **params}}
        return str(self.ask("POST", "/api/jobs/submit", body)["job_id"])

    def events(self) -> Iterator[tuple[str, dict[str, Any], float]]:
        """(event name, data, arrival on this machine's monotonic clock) as they are pushed; blocks."""
        connection = self.connect()
        connection.request("GET", "/api/events", headers={"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"})
        response = connection.getresponse()
        name = ""
        while line := response.readline():
            if line.startswith(b"event:"):
                name = line[6:].strip().decode()
            elif line.startswith(b"data:"):
                arrived = time.perf_counter()
                yield name, json.loads(line[5:]), arrived

    def connect(self) -> http.client.HTTPConnection:
        where = urlsplit(self.running.url)
        return http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=60)

    def wake(self) -> None:
        """A fresh kept connection, after a pause that was longer than the server keeps one."""
        self._connection().close()
        self.ask("GET", "/api/health")

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self.connect()
        return self._local.connection  # type: ignore[no-any-return]


@contextmanager
def started(**changes: Any) -> Iterator[Place]:
    """The whole platform in a fresh home that is removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="qb-", dir="/tmp"))
    home.chmod(0o755)
    settings = replace(read_settings(), home=home, port=0, **changes)
    try:
        with running(settings) as tree:
            yield Place(tree, settings, enter_through_socket(settings.run_dir / "entry.sock"))
    finally:
        shutil.rmtree(home, ignore_errors=True)
