"""The service itself: is it alive, is it ready, what does it speak, how is it doing."""

import ipaddress
import logging
import threading
import time
from collections.abc import Iterable
from typing import Any, Literal

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field
from starlette.responses import Response

import quapsule
from quapsule.api.answers import Json
from quapsule.api.openapi import PUBLIC, refusals
from quapsule.database.session import Database
from quapsule.errors import Problem
from quapsule.settings import Mode

router = APIRouter(tags=["service"])

API_VERSION = "1"
_STATE = "select private.platform_state()"
_COUNT_JOBS = "select status, jobs from private.count_jobs()"
_COUNTS_KEPT_SECONDS = 15
_log = logging.getLogger(__name__)

_registry = CollectorRegistry()
_requests = Counter("quapsule_http_requests", "Requests by route and status.", ["method", "route", "status"], registry=_registry)
_seconds = Histogram(
    "quapsule_http_request_seconds",
    "Time to the end of the answer, by route; long polls and streams count their waiting.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_registry,
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one request."""
    _requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
    _seconds.labels(route).observe(seconds)


# A method is the client's text: unknown ones share a label, so that nobody can fill the memory with names.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Health(BaseModel):
    status: Literal["ok"]


class DatabaseState(BaseModel):
    ready: bool


class WorkersState(BaseModel):
    ready: bool
    alive: int
    slots: int = Field(description="Jobs that can run at once.")


class LayerState(BaseModel):
    on: bool
    says: str


class SandboxState(BaseModel):
    ready: bool
    layers: dict[str, LayerState]


class QueueState(BaseModel):
    pending: int


class Parts(BaseModel):
    database: DatabaseState
    workers: WorkersState
    sandbox: SandboxState
    queue: QueueState


class Ready(BaseModel):
    ready: Literal[True]
    parts: Parts


class MetaLimits(BaseModel):
    max_body_bytes: int
    submits_per_minute: int
    jobs_per_day: int | None = Field(description="null: no quota.")


class Meta(BaseModel):
    name: Literal["quapsule"]
    api_version: str
    version: str
    mode: Mode
    accounts: Literal["embedded", "supabase"]
    sign_up: Literal["closed", "open", "code"]
    limits: MetaLimits
    openapi: str


@router.get("/api/health", response_model=Health, openapi_extra=PUBLIC)
async def health() -> Json:
    """The process answers; nothing more."""
    return Json({"status": "ok"})


@router.get("/api/ready", response_model=Ready, openapi_extra=PUBLIC)
def ready(request: Request) -> Json:
    """{ready, parts}: database, workers (a sign of life within 30 s), sandbox layers as they report them; else 503 `not_ready`."""
    state = _state(request.app.state.database)
    workers = state["workers"]
    parts = {
        "database": {"ready": True},
        "workers": {"ready": bool(workers), "alive": len(workers), "slots": sum(worker["slots"] for worker in workers)},
        "sandbox": {"ready": bool(workers), "layers": workers[0]["layers"] if workers else {}},
        "queue": {"pending": state["pending"]},
    }
    if not workers:
        raise Problem("not_ready", "No worker is alive: jobs are accepted, and wait.", hint="Start one with `quapsule up`.", details=parts)
    return Json({"ready": True, "parts": parts})


@router.get("/api/meta", response_model=Meta, openapi_extra=PUBLIC)
async def meta(request: Request) -> Json:
    """{name, api_version, version, mode, accounts, sign_up, limits, openapi}."""
    settings = request.app.state.settings
    return Json(
        {
            "name": "quapsule",
            "api_version": API_VERSION,
            "version": quapsule.__version__,
            "mode": settings.mode,
            "accounts": "supabase" if request.app.state.supabase else "embedded",
            "sign_up": settings.sign_up,
            "limits": {
                "max_body_bytes": settings.max_body_bytes,
                "submits_per_minute": settings.submits_per_minute,
                "jobs_per_day": settings.jobs_per_day or None,
            },
            "openapi": "/api/openapi.json",
        }
    )


_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/metrics", openapi_extra=PUBLIC, response_class=Response, responses={**_TEXT, **refusals("permission_denied")})
def metrics(request: Request) -> Response:
    """Prometheus' text form; from this machine only, and not through a proxy."""
    if not _is_local(request):
        raise Problem("permission_denied", "Metrics are read on the machine itself.")
    scrape = CollectorRegistry()
    scrape.register(_PlatformState(request.app.state.database))
    return Response(generate_latest(_registry) + generate_latest(scrape), media_type="text/plain; version=0.0.4; charset=utf-8")


class _PlatformState(Collector):
    """Jobs, queue and workers as the database knows them at the moment of the scrape."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[GaugeMetricFamily]:
        up = GaugeMetricFamily("quapsule_database_up", "Whether the database answered this scrape.")
        try:
            state, counts = _state(self._database), _job_counts.of(self._database)
        except Problem as problem:
            _log.warning("metrics without the database: %s", problem.message)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        jobs = GaugeMetricFamily("quapsule_jobs", "Jobs by status, at most 15 s old.", labels=["status"])
        for status, count in counts.items():
            jobs.add_metric([status], count)
        yield jobs
        yield GaugeMetricFamily("quapsule_queue_depth", "Jobs that wait for a worker.", value=state["pending"])
        yield GaugeMetricFamily("quapsule_workers", "Workers alive.", value=len(state["workers"]))
        yield GaugeMetricFamily("quapsule_slots", "Jobs that can run at once.", value=sum(worker["slots"] for worker in state["workers"]))


class _JobCounts:
    """Counting every job reads an index of all of them: done at most once in 15 s, however often metrics are asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, tuple[float, dict[str, int]]] = {}

    def of(self, database: Database) -> dict[str, int]:
        with self._lock:
            counted = self._of.get(database.url)
            if counted is None or counted[0] < time.monotonic():
                with database.as_login() as session:
                    found = {row["status"]: row["jobs"] for row in session.dicts(_COUNT_JOBS)}
                counted = (time.monotonic() + _COUNTS_KEPT_SECONDS, found)
                self._of = {database.url: counted}
            return counted[1]


_job_counts = _JobCounts()


def _state(database: Database) -> dict[str, Any]:
    with database.as_login() as session:
        state: dict[str, Any] = session.value(_STATE)
    return state


def _is_local(request: Request) -> bool:
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
