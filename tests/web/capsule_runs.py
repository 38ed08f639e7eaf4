"""Capsules of real runs, made over HTTP for the stories that look at them."""

import time
from typing import Any

import httpx
from tests.factories import BELL
from tests.web.site import Visitor


def run_capsule(http: httpx.Client, **changes: Any) -> dict[str, Any]:
    """The capsule of a Bell job, filled."""
    job = run_bell(http, create_capsule=True, **changes)
    capsule = http.get(f"/api/jobs/{job}").json()["capsule_id"]
    return await_capsule(http, capsule, lambda one: all(request["done_at"] for request in one["requests"]) and one["completed_at"])


def run_bell(http: httpx.Client, **changes: Any) -> str:
    body = {"circuit": {"format": "qasm3", "payload": BELL}, "backend": "local", "params": {"shots": 2000, "seed": 7}}
    job = str(http.post("/api/jobs/submit", json={**body, **changes}).raise_for_status().json()["job_id"])
    while http.get(f"/api/jobs/{job}/status", params={"wait": 20}).raise_for_status().json()["status"] != "completed":
        pass
    return job


def await_capsule(http: httpx.Client, capsule: str, fits: Any) -> dict[str, Any]:
    deadline = time.monotonic() + 40
    while True:
        found: dict[str, Any] = http.get(f"/api/capsules/{capsule}").raise_for_status().json()
        if fits(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def http_of(visitor: Visitor) -> httpx.Client:
    return known(visitor.http)


def known[T](given: T | None) -> T:
    assert given is not None
    return given
