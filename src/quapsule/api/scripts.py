"""/api/scripts: the library, saving and changing, and what a text would meet before it runs."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.idempotency import once
from quapsule.api.job_bodies import Framework
from quapsule.api.looking import Verdict, ask, examine, judge
from quapsule.api.openapi import refusals
from quapsule.api.pages import Page, read_page
from quapsule.api.script_bodies import AnalyseBody, ChangeBody, SaveJobBody, UploadBody
from quapsule.backends.backend import Backend, DeviceType, find_backend, list_backends
from quapsule.backends.estimate import Check, Cost, Unpriced, check_backend, estimate_cost
from quapsule.errors import Problem
from quapsule.scripts import analysis, script
from quapsule.scripts.framework import Text, read_text
from quapsule.scripts.requirements import check_script
from quapsule.scripts.script import Library, Script, ScriptDetail, ScriptType, VersionDetail

router = APIRouter(prefix="/api/scripts", tags=["scripts"])

_MISSING = refusals("script_not_found")
_CHANGING = refusals("idempotency_conflict", "script_not_found", "team_suspended")
_SAVING = refusals("idempotency_conflict", "not_found", "team_suspended", "conflict")
_NOT_ALLOWED = refusals("requirement_not_allowed")


@dataclass(frozen=True)
class Saved:
    script_id: UUID
    slug: str
    name: str
    framework: str | None
    script_type: ScriptType
    version: int
    source_sha256: str


@dataclass(frozen=True)
class Deleted:
    script_id: UUID
    is_active: Literal[False] = False


@dataclass(frozen=True)
class Destination:
    """A backend as a place to run a script; `checks` holds what warns or blocks."""

    backend: str
    name: str
    provider: str
    device_type: DeviceType
    can_run: bool
    checks: list[Check]
    cost: Cost | Unpriced
    max_shots: int | None
    max_qubits: int | None
    is_free: bool


@dataclass(frozen=True)
class ExecutionOptions:
    source_sha256: str
    team_id: UUID | None
    destinations: list[Destination]


class Analysis(Verdict):
    analysis_id: UUID
    content_hash: str


@router.post("/upload", response_model=Saved, responses={**_SAVING, **_NOT_ALLOWED})
def upload_script(visiting: Visiting, request: Request, body: UploadBody) -> Json:
    """{script_id, slug, name, framework, script_type, version, source_sha256}."""
    new = body.script(read_text(body.script_content, body.framework).framework)
    check_script(request.app.state.settings.wheels, body.script_content, body.requirements)
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: _saved(script.save(session, new)))


@router.post("", response_model=Saved, responses=_SAVING)
def save_job(visiting: Visiting, request: Request, body: SaveJobBody) -> Json:
    """Saves the code of an ended inline job as a script of the job's team."""
    new = {"name": body.name, "description": body.description}
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: _saved(script.save_job(session, body.job_id, new)))


@router.get("", response_model=Listing[Script])
def list_scripts(
    visiting: Visiting,
    page: Annotated[Page, Depends(read_page)],
    library: Library | None = None,
    framework: Framework | None = None,
    category: Annotated[str | None, Query(max_length=100)] = None,
    slug: Annotated[str | None, Query(max_length=200)] = None,
    team_id: UUID | None = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, pattern="^[^\x00]*$")] = None,
) -> Json:
    """A page of the library: templates, the team's own and published scripts, newest first."""
    filters = script.Filters(library, team_id, framework, category, slug, q)
    with visiting.signed_in() as session:
        return Json(page.answer(script.list_scripts(session, filters, page.parameters)))


@router.get("/{script_id}", response_model=ScriptDetail, responses=_MISSING)
def show_script(visiting: Visiting, script_id: UUID) -> Json:
    """The script with its text and the list of its versions."""
    with visiting.signed_in() as session:
        return Json(script.find_script(session, script_id))


@router.get("/{script_id}/versions/{version}", response_model=VersionDetail, responses=refusals("not_found"))
def show_version(visiting: Visiting, script_id: UUID, version: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Json:
    """One version with its text. Of a script that another team published only the present text can be read."""
    with visiting.signed_in() as session:
        return Json(script.find_version(session, script_id, version))


@router.patch("/{script_id}", response_model=ScriptDetail, responses={**_CHANGING, **_NOT_ALLOWED})
def change_script(visiting: Visiting, request: Request, script_id: UUID, body: ChangeBody) -> Json:
    """Changes what is given; a new text becomes a new version. is_public publishes (owner, admin)."""
    changes = body.changes()
    check_script(request.app.state.settings.wheels, body.script_content or "", body.requirements)
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: script.change(session, script_id, changes))


