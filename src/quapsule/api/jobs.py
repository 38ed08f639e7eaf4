"""/api/jobs: submit, watch, read, end and repeat jobs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.idempotency import once
from quapsule.api.job_bodies import Framework, SubmitBody, Work
from quapsule.api.limits import limit
from quapsule.api.looking import Estimate, estimate_work
from quapsule.api.openapi import refusals
from quapsule.api.pages import Page, read_page
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.jobs import job, listing, submission
from quapsule.jobs.job import JobDetail, JobStatus, Log, Result, Trace
from quapsule.jobs.listing import JobSummary
from quapsule.jobs.result import Status
from quapsule.realtime.hub import Hub
from quapsule.scripts.requirements import check_script
from quapsule.scripts.script import find_code
from quapsule.settings import Settings

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

_LOOK_AGAIN_SECONDS = 3.0  # what a lost notification costs a long poll at most
BACKEND = (
    "backend_unknown",
    "backend_retired",
    "backend_unavailable",
    "emulation_unavailable",
    "noise_model_unavailable",
    "statevector_unavailable",
    "mitigation_unavailable",
    "too_many_shots",
    "too_many_qubits",
)
_MISSING = refusals("not_found")


@dataclass(frozen=True)
class Submitted:
    job_id: UUID


@dataclass(frozen=True)
class Cancelled:
    job_id: UUID
    status: Status


@dataclass(frozen=True)
class Retried:
    job_id: UUID
    retried_from: UUID


@router.post(
    "/submit",
    response_model=Submitted,
    responses=refusals(
        "idempotency_conflict",
        "script_not_found",
        "not_found",
        "team_suspended",
        "analysis_mismatch",
        "check_blocked",
        "warning_not_accepted",
        "execution_mode_unavailable",
        "requirement_not_allowed",
        *BACKEND,
        "rate_limited",
    ),
)
def submit_job(visiting: Visiting, request: Request, body: SubmitBody) -> Json:
    """{"job_id"}. The job runs as soon as a worker is free."""
    settings: Settings = request.app.state.settings
    if body.execution_mode != "direct":
        raise Problem("execution_mode_unavailable", hint="Use execution_mode direct.")
    wanted = body.submission()
    with visiting.signed_in() as session:

        def act() -> Submitted:
            limit_submits(session, settings)
            _check_requirements(session, settings, body)
            return Submitted(submission.submit(session, wanted, jobs_per_day=settings.jobs_per_day))

        return once(session, request, body, act)


@router.get("", response_model=Listing[JobSummary])
def list_jobs(
    visiting: Visiting,
    page: Annotated[Page, Depends(read_page)],
    status: Annotated[list[Status] | None, Query(max_length=6)] = None,
    backend: Annotated[str | None, Query(max_length=100)] = None,
    framework: Framework | None = None,
    script_id: UUID | None = None,
    team_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, pattern="^[^\x00]*$")] = None,
) -> Json:
    """A page of the jobs of the caller's teams, newest first."""
    filters = listing.Filters(team_id, list(status) if status else None, backend, framework, script_id, since, until, q)
    with visiting.signed_in() as session:
        return Json(page.answer(listing.list_jobs(session, filters, page.parameters)))


@router.post("/estimate", response_model=Estimate, responses=refusals("script_not_found", "backend_unknown", "rate_limited"))
async def estimate_job(visiting: Visiting, request: Request, body: Work) -> Json:
    """{backend, shots, can_run, checks, cost, wait, emulation}: what a submit of the same body would meet. Nothing is submitted."""
    return Json(await estimate_work(visiting, request.app.state.hub, body))


@router.get("/{job_id}", response_model=JobDetail, responses=_MISSING)
def show_job(visiting: Visiting, job_id: UUID) -> Json:
    """Everything about a job."""
    with visiting.signed_in() as session:
        return Json(job.find_detail(session, job_id))


@router.get("/{job_id}/status", response_model=JobStatus, responses=_MISSING)
async def show_status(visiting: Visiting, request: Request, job_id: UUID, wait: Annotated[int, Query(ge=0, le=22)] = 0) -> Json:
    """The job and, when it has ended, its result. With `wait` (seconds) the answer comes when the job ends, or then."""
    if wait == 0:
        return Json(await run_in_threadpool(_look, visiting, job_id))
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    hub: Hub = request.app.state.hub
    with hub.waiting(job_id) as woken:
        while True:
            woken.clear()
            found = await run_in_threadpool(_look, visiting, job_id)
            left = until - loop.time()
            if found.ended or left <= 0 or hub.stopping or await request.is_disconnected():
                return Json(found)
            try:
                await asyncio.wait_for(woken.wait(), min(left, _LOOK_AGAIN_SECONDS))
            except TimeoutError:
                continue


@router.get("/{job_id}/results", response_model=Listing[Result], responses=_MISSING)
def list_results(visiting: Visiting, job_id: UUID) -> Json:
    """{"items": rows as they were recorded}."""
    with visiting.signed_in() as session:
        return Json({"items": job.list_results(session, job_id), "next_cursor": None})


@router.get("/{job_id}/logs", response_model=Log, responses=_MISSING)
def show_log(visiting: Visiting, job_id: UUID) -> Json:
    """{content, truncated, created_at}: what the script printed, at most 1 MiB."""
    with visiting.signed_in() as session:
        return Json(job.find_log(session, job_id))


@router.get("/{job_id}/traces", response_model=Listing[Trace], responses=_MISSING)
def list_traces(visiting: Visiting, job_id: UUID) -> Json:
    """{"items": the timeline}."""
    with visiting.signed_in() as session:
        return Json({"items": job.list_traces(session, job_id), "next_cursor": None})


@router.post(
    "/{job_id}/cancel",
    response_model=Cancelled,
    responses=refusals("idempotency_conflict", "not_found", "team_suspended", "conflict"),
)
def cancel_job(visiting: Visiting, request: Request, job_id: UUID) -> Json:
    """{job_id, status}: cancelled, or running until its worker has stopped it (within a second)."""
    with visiting.signed_in() as session:
        return once(session, request, None, lambda: Cancelled(job_id, job.cancel(session, job_id)))


@router.post(
    "/{job_id}/retry",
    response_model=Retried,
    responses=refusals("idempotency_conflict", "not_found", "team_suspended", "conflict", *BACKEND, "rate_limited"),
)
def retry_job(visiting: Visiting, request: Request, job_id: UUID) -> Json:
    """{job_id, retried_from}: a new job of the same code, parameters and backend."""
    settings: Settings = request.app.state.settings
    with visiting.signed_in() as session:

        def act() -> Retried:
            limit_submits(session, settings)
            return Retried(submission.retry(session, job_id, jobs_per_day=settings.jobs_per_day), job_id)

        return once(session, request, None, act)


def _look(visiting: Visitor, job_id: UUID) -> JobStatus:
    with visiting.signed_in() as session:
        return job.find_status(session, job_id)


def _check_requirements(session: Session, settings: Settings, body: SubmitBody) -> None:
    if body.inline_code is not None:
        check_script(settings.wheels, body.inline_code)
    elif body.circuit is None:
        found = find_code(session, body.script_id, body.script_slug, body.framework)
        check_script(settings.wheels, found.code, found.requirements)


def limit_submits(session: Session, settings: Settings) -> None:
    assert session.caller is not None  # the route is for those who are signed in
    limit(session, f"submit:{session.caller.user_id}", settings.submits_per_minute, 60)
