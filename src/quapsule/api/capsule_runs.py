"""/api/capsules/{id}/rerun, /compare and /drift: doing it again, and whether the same came out."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from packaging.utils import canonicalize_name
from pydantic import BaseModel, Field, ValidationError

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.capsule_bodies import CompareBody
from quapsule.api.idempotency import once
from quapsule.api.job_bodies import CheckedParams, Framework
from quapsule.api.jobs import BACKEND, limit_submits
from quapsule.api.openapi import refusals
from quapsule.api.script_bodies import MAX_CHARACTERS
from quapsule.api.stored_json import Text
from quapsule.api.uploads import objects_of
from quapsule.capsules import capsule, listing
from quapsule.capsules.artifact import Files
from quapsule.capsules.capsule import CapsuleRow
from quapsule.capsules.sealed import find_files
from quapsule.errors import Problem
from quapsule.jobs import job
from quapsule.jobs.submission import Submission, submit
from quapsule.scripts.framework import read_text
from quapsule.scripts.requirements import check_script, holds, read_requirements, version_here
from quapsule.seal.content.contents import COUNTS_FILE
from quapsule.seal.content.environment import describe_environment, differences
from quapsule.seal.content.repeat import FILES_OF_A_RUN, read_run
from quapsule.seal.statistics.compare import Comparison, compare
from quapsule.seal.statistics.drift import MOST_RUNS, Drift, Run, drift
from quapsule.settings import Settings

router = APIRouter(prefix="/api/capsules/{capsule_id}", tags=["capsules"])

_MOST_BYTES = 16 << 20  # of one file that is read into memory
_COMPARING = refusals("not_found", "not_comparable", "artifact_too_large")


@dataclass(frozen=True)
class Difference:
    """What the capsule ran in that is no longer so; None: not there."""

    name: str
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Rerun:
    job_id: UUID
    capsule_id: UUID | None
    differences: list[Difference]


class _Asked(BaseModel):
    """What a capsule asks to run, which anybody may have written."""

    code: Annotated[Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    format: Literal["python", "qasm2", "qasm3"]
    framework: Framework | None
    backend: Annotated[Text, Field(min_length=1, max_length=100)]
    parameters: CheckedParams


@router.post(
    "/rerun",
    response_model=Rerun,
    responses=refusals(
        *("idempotency_conflict", "not_found", "team_suspended", "capsule_not_repeatable", "artifact_too_large", "requirement_not_allowed"),
        *BACKEND,
        "rate_limited",
    ),
)
def rerun_capsule(visiting: Visiting, request: Request, capsule_id: UUID) -> Json:
    """{job_id, capsule_id, differences}: a new job from the capsule's own files alone, whose capsule names this one as its parent."""
    settings: Settings = request.app.state.settings
    row, files = _open(visiting, request, capsule_id)
    told = read_run({name: content for name in FILES_OF_A_RUN if (content := files.read(name, _MOST_BYTES)) is not None})
    asked = _read(told)
    _check_requirements(settings, asked.code, told["requirements"])
    text = read_text(asked.code, asked.framework, None if asked.format == "python" else asked.format)
    found = [Difference(str(one["name"]), one["was"], one["is"]) for one in differences(told["environment"], describe_environment())]
    wanted = Submission(
        backend=asked.backend,
        parameters=asked.parameters.model_dump(exclude_none=True),
        team_id=row.team_id,
        code=asked.code,
        format=asked.format,
        framework=text.framework,
        qubits=text.qubits,
        create_capsule=True,
        capsule_name=f"{row.name[:190]}, again" if not row.name.endswith(", again") else row.name,
        git_sha=row.git_sha,
        git_repo=row.git_repo,
        parent_capsule_id=capsule_id,
    )
    with visiting.signed_in() as session:

        def act() -> Rerun:
            limit_submits(session, settings)
            job_id = submit(session, wanted, jobs_per_day=settings.jobs_per_day)
            return Rerun(job_id, job.find_detail(session, job_id).capsule_id, found)

        return once(session, request, None, act, team_id=row.team_id)


@router.post("/compare", response_model=Comparison, responses=_COMPARING)
def compare_capsules(visiting: Visiting, request: Request, capsule_id: UUID, body: CompareBody) -> Json:
    """Do two runs say the same? The verdict, the distance with its bound, the rate of false alarms and the power of the test."""
    first, second = (_counts(_open(visiting, request, one)[1], str(one)) for one in (capsule_id, body.other_id))
    return Json(compare(first, second, epsilon=body.epsilon, alpha=body.alpha))


@router.get("/drift", response_model=Drift, responses=_COMPARING)
def show_drift(visiting: Visiting, request: Request, capsule_id: UUID, alpha: Annotated[float, Query(ge=1e-6, le=0.5)] = 0.01) -> Json:
    """Whether the series of this capsule and its re-runs, oldest first, has moved. Those without counts are left out."""
    with visiting.signed_in() as session:
        lineage = listing.find_lineage(session, capsule_id, MOST_RUNS)
    series = list[Run]()
    for node in lineage.nodes:
        row, files = _open(visiting, request, node.id)
        if files.has(COUNTS_FILE):
            series.append(
                Run(str(node.id), (row.completed_at or row.sealed_at or row.created_at).isoformat(), _counts(files, str(node.id)))
            )
    series.sort(key=lambda run: run.at)
    return Json(drift(series, alpha=alpha))


def _open(visiting: Visitor, request: Request, capsule_id: UUID) -> tuple[CapsuleRow, Files]:
    with visiting.signed_in() as session:
        return capsule.find_row(session, capsule_id), find_files(session, capsule_id, visiting.signed_in, objects_of(request))


def _read(told: dict[str, Any]) -> _Asked:
    try:
        return _Asked.model_validate({name: told[name] for name in ("code", "format", "framework", "backend", "parameters")})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem("capsule_not_repeatable", f"What the capsule asks to run cannot be submitted: {where}: {first['msg']}.") from error


def _check_requirements(settings: Settings, code: str, listed: str | None) -> None:
    """A text that runs by itself brings its packages in its own head; what a saved script listed beside it must be here."""
    check_script(settings.wheels, code)
    own = {str(one) for one in read_requirements(code)}
    missing = [
        str(one)
        for one in read_requirements(code, listed)
        if str(one) not in own and not holds(one, version_here(canonicalize_name(one.name)))
    ]
    if missing:
        raise Problem(
            "capsule_not_repeatable",
            f"The run needs {', '.join(missing)}, which a script listed that is not part of the text.",
            "Upload workflow/script.py as a script with these requirements, and submit that.",
        )


def _counts(files: Files, what: str) -> list[dict[str, int]]:
    """Of each circuit, as results/counts.json has them; what is in them is for the comparison to judge."""
    content = files.read(COUNTS_FILE, _MOST_BYTES)
    if content is None:
        raise Problem("not_comparable", f"Capsule {what} has no {COUNTS_FILE}.", "Only a run that counted something can be compared.")
    try:
        listed = orjson.loads(content)
        return [one["counts"] for one in (listed if isinstance(listed, list) else [listed])]
    except (ValueError, TypeError, KeyError) as error:
        raise Problem("not_comparable", f"The {COUNTS_FILE} of capsule {what} is not one that can be read.") from error