@router.delete("/{script_id}", response_model=Deleted, responses=_CHANGING)
def delete_script(visiting: Visiting, request: Request, script_id: UUID) -> Json:
    """Takes it out of the library; jobs that ran it keep their code."""
    with visiting.signed_in() as session:

        def act() -> Deleted:
            script.delete(session, script_id)
            return Deleted(script_id)

        return once(session, request, None, act)


@router.get("/{script_id}/execution-options", response_model=ExecutionOptions, responses=_MISSING)
def list_execution_options(visiting: Visiting, script_id: UUID, shots: Annotated[int, Query(ge=1, le=100_000)] = 1000) -> Json:
    """{source_sha256, team_id, destinations}: each backend, whether it would run there, and for how much."""
    with visiting.signed_in() as session:
        found = script.find_script(session, script_id)
        backends = list_backends(session)
    content = found.script_content or ""
    qubits = read_text(content, found.framework).qubits if content and found.framework else None
    return Json(ExecutionOptions(found.source_sha256, found.team_id, [_destination(item, shots, qubits) for item in backends]))


@router.post(
    "/{script_id}/analyse",
    response_model=Analysis,
    responses=refusals("script_not_found", "not_found", "team_suspended", "analysis_mismatch", "backend_unknown", "rate_limited"),
)
async def analyse_script(visiting: Visiting, request: Request, script_id: UUID, body: AnalyseBody) -> Json:
    """{analysis_id, content_hash, can_run, checks, cost}; a submit may refer to it and must then accept its warnings."""
    content_hash = analysis.sha256(body.content)
    if body.content_hash.removeprefix("sha256:").lower() != content_hash:
        raise Problem("analysis_mismatch", "content_hash is not the SHA-256 of content.", hint="Hash the text as it is sent, in UTF-8.")
    team_id, backend, text, errand_id = await run_in_threadpool(_begin_analysis, visiting, script_id, body)
    if errand_id is None and backend.runs_here:
        raise Problem("not_ready", "No worker is running, so the script cannot be analysed.", hint="Start one: `quapsule up` runs one.")
    seen = await examine(visiting, request.app.state.hub, errand_id)
    told = judge(backend, body.shots, body.circuit_count, text.qubits, seen)
    return Json(await run_in_threadpool(_end_analysis, visiting, team_id, body, content_hash, told))


def _begin_analysis(visiting: Visitor, script_id: UUID, body: AnalyseBody) -> tuple[UUID, Backend, Text, UUID | None]:
    with visiting.signed_in() as session:
        found = script.find_script(session, script_id)
        team_id = analysis.choose_team(session, body.team_id, found.team_id)
        backend = find_backend(session, body.backend)
        text = read_text(body.content, found.framework)
        params = {**found.default_parameters, "shots": body.shots}
        asked = {"code": body.content, "framework": text.framework, "format": text.format, "params": params}
        return team_id, backend, text, ask(session, backend, asked)


def _end_analysis(visiting: Visitor, team_id: UUID, body: AnalyseBody, content_hash: str, told: Verdict) -> Analysis:
    with visiting.signed_in() as session:
        analysis_id = analysis.record(
            session,
            team_id=team_id,
            backend=body.backend,
            shots=body.shots,
            content=body.content,
            checks=told["checks"],
            cost=asdict(told["cost"]),
        )
    return Analysis(analysis_id=analysis_id, content_hash=content_hash, **told)


def _saved(found: ScriptDetail) -> Saved:
    return Saved(found.id, found.slug, found.name, found.framework, found.script_type, found.version, found.source_sha256)


def _destination(backend: Backend, shots: int, qubits: int | None) -> Destination:
    checks = check_backend(backend, shots, qubits)
    return Destination(
        backend=backend.slug,
        name=backend.name,
        provider=backend.provider,
        device_type=backend.device_type,
        can_run=all(check.level != "block" for check in checks),
        checks=[check for check in checks if check.level != "ok"],
        cost=estimate_cost(backend, shots) or Unpriced(),
        max_shots=backend.max_shots,
        max_qubits=backend.qubit_limit,
        is_free=backend.is_free,
    )
