"""One whole platform in a folder of its own, and a person who speaks HTTP with it."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from tests.factories import Owner, make_session, make_user

from quapsule import platform
from quapsule.database.logins import owner_url
from quapsule.settings import Settings


@contextmanager
def serving(**settings: Any) -> Iterator["House"]:
    home = Path(tempfile.mkdtemp(prefix="quapsule-story-"))
    home.chmod(0o711)  # the database server's account passes through
    told = Settings(home=home, port=0, **{"warm_frameworks": "openqasm,qiskit", **settings})
    try:
        with platform.running(told) as running, psycopg.connect(owner_url(told), autocommit=True) as owner:
            user = make_user(owner)
            with client_of(running, make_session(owner, user)) as http:
                yield House(told, running, owner, user, http)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def client_of(running: platform.Running, token: str) -> httpx.Client:
    return httpx.Client(base_url=running.url, headers={"authorization": f"Bearer {token}"}, timeout=40.0, trust_env=False)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    error = dict(answer.json()["error"])
    assert error["status"] == status
    assert error["message"]
    return error


@dataclass(frozen=True)
class House:
    """A platform that runs, its owner's past-everything connection, and one person's HTTP client."""

    settings: Settings
    running: platform.Running
    owner: Owner
    user: UUID
    http: httpx.Client

    def client(self, token: str) -> httpx.Client:
        return client_of(self.running, token)

    def submit(self, code: str, framework: str = "qiskit", headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        body = {"inline_code": code, "framework": framework, "backend": "local", "params": {"shots": 100}, **changes}
        return self.http.post("/api/jobs/submit", json=body, headers=headers)

    def end(self, answer: httpx.Response) -> dict[str, Any]:
        """The job as /status shows it at its end."""
        assert answer.status_code == 200, answer.text
        deadline = time.monotonic() + 40
        while True:
            shown = self.http.get(f"/api/jobs/{answer.json()['job_id']}/status", params={"wait": 20}).raise_for_status().json()
            if shown["status"] in ("completed", "failed", "cancelled"):
                return dict(shown)
            assert time.monotonic() < deadline, shown

    def run(self, code: str, framework: str = "qiskit", **changes: Any) -> dict[str, Any]:
        return self.end(self.submit(code, framework, **changes))

    def failed(self, code: str, framework: str = "qiskit") -> dict[str, Any]:
        """The error of a job that must fail by its author's fault; its detail must say the same."""
        shown = self.run(code, framework)
        assert shown["status"] == "failed", shown
        error = dict(shown["result"]["error"])
        assert error["category"] == "user", error
        detail = self.http.get(f"/api/jobs/{shown['id']}").raise_for_status().json()
        assert (detail["error_details"]["code"], detail["error_message"]) == (error["code"], error["message"])
        return error

    def log(self, job_id: str) -> dict[str, Any]:
        return dict(self.http.get(f"/api/jobs/{job_id}/logs").raise_for_status().json())
