"""/api/playground: a program is run, or written as OpenQASM, and nothing of it is kept."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.errands import await_answer
from quapsule.api.jobs import BACKEND
from quapsule.api.limits import limit
from quapsule.api.openapi import refusals
from quapsule.api.playground_bodies import ConvertBody, Converted, Played, PlayedLog, RunBody
from quapsule.errors import Problem
from quapsule.jobs.job import Certificate, Program
from quapsule.jobs.result import compose
from quapsule.scripts import errand
from quapsule.scripts.framework import Text, read_text
from quapsule.scripts.requirements import check_script
from quapsule.settings import Settings

router = APIRouter(prefix="/api/playground", tags=["playground"])

_ANSWER_SECONDS = 55.0  # an errand is gone after 60
_PER_MINUTE = 60
_WORKING = ("team_suspended", "requirement_not_allowed", "rate_limited")


@router.post("/run", response_model=Played, responses=refusals(*_WORKING, *BACKEND))
async def run_program(visiting: Visiting, request: Request, body: RunBody) -> Json:
    """Runs it as a job would be run, on a free simulator of this installation and for 30 seconds at most. Nothing is kept.

    Two at a time; a caller who goes away ends the run. A person whose every team is suspended is refused, and a key of level read.
    """
    params = body.params.model_dump(exclude_none=True)
    text = read_text(body.code, body.framework, body.circuit.format if body.circuit else None)
    asked = await run_in_threadpool(_ask, visiting, request, "run", body.code, text, params, body.backend)
    return Json(_played(await _answer(visiting, request, asked)))


@router.post("/convert", response_model=Converted, responses=refusals(*_WORKING, "script_failed", "too_many_qubits"))
async def convert_program(visiting: Visiting, request: Request, body: ConvertBody) -> Json:
    """The first program that the script would run, or the text itself, as OpenQASM 3 or 2. Nothing is run, nothing is kept.

    `script_failed` has details of the error: category, type, line, column, traceback. The bounds are those of a run.
    """
    text = read_text(body.code, body.framework)
    asked = await run_in_threadpool(_ask, visiting, request, "convert", body.code, text, body.params, "local", body.to)
    output = await _answer(visiting, request, asked)
    if "error" in output:
        raise _refused(output["error"])
    return Json(output["converted"])


def _ask(
    visiting: Visitor, request: Request, kind: str, code: str, text: Text, params: Mapping[str, Any], backend: str, to: str | None = None
) -> UUID:
    settings: Settings = request.app.state.settings
    with visiting.signed_in() as session:
        assert session.caller is not None  # signed_in refuses nobody
        limit(session, f"playground:{session.caller.user_id}", _PER_MINUTE, 60)
        if text.format == "python":
            check_script(settings.wheels, code)
        asked = {"code": code, "framework": text.framework, "format": text.format, "params": params, "backend": {"slug": backend}, "to": to}
        return errand.ask_to_play(session, kind, asked, text.qubits)


async def _answer(visiting: Visitor, request: Request, errand_id: UUID) -> Mapping[str, Any]:
    output = await await_answer(visiting, request.app.state.hub, errand_id, _ANSWER_SECONDS, request)
    if output is None:
        raise Problem("not_ready", "No worker was free in time.", hint="Try again, or submit it as a job: jobs wait for their turn.")
    return output


def _played(output: Mapping[str, Any]) -> Played:
    """From the outcome of the run, as a worker would hand in a job's."""
    if "run" not in output:
        raise _refused(output["error"])
    said = output["run"]
    result = compose(said["status"], said["results"], said.get("error_message"), said.get("error_details"))
    assert result is not None  # it has ended, and was not cancelled
    now, log = datetime.now(UTC), said.get("log") or {}
    return Played(
        status=said["status"],
        result=result,
        log=PlayedLog(log.get("content") or "", bool(log.get("truncated"))),
        programs=[Program(**one, sha256=hashlib.sha256(one["content"].encode()).hexdigest(), created_at=now) for one in said["programs"]],
        certificates=[Certificate(**one, created_at=now) for one in said.get("certificates") or ()],
        wall_time_seconds=said["wall_time_seconds"],
    )


def _refused(error: Mapping[str, Any]) -> Problem:
    """What kept a text from being converted: the script's own fault, or ours."""
    told = {name: error[name] for name in ("category", "type", "code", "line", "column", "traceback") if error.get(name) is not None}
    message, hint = str(error.get("message")), error.get("hint")
    if error.get("category") == "user":
        code = "too_many_qubits" if error.get("code") == "too_many_qubits" else "script_failed"
        return Problem(code, message, hint, told)
    return Problem("not_ready" if error.get("category") == "transient" else "internal_error", message, hint, told)
