"""The CLI in this process, against the real API; and a server that plays what the real one does only on bad days."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests import factories
from tests.api.conftest import Api
from tests.api.conftest import api as api
from tests.api.conftest import start_api as start_api

from quapsule.cli import main

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Said:
    """What one verb left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


Cli = Callable[..., Said]


@pytest.fixture
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a configuration folder of the test's own; nothing of the machine's environment counts."""
    for name in ("QUAPSULE_URL", "QUAPSULE_TOKEN", "QUAPSULE_API_KEY", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("QUAPSULE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QUAPSULE_PORT", "1")  # where nobody listens
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def cli(own_place: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`cli("jobs", "--json")` runs the verb as the process would."""

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(list(arguments))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def alice(api: Api, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Signed in as alice, who owns her team."""
    user = factories.make_user(api.owner, "alice@example.org")
    monkeypatch.setenv("QUAPSULE_URL", api.url)
    monkeypatch.setenv("QUAPSULE_TOKEN", factories.make_session(api.owner, user))
    return user


@dataclass
class Played:
    """A server that gives the answers it was told, in turn (the last one again and again), and keeps what it was asked."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def then(self, *answers: Answer) -> "Played":
        self.answers.extend(answers)
        return self


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return give


def refusal(code: str, status: int, **headers: str) -> Answer:
    return answer(status, {"error": {"code": code, "message": f"{code} it is", "status": status}}, **headers)


def stream(*chunks: bytes) -> Answer:
    """An event stream that breaks off after its chunks."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("connection", "close")
        handler.end_headers()
        for chunk in chunks:
            handler.wfile.write(chunk)
            handler.wfile.flush()
        handler.close_connection = True

    return give


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """The connection breaks before any answer."""
    handler.close_connection = True
    handler.connection.close()


@pytest.fixture
def played() -> Iterator[Played]:
    told: list[Played] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.handle_any
            raise AttributeError(name)

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self.rfile.read(length)
            play = told[0]
            play.asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
            give = play.answers.pop(0) if len(play.answers) > 1 else play.answers[0]
            give(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the test looks at `asked`."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (OSError, ValueError):
                self.close_connection = True  # a client that went, or hang_up

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.append(Played(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield told[0]
    server.shutdown()
    server.server_close()
    thread.join(5)
